import { type Message, textOf } from './message.ts';
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
  'verity/superblock': refused<Place & { readonly reason: Message }>(
    'A dm-verity superblock holds a value that no device could have.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Check --hash-offset: the superblock may begin elsewhere in the file. Otherwise format the image again.',
  ),
  'verity/parameter': usage<{ readonly name: string; readonly reason: Message }>(
    'A dm-verity device cannot be made with this parameter.',
    (c) => `${c.name}: ${c.reason.text}`,
    'Change the parameter to one that the message allows.',
  ),
  'verity/range': usage<{ readonly offset: number; readonly length: number; readonly size: number }>(
    'A read asks for bytes outside of the image: offset and length must be whole numbers within it.',
    (c) => `offset ${c.offset}, length ${c.length}: not a range of whole bytes within the ${c.size} bytes of the image`,
    'Read a range of whole bytes within the image.',
  ),
  'verity/superblock-mismatch': refused<Place & { readonly want: string; readonly got: string }>(
    'The superblock, which nothing authenticates, differs from the parameters that the caller expects.',
    (c) => `${at(c)}: the superblock says ${c.got} instead of ${c.want}`,
    'Pass the parameters that the image was formatted with (--description), or format it again.',
  ),
  'verity/not-verified': refused<{ readonly what: string; readonly reason: Message }>(
    'There was nothing trustworthy to check against, so nothing was verified.',
    (c) => `${c.what} is not verified: ${c.reason.text}`,
    'Name what you trust: --root-hash and --data-blocks, or --description.',
  ),
  'verity/data-block': refused<MismatchedBlock>(
    'A data block does not have the digest that its hash block holds.',
    (c) => `data block ${c.block} at ${hex(c.offset)}: ${mismatch(c)}`,
    'Restore the image from a trusted copy, or run `bootwright verity repair` with --fec-file.',
  ),
  'verity/hash-block': refused<MismatchedBlock>(
    'A hash block does not have the digest that the level above holds.',
    (c) => `hash block ${c.block} of level ${c.level - 1} at ${hex(c.offset)}: ${mismatch(c)}`,
    'Run `bootwright verity repair`, which makes hash blocks again from genuine data, or format the image again.',
  ),
  'verity/root-hash': refused<MismatchedBlock>(
    'The top of the tree does not have the root hash: it was altered, or the root hash is another one.',
    (c) => `the top block at ${hex(c.offset)} does not have the root hash: ${mismatch(c)}`,
    'Check that the root hash belongs to this image; if the image changed on purpose, format it again.',
  ),
  'verity/spare': refused<Place & { readonly level: number; readonly block: number }>(
    'A hash block holds bytes other than zero where no digest is.',
    (c) => `hash block ${c.block} of level ${c.level}: a byte that must be zero is not, at ${hex(c.offset)}`,
    'Format the image again: only an altered tree has bytes there.',
  ),
  'verity/tail': refused<Place & { readonly size: number; readonly blockSize: number }>(
    'The data do not end at a block boundary, and the tail would be left unprotected.',
    (c) => `${at(c)}: the last ${c.size} bytes are not a whole block of ${c.blockSize}`,
    'Pad the image to whole blocks, or name the number of blocks with --data-blocks.',
  ),
  'verity/overlap': usage<{ readonly first: string; readonly second: string; readonly offset: number }>(
    'Two of the data, hash and error correction areas, the root hash and the description share bytes of one file.',
    (c) => `the ${c.first} area and the ${c.second} area overlap at ${hex(c.offset)}`,
    'Choose other offsets (--hash-offset, --fec-offset) or other files, so that the areas do not overlap.',
  ),
  'verity/root-hash-text': refused<{ readonly path: string; readonly reason: Message }>(
    'A root hash is not the lower-case hexadecimal text of one digest.',
    (c) => (c.path === '' ? `root hash: ${c.reason.text}` : `root hash in ${c.path}: ${c.reason.text}`),
    'Pass the digest as `bootwright verity format` printed it.',
  ),
  'verity/description': refused<{ readonly path: string; readonly reason: Message }>(
    'A JSON description of a dm-verity device, or a signature partition, is malformed.',
    (c) => (c.path === '' ? c.reason.text : `${c.path}: ${c.reason.text}`),
    'Write the description again with `bootwright verity format --description FILE`.',
  ),
  'verity/table': usage<{ readonly name: string; readonly reason: Message }>(
    'A device-mapper table or kernel command line cannot hold this value.',
    (c) => `${c.name}: ${c.reason.text}`,
    'Shorten or replace the value so that the table can hold it.',
  ),
  'verity/profile': usage<{ readonly text: string; readonly reason: Message }>(
    'No kernel or systemd is known by this name.',
    (c) => `${JSON.stringify(c.text)}: ${c.reason.text}`,
    'Name a release, such as linux@6.1 or systemd@255.',
  ),
  'verity/unsupported': usage<{ readonly what: Message; readonly who: string; readonly remedy: Message }>(
    'A kernel or systemd release that was named does not support something of the device.',
    (c) => `${c.who} does not support ${textOf(c.what)}`,
    (c) => textOf(c.remedy),
  ),
  'verity/beyond-repair': refused<{ readonly blocks: number; readonly reason: Message }>(
    'Blocks are damaged beyond what the error correction data can restore.',
    (c) => `${c.blocks} blocks stay damaged: ${c.reason.text}`,
    'Restore the image from a trusted copy.',
  ),
};

const mismatch = (c: MismatchedBlock): string => `expected ${c.want}, computed ${c.got} (caught at ${place(c.level)})`;
const place = (level: number): string => `level ${level}`;
