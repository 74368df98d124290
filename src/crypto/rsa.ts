import { port } from '#crypto';
import { concatBytes, equalBytes, parseHex } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { digestInfoPrefix, type HashName, hashNames, hashSize } from './hash.ts';
import { cryptoMessage } from './messages.ts';

/** What a block that does not verify turned out to be. All but `garbage` show that the key made it. */
export type Misfit =
  /** A digest of other bytes; PSS hides which. */
  | { readonly kind: 'other-digest'; readonly digest: Uint8Array | undefined }
  | { readonly kind: 'other-hash'; readonly hash: HashName }
  /** The digest was taken for a message and hashed once more. */
  | { readonly kind: 'double-hash' }
  /** A digest without the DigestInfo before it; of these bytes where `same`. */
  | { readonly kind: 'no-digest-info'; readonly same: boolean }
  /** The padding is the other one; of these bytes where `same`. */
  | { readonly kind: 'other-padding'; readonly padding: 'PKCS#1 v1.5' | 'PSS'; readonly same: boolean }
  /** PSS whose mask was made with another hash. */
  | { readonly kind: 'other-mask'; readonly hash: HashName }
  | { readonly kind: 'salt-length'; readonly bytes: number }
  | { readonly kind: 'no-padding' }
  | { readonly kind: 'bad-padding' }
  | { readonly kind: 'garbage' };

/** EMSA-PKCS1-v1_5 (RFC 8017 §9.2): 00 01 FF… 00 DigestInfo. Faults where the hash has no DigestInfo. */
export function encodePkcs1(hash: HashName, digest: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const info = concatBytes([digestInfo(hash), digest]);
  // §9.2 step 3: at least eight bytes of padding.
  if (size < info.byteLength + 11)
    throw new Fault('crypto/key-unfit', {
      key: cryptoMessage('crypto/rsa-key'),
      reason: cryptoMessage('crypto/too-short', { hash }),
    });
  const block = new Uint8Array(size).fill(0xff);
  block.set([0x00, 0x01]);
  block[size - info.byteLength - 1] = 0x00;
  block.set(info, size - info.byteLength);
  return block;
}

/** Compares a whole block with the one valid encoding, so nothing in it is parsed leniently (Bleichenbacher 2006). */
export function fitsPkcs1(hash: HashName, digest: Uint8Array, block: Uint8Array): boolean {
  return equalBytes(block, encodePkcs1(hash, digest, block.byteLength));
}

/** EMSA-PSS-ENCODE with MGF1 of the same hash (RFC 8017 §9.1.1). `bits` is the modulus length. */
export function encodePss(hash: HashName, digest: Uint8Array, salt: Uint8Array, bits: number): Uint8Array<ArrayBuffer> {
  const size = Math.ceil((bits - 1) / 8);
  const room = size - digest.byteLength - salt.byteLength - 2;
  if (room < 0)
    throw new Fault('crypto/key-unfit', {
      key: cryptoMessage('crypto/rsa-key'),
      reason: cryptoMessage('crypto/too-short-pss', { hash }),
    });
  const h = saltedDigest(hash, digest, salt);
  const data = concatBytes([new Uint8Array(room), Uint8Array.of(0x01), salt]);
  const masked = xor(data, maskOf(hash, h, data.byteLength));
  masked[0] = masked[0]! & (0xff >> (8 * size - (bits - 1)));
  const block = concatBytes([masked, h, Uint8Array.of(0xbc)]);
  // A modulus of 8k + 1 bits leaves one more byte in the block than the encoding has.
  return bits % 8 === 1 ? concatBytes([Uint8Array.of(0), block]) : block;
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2). A salt length of `any` is read from the padding. */
export function fitsPss(
  hash: HashName,
  digest: Uint8Array,
  block: Uint8Array,
  options: { readonly bits: number; readonly saltLength: number | 'any' },
): boolean {
  const opened = openPss(hash, hash, block, options.bits);
  if (opened === undefined) return false;
  if (options.saltLength !== 'any' && opened.salt.byteLength !== options.saltLength) return false;
  return equalBytes(opened.h, saltedDigest(hash, digest, opened.salt));
}

/** What a PSS block holds where its form is right. */
interface OpenedPss {
  readonly salt: Uint8Array;
  readonly h: Uint8Array;
  /** Zeros before the salt; enough of them show that the block is no accident. */
  readonly zeros: number;
}

function openPss(hash: HashName, maskHash: HashName, block: Uint8Array, bits: number): OpenedPss | undefined {
  const size = Math.ceil((bits - 1) / 8);
  const encoded = block.subarray(block.byteLength - size);
  if (block.subarray(0, block.byteLength - size).some((byte) => byte !== 0)) return undefined;
  const dataSize = size - hashSize(hash) - 1;
  if (dataSize < 1 || encoded[size - 1] !== 0xbc) return undefined;
  const h = encoded.subarray(dataSize, size - 1);
  const unused = 8 * size - (bits - 1);
  if ((encoded[0]! & ~(0xff >> unused) & 0xff) !== 0) return undefined;
  const data = xor(encoded.subarray(0, dataSize), maskOf(maskHash, h, dataSize));
  data[0] = data[0]! & (0xff >> unused);
  const one = data.findIndex((byte) => byte !== 0);
  if (one < 0 || data[one] !== 0x01) return undefined;
  return { salt: data.subarray(one + 1), h, zeros: one };
}

