import type { DeviceTree, Property, TreeNode } from '../tree.ts';
import type { Marker } from './live.ts';
import { guessKind, printValue } from './print-value.ts';
import type { Span } from './text.ts';

/** A node as `printSource` takes it: one that was compiled also has labels, types and places. */
export interface PrintableNode extends TreeNode {
  readonly properties: readonly PrintableProperty[];
  readonly children: readonly PrintableNode[];
  readonly labels?: readonly string[];
  readonly spans?: readonly Span[];
}

export interface PrintableProperty extends Property {
  readonly labels?: readonly string[];
  readonly markers?: readonly Marker[];
  readonly span?: Span | undefined;
}

/** A tree that can be printed: read from a blob, or compiled with its labels and comments. */
export interface PrintableTree extends DeviceTree {
  readonly root: PrintableNode;
  readonly plugin?: boolean;
  readonly reservations: readonly { address: bigint; size: bigint; labels?: readonly string[] }[];
}

/** How a tree is printed as source. */
export interface PrintSourceOptions {
  /** Say after each line where it comes from: 1 the line, 2 lines and columns (dtc -T). */
  readonly annotate?: 0 | 1 | 2;
  /** The folder of the source, relative to which names of files are shown at level 1. */
  readonly folder?: string | undefined;
}

/**
 * Prints a tree as a source that compiles to the same tree. Where nothing says what a value is, its type is guessed by
 * dtc's rule: printable text that ends in NUL, else cells where the length allows, else bytes.
 *
 * @returns text with one character for each byte, as names are kept in a tree
 */
export function printSource(tree: PrintableTree, options: PrintSourceOptions = {}): string {
  const lines = ['/dts-v1/;\n', ...(tree.plugin === true ? ['/plugin/;\n'] : []), '\n'];
  for (const { address, size, labels } of tree.reservations) {
    lines.push(`${labelText(labels)}/memreserve/\t${hex64(address)} ${hex64(size)};\n`);
  }
  printNode(tree.root, '', lines, options);
  return lines.join('');
}

function printNode(node: PrintableNode, indent: string, lines: string[], options: PrintSourceOptions): void {
  const name = node.name === '' ? '/' : node.name;
  lines.push(`${indent}${labelText(node.labels)}${name} {${comment(node.spans ?? [], options, 'start')}\n`);
  for (const property of node.properties) {
    const where = comment(property.span === undefined ? [] : [property.span], options, 'start');
    const start = `${indent}\t${labelText(property.labels)}${property.name}`;
    lines.push(`${start}${printProperty(property)};${where}\n`);
  }
  for (const child of node.children) {
    lines.push('\n');
    printNode(child, `${indent}\t`, lines, options);
  }
  lines.push(`${indent}};${comment(node.spans ?? [], options, 'end')}\n`);
}

function printProperty({ value, markers = [] }: PrintableProperty): string {
  if (value.byteLength === 0) return '';
  const typed = markers.some(({ kind }) => isType(kind));
  if (typed) {
    const untyped = markers[0]!.offset > 0 ? [{ kind: 'u8', offset: 0, ref: '' } as const] : [];
    return ` =${printValue(value, [...untyped, ...markers])}`;
  }
  const kind = guessKind(value, markers);
  const guessed: Marker = { kind, offset: 0, ref: '' };
  const starts = kind === 'string' ? textStarts(value) : [];
  const all = [guessed, ...markers, ...starts].sort((a, b) => a.offset - b.offset);
  return ` =${printValue(value, all)}`;
}

/** Markers for the texts after the first. */
function textStarts(value: Uint8Array): Marker[] {
  const starts: Marker[] = [];
  for (let at = value.indexOf(0) + 1; at < value.byteLength; at = value.indexOf(0, at) + 1) {
    starts.push({ kind: 'string', offset: at, ref: '' });
  }
  return starts;
}

const isType = (kind: Marker['kind']): boolean => kind !== 'label' && kind !== 'phandle' && kind !== 'path';

const labelText = (labels: readonly string[] = []): string => labels.map((label) => `${label}: `).join('');

const hex64 = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;

function comment(spans: readonly Span[], options: PrintSourceOptions, side: 'start' | 'end'): string {
  const { annotate: level = 0, folder } = options;
  if (level === 0) return '';
  const places = spans.map((span) => {
    const start = span.file.position(span.start);
    const end = span.file.position(span.end);
    if (level === 1) return `${relativeName(start.file, folder)}:${side === 'start' ? start.line : end.line}`;
    return `${start.file}:${start.line}:${start.column}-${end.line}:${end.column}`;
  });
  if (places.length === 0) return level === 1 ? '' : ' /* <no-file>:<no-line> */';
  return ` /* ${places.join(', ')} */`;
}

/** A name as seen from a folder; both start from the same place. */
function relativeName(name: string, folder: string | undefined): string {
  if (folder === undefined) return name;
  const path = name.split('/');
  const from = folder.split('/');
  let same = 0;
  while (same < from.length && same < path.length - 1 && from[same] === path[same]) same++;
  if (same === 0) return name;
  return [...from.slice(same).map(() => '..'), ...path.slice(same)].join('/');
}
