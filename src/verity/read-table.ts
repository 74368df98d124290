import { parseHex } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { geometryOf, SECTOR_SIZE } from './geometry.ts';
import { verityMessage } from './messages.ts';
import { assertParameters, findProblem, MAX_SALT_SIZE, type VerityParameters } from './parameters.ts';
import { parseRootHash, type RootHash } from './root-hash.ts';
import { readTableOptions, type TableArguments } from './table-options.ts';

/** What a device-mapper table says of a device. */
export interface TableDevice {
  readonly parameters: VerityParameters;
  readonly rootHash: RootHash;
  readonly dataDevice: string;
  readonly hashDevice: string;
  /** Bytes from the start of the hash device to the tree. */
  readonly treeOffset: number;
  /** Optional arguments as they stand. */
  readonly options: readonly string[];
}

/** A table line, read to its end. */
export interface ParsedTable extends TableDevice {
  /** What the optional arguments say. */
  readonly arguments: TableArguments;
}

/** A table line holds thirteen words, a count and at most sixteen optional arguments (dm-verity-target.c). */
const MAX_WORDS = 40;

/**
 * Parses one verity line of a device-mapper table, the inverse of `dmTable`: every word of it, in the form and range that
 * the kernel takes. Faults `verity/table` with the word that is missing or wrong, and `verity/root-hash-text`.
 */
export function parseDmTable(line: string): ParsedTable {
  const words = line.trim().split(/\s+/);
  if (words.length > MAX_WORDS)
    throw refuse('table', verityMessage('verity/too-many-words', { count: words.length, limit: MAX_WORDS }));
  const [
    start,
    sectors,
    target,
    format,
    dataDevice,
    hashDevice,
    dataBlock,
    hashBlock,
    blocks,
    hashStart,
    algorithm,
    root,
    salt,
    ...rest
  ] = words;
  if (salt === undefined || root === undefined) throw refuse('table', verityMessage('verity/words-missing'));
  if (start !== '0' || target !== 'verity') throw refuse('table', verityMessage('verity/not-verity-table'));
  const candidate = {
    format: whole('format', format),
    algorithm,
    dataBlockSize: whole('data block size', dataBlock),
    hashBlockSize: whole('hash block size', hashBlock),
    dataBlocks: whole('data blocks', blocks),
    salt: saltOf(salt),
  };
  const problem = findProblem(candidate);
  if (problem !== undefined) throw refuse(problem.name, problem.reason);
  const parameters = assertParameters(candidate as VerityParameters);
  const { dataBytes, treeBytes } = geometryOf(parameters);
  if (dataBytes !== whole('sectors', sectors) * SECTOR_SIZE) {
    throw refuse(
      'sectors',
      verityMessage('verity/other-sectors', {
        sectors: sectors ?? '',
        blocks: parameters.dataBlocks,
        blockSize: parameters.dataBlockSize,
      }),
    );
  }
  const treeOffset = whole('hash start', hashStart) * parameters.hashBlockSize;
  if (!Number.isSafeInteger(treeOffset + treeBytes))
    throw refuse('hash start', verityMessage('verity/hash-start-far', { block: hashStart ?? '' }));
  return {
    parameters,
    rootHash: parseRootHash(root, parameters.algorithm, 'table'),
    dataDevice: dataDevice!,
    hashDevice: hashDevice!,
    treeOffset,
    options: rest.slice(1),
    arguments: readTableOptions(rest, parameters),
  };
}

function saltOf(word: string): Uint8Array {
  const salt = word === '-' ? new Uint8Array() : parseHex(word);
  if (salt === undefined)
    throw refuse('salt', verityMessage('verity/salt-not-hex', { word: JSON.stringify(word.slice(0, 40)) }));
  if (salt.length > MAX_SALT_SIZE) throw refuse('salt', verityMessage('verity/longer', { limit: MAX_SALT_SIZE }));
  return salt;
}

/** A number as the kernel reads it, below 2^53. */
function whole(name: string, word: string | undefined): number {
  const value = Number(word);
  if (word === undefined || !/^\d+$/.test(word) || !Number.isSafeInteger(value))
    throw refuse(name, verityMessage('verity/not-number', { word: word ?? '' }));
  return value;
}

const refuse = (name: string, reason: Message): Fault => new Fault('verity/table', { name, reason });
