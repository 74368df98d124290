import { readRange } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { compareUnit, joinMismatches, type Mismatches } from './compare.ts';
import { expectedDigest, explain, type Subject } from './explain.ts';
import { verityMessage } from './messages.ts';
import { mismatchFault } from './mismatch.ts';
import { type Pass, passesOf, unitsOf } from './pass.ts';
import type { BadBlocks, TreeReport } from './report.ts';
import type { BlockRun } from './runs.ts';

/** Checks every block of a tree and its data, or the data blocks of a range and their branches, and lists what is bad. */
export function checkTree(subject: Subject, range?: BlockRun): TreeReport {
  const mismatches = passesOf(subject.place).map((pass) => checkPass(subject, pass, range));
  return reportOf(subject, mismatches, range);
}

/** What a range of data blocks needs of a pass: its own blocks in the first, the blocks above them in the others. */
export function partOf({ place }: Subject, pass: Pass, range: BlockRun | undefined): BlockRun {
  if (range === undefined) return { first: 0, count: pass.digests };
  const scale = place.geometry.digestsPerBlock ** pass.level;
  const first = Math.floor(range.first / scale);
  const end = Math.floor((range.first + range.count - 1) / scale) + 1;
  return { first, count: end - first };
}

/** Throws unless a range names data blocks that are there. */
export function assertRange({ place }: Subject, range: BlockRun): void {
  const { dataBlocks } = place.parameters;
  const whole = Number.isSafeInteger(range.first) && Number.isSafeInteger(range.count);
  if (whole && range.count >= 1 && range.first >= 0 && range.count <= dataBlocks - range.first) return;
  throw new Fault('verity/parameter', {
    name: 'range',
    reason: verityMessage('verity/range-outside', {
      first: range.first,
      last: range.first + range.count - 1,
      dataBlocks,
    }),
  });
}

/** The verdict on the mismatches of every pass. */
export function reportOf(subject: Subject, mismatches: readonly Mismatches[], range?: BlockRun): TreeReport {
  const { place } = subject;
  const { bad, unproven } = explain(subject, mismatches);
  const dataBlocks = range?.count ?? place.parameters.dataBlocks;
  const hashBlocks = passesOf(place).reduce((sum, pass) => sum + partOf(subject, pass, range).count, 0);
  return {
    verdict: bad.length === 0 ? 'verified' : 'refused',
    bad,
    unproven,
    checked: {
      dataBlocks,
      // The parts count what is below each pass: the data too, and not the top block.
      hashBlocks: place.geometry.levels.length === 0 ? 0 : hashBlocks - dataBlocks + 1,
      bytes: dataBlocks * place.parameters.dataBlockSize,
      ...(range === undefined ? {} : { range }),
    },
  };
}

/** The fault that names the first bad block of a report. */
export function faultOf(subject: Subject, first: BadBlocks): Fault {
  const { place, digester } = subject;
  const level = first.level ?? -1;
  const { offset } = first;
  if (first.kind === 'spare') {
    return new Fault('verity/spare', { path: 'hash', offset, level, block: first.first });
  }
  const size = first.level === undefined ? place.parameters.dataBlockSize : place.parameters.hashBlockSize;
  const block = readRange(first.area === 'data' ? subject.data : subject.hash, offset, size);
  const want = expectedDigest(subject, level, first.first);
  return mismatchFault(place.geometry, { level, block: first.first, offset, size, want, got: digester.digest(block) });
}

/** Throws `binary/truncated` unless data and hash file are as long as the tree says. */
export function assertSizes({ place, data, hash }: Subject): void {
  const { geometry, treeOffset } = place;
  if (data.size < geometry.dataBytes) {
    throw new Fault('binary/truncated', { path: 'data', offset: 0, need: geometry.dataBytes, have: data.size });
  }
  const have = Math.max(0, hash.size - treeOffset);
  if (have >= geometry.treeBytes) return;
  throw new Fault('binary/truncated', { path: 'hash', offset: treeOffset, need: geometry.treeBytes, have });
}

function checkPass(subject: Subject, pass: Pass, range: BlockRun | undefined): Mismatches {
  const { place, data, hash, digester } = subject;
  const sources = { below: pass.below === 'data' ? data : hash, hash };
  const found: Mismatches[] = [];
  for (const unit of unitsOf(pass, partOf(subject, pass, range))) {
    const mismatch = compareUnit(place, pass, unit, sources, digester);
    if (mismatch !== undefined) found.push(mismatch);
  }
  return joinMismatches(found);
}
