import { type ByteSource, equalBytes, readRange } from '../binary/index.ts';
import { expectedDigest, rangeOf, rebuild, type Subject } from './explain.ts';
import { correctCodeword } from './fec/decode.ts';
import { ORDER } from './fec/field.ts';
import { type FecLayout, messageBlock, messageOf } from './fec/layout.ts';
import { MAX_LEVELS } from './geometry.ts';
import { passesOf } from './pass.ts';
import type { BadBlocks, TreeReport } from './report.ts';

/** Error correction data and where they are. */
export interface Parity {
  readonly layout: FecLayout;
  readonly source: ByteSource;
  /** Bytes from the start of its file to the parity. */
  readonly offset: number;
}

/** A block that was restored, and what it became. */
export interface RepairedBlock {
  readonly area: 'data' | 'hash';
  readonly level?: number;
  readonly block: number;
  /** Bytes from the start of its file. */
  readonly offset: number;
  readonly content: Uint8Array;
  /** Bytes that are others than before. */
  readonly changed: number;
  /** `rebuilt`: a hash block made again from genuine blocks below it. */
  readonly by: 'error correction' | 'rebuilt';
}

interface BadBlock {
  /** −1 for data. */
  readonly level: number;
  readonly block: number;
  readonly kind: BadBlocks['kind'];
}

/** Blocks that are tried in one go; a bound on work: repairing more takes days and means another image. */
const MAX_REPAIRS = 1_000_000;

/** What repairing came to. */
export interface RepairResult {
  /** What was restored, without the content. */
  readonly repaired: readonly Omit<RepairedBlock, 'content'>[];
  /** The last check: `verified`, or what is beyond repair. */
  readonly report: TreeReport;
}

/**
 * Checks and repairs, turn by turn, until all is well or nothing more can be done: a repaired hash block vouches for
 * blocks that could not be judged before.
 */
export async function repairTree(options: {
  readonly subject: Subject;
  readonly parity: Parity | undefined;
  readonly check: () => Promise<TreeReport> | TreeReport;
  readonly write: (block: RepairedBlock) => void;
}): Promise<RepairResult> {
  const { subject, parity, check, write } = options;
  const done: Omit<RepairedBlock, 'content'>[] = [];
  // Each turn but the last repairs at least one level.
  for (let turn = 0; ; turn++) {
    const report = await check();
    const before = done.length;
    if (report.verdict === 'refused' && turn <= MAX_LEVELS) {
      for (const block of repairBlocks(subject, report, parity)) {
        write(block);
        const { content: _, ...rest } = block;
        done.push(rest);
      }
    }
    if (done.length === before) return { repaired: done, report };
  }
}

/**
 * Restores what it can of the blocks that a report lists, one after the other. Every block that it gives has the
 * digest that a trusted hash block or the root hash demands; a block whose parent is itself damaged waits for the
 * next report.
 */
function* repairBlocks(subject: Subject, report: TreeReport, parity: Parity | undefined): Generator<RepairedBlock> {
  const bad = [...badBlocks(report)];
  const fixed = new Set<string>();
  for (const one of bad) {
    const content = one.kind === 'altered' && one.level >= 0 ? rebuilt(subject, one) : undefined;
    if (content === undefined) continue;
    fixed.add(keyOf(one));
    yield repaired(subject, one, content, 'rebuilt');
  }
  if (parity === undefined) return;
  for (const group of groupsOf(
    subject,
    parity,
    bad.filter((one) => !fixed.has(keyOf(one))),
  ).values()) {
    yield* repairGroup(subject, parity, group);
  }
}

/** The bad blocks of a report one by one, hash blocks first. */
function* badBlocks({ bad }: TreeReport): Generator<BadBlock> {
  let count = 0;
  const topDown = [...bad].sort((a, b) => (b.level ?? -1) - (a.level ?? -1));
  for (const { level = -1, first, blocks, kind } of topDown) {
    // Spare bytes are part of what the root hash vouches for: there is no other content to restore.
    if (kind === 'spare') continue;
    for (let i = 0; i < blocks && count < MAX_REPAIRS; i++, count++) yield { level, block: first + i, kind };
  }
}

const keyOf = ({ level, block }: BadBlock): string => `${level}:${block}`;

function rebuilt(subject: Subject, { level, block }: BadBlock): Uint8Array | undefined {
  const pass = passesOf(subject.place)[level];
  if (pass === undefined) return undefined;
  const content = rebuild(subject, pass, block);
  return isGenuine(subject, { level, block }, content) ? content : undefined;
}

/** Bad blocks that share their codewords: those at the same place of their regions. */
function groupsOf(subject: Subject, { layout }: Parity, bad: readonly BadBlock[]): Map<number, BadBlock[]> {
  const groups = new Map<number, BadBlock[]>();
  for (const one of bad) {
    const index = messageBlock(subject.place, one.level, one.block);
    // A hash file cut short has blocks that the message does not reach.
    if (index >= layout.blocks) continue;
    const group = groups.get(index % layout.rounds);
    if (group === undefined) groups.set(index % layout.rounds, [one]);
    else group.push(one);
  }
  return groups;
}

