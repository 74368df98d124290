import { assertWithin } from '../../binary/internal.ts';
import { Fault } from '../../fault.ts';
import { type FileStore, openStore } from '../../file/index.ts';
import { parityPieces } from '../fec/encode.ts';
import { encoderColumns } from '../fec/encoder.ts';
import { blocksUpTo, type FecLayout, fecLayout } from '../fec/layout.ts';
import { SECTOR_SIZE } from '../geometry.ts';
import { verityMessage } from '../messages.ts';
import type { TreePlace } from '../pass.ts';
import type { Parity } from '../repair.ts';
import { newCounter, takenUnits } from './pass-job.node.ts';
import { type OnProgress, shared, type TreeFiles } from './tree.node.ts';
import type { WorkerPool } from './worker-pool.node.ts';

/** Error correction data in a file. */
export interface FecFile {
  readonly path: string;
  /** Bytes from the start of the file; a multiple of 512. 0 where it is not given. */
  readonly offset?: number;
  readonly roots: number;
  /**
   * Data blocks, and blocks of the hash file from the tree on, that they cover; where it is not given, all up to the
   * end of the hash file, or up to these data in it.
   */
  readonly blocks?: number;
}

/** The layout of error correction in open files. `verity/parameter`; `binary/truncated` for a hash file below `blocks`. */
export function layoutOf(
  place: TreePlace,
  hash: FileStore,
  { identity, offset = 0, roots, blocks }: Omit<FecFile, 'path'> & { readonly identity: string },
): FecLayout {
  assertFecOffset(offset);
  const { parameters, geometry, treeOffset } = place;
  if (blocks === undefined) {
    return fecLayout(parameters, roots, blocksUpTo(place, identity === hash.identity ? offset : hash.size));
  }
  const covered = blocks - parameters.dataBlocks;
  if (!Number.isSafeInteger(blocks) || covered < geometry.treeBlocks) {
    throw new Fault('verity/parameter', { name: 'fecBlocks', reason: verityMessage('verity/fec-blocks', { blocks }) });
  }
  assertWithin('hash', hash.size, treeOffset, covered * parameters.hashBlockSize);
  return fecLayout(parameters, roots, blocks);
}

/** The layout of the error correction data of a tree in a file; faults as `checkFiles` with `fec`. */
export function readFecLayout(place: TreePlace, hash: string, fec: FecFile): FecLayout {
  using store = openStore(hash, 'hash');
  using parity = openStore(fec.path, 'fec');
  return layoutOf(place, store, { ...fec, identity: parity.identity });
}

/** Parity in an open file. Faults as `layoutOf`, and `binary/truncated` for a file that does not hold all of it. */
export function parityOf(place: TreePlace, hash: FileStore, source: FileStore, fec: FecFile): Parity {
  const { offset = 0 } = fec;
  const layout = layoutOf(place, hash, { ...fec, identity: source.identity });
  assertWithin('fec', source.size, offset, layout.paritySize);
  return { layout, source, offset };
}

/** Throws `verity/parameter` unless parity may start there. */
export function assertFecOffset(offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset % SECTOR_SIZE === 0) return;
  throw new Fault('verity/parameter', { name: 'fecOffset', reason: verityMessage('verity/not-sector', { offset }) });
}

/** Makes the parity of a tree in its file, or tells which parts of it are not what they should be. */
export async function runParity(options: {
  readonly kind: 'encode' | 'compare';
  readonly place: TreePlace;
  readonly layout: FecLayout;
  readonly files: TreeFiles;
  readonly parity: FileStore;
  readonly offset: number;
  readonly pool: WorkerPool;
  readonly onProgress?: OnProgress | undefined;
}): Promise<{ readonly offset: number; readonly size: number }[]> {
  const { kind, place, layout, files, parity, offset, pool, onProgress } = options;
  const counter = newCounter();
  const columns = encoderColumns(layout);
  const total = layout.blocks * layout.blockSize;
  const job = {
    kind,
    layout,
    treeOffset: place.treeOffset,
    data: shared(files.data, 'data'),
    hash: shared(files.hash, 'hash'),
    parity: shared(parity, 'fec'),
    offset,
    counter,
  } as const;
  const pieces = await pool.run(job, () => {
    onProgress?.({ done: Math.round(total * Math.min(1, takenUnits(counter) / parityPieces(layout))), total });
  });
  const size = columns * layout.roots;
  return pieces
    .flat()
    .sort((a, b) => a - b)
    .map((piece) => ({ offset: offset + piece * size, size: Math.min(size, layout.paritySize - piece * size) }));
}
