import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** One thing that a module declares, as TypeScript prints it. */
export interface Declaration {
  readonly name: string;
  readonly kind: 'class' | 'const' | 'function' | 'interface' | 'type';
  /** The text of its doc comment, without asterisks; empty where it has none. */
  readonly doc: string;
  /** Its declaration without `export` and `declare`, with the comments of its members. */
  readonly text: string;
  /** The file of declarations that it lies in. */
  readonly file: string;
}

/** What one file of declarations declares and passes on. */
interface Module {
  readonly declarations: readonly Declaration[];
  /** Names in this file, and what they stand for in another. */
  readonly imports: ReadonlyMap<string, Name>;
  /** Names that it gives, and what they stand for. */
  readonly exports: ReadonlyMap<string, Name>;
  readonly stars: readonly string[];
}

interface Name {
  readonly file: string;
  readonly name: string;
}

/** Reads files of declarations as TypeScript writes them. Anything that it does not write is an error. */
export class DeclarationReader {
  readonly #modules = new Map<string, Module>();

  /** What a file exports, by name, whatever file declares it. */
  exportsOf(file: string): Map<string, Declaration[]> {
    const names = this.#namesOf(file);
    return new Map([...names].sort(byName).map(([name, target]) => [name, this.#resolve(target)]));
  }

  /** The declarations that a declaration's text names, outside packages. */
  namedBy({ file, text, name }: Declaration): Declaration[] {
    const { imports, declarations } = this.#module(file);
    const words = new Set(text.match(/[A-Za-z_$][\w$]*/g));
    words.delete(name);
    const elsewhere = [...text.matchAll(/import\("(\.[^"]+)"\)\.([\w$]+)/g)].map(([, path = '', word = '']) =>
      this.#resolve({ file: declarationFile(file, path), name: word }),
    );
    const here = [...words].map((word) => {
      const target = imports.get(word);
      if (target !== undefined) return this.#resolve(target);
      return declarations.filter((each) => each.name === word);
    });
    return [...here, ...elsewhere].flat();
  }

  #namesOf(file: string): Map<string, Name> {
    const { exports, stars } = this.#module(file);
    return new Map([...stars.flatMap((star) => [...this.#namesOf(star)]), ...exports]);
  }

  #resolve({ file, name }: Name): Declaration[] {
    if (!file.endsWith('.d.ts')) return [];
    const module = this.#module(file);
    const found = module.declarations.filter((each) => each.name === name);
    if (found.length > 0) return found;
    const target = this.#namesOf(file).get(name) ?? module.imports.get(name);
    if (target === undefined) throw new Error(`${file} has no ${name}`);
    return this.#resolve(target);
  }

  #module(file: string): Module {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const module = parseModule(file);
    this.#modules.set(file, module);
    return module;
  }
}

function parseModule(file: string): Module {
  const declarations: Declaration[] = [];
  const imports = new Map<string, Name>();
  const exports = new Map<string, Name>();
  const stars: string[] = [];
  for (const { doc, text } of statementsOf(readFileSync(file, 'utf8'))) {
    const list = /^(import|export) (?:type )?\{([^}]*)\}(?: from ['"]([^'"]+)['"])?;$/.exec(text);
    if (list !== null) {
      const from = list[3] === undefined ? file : declarationFile(file, list[3]);
      for (const { name, alias } of listed(list[2] ?? '')) {
        const target = list[1] === 'import' ? imports : exports;
        target.set(alias, { file: from, name });
      }
      continue;
    }
    const star = /^export \* from ['"]([^'"]+)['"];$/.exec(text);
    if (star !== null) {
      stars.push(declarationFile(file, star[1] ?? ''));
      continue;
    }
    if (text.startsWith('import ')) continue;
    for (const each of declared(file, doc, text)) {
      declarations.push(each);
      if (text.startsWith('export ')) exports.set(each.name, { file, name: each.name });
    }
  }
  return { declarations, imports, exports, stars };
}

function declared(file: string, doc: string, statement: string): Declaration[] {
  const text = statement.replace(/^export /, '').replace(/^declare /, '');
  const [, kind, name] = /^(?:abstract )?(class|const|function|interface|type) ([\w$]+)/.exec(text) ?? [];
  if (kind === undefined || name === undefined) throw new Error(`${file}: what is this? ${text.slice(0, 80)}`);
  if (kind !== 'const') return [{ name, kind: kind as Declaration['kind'], doc, text, file }];
  return splitAtCommas(text.slice('const '.length, -1)).map((part) => ({
    name: /^[\w$]+/.exec(part)?.[0] ?? '',
    kind,
    doc,
    text: `const ${part};`,
    file,
  }));
}

/** The statements of a file, each with the doc comment in front of it. */
function statementsOf(source: string): { doc: string; text: string }[] {
  const statements: { doc: string; text: string }[] = [];
  let doc = '';
  for (let at = 0; at < source.length; ) {
    const comment = /^\s*(?:\/\*\*([\s\S]*?)\*\/|\/\*[\s\S]*?\*\/|\/\/[^\n]*)/.exec(source.slice(at));
    if (comment !== null) {
      if (comment[1] !== undefined) doc = comment[1].replaceAll(/^[ \t]*\* ?/gm, '').trim();
      at += comment[0].length;
      continue;
    }
    const start = at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0);
    const end = endOfStatement(source, start);
    const text = source.slice(start, end).trim();
    if (text !== '') statements.push({ doc, text });
    doc = '';
    at = end;
  }
  return statements;
}

function endOfStatement(source: string, start: number): number {
  const isBlock = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface) /.test(source.slice(start, start + 60));
  for (const { at, character, depth } of structure(source, start))
    if (depth === 0 && (character === ';' || (isBlock && character === '}'))) return at + 1;
  return source.length;
}

function splitAtCommas(text: string): string[] {
  const ends = [...structure(text, 0)].filter(({ character, depth }) => character === ',' && depth === 0);
  const starts = [0, ...ends.map(({ at }) => at + 1)];
  return starts.map((from, index) => text.slice(from, ends[index]?.at).trim());
}

/** The characters outside of comments and texts, each with the depth of brackets behind it. */
function* structure(source: string, start: number): Generator<{ at: number; character: string; depth: number }> {
  let depth = 0;
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|=>|[\s\S]/g;
  token.lastIndex = start;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const character = match[0];
    if (character.length > 1) continue;
    if ('{([<'.includes(character)) depth += 1;
    if ('})]>'.includes(character)) depth -= 1;
    yield { at: match.index, character, depth };
  }
}

function listed(list: string): { name: string; alias: string }[] {
  const items = list.split(',').map((item) => item.trim().replace(/^type /, ''));
  return items
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', alias = name] = item.split(' as ');
      return { name, alias };
    });
}

/** The file of declarations that a specifier names; a package's name stays as it is. */
const declarationFile = (from: string, specifier: string): string =>
  specifier.startsWith('.') ? resolve(dirname(from), specifier).replace(/(?:\.d)?\.[jt]s$/, '.d.ts') : specifier;

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
