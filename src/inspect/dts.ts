import { type Compiled, compileSource, type LiveNode, type LiveProperty, type LoadFile } from '../devicetree/index.ts';
import { faultMessage, isFault, type Message, messageFrom } from '../fault.ts';
import { showValue } from './devicetree.ts';
import type { Piece } from './inspection.ts';
import { inspectMessage } from './messages.ts';
import type { Scope } from './scope.ts';

/** A source text is read whole; the largest in Linux has some hundred kilobytes. */
const SOURCE_MAX_BYTES = 4 * 1024 * 1024;

/** A device tree source: every node and property with its place in the text, what it compiles to, and what checks find. */
export function inspectSource(scope: Scope): { readonly piece: Piece; readonly summary: Message } {
  const text = scope.some(0, SOURCE_MAX_BYTES);
  const more = { type: 'text', doc: 'device tree source' };
  const name = scope.path || 'device tree source';
  try {
    const tree = compileSource(text, { file: SOURCE_NAME, load: loaderFor(scope) });
    // A check that could not run, since another one failed, has no place and is no news.
    for (const finding of tree.findings) if (finding.path !== undefined) addFinding(scope, text, finding);
    const children = pieceOfNode(scope, tree.root, '/', { start: 0, end: text.byteLength });
    const images = tree.root.children.some((child) => child.name === 'images');
    return {
      piece: scope.piece(name, 0, text.byteLength, { ...more, children: [children] }),
      summary: inspectMessage(images ? 'inspect/is-image-tree-source' : 'inspect/is-source'),
    };
  } catch (error) {
    stopAt(scope, text, error);
    return { piece: scope.piece(name, 0, text.byteLength, more), summary: inspectMessage('inspect/is-source-broken') };
  }
}

const SOURCE_NAME = 'source';

/** Data that a source names lies in files that are not here; a text that it includes is part of its meaning. */
function loaderFor(scope: Scope): LoadFile {
  return ({ name, kind }) => {
    scope.find({
      level: 'note',
      code: 'inspect/not-here',
      message: inspectMessage('inspect/found-not-here', { file: name }),
      remedy: kind === 'include' ? inspectMessage('inspect/remedy-not-here') : undefined,
    });
    return { name, bytes: new Uint8Array(0) };
  };
}

interface SourceRange {
  readonly start: number;
  readonly end: number;
}

function pieceOfNode(scope: Scope, node: LiveNode, name: string, around: SourceRange): Piece {
  const own = within(
    node.spans.find(({ file }) => file.name === SOURCE_NAME),
    around,
  );
  const properties = node.properties
    .filter(({ deleted }) => !deleted)
    .map((property) => pieceOfProperty(scope, property, own));
  const children = node.children
    .filter(({ deleted }) => !deleted)
    .map((child) => pieceOfNode(scope, child, child.name, own));
  const parts = [...properties, ...children].toSorted((a, b) => a.offset - b.offset);
  return scope.piece(name, own.start, own.end - own.start, {
    type: 'node',
    value: node.labels.join(' '),
    children: parts,
  });
}

function pieceOfProperty(scope: Scope, property: LiveProperty, around: SourceRange): Piece {
  const span = property.span;
  const { start, end } = within(span?.file.name === SOURCE_NAME ? span : undefined, around);
  return scope.piece(property.name, start, end - start, { type: 'property', value: showValue(property.value) });
}

/** What is defined elsewhere, by a reference or in another file, has no bytes in this part of the text. */
function within(span: SourceRange | undefined, around: SourceRange): SourceRange {
  if (span === undefined || span.start < around.start || span.end > around.end)
    return { start: around.start, end: around.start };
  return span;
}

function addFinding(
  scope: Scope,
  text: Uint8Array,
  { check, level, path, reason, place }: Compiled['findings'][number],
): void {
  scope.find({
    level,
    code: `devicetree/check/${check}`,
    path: path ?? '',
    offset: offsetOf(text, Number(/:(\d+)\./.exec(place ?? '')?.[1] ?? 1), 1),
    message: { code: `devicetree/check/${check}`, values: { found: reason }, text: reason },
    remedy: inspectMessage('inspect/remedy-check', { check }),
  });
}

function stopAt(scope: Scope, text: Uint8Array, error: unknown): void {
  if (!isFault(error, 'devicetree/source')) {
    scope.halt(error);
    return;
  }
  for (const { line, column, reason } of error.context.problems) {
    scope.find({
      level: 'error',
      code: error.code,
      path: `line ${line}`,
      offset: offsetOf(text, line, column),
      message: messageFrom(reason),
      remedy: undefined,
    });
  }
  const [first] = error.context.problems;
  const offset = first === undefined ? 0 : offsetOf(text, first.line, first.column);
  scope.context.stop ??= {
    code: error.code,
    path: '',
    offset: scope.start + offset,
    message:
      first === undefined
        ? faultMessage(error)
        : inspectMessage('inspect/found-line', {
            line: first.line,
            column: first.column,
            problem: messageFrom(first.reason),
          }),
  };
}

/** The byte at a line and column, both counted from 1. */
function offsetOf(text: Uint8Array, line: number, column: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf(0x0a, start);
    if (end < 0) return start;
    start = end + 1;
  }
  return Math.min(text.byteLength, start + column - 1);
}