function* repairGroup(subject: Subject, parity: Parity, group: readonly BadBlock[]): Generator<RepairedBlock> {
  const { layout } = parity;
  for (const erased of erasuresOf(group, layout.roots)) {
    const rows = erased.map(({ level, block }) =>
      Math.floor(messageBlock(subject.place, level, block) / layout.rounds),
    );
    const column = messageBlock(subject.place, erased[0]!.level, erased[0]!.block) % layout.rounds;
    const blocks = decodeColumn(subject, parity, column, rows);
    if (blocks === undefined) continue;
    // Nothing vouches for the digest of a doubtful block until its parent is repaired.
    const genuine = erased
      .map((one, i) => ({ one, content: blocks[i]! }))
      .filter(({ one, content }) => one.kind === 'altered' && isGenuine(subject, one, content));
    for (const { one, content } of genuine) yield repaired(subject, one, content, 'error correction');
    if (genuine.length > 0) return;
  }
}

/**
 * Which blocks of a group to take for wrong, likeliest first: each costs a root whether it is wrong or not. A doubtful
 * block may be genuine, listed by a damaged block above it: so what is certain is tried by itself too, and, where they
 * are more than the code restores, the doubtful ones in turn.
 */
function* erasuresOf(group: readonly BadBlock[], roots: number): Generator<readonly BadBlock[]> {
  const certain = group.filter(({ kind }) => kind === 'altered');
  if (group.length <= roots) yield group;
  if (certain.length === 0 || certain.length > roots) return;
  if (certain.length < group.length) yield certain;
  if (group.length <= roots) return;
  const doubtful = group.filter(({ kind }) => kind !== 'altered');
  let tries = 0;
  for (const some of combinations(doubtful, roots - certain.length)) {
    if (some.length === 0 || tries++ === MAX_TRIES) return;
    yield [...certain, ...some];
  }
}

/** Choices among the doubtful blocks of a codeword: a bound on work, some seconds a column at the usual sizes. */
const MAX_TRIES = 64;

/** Every choice of so many values, in order. */
function* combinations<T>(values: readonly T[], count: number): Generator<readonly T[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let i = 0; i + count <= values.length; i++) {
    for (const rest of combinations(values.slice(i + 1), count - 1)) yield [values[i]!, ...rest];
  }
}

/** The blocks of some rows as the codewords of one column of blocks restore them; nothing where one is beyond that. */
function decodeColumn(
  subject: Subject,
  { layout, source, offset }: Parity,
  column: number,
  rows: readonly number[],
): Uint8Array[] | undefined {
  const { roots, dataRows, blockSize, regionSize } = layout;
  const message = messageOf(layout, subject.data, subject.hash, subject.place.treeOffset);
  const start = column * blockSize;
  const regions = Array.from({ length: dataRows }, (_, row) => readRange(message, row * regionSize + start, blockSize));
  const parity = readRange(source, offset + start * roots, blockSize * roots);
  const restored = rows.map(() => new Uint8Array(blockSize));
  const word = new Uint8Array(ORDER);
  for (let i = 0; i < blockSize; i++) {
    for (const [row, region] of regions.entries()) word[row] = region[i]!;
    word.set(parity.subarray(i * roots, (i + 1) * roots), dataRows);
    if (correctCodeword(word, roots, rows) === undefined) return undefined;
    for (const [n, row] of rows.entries()) restored[n]![i] = word[row]!;
  }
  return restored;
}

/** Whether content has the digest that the tree as it is demands of a block, and a hash block no byte too many. */
function isGenuine(subject: Subject, { level, block }: Omit<BadBlock, 'kind'>, content: Uint8Array): boolean {
  return equalBytes(subject.digester.digest(content), expectedDigest(subject, level, block));
}

function repaired(
  subject: Subject,
  { level, block }: BadBlock,
  content: Uint8Array,
  by: RepairedBlock['by'],
): RepairedBlock {
  const { area, offset } = rangeOf(subject.place, level, { first: block, count: 1 });
  const before = readRange(area === 'data' ? subject.data : subject.hash, offset, content.length);
  const changed = content.reduce((sum, byte, i) => sum + (byte === before[i] ? 0 : 1), 0);
  return { area, ...(level < 0 ? {} : { level }), block, offset, content, changed, by };
}

/** A source over another in which some blocks, by their offset, are replaced: what a repair would make of it. */
export function patched(source: ByteSource, patches: ReadonlyMap<number, Uint8Array>, blockSize: number): ByteSource {
  return {
    size: source.size,
    readInto(offset, target) {
      source.readInto(offset, target);
      if (patches.size === 0) return;
      const end = offset + target.length;
      for (let at = offset - (offset % blockSize); at < end; at += blockSize) {
        const content = patches.get(at);
        if (content === undefined) continue;
        const from = Math.max(at, offset);
        target.set(content.subarray(from - at, Math.min(at + blockSize, end) - at), from - offset);
      }
    },
  };
}
