import { hash } from 'node:crypto';
import { PIECE_SIZE } from '../../binary/internal.ts';
import { opensslName } from '../../crypto/crypto.node.ts';
import { Fault } from '../../fault.ts';
import { algorithms, digestSizeOf } from '../algorithm.ts';
import type { Digester, DigestParameters } from '../digester.ts';
import { MAX_SALT_SIZE } from '../parameters.ts';

/**
 * A digester over OpenSSL's one-shot hash. The salt is written into the read buffer beside each block, over the end
 * of its neighbour, which was hashed already: so nothing is copied. The digest comes as text of one character a
 * byte, since that costs less than a buffer. Per block of 4 KiB: 3.2 µs, of which OpenSSL takes 3.0.
 */
export function createFastDigester({ algorithm, format, salt }: DigestParameters): Digester {
  const name = opensslName(algorithms[algorithm].hash);
  const size = digestSizeOf(algorithm);
  assertHash(name);
  let output = Buffer.alloc(0);
  let pieces = piecesFor(0);
  const digestInto = (target: Buffer, at: number, block: Uint8Array): void => {
    target.write(hash(name, block, 'binary'), at, size, 'latin1');
  };
  return {
    size,
    digest(block) {
      const salted = format === 1 ? Buffer.concat([salt, block]) : Buffer.concat([block, salt]);
      return new Uint8Array(hash(name, salted, 'buffer'));
    },
    digests(source, { offset, blocks, blockSize }) {
      if (output.length < blocks * size) output = Buffer.allocUnsafeSlow(blocks * size);
      if (pieces.blockSize !== blockSize) pieces = piecesFor(blockSize, format, salt.length);
      const { buffer, salted } = pieces;
      const perPiece = salted.length;
      for (let first = 0; first < blocks; first += perPiece) {
        const count = Math.min(perPiece, blocks - first);
        source.readInto(offset + first * blockSize, buffer.subarray(MAX_SALT_SIZE, MAX_SALT_SIZE + count * blockSize));
        for (let step = 0; step < count; step++) {
          // Front to back with the salt before the block, back to front with the salt behind it.
          const i = format === 1 ? step : count - 1 - step;
          const start = MAX_SALT_SIZE + i * blockSize;
          buffer.set(salt, format === 1 ? start - salt.length : start + blockSize);
          digestInto(output, (first + i) * size, salted[i]!);
        }
      }
      return output.subarray(0, blocks * size);
    },
  };
}

/** A buffer for the blocks of one read. */
interface Pieces {
  readonly blockSize: number;
  readonly buffer: Buffer;
  /** Each block with the salt's place beside it. */
  readonly salted: readonly Buffer[];
}

function piecesFor(blockSize: number, format = 1, saltSize = 0): Pieces {
  if (blockSize === 0) return { blockSize, buffer: Buffer.alloc(0), salted: [] };
  const count = Math.max(1, Math.floor(PIECE_SIZE / blockSize));
  const buffer = Buffer.allocUnsafeSlow(2 * MAX_SALT_SIZE + count * blockSize);
  const salted = Array.from({ length: count }, (_, i) => {
    const start = MAX_SALT_SIZE + i * blockSize;
    return format === 1
      ? buffer.subarray(start - saltSize, start + blockSize)
      : buffer.subarray(start, start + blockSize + saltSize);
  });
  return { blockSize, buffer, salted };
}

function assertHash(name: string): void {
  try {
    hash(name, '');
  } catch (cause) {
    throw new Fault('crypto/unsupported', { what: `hash ${name}` }, { cause });
  }
}
