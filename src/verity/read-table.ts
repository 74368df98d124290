import { parseHex } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { geometryOf, SECTOR_SIZE } from './geometry.ts';
import { checkParameters, findProblem, type VerityParameters } from './parameters.ts';
import { parseRootHash, type RootHash } from './root-hash.ts';

/** What a device-mapper table pins. */
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

/** A table line holds thirteen words and at most sixteen optional arguments (dm-verity-target.c). */
const WORDS_MAX = 40;

/**
 * Parses one verity line of a device-mapper table, the inverse of `dmTable`. Faults `verity/table` where a word is
 * missing or out of range, and `verity/root-hash-text`.
 */
export function parseDmTable(line: string): TableDevice {
  const words = line.trim().split(/\s+/);
  if (words.length > WORDS_MAX) throw refuse('table', `${words.length} words`);
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
  ] = words;
  if (salt === undefined || root === undefined) throw refuse('table', 'words are missing');
  if (start !== '0' || target !== 'verity') throw refuse('table', 'not a verity device that starts at sector 0');
  const candidate = {
    format: whole('format', format),
    algorithm,
    dataBlockSize: whole('data block size', dataBlock),
    hashBlockSize: whole('hash block size', hashBlock),
    dataBlocks: whole('data blocks', blocks),
    salt: salt === '-' ? new Uint8Array() : parseHex(salt),
  };
  const problem = findProblem(candidate);
  if (problem !== undefined) throw refuse(problem.name, problem.reason);
  const parameters = checkParameters(candidate as VerityParameters);
  if (geometryOf(parameters).dataBytes !== whole('sectors', sectors) * SECTOR_SIZE) {
    throw refuse(
      'sectors',
      `${sectors} sectors are not ${parameters.dataBlocks} blocks of ${parameters.dataBlockSize}`,
    );
  }
  return {
    parameters,
    rootHash: parseRootHash(root, parameters.algorithm, 'table'),
    dataDevice: dataDevice!,
    hashDevice: hashDevice!,
    treeOffset: whole('hash start', hashStart) * parameters.hashBlockSize,
    options: words.slice(14),
  };
}

function whole(name: string, word: string | undefined): number {
  const value = Number(word);
  if (word === undefined || !/^\d+$/.test(word) || !Number.isSafeInteger(value))
    throw refuse(name, `${word} is no number`);
  return value;
}

const refuse = (name: string, reason: string): Fault => new Fault('verity/table', { name, reason });
