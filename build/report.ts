import type { Declaration, DeclarationReader } from './declarations.ts';

/**
 * The public face of one entry as text: what it exports, and the types that those name and no entry exports. Comments
 * are left out, so that it changes only where programs could notice.
 */
export function apiReport(name: string, file: string, reader: DeclarationReader, isPublic: IsPublic): string {
  const exports = reader.exportsOf(file);
  const lines = [...exports].flatMap(([alias, found]) => found.map((each) => printDeclaration(each, alias)));
  const hidden = reachedBy([...exports.values()].flat(), reader, isPublic);
  const more =
    hidden.length === 0
      ? []
      : ['-- named by these, exported by no entry --', ...hidden.map((each) => printDeclaration(each))];
  return `${[`== ${name} ==`, ...lines, ...more].join('\n\n')}\n`;
}

/** Whether any entry exports a declaration. */
export type IsPublic = (declaration: Declaration) => boolean;

function reachedBy(start: readonly Declaration[], reader: DeclarationReader, isPublic: IsPublic): Declaration[] {
  const reached = new Map<string, Declaration>();
  const visit = (from: Declaration): void => {
    for (const each of reader.namedBy(from)) {
      const key = `${each.name} ${each.file}`;
      if (isPublic(each) || reached.has(key)) continue;
      reached.set(key, each);
      visit(each);
    }
  };
  start.forEach(visit);
  return [...reached].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

function printDeclaration({ text, name }: Declaration, alias = name): string {
  const plain = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/import\("[^"]+"\)\./g, '')
    .replaceAll(/^ *#private;$/gm, '')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .replaceAll(/^( +)/gm, (indent) => ' '.repeat(indent.length / 2));
  return alias === name ? plain : `${plain}\n(as ${alias})`;
}
