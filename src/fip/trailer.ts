import {
  createHash,
  describeKey,
  describeScheme,
  isWeakHash,
  type PublicKey,
  type SignatureScheme,
  signatureSize,
  verifyDigest,
} from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import type { Signer } from '../pki/index.ts';
import { buildFip, type Fip, type FipImage, readFip } from './fip.ts';
import { knownImages, TRAILER_UUID, wordOf } from './images.ts';
import { fipMessage } from './messages.ts';
import { type Plan, type PlannedImage, type PlanOptions, planFip } from './plan.ts';
import { entryOffset, type FipEntry, type Toc } from './toc.ts';
import type { Uuid } from './uuid.ts';

/** The signature starts at a multiple of it: what the boot ROM's DMA needs. */
export const TRAILER_ALIGN = 16;

/** Where the signature at the end of a FIP stands. It covers `fip[0 … offset)`: header, ToC, images and padding. */
export interface Trailer {
  readonly entry: FipEntry;
  /** Bytes that are signed, from the start. */
  readonly signedSize: number;
}

/** What a verification of the signature at the end established. */
export interface TrailerVerdict {
  readonly scheme: SignatureScheme;
  /** Bytes that are signed, from the start. */
  readonly signedSize: number;
  readonly signature: Uint8Array;
  /** Findings that do not make it bad: a weak hash that was asked for. */
  readonly warnings: readonly Message[];
}

/** How the signature at the end of a FIP is made. */
export interface TrailerSignOptions {
  readonly signer: Signer;
  readonly scheme: SignatureScheme;
  /** A multiple of 16; every image stands at one. */
  readonly align?: number;
  /** PSS only: fixes the salt. */
  readonly salt?: Uint8Array;
}

/** Signs a FIP in memory at its end. A signature that it has is replaced. Faults as `planTrailer`. */
export async function signFip(input: Uint8Array, options: TrailerSignOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { signer, scheme, salt } = options;
  const output = placeTrailer(readFip(input), signer.publicKey, options.align);
  const signedSize = output.byteLength - signatureSize(signer.publicKey);
  const digest = createHash(scheme.hash).update(output.subarray(0, signedSize)).digest();
  output.set(await signer.sign({ scheme, digest, ...(salt === undefined ? {} : { salt }) }), signedSize);
  return output;
}

/**
 * Verifies the signature at the end of a FIP in memory. Faults `fip/unsigned` where there is none, `fip/trailer`
 * where bytes would be left unsigned, `fip/signature` where it does not verify.
 */
export function verifyFipTrailer(input: Uint8Array, key: PublicKey, scheme: SignatureScheme): TrailerVerdict {
  const trailer = findTrailer(readFip(input).toc, key);
  const digest = createHash(scheme.hash).update(input.subarray(0, trailer.signedSize)).digest();
  return verifyTrailer(trailer, digest, input.subarray(trailer.signedSize), { key, scheme });
}

/** The FIP laid out anew with a zero signature at its end: the bytes before it are what has to be signed. */
function placeTrailer({ toc, images }: Fip, key: PublicKey, align?: number): Uint8Array<ArrayBuffer> {
  const place = { uuid: TRAILER_UUID, data: new Uint8Array(signatureSize(key)) };
  return buildFip(withPlace<FipImage>(toc, images, place), trailerLayout(toc, align));
}

/**
 * Lays out a FIP with a place for the signature of a key at its end, as `fiptool update --align 16` with a dummy
 * `tb-fw-cert` does: the last piece is the place, the bytes before it are what has to be signed.
 * Faults `fip/alignment`, and `fip/trailer` rather than drop a certificate that stands there.
 */
export function planTrailer<Payload extends PlannedImage>(
  toc: Toc,
  images: readonly Payload[],
  key: PublicKey,
  align?: number,
): Plan<Payload | PlannedImage> {
  const place: PlannedImage = { uuid: TRAILER_UUID, size: signatureSize(key) };
  return planFip(withPlace<Payload | PlannedImage>(toc, images, place), trailerLayout(toc, align));
}