/** The wanted signature, as `diagnose` compares it with a block. */
export interface Wanted {
  readonly padding: 'PKCS#1 v1.5' | 'PSS';
  readonly hash: HashName;
  readonly digest: Uint8Array;
  /** Length of the modulus. */
  readonly bits: number;
}

/**
 * Diagnoses a block that does not verify. Nothing here makes a signature good: a mistake of a signer gets its name,
 * and `garbage` is what another key, or a changed signature, leaves.
 */
export function diagnose(wanted: Wanted, block: Uint8Array): Misfit {
  return diagnosePkcs1(wanted, block) ?? diagnosePss(wanted, block) ?? diagnoseBare(wanted, block);
}

/** The hashes that have a DigestInfo: those that signers use. */
const signatureHashes = hashNames.filter((name) => digestInfoPrefix(name) !== undefined);

function diagnosePkcs1({ padding, hash, digest }: Wanted, block: Uint8Array): Misfit | undefined {
  if (block[0] !== 0 || block[1] !== 1 || block[2] !== 0xff) return undefined;
  const end = block.findIndex((byte, i) => i >= 2 && byte !== 0xff);
  if (end < 0 || block[end] !== 0 || end < 10) return { kind: 'bad-padding' };
  const payload = block.subarray(end + 1);
  const signed = signedDigest(payload);
  if (padding === 'PSS') {
    const same = signed !== undefined && signed.hash === hash && equalBytes(signed.digest, digest);
    return { kind: 'other-padding', padding: 'PKCS#1 v1.5', same };
  }
  if (signed !== undefined) {
    if (signed.hash !== hash) return { kind: 'other-hash', hash: signed.hash };
    if (equalBytes(signed.digest, port.hash(hash, digest))) return { kind: 'double-hash' };
    return { kind: 'other-digest', digest: signed.digest };
  }
  if (payload.byteLength !== digest.byteLength) return { kind: 'bad-padding' };
  return { kind: 'no-digest-info', same: equalBytes(payload, digest) };
}

function signedDigest(payload: Uint8Array): { readonly hash: HashName; readonly digest: Uint8Array } | undefined {
  for (const hash of signatureHashes) {
    const prefix = digestInfo(hash);
    if (payload.byteLength !== prefix.byteLength + hashSize(hash)) continue;
    if (equalBytes(payload.subarray(0, prefix.byteLength), prefix)) {
      return { hash, digest: payload.subarray(prefix.byteLength) };
    }
  }
  return undefined;
}

/** Fewer zeros than these before the salt, and a block of random bytes may look like PSS. */
const MIN_ZEROS = 4;

function diagnosePss({ padding, hash, digest, bits }: Wanted, block: Uint8Array): Misfit | undefined {
  for (const inner of [hash, ...signatureHashes.filter((name) => name !== hash)]) {
    for (const mask of [inner, ...signatureHashes.filter((name) => name !== inner)]) {
      const opened = openPss(inner, mask, block, bits);
      if (opened === undefined) continue;
      const holds = (signed: Uint8Array): boolean => equalBytes(opened.h, saltedDigest(inner, signed, opened.salt));
      const same = inner === hash && holds(digest);
      if (!same && opened.zeros < MIN_ZEROS) continue;
      if (padding !== 'PSS') return { kind: 'other-padding', padding: 'PSS', same };
      if (inner !== hash) return { kind: 'other-hash', hash: inner };
      if (mask !== inner) return { kind: 'other-mask', hash: mask };
      if (same) return { kind: 'salt-length', bytes: opened.salt.byteLength };
      return holds(port.hash(hash, digest)) ? { kind: 'double-hash' } : { kind: 'other-digest', digest: undefined };
    }
  }
  return undefined;
}

/** The digest alone, or its DigestInfo, without any padding. */
function diagnoseBare({ hash, digest }: Wanted, block: Uint8Array): Misfit {
  const info = digestInfoPrefix(hash) === undefined ? digest : concatBytes([digestInfo(hash), digest]);
  const bare = [digest, info].some((payload) => {
    const start = block.byteLength - payload.byteLength;
    return equalBytes(block.subarray(start), payload) && block.subarray(0, start).every((byte) => byte === 0);
  });
  return { kind: bare ? 'no-padding' : 'garbage' };
}

function digestInfo(hash: HashName): Uint8Array {
  const prefix = digestInfoPrefix(hash);
  if (prefix === undefined)
    throw new Fault('crypto/unsupported', { what: cryptoMessage('crypto/pkcs1-hash', { hash }) });
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
