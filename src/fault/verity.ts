import { type Reason, textOf } from './message.ts';
import { at, hex, type Place, refused, usage } from './row.ts';

/** A block that does not have the digest that its parent holds. */
export interface MismatchedBlock extends Place {
  /** Bytes of the block. */
  readonly size: number;
  /** Index of the block: in the data, or in its level. */
  readonly block: number;
  /** The level of hash blocks whose entry did not match; the number of levels where it was the root hash. */
  readonly level: number;
  readonly want: string;
  readonly got: string;
}

export const verityFaults = {
  'verity/superblock': refused<Place & { readonly reason: Reason }>(
    'A dm-verity superblock holds a value that no device could have.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'verity/parameter': usage<{ readonly name: string; readonly reason: Reason }>(
    'A dm-verity device cannot be made with this parameter.',
    (c) => `${c.name}: ${textOf(c.reason)}`,
  ),
  'verity/range': usage<{ readonly offset: number; readonly length: number; readonly size: number }>(
    'A read asks for bytes that no image has: offset and length must be whole numbers within it.',
    (c) => `offset ${c.offset}, length ${c.length}: not a range of whole bytes within the ${c.size} of the image`,
  ),
  'verity/superblock-mismatch': refused<Place & { readonly want: string; readonly got: string }>(
    'The superblock, which nothing authenticates, differs from the parameters that the caller expects.',
    (c) => `${at(c)}: the superblock says ${c.got}, expected is ${c.want}`,
  ),
  'verity/not-verified': refused<{ readonly what: string; readonly reason: Reason }>(
    'There was nothing trustworthy to check against, so nothing was verified.',
    (c) => `${c.what} is not verified: ${textOf(c.reason)}`,
  ),
  'verity/data-block': refused<MismatchedBlock>(
    'A data block does not have the digest that its hash block holds.',
    (c) => `data block ${c.block} at ${hex(c.offset)}: ${mismatch(c)}`,
  ),
  'verity/hash-block': refused<MismatchedBlock>(
    'A hash block does not have the digest that the level above holds.',
    (c) => `hash block ${c.block} of level ${c.level - 1} at ${hex(c.offset)}: ${mismatch(c)}`,
  ),
  'verity/root-hash': refused<MismatchedBlock>(
    'The top of the tree does not have the root hash: it was altered, or the root hash is another one.',
    (c) => `the top block at ${hex(c.offset)} does not have the root hash: ${mismatch(c)}`,
  ),
  'verity/spare': refused<Place & { readonly level: number; readonly block: number }>(
    'A hash block holds bytes other than zero where no digest is.',
    (c) => `hash block ${c.block} of level ${c.level}: a byte that must be zero is not, at ${hex(c.offset)}`,
  ),
  'verity/tail': refused<Place & { readonly size: number; readonly blockSize: number }>(
    'The data do not end at a block boundary, and the tail would be left unprotected.',
    (c) =>
      `${at(c)}: the last ${c.size} bytes are no whole block of ${c.blockSize}; pad the image or say how many blocks`,
  ),
  'verity/overlap': usage<{ readonly first: string; readonly second: string; readonly offset: number }>(
    'Two of the data, hash and error correction areas, the root hash and the description share bytes of one file.',
    (c) => `the ${c.first} area and the ${c.second} area overlap at ${hex(c.offset)}`,
  ),
  'verity/root-hash-text': refused<{ readonly path: string; readonly reason: Reason }>(
    'A root hash is not the lower-case hexadecimal text of one digest.',
    (c) => (c.path === '' ? `root hash: ${textOf(c.reason)}` : `root hash in ${c.path}: ${textOf(c.reason)}`),
  ),
  'verity/description': refused<{ readonly path: string; readonly reason: Reason }>(
    'A JSON description of a dm-verity device, or a signature partition, is malformed.',
    (c) => (c.path === '' ? textOf(c.reason) : `${c.path}: ${textOf(c.reason)}`),
  ),
  'verity/table': usage<{ readonly name: string; readonly reason: Reason }>(
    'A device-mapper table or kernel command line cannot hold this value.',
    (c) => `${c.name}: ${textOf(c.reason)}`,
  ),
  'verity/profile': usage<{ readonly text: string; readonly reason: Reason }>(
    'No kernel or systemd is known by this name.',
    (c) => `${JSON.stringify(c.text)}: ${textOf(c.reason)}`,
  ),
  'verity/unsupported': usage<{ readonly what: string; readonly who: string; readonly remedy: string }>(
    'A kernel or systemd that was named does not open such a device.',
    (c) => `${c.who} does not take ${c.what}: ${c.remedy}`,
  ),
  'verity/beyond-repair': refused<{ readonly blocks: number; readonly reason: Reason }>(
    'Blocks are damaged beyond what the error correction data can restore.',
    (c) => `${c.blocks} blocks stay damaged: ${textOf(c.reason)}`,
  ),
};

const mismatch = (c: MismatchedBlock): string => `expected ${c.want}, computed ${c.got} (caught at ${place(c.level)})`;
const place = (level: number): string => `level ${level}`;
