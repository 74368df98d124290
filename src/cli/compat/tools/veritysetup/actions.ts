import { existsSync } from 'node:fs';
import { parseHex } from '../../../../binary/index.ts';
import { randomBytes } from '../../../../crypto/index.ts';
import { isFault } from '../../../../fault.ts';
import { assertWritable, openStore, readText, writeFile } from '../../../../file/index.ts';
import {
  compareFiles,
  type FecFile,
  type FilesComparison,
  formatFiles,
  readFecLayout,
  repairFiles,
} from '../../../../verity/files.node.ts';
import {
  DEFAULTS,
  type FecLayout,
  geometryOf,
  parseRootHash,
  parseUuid,
  type RootHash,
  type VerityParameters,
} from '../../../../verity/index.ts';
import {
  assertParameters,
  asUuid,
  isAlgorithm,
  isBlockSize,
  PAGE_SIZE,
  readSuperblockAt,
  treeOffsetOf,
} from '../../../../verity/internal.ts';
import type { CompatIo } from '../../io.ts';
import { numberOf, type Options, Refusal } from './options.ts';
import { headerText, textOfFault } from './text.ts';

type Action = (words: readonly string[], options: Options, io: CompatIo) => Promise<number>;

export const format: Action = async ([data = '', hash = ''], options, io) => {
  const fec = fecOf(options);
  assertCreatable('hash image', hash);
  if (fec !== undefined) assertCreatable('FEC image', fec.path);
  const shape = shapeOf(options);
  if (isBlockSize(shape.dataBlockSize) && shape.dataBlockSize > PAGE_SIZE) {
    io.stderr.write(`WARNING: Kernel cannot activate device if data block size exceeds page size (${PAGE_SIZE}).\n`);
  }
  const uuid = uuidOf(options, hash);
  const salt = saltOf(options);
  const dataBlocks = numberOf(options, 'data-blocks', 0) || wholeBlocks(data, shape.dataBlockSize, io);
  const hashOffset = numberOf(options, 'hash-offset', 0);
  const file = options.values.get('root-hash-file');
  if (fec !== undefined && existsSync(fec.path)) assertParity(fec.path, UNLOADED);
  // The original notices only when the tree is made.
  if (file !== undefined) assertOutput('root hash file', file);
  const made = await formatFiles({
    data,
    hash,
    ...shape,
    salt,
    dataBlocks,
    hashOffset,
    ...(uuid === undefined ? {} : { uuid }),
    ...(fec === undefined ? {} : { fec }),
    ...(file === undefined ? {} : { texts: [{ name: 'root hash', path: file }] }),
  });
  const { parameters, geometry, rootHash, treeOffset } = made;
  io.stdout.write(
    headerText({
      path: hash,
      parameters,
      geometry,
      uuid,
      rootHash,
      hashEnd: treeOffset + geometry.treeBytes,
      fec: made.fec && fecHeader(made.fec, made.fec.offset),
    }),
  );
  if (file !== undefined) await writeFile(file, rootHash);
  return 0;
};

export const verify: Action = async ([data = '', hash = '', given], options, io) => {
  const file = options.values.get('root-hash-file');
  if (given === undefined && file === undefined) {
    throw new Refusal('Command requires <root_hash> or --root-hash-file option as argument.');
  }
  const hashOffset = numberOf(options, 'hash-offset', 0);
  const superblock = !options.values.has('no-superblock');
  openStore(hash, 'hash').close();
  openStore(data, 'data').close();
  const parameters = superblock
    ? expectedOf(options, superblockOf(hash, hashOffset).parameters)
    : toldOf(data, options, io);
  const fec = fecOf(options);
  if (fec !== undefined) assertParity(fec.path, superblock ? { hash } : UNLOADED);
  const rootHash = await rootHashOf({ given, file }, parameters.algorithm);
  const bad = await firstBad({ data, hash, hashOffset, superblock, parameters, rootHash });
  if (bad === undefined) return 0;
  io.stderr.write(`${bad.text}\n`);
  if (fec === undefined || bad.status !== 2) return bad.status;
  // The original stops at the decoder's word. Here what it restores must have the digests that the root hash demands.
  const { repaired, report } = await repairFiles({
    data,
    hash,
    hashOffset,
    superblock,
    parameters,
    rootHash,
    fec,
    dryRun: true,
  });
  if (report.verdict === 'refused') {
    io.stderr.write('Errors cannot be repaired with FEC device.\n');
    return bad.status;
  }
  const count = repaired.reduce((sum, { changed }) => sum + changed, 0);
  io.stderr.write(`Found ${count} repairable errors with FEC device.\n`);
  return 0;
};

