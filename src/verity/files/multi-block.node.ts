import { createHash } from 'node:crypto';
import type { ByteSource } from '../../binary/index.ts';
import { PIECE_SIZE } from '../../binary/internal.ts';
import { Arena } from '../../linux/index.ts';
import { optionalFunction, setAddress } from '../../linux/internal.ts';
import type { Digester, DigestParameters } from '../digester.ts';
import { createFastDigester } from './digester.node.ts';

/** A source that fills several pieces of memory from consecutive bytes in one call. */
export interface ScatterSource extends ByteSource {
  readEach(offset: number, targets: readonly Uint8Array[]): void;
}

/** SHA256_MB_CTX and HASH_DESC of OpenSSL's sha256-mb code: eight words of state, each for eight lanes; and a pointer and a count a lane. */
const LANES = 8;
const STATE_WORDS = 8;
const DESCRIPTOR_WORDS = 4;
/** Bytes of a block of SHA-256, and of a digest; and of the length behind the padding. */
const CHUNK = 64;
const DIGEST = 32;
const LENGTH = 8;
/** The initial hash value (FIPS 180-4 §5.3.3). */
const INITIAL = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;

/**
 * A digester over the function with which OpenSSL hashes up to eight TLS records at once, and which x86-64 builds of
 * Node export. Blocks are read into records of salt, block and padding, and hashed eight at a time. `undefined`
 * where the hash is another, the function is missing, or it does not give the digests that it must.
 */
export function createMultiBlockDigester(parameters: DigestParameters): Digester | undefined {
  if (parameters.algorithm !== 'sha256') return undefined;
  const native = nativeFunction();
  return native === undefined ? undefined : digesterOver(native, parameters);
}

type MultiBlockHash = (context: number, descriptors: number, quads: number) => unknown;

let tested: MultiBlockHash | 'missing' | undefined;

/** The function, once it has given the right digests in this thread. */
function nativeFunction(): MultiBlockHash | undefined {
  tested ??= findNative() ?? 'missing';
  return tested === 'missing' ? undefined : tested;
}

function findNative(): MultiBlockHash | undefined {
  if (process.arch !== 'x64') return undefined;
  const native = optionalFunction('sha256_multi_block', 'ppi');
  return native !== undefined && passesTest(native) ? native : undefined;
}

/** Whether every lane, and every number of lanes, gives what SHA-256 gives. */
function passesTest(native: MultiBlockHash): boolean {
  const salt = Uint8Array.of(1, 2, 3);
  const blockSize = 512;
  const data = Uint8Array.from({ length: 13 * blockSize }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  const source = {
    size: data.length,
    readInto: (offset: number, target: Uint8Array) => target.set(data.subarray(offset, offset + target.length)),
  };
  return ([0, 1] as const).every((format) => {
    const digester = digesterOver(native, { algorithm: 'sha256', format, salt });
    const digests = digester.digests(source, { offset: 0, blocks: 13, blockSize });
    return Array.from({ length: 13 }, (_, i) => i).every((i) => {
      const block = data.subarray(i * blockSize, (i + 1) * blockSize);
      const parts = format === 1 ? [salt, block] : [block, salt];
      const want = createHash('sha256').update(Buffer.concat(parts)).digest();
      return want.equals(digests.subarray(i * DIGEST, (i + 1) * DIGEST));
    });
  });
}

function digesterOver(native: MultiBlockHash, parameters: DigestParameters): Digester {
  const { format, salt } = parameters;
  const single = createFastDigester(parameters);
  const state = new Arena(4 * STATE_WORDS * LANES);
  const descriptors = new Arena(4 * DESCRIPTOR_WORDS * LANES);
  const stateWords = state.words();
  const descriptorWords = descriptors.words();
  const initial = Int32Array.from({ length: STATE_WORDS * LANES }, (_, i) => INITIAL[Math.floor(i / LANES)]!);
  let records: Records | undefined;
  let output = new DataView(new ArrayBuffer(0));

  /** Hashes up to eight records from one on, and stores their digests. */
  const hashLanes = ({ arena, size }: Records, first: number, lanes: number, digest: number): void => {
    stateWords.set(initial);
    const quads = lanes > LANES / 2 ? 2 : 1;
    for (let lane = 0; lane < (quads * LANES) / 2; lane++) {
      const address = arena.address + (lane < lanes ? first + lane : first) * size;
      setAddress(descriptorWords, lane * DESCRIPTOR_WORDS, address);
      descriptorWords[lane * DESCRIPTOR_WORDS + 2] = lane < lanes ? size / CHUNK : 0;
    }
    native(state.address, descriptors.address, quads);
    for (let lane = 0; lane < lanes; lane++) {
      for (let word = 0; word < STATE_WORDS; word++) {
        output.setInt32((digest + lane) * DIGEST + 4 * word, stateWords[word * LANES + lane]!);
      }
    }
  };

  return {
    size: DIGEST,
    digest: (block) => single.digest(block),
    digests(source, { offset, blocks, blockSize }) {
      if (output.byteLength < blocks * DIGEST) output = new DataView(new ArrayBuffer(blocks * DIGEST));
      if (records?.blockSize !== blockSize) records = makeRecords(blockSize, salt, format === 1);
      const count = records.blocks.length;
      for (let done = 0; done < blocks; done += count) {
        const taken = Math.min(count, blocks - done);
        readBlocks(source, offset + done * blockSize, records.blocks.slice(0, taken));
        for (let first = 0; first < taken; first += LANES) {
          hashLanes(records, first, Math.min(LANES, taken - first), done + first);
        }
      }
      return new Uint8Array(output.buffer, 0, blocks * DIGEST);
    },
  };
}

/** Padded messages in a row, with space for a block in each. */
interface Records {
  readonly arena: Arena;
  readonly blockSize: number;
  /** Bytes of a record: whole blocks of the hash. */
  readonly size: number;
  /** Where the blocks go. */
  readonly blocks: readonly Uint8Array[];
}

function makeRecords(blockSize: number, salt: Uint8Array, saltFirst: boolean): Records {
  const message = salt.length + blockSize;
  const size = Math.ceil((message + 1 + LENGTH) / CHUNK) * CHUNK;
  const count = Math.max(LANES, Math.floor(PIECE_SIZE / blockSize));
  const arena = new Arena(count * size);
  const blocks = Array.from({ length: count }, (_, i) => {
    const start = i * size;
    arena.bytes.set(salt, start + (saltFirst ? 0 : blockSize));
    arena.bytes[start + message] = 0x80;
    arena.view.setBigUint64(start + size - LENGTH, BigInt(8 * message));
    const block = start + (saltFirst ? salt.length : 0);
    return arena.bytes.subarray(block, block + blockSize);
  });
  return { arena, blockSize, size, blocks };
}

function readBlocks(source: ByteSource, offset: number, targets: readonly Uint8Array[]): void {
  if ('readEach' in source) {
    (source as ScatterSource).readEach(offset, targets);
    return;
  }
  for (const [i, target] of targets.entries()) source.readInto(offset + i * target.length, target);
}