/** Finds the signature at the end for a key, and holds it to the rules that leave no byte unsigned. */
export function findTrailer(toc: Toc, key: PublicKey): Trailer {
  const index = toc.entries.findIndex(({ uuid }) => uuid === TRAILER_UUID);
  const entry = toc.entries[index];
  if (entry === undefined) throw new Fault('fip/unsigned', { reason: fipMessage('fip/no-trailer') });
  const broken = trailerFlaw(toc, entry, key);
  if (broken !== undefined)
    throw new Fault('fip/trailer', { path: `toc[${index}]`, offset: entryOffset(index), reason: broken });
  return { entry, signedSize: entry.offset };
}

/** Holds a signature against the digest of the signed bytes. Faults `fip/signature`. */
export function verifyTrailer(
  trailer: Trailer,
  digest: Uint8Array,
  signature: Uint8Array,
  { key, scheme }: { readonly key: PublicKey; readonly scheme: SignatureScheme },
): TrailerVerdict {
  const verdict = verifyDigest(key, scheme, digest, signature);
  if (verdict.kind === 'bad') {
    const place = { path: 'tb-fw-cert', offset: trailer.entry.offset };
    throw new Fault('fip/signature', { ...place, key: describeKey(key), reason: verdict.reason });
  }
  const warnings = isWeakHash(scheme.hash)
    ? [fipMessage('fip/weak-hash', { scheme: describeScheme(scheme), hash: scheme.hash })]
    : [];
  return { scheme, signedSize: trailer.signedSize, signature, warnings };
}

function trailerFlaw(toc: Toc, { offset, size }: FipEntry, key: PublicKey): Message | undefined {
  const want = signatureSize(key);
  const behind = toc.entries.find((other) => other.offset > offset);
  if (behind !== undefined && !SIGNATURE_SIZES.includes(size)) {
    return fipMessage('fip/trailer-is-certificate', { size });
  }
  if (behind !== undefined) return fipMessage('fip/image-behind-trailer', { image: wordOf(knownImages, behind.uuid) });
  if (size !== want) return fipMessage('fip/trailer-size', { size, key: describeKey(key), want });
  if (offset % TRAILER_ALIGN !== 0) return fipMessage('fip/trailer-alignment', { offset, alignment: TRAILER_ALIGN });
  if (offset + size !== toc.end) return fipMessage('fip/bytes-behind-trailer', { bytes: toc.end - offset - size });
  return undefined;
}

function withPlace<Payload extends { readonly uuid: Uuid }>(
  toc: Toc,
  images: readonly Payload[],
  place: Payload,
): Payload[] {
  assertReplaceable(toc);
  return [...images.filter(({ uuid }) => uuid !== TRAILER_UUID), place];
}

function trailerLayout(toc: Toc, align: number = TRAILER_ALIGN): PlanOptions {
  if (align % TRAILER_ALIGN !== 0)
    throw new Fault('fip/alignment', {
      value: align,
      reason: fipMessage('fip/not-a-multiple', { step: TRAILER_ALIGN }),
    });
  return { align, endAlign: 1, flags: toc.flags };
}

/** Signatures are this long (RSA 2048 to 8192, r‖s of the curves); a certificate never is. */
const SIGNATURE_SIZES: readonly number[] = [64, 96, 128, 132, 256, 384, 512, 1024];

function assertReplaceable(toc: Toc): void {
  const index = toc.entries.findIndex(({ uuid }) => uuid === TRAILER_UUID);
  const size = toc.entries[index]?.size;
  if (size === undefined || SIGNATURE_SIZES.includes(size)) return;
  const reason = fipMessage('fip/certificate-in-the-way', { size });
  throw new Fault('fip/trailer', { path: `toc[${index}]`, offset: entryOffset(index), reason });
}