export const dump: Action = async ([path = ''], options, io) => {
  const hashOffset = numberOf(options, 'hash-offset', 0);
  const { parameters, uuid } = superblockOf(path, hashOffset);
  const geometry = geometryOf(parameters);
  const treeOffset = treeOffsetOf({ hashOffset, superblock: true }, parameters.hashBlockSize);
  const hashEnd = treeOffset + geometry.treeBytes;
  const fec = fecOf(options);
  if (fec !== undefined) assertParity(fec.path, { hash: path });
  io.stdout.write(headerText({ path, parameters, geometry, uuid, hashEnd, fec: fec && shownFec(path, fec) }));
  return 0;

  function shownFec(hash: string, file: FecFile) {
    return fecHeader(readFecLayout({ parameters, geometry, treeOffset }, hash, file), file.offset ?? 0);
  }
};

/** As the original, which makes these files before it looks at anything else. */
function assertCreatable(what: string, path: string): void {
  if (!existsSync(path)) assertOutput(what, path);
}

function assertOutput(what: string, path: string): void {
  try {
    assertWritable({ path, offset: 0 });
  } catch (cause) {
    if (!isFault(cause, 'file/write')) throw cause;
    throw new Refusal(`Cannot create ${what} ${path} for writing.`);
  }
}

/** Where no superblock is loaded, the original takes parity that it cannot open for a lack of memory. */
const UNLOADED = { status: 3 } as const;

/** Opens the parity, needed or not, as the original does while it loads the superblock of `hash`. */
function assertParity(path: string, loading: { readonly hash: string } | typeof UNLOADED): void {
  try {
    openStore(path, 'fec').close();
  } catch (cause) {
    const { text = '', status } = textOfFault(cause);
    if ('status' in loading) throw new Refusal(text, loading.status);
    throw new Refusal(`${text}\n${invalidDevice(loading.hash)}`, status);
  }
}

/**
 * The root hash in the file, as the original has it, or the word. The original does not look at the word beside a file,
 * and ends with 0 where it cannot read the file; here two root hashes have to be one, and a file has to be read.
 */
async function rootHashOf(
  { given, file }: { readonly given: string | undefined; readonly file: string | undefined },
  algorithm: VerityParameters['algorithm'],
): Promise<RootHash> {
  if (file === undefined) return parseRootHash((given ?? '').toLowerCase(), algorithm);
  const text = (await readRootHashFile(file)).trim().toLowerCase();
  if (given !== undefined && given.toLowerCase() !== text) {
    throw new Refusal(`The root hash on the command line is not the one in ${file}.`);
  }
  try {
    return parseRootHash(text, algorithm);
  } catch {
    throw new Refusal(`Invalid root hash file ${file}.`);
  }
}

async function readRootHashFile(file: string): Promise<string> {
  try {
    return await readText(file);
  } catch (cause) {
    if (!isFault(cause, 'file/read')) throw cause;
    throw new Refusal(`Cannot read root hash file ${file}.`);
  }
}

const fecHeader = ({ roots, rounds, paritySize }: FecLayout, offset: number) => ({
  roots,
  blocks: rounds * roots,
  offset,
  size: paritySize,
});

interface Checked {
  readonly data: string;
  readonly hash: string;
  readonly hashOffset: number;
  readonly superblock: boolean;
  readonly parameters: VerityParameters;
  readonly rootHash: string;
}

