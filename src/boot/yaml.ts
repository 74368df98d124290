import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { type Message, verbatim } from '../fault.ts';
import { bootMessage } from './messages.ts';
import type { Path } from './schema.ts';

/** A value of a document, and where it stands. */
interface LocatedValue {
  readonly value: unknown;
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
  /** Values in it, itself included; what an alias stands for counts each time. */
  readonly count: number;
  readonly members: ReadonlyMap<string | number, LocatedValue>;
}

/** A document that was read: plain data, whose objects have no prototype, and the line of each part. */
export interface YamlDocument {
  readonly value: unknown;
  /** The line, from 1, of the value at a path, or of the nearest part of it that is there. */
  lineOf(path: Path): number;
}

/** Why a text is no document that this reads, and in which line. */
export class YamlError extends Error {
  readonly line: number;
  readonly reason: Message;

  constructor(line: number, reason: Message, options?: ErrorOptions) {
    super(reason.text, options);
    this.line = line;
    this.reason = reason;
  }
}

/** A manifest has a few hundred values; aliases may stand for as many again, not for millions. */
const MAX_VALUES = 20_000;
/** The manifest's own shape has six levels. */
const MAX_DEPTH = 32;
/** Where no part of a text can be said to be wrong, it is the first line. */
const FIRST_LINE = 1;

/**
 * Reads one document of YAML 1.2 as the data that JSON could hold: mappings with text for keys, lists, text, numbers,
 * true, false and null. An alias stands for what its anchor marks. Everything else that YAML can do is refused: tags of
 * other types, other versions, several documents, keys that are no text, aliases of themselves, aliases that multiply.
 *
 * @throws YamlError with the line of the first thing that is wrong
 */
export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(FIRST_LINE, lines.linePos(offset).line);
  const fail = (offset: number, reason: Message): never => {
    throw new YamlError(lineAt(offset), reason);
  };
  const document = parse(text, lines);
  const [flaw] = [...document.errors, ...document.warnings];
  if (flaw !== undefined) fail(flaw.pos[0], reasonOf(flaw));
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.2') fail(0, bootMessage('boot/yaml-version', { version }));
  const root = new YamlReader(fail).read(document.contents);
  return { value: root.value, lineOf: (path) => lineAt(placeOf(root, path)) };
}

/** Keys are compared below, in less time than the library takes: with every one before it. */
function parse(text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, {
      lineCounter,
      strict: true,
      uniqueKeys: false,
      prettyErrors: false,
      version: '1.2',
      resolveKnownTags: false,
    });
  } catch (cause) {
    throw new YamlError(FIRST_LINE, bootMessage('boot/yaml-unreadable'), { cause });
  }
}

class YamlReader {
  readonly #fail: (offset: number, reason: Message) => never;
  readonly #anchors = new Map<string, LocatedValue | 'open'>();

  constructor(fail: (offset: number, reason: Message) => never) {
    this.#fail = fail;
  }

  read(node: ParsedNode | Node | null | undefined, offset = 0, depth = 0): LocatedValue {
    if (node === null || node === undefined) return leaf(null, offset);
    const start = node.range?.[0] ?? offset;
    if (depth > MAX_DEPTH) this.#fail(start, bootMessage('boot/yaml-depth', { most: MAX_DEPTH }));
    if (isAlias(node)) return this.#alias(node.source, start);
    const { anchor } = node as { readonly anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const placed = this.#content(node, start, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, placed);
    return placed;
  }

  #content(node: Node, start: number, depth: number): LocatedValue {
    if (isScalar(node)) return leaf(this.#scalar(node, start), start);
    if (isMap(node)) return this.#mapping(node.items, start, depth);
    if (isSeq(node)) return this.#list(node.items, start, depth);
    return this.#fail(start, bootMessage('boot/yaml-node'));
  }

  #alias(name: string, offset: number): LocatedValue {
    const target = this.#anchors.get(name);
    if (target === undefined) return this.#fail(offset, bootMessage('boot/yaml-no-anchor', { name }));
    if (target === 'open') return this.#fail(offset, bootMessage('boot/yaml-self', { name }));
    return { ...target, offset };
  }

  #scalar({ value }: Scalar, offset: number): unknown {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return this.#fail(offset, bootMessage('boot/yaml-value'));
  }

  #mapping(items: readonly unknown[], offset: number, depth: number): LocatedValue {
    const value = Object.create(null) as Record<string, unknown>;
    const members = new Map<string, LocatedValue>();
    let count = 1;
    for (const item of items) {
      if (!isPair(item)) return this.#fail(offset, bootMessage('boot/yaml-pair'));
      const key = item.key as Node | null;
      const place = key?.range?.[0] ?? offset;
      const name = this.#key(key, place);
      if (members.has(name)) this.#fail(place, bootMessage('boot/yaml-twice', { name }));
      const member = this.read(item.value as Node | null, place, depth + 1);
      count = this.#counted(count + member.count, member.offset);
      members.set(name, { ...member, offset: place });
      value[name] = member.value;
    }
    return { value, offset, count, members };
  }

  #list(items: readonly unknown[], offset: number, depth: number): LocatedValue {
    const value: unknown[] = [];
    const members = new Map<number, LocatedValue>();
    let count = 1;
    for (const [index, item] of items.entries()) {
      const member = this.read(item as Node | null, offset, depth + 1);
      count = this.#counted(count + member.count, member.offset);
      members.set(index, member);
      value.push(member.value);
    }
    return { value, offset, count, members };
  }

  #counted(count: number, offset: number): number {
    return count > MAX_VALUES ? this.#fail(offset, bootMessage('boot/yaml-values', { most: MAX_VALUES })) : count;
  }

  /** A key is text; one that YAML takes for another value has to read the same as that value prints. */
  #key(node: Node | null, offset: number): string {
    if (!isScalar(node) || node.anchor !== undefined) return this.#fail(offset, bootMessage('boot/yaml-key'));
    const { value, source } = node;
    if (typeof value === 'string') return value;
    return String(value) === source
      ? source
      : this.#fail(offset, bootMessage('boot/yaml-quotes', { key: source ?? '' }));
  }
}

const leaf = (value: unknown, offset: number): LocatedValue => ({ value, offset, count: 1, members: NONE });
const NONE: LocatedValue['members'] = new Map();

function placeOf(root: LocatedValue, path: Path): number {
  let place = root;
  for (const key of path) {
    const next = place.members.get(key);
    if (next === undefined) break;
    place = next;
  }
  return place.offset;
}

/** What the library says, without its advice to programmers. */
function reasonOf({ code, message }: YAMLError): Message {
  if (code === 'MULTIPLE_DOCS') return bootMessage('boot/yaml-second');
  if (code === 'RESOURCE_EXHAUSTION') return bootMessage('boot/yaml-too-deep');
  if (code === 'TAG_RESOLVE_FAILED') return bootMessage('boot/yaml-tag', { reason: message });
  return verbatim(message.split('\n')[0] ?? '');
}
