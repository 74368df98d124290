import { hexText, parseHex, utf8Text } from '../binary/index.ts';
import { parseJson, printJsonFlaw } from '../binary/internal.ts';
import { Fault, type Message } from '../fault.ts';
import { type Geometry, geometryOf, type HashPlace, treeOffsetOf } from './geometry.ts';
import { verityMessage } from './messages.ts';
import { findProblem, type VerityParameters } from './parameters.ts';
import { parseRootHash, type RootHash } from './root-hash.ts';
import { printUuid } from './uuid.ts';

/** Where error correction data lies and how strong it is. */
export interface FecPlace {
  readonly roots: number;
  /** Bytes from the start of its file. */
  readonly offset: number;
  /** Data blocks, and blocks of the hash device from the tree on, that it covers; not told where only a place is. */
  readonly blocks?: number;
}

/** Everything that a verifier must be told about a device, from a place that it trusts. */
export interface Description extends HashPlace {
  readonly parameters: VerityParameters;
  readonly rootHash: RootHash;
  readonly fec?: FecPlace;
}

/** The description as JSON has it: numbers, and hexadecimal text for bytes. */
export interface DescriptionJson extends Omit<VerityParameters, 'salt'>, HashPlace {
  readonly rootHash: string;
  readonly salt: string;
  readonly uuid?: string;
  readonly treeOffset: number;
  readonly dataSize: number;
  readonly treeSize: number;
  readonly hashBlocks: number;
  readonly fec?: FecPlace;
}

/** What to keep of a formatted device; parsing gives a description again. */
export function describe(
  description: Description & { readonly geometry: Geometry; readonly uuid?: Uint8Array | undefined },
): DescriptionJson {
  const { parameters, rootHash, hashOffset, superblock, fec, geometry, uuid } = description;
  return {
    rootHash,
    ...parameters,
    salt: hexText(parameters.salt),
    ...(uuid === undefined ? {} : { uuid: printUuid(uuid) }),
    superblock,
    hashOffset,
    treeOffset: treeOffsetOf(description, parameters.hashBlockSize),
    dataSize: geometry.dataBytes,
    treeSize: geometry.treeBytes,
    hashBlocks: geometry.treeBlocks,
    ...(fec === undefined ? {} : { fec }),
  };
}

/** The largest description that is read: a hundred times what one takes. */
export const MAX_DESCRIPTION_SIZE = 65_536;

/**
 * Parses a JSON description. Every expected parameter must be there and possible (`verity/description` names the first that is not). What follows
 * from them, and members of other names, are ignored.
 */
export function parseDescription(input: Uint8Array, path: string): Description {
  const refuse = (reason: Message): Fault => new Fault('verity/description', { path, reason });
  const json = parseObject(input, refuse);
  const { salt, rootHash, hashOffset, superblock } = json;
  const saltBytes = typeof salt === 'string' ? parseHex(salt) : undefined;
  if (saltBytes === undefined) throw refuse(verityMessage('verity/salt-not-text'));
  const { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks } = json;
  const values = { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt: saltBytes };
  const problem = findProblem(values);
  if (problem !== undefined)
    throw refuse(verityMessage('verity/parameter-problem', { name: problem.name, reason: problem.reason }));
  // findProblem found each value to be one of the narrower type.
  const parameters = values as VerityParameters;
  if (typeof rootHash !== 'string') throw refuse(verityMessage('verity/member-not-text', { name: 'rootHash' }));
  if (typeof superblock !== 'boolean') throw refuse(verityMessage('verity/superblock-not-boolean'));
  if (!isOffset(hashOffset)) throw refuse(verityMessage('verity/member-not-sector', { name: 'hashOffset' }));
  return {
    parameters,
    rootHash: parseRootHash(rootHash, parameters.algorithm, path),
    superblock,
    hashOffset,
    ...(json['fec'] === undefined ? {} : { fec: parseFec(json['fec'], parameters, refuse) }),
  };
}

type Refuse = (reason: Message) => Fault;

function parseFec(value: unknown, parameters: VerityParameters, refuse: Refuse): FecPlace {
  const { roots, offset, blocks } = (typeof value === 'object' ? (value ?? {}) : {}) as Record<string, unknown>;
  if (typeof roots !== 'number' || !Number.isInteger(roots))
    throw refuse(verityMessage('verity/member-not-number', { name: 'fec.roots' }));
  if (!isOffset(offset)) throw refuse(verityMessage('verity/member-not-sector', { name: 'fec.offset' }));
  if (blocks === undefined) return { roots, offset };
  if (typeof blocks !== 'number' || !Number.isSafeInteger(blocks))
    throw refuse(verityMessage('verity/member-not-number', { name: 'fec.blocks' }));
  const fewest = parameters.dataBlocks + geometryOf(parameters).treeBlocks;
  if (blocks < fewest) throw refuse(verityMessage('verity/description-fec-blocks', { blocks, fewest }));
  return { roots, offset, blocks };
}

/** The members of a JSON object of at most `MAX_DESCRIPTION_SIZE` bytes. */
export function parseObject(input: Uint8Array, refuse: Refuse): Readonly<Record<string, unknown>> {
  if (input.length > MAX_DESCRIPTION_SIZE)
    throw refuse(verityMessage('verity/longer', { limit: MAX_DESCRIPTION_SIZE }));
  const read = parseJson(utf8Text(input));
  if ('flaw' in read) throw refuse(verityMessage('verity/not-json', { flaw: printJsonFlaw(read.flaw) }));
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(verityMessage('verity/not-object'));
  return value as Record<string, unknown>;
}

const isOffset = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value % 512 === 0;