/** What the original says about the first block that is wrong, from the data up; nothing where all is well. */
async function firstBad(options: Checked): Promise<{ readonly status: number; readonly text: string } | undefined> {
  const { levels, rootHash } = await compareForOriginal(options);
  for (const { firstBelow, firstSpare } of levels) {
    if (firstBelow !== undefined) return wrong(`Verification failed at position ${firstBelow.offset}.`);
    // The original names where the spare bytes begin, not the one that is wrong.
    if (firstSpare !== undefined) return wrong(`Spare area is not zeroed at position ${firstSpare.offset}.`);
  }
  return rootHash === options.rootHash ? undefined : { status: 1, text: 'Verification of root hash failed.' };
}

const wrong = (text: string) => ({ status: 2, text: `${text}\nVerification of data area failed.` });

async function compareForOriginal(options: Checked): Promise<FilesComparison> {
  try {
    return await compareFiles(options);
  } catch (cause) {
    if (isFault(cause, 'binary/truncated')) throw new Refusal('Verification of data area failed.');
    throw cause;
  }
}

function superblockOf(path: string, hashOffset: number): ReturnType<typeof readSuperblockAt> {
  using hash = openStore(path, 'hash');
  try {
    return readSuperblockAt(hash, hashOffset);
  } catch {
    throw new Refusal(invalidDevice(path));
  }
}

const invalidDevice = (path: string): string => `Device ${path} is not a valid VERITY device.`;

type Shape = Omit<VerityParameters, 'dataBlocks' | 'salt'>;

function shapeOf(options: Options, otherwise: Shape = DEFAULTS): Shape {
  const algorithm = options.values.get('hash') ?? otherwise.algorithm;
  if (!isAlgorithm(algorithm)) throw new Refusal(`Hash algorithm ${algorithm} not supported.`);
  const type = numberOf(options, 'format', otherwise.format);
  if (type !== 0 && type !== 1) throw new Refusal(`Unsupported VERITY hash type ${type}.`);
  return {
    format: type,
    algorithm,
    dataBlockSize: numberOf(options, 'data-block-size', otherwise.dataBlockSize),
    hashBlockSize: numberOf(options, 'hash-block-size', otherwise.hashBlockSize),
  };
}

/** What the superblock says, except for what the options say, which the superblock must match. */
function expectedOf(options: Options, found: VerityParameters): VerityParameters {
  return assertParameters({
    ...shapeOf(options, found),
    dataBlocks: numberOf(options, 'data-blocks', 0) || found.dataBlocks,
    salt: options.values.has('salt') ? saltOf(options) : found.salt,
  });
}

function toldOf(data: string, options: Options, io: CompatIo): VerityParameters {
  const shape = shapeOf(options);
  const dataBlocks = numberOf(options, 'data-blocks', 0) || wholeBlocks(data, shape.dataBlockSize, io);
  return { ...shape, dataBlocks, salt: saltOf(options) };
}

/** The original leaves a tail out without a word. So does this, but for the word; a wrong size is `formatFiles`' to name. */
function wholeBlocks(path: string, blockSize: number, io: CompatIo): number {
  using data = openStore(path, 'data');
  if (!isBlockSize(blockSize)) return 1;
  const tail = data.size % blockSize;
  if (tail > 0) io.stderr.write(`WARNING: the last ${tail} bytes of ${path} are no whole block, and are left out.\n`);
  return Math.floor(data.size / blockSize);
}

/** Bytes of salt that the original makes where none is given. */
const SALT_SIZE = 32;

function saltOf({ values }: Options): Uint8Array {
  const text = values.get('salt');
  if (text === undefined) return randomBytes(SALT_SIZE);
  const salt = text === '-' ? new Uint8Array() : parseHex(text);
  if (salt !== undefined) return salt;
  throw new Refusal('Invalid salt string specified.');
}

function uuidOf({ values }: Options, hash: string): Uint8Array | undefined {
  if (values.has('no-superblock')) return undefined;
  const text = values.get('uuid');
  if (text === undefined) return asUuid(randomBytes(16), 4);
  const uuid = parseUuid(text);
  if (uuid !== undefined) return uuid;
  throw new Refusal(`Wrong VERITY UUID format provided on device ${hash}.`);
}

function fecOf(options: Options): FecFile | undefined {
  const path = options.values.get('fec-device');
  if (path === undefined) return undefined;
  return { path, roots: numberOf(options, 'fec-roots', 2), offset: numberOf(options, 'fec-offset', 0) };
}
