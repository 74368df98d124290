import { textOf } from '../fault.ts';
import type { Inspection, Piece, ProtectedRange } from './inspection.ts';

/** How much of an inspection is printed. */
export interface PrintInspectionOptions {
  /** Levels of the tree. */
  readonly depth: number;
}

/** An inspection as text: the tree with offsets and sizes, what vouches for the bytes, findings, where it stopped. */
export function printInspection(inspection: Inspection, { depth }: PrintInspectionOptions): string[] {
  const { name, size, summary, root, protectedRanges, findings, stop, digests } = inspection;
  return [
    plain(`${name}: ${summary.text}, ${size} bytes`),
    ...printPiece(root, 0, depth),
    ...(protectedRanges.length === 0
      ? ['', 'Nobody vouches for any byte of it.']
      : ['', 'Said to be vouched for:', ...mergeRanges(protectedRanges).map(printRange)]),
    ...(findings.length === 0 ? [] : ['', 'Findings:']),
    ...findings.flatMap(({ level, code, message, remedy }) => [
      plain(`  ${level}: ${message.text} [${code}]`),
      ...(remedy === undefined ? [] : [`    ${remedy.text}`]),
    ]),
    ...(stop === undefined
      ? []
      : [
          '',
          plain(
            `Stopped ${stop.path === '' ? '' : `in ${stop.path} `}at 0x${stop.offset.toString(16)}: ${stop.message.text} [${stop.code}]`,
          ),
        ]),
    ...(digests.length === 0 ? [] : ['', ...digests.map(({ algorithm, value }) => `${algorithm.padEnd(7)} ${value}`)]),
  ];
}

/** An inspection as plain data, its sentences in English. */
export const inspectionData = ({ summary, findings, stop, ...rest }: Inspection): object => ({
  ...rest,
  summary: summary.text,
  findings: findings.map(({ message, remedy, ...finding }) => ({
    ...finding,
    message: message.text,
    remedy: remedy?.text ?? '',
  })),
  stop: stop && { ...stop, message: stop.message.text },
});

/** Covers with equal claims in one line each; ranges that touch are one. */
export function mergeRanges(protectedRanges: readonly ProtectedRange[]): ProtectedRange[] {
  const merged: ProtectedRange[] = [];
  const order = [...protectedRanges].sort(
    (a, b) => a.kind.localeCompare(b.kind) || textOf(a.by).localeCompare(textOf(b.by)) || a.offset - b.offset,
  );
  for (const range of order) {
    const last = merged.at(-1);
    const same =
      last !== undefined &&
      last.kind === range.kind &&
      textOf(last.by) === textOf(range.by) &&
      last.state === range.state;
    if (same && range.offset <= last.offset + last.size) {
      merged[merged.length - 1] = { ...last, size: Math.max(last.size, range.offset + range.size - last.offset) };
    } else merged.push(range);
  }
  return merged;
}

/** Text from a file as a terminal may have it: control characters, also those that turn text around, are escaped. */
export const plain = (text: string): string =>
  text.replaceAll(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

function printPiece(piece: Piece, level: number, depth: number): string[] {
  const { name, offset, size, type, value, children } = piece;
  const indent = '  '.repeat(level);
  const what = [type, textOf(value)].filter((part) => part !== '').join('  ');
  const line = plain(
    `0x${offset.toString(16).padStart(8, '0')} ${String(size).padStart(9)}  ${indent}${name}${what === '' ? '' : `  ${what}`}`,
  );
  if (level + 1 < depth) return [line, ...children.flatMap((child) => printPiece(child, level + 1, depth))];
  return children.length === 0 ? [line] : [`${line}  (${children.length} inside)`];
}

const printRange = ({ offset, size, kind, by, state }: ProtectedRange): string =>
  plain(
    `  0x${offset.toString(16).padStart(8, '0')} ${String(size).padStart(9)}  ${PROTECTIONS[kind]} ${textOf(by)}: ${STATES[state]}`,
  );

const PROTECTIONS: Readonly<Record<ProtectedRange['kind'], string>> = { signed: 'signature by', hashed: 'digest in' };
const STATES: Readonly<Record<ProtectedRange['state'], string>> = {
  claimed: 'claimed, not checked',
  matches: 'matches, and is itself only claimed',
  checked: 'holds, and nobody vouches for it',
  verified: 'verified',
  bad: 'does not hold',
};
