import { port } from '#crypto';
import { concatBytes, equalBytes, parseHex } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { digestInfoPrefix, type HashName, hashNames, hashSize } from './hash.ts';

/** What an RSA block turned out to hold. `digest` is what was signed, where the padding tells. */
export type Decoded =
  | { readonly kind: 'good' }
  | { readonly kind: 'other-digest'; readonly digest: Uint8Array }
  | { readonly kind: 'other-hash'; readonly hash: HashName }
  | { readonly kind: 'bad-padding' }
  | { readonly kind: 'garbage' };

/** EMSA-PKCS1-v1_5 (RFC 8017 §9.2): 00 01 FF… 00 DigestInfo. Faults where the hash has no DigestInfo. */
export function encodePkcs1(hash: HashName, digest: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const info = concatBytes([digestInfo(hash), digest]);
  // §9.2 step 3: at least eight bytes of padding.
  if (size < info.byteLength + 11)
    throw new Fault('crypto/key-unfit', { key: 'RSA key', reason: `too short for ${hash}` });
  const block = new Uint8Array(size).fill(0xff);
  block.set([0x00, 0x01]);
  block[size - info.byteLength - 1] = 0x00;
  block.set(info, size - info.byteLength);
  return block;
}

/** Compares a whole block with the one valid encoding, so nothing in it is parsed leniently (Bleichenbacher 2006). */
export function decodePkcs1(hash: HashName, digest: Uint8Array, block: Uint8Array): Decoded {
  if (equalBytes(block, encodePkcs1(hash, digest, block.byteLength))) return { kind: 'good' };
  for (const other of hashNames) {
    if (digestInfoPrefix(other) === undefined) continue;
    const signed = block.subarray(block.byteLength - hashSize(other));
    if (!equalBytes(block, encodePkcs1(other, signed, block.byteLength))) continue;
    return other === hash ? { kind: 'other-digest', digest: signed } : { kind: 'other-hash', hash: other };
  }
  return { kind: block[0] === 0 && block[1] === 1 && block[2] === 0xff ? 'bad-padding' : 'garbage' };
}

/** EMSA-PSS-ENCODE with MGF1 of the same hash (RFC 8017 §9.1.1). `bits` is the modulus length. */
export function encodePss(hash: HashName, digest: Uint8Array, salt: Uint8Array, bits: number): Uint8Array<ArrayBuffer> {
  const size = Math.ceil((bits - 1) / 8);
  const room = size - digest.byteLength - salt.byteLength - 2;
  if (room < 0) throw new Fault('crypto/key-unfit', { key: 'RSA key', reason: `too short for PSS with ${hash}` });
  const h = saltedDigest(hash, digest, salt);
  const data = concatBytes([new Uint8Array(room), Uint8Array.of(0x01), salt]);
  const masked = xor(data, maskOf(hash, h, data.byteLength));
  masked[0] = masked[0]! & (0xff >> (8 * size - (bits - 1)));
  const block = concatBytes([masked, h, Uint8Array.of(0xbc)]);
  // A modulus of 8k + 1 bits leaves one more byte in the block than the encoding has.
  return bits % 8 === 1 ? concatBytes([Uint8Array.of(0), block]) : block;
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2). A salt length of `any` is read from the padding. */
export function decodePss(
  hash: HashName,
  digest: Uint8Array,
  block: Uint8Array,
  options: { readonly bits: number; readonly saltLength: number | 'any' },
): Decoded {
  const size = Math.ceil((options.bits - 1) / 8);
  const encoded = block.subarray(block.byteLength - size);
  if (block.subarray(0, block.byteLength - size).some((byte) => byte !== 0)) return { kind: 'garbage' };
  const dataSize = size - digest.byteLength - 1;
  if (dataSize < 1 || encoded[size - 1] !== 0xbc) return { kind: 'garbage' };
  const h = encoded.subarray(dataSize, size - 1);
  const unused = 8 * size - (options.bits - 1);
  if ((encoded[0]! & ~(0xff >> unused) & 0xff) !== 0) return { kind: 'garbage' };
  const data = xor(encoded.subarray(0, dataSize), maskOf(hash, h, dataSize));
  data[0] = data[0]! & (0xff >> unused);
  const one = data.findIndex((byte) => byte !== 0);
  if (one < 0 || data[one] !== 0x01) return { kind: 'garbage' };
  const salt = data.subarray(one + 1);
  if (options.saltLength !== 'any' && salt.byteLength !== options.saltLength) return { kind: 'bad-padding' };
  return equalBytes(h, saltedDigest(hash, digest, salt)) ? { kind: 'good' } : { kind: 'bad-padding' };
}

function digestInfo(hash: HashName): Uint8Array {
  const prefix = digestInfoPrefix(hash);
  if (prefix === undefined)
    throw new Fault('crypto/unsupported', { what: `an RSA PKCS#1 v1.5 signature with ${hash}` });
  return parseHex(prefix)!;
}

/** H(eight zeros ‖ digest ‖ salt). */
function saltedDigest(hash: HashName, digest: Uint8Array, salt: Uint8Array): Uint8Array {
  return port.createHash(hash).update(new Uint8Array(8)).update(digest).update(salt).digest();
}

/** MGF1 (RFC 8017 §B.2.1). */
function maskOf(hash: HashName, seed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const counter = new Uint8Array(4);
  for (let i = 0; i * hashSize(hash) < size; i++) {
    new DataView(counter.buffer).setUint32(0, i);
    parts.push(port.createHash(hash).update(seed).update(counter).digest());
  }
  return concatBytes(parts).slice(0, size);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(a, (byte, i) => byte ^ b[i]!);
}
