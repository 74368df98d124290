import {
  type ByteRange,
  type ByteSource,
  bytes,
  constant,
  equalBytes,
  type Infer,
  struct,
  type UnsignedRange,
  u32be,
} from '../binary/index.ts';
import { nameGaps } from '../binary/internal.ts';
import { cryptoMessage, hash, type PublicKey, signatureSize, verifyDigest } from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import type { Signer } from '../pki/index.ts';
import { fitsAlgorithm, type SignatureAlgorithm, schemeOf } from './algorithm.ts';
import { sourcePieces } from './content.ts';
import { digestOf } from './hashes.ts';
import { fitMessage } from './messages.ts';

/** `UBSH` */
const MAGIC = 0x55425348;

/** The header before an image that U-Boot checks before it reads anything of the image (`boot/image-pre-load.c`). */
export const PreloadHeader = struct('sig_header_s', 64, {
  magic: [constant(u32be, MAGIC), "'UBSH'"],
  version: [constant(u32be, 0), 'version of this layout'],
  headerSize: [u32be, 'bytes before the image: this header, both signatures, padding'],
  imageSize: [u32be, 'bytes of the image'],
  imageSignatureOffset: [u32be, "the image's signature, from the start of this header"],
  flags: [constant(u32be, 0), 'no flag is known'],
  reserved0: [constant(u32be, 0), 'zero'],
  reserved1: [constant(u32be, 0), 'zero'],
  imageSignatureHash: [bytes(32), "SHA-256 of the image's signature"],
});
export type PreloadHeader = Infer<typeof PreloadHeader>;

/** The image then starts at a page, as flash and memory maps like it. */
const HEADER_ALIGNMENT = 4096;
/** Where the header and its two signatures end at the most: the largest key and its page. */
const MAX_HEADER_BYTES = 1 << 20;

/** How a pre-load header is made. */
export interface PreloadOptions {
  readonly signer: Signer;
  readonly algorithm: SignatureAlgorithm;
  /** Bytes before the image; at least 64 and two signatures. By default a multiple of 4096. */
  readonly headerSize?: number | undefined;
}

/** What goes before an image so that U-Boot checks all of it first. The image follows unchanged. */
export async function preloadHeader(image: ByteSource, options: PreloadOptions): Promise<Uint8Array> {
  const { signer, algorithm } = options;
  assertKey(signer.publicKey, algorithm, signer.name);
  const signature = signatureSize(signer.publicKey);
  const used = PreloadHeader.size + 2 * signature;
  const headerSize = options.headerSize ?? Math.ceil(used / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  if (headerSize < used) {
    throw new Fault('fit/option', {
      option: 'header size',
      reason: fitMessage('fit/header-size', { size: headerSize, need: used }),
    });
  }
  const scheme = schemeOf(algorithm, 'sign');
  const imageSignature = await signer.sign({
    scheme,
    digest: digestOf(algorithm.hash, sourcePieces(image, 0, image.size)),
  });
  const header = PreloadHeader.encode({
    headerSize,
    imageSize: image.size,
    imageSignatureOffset: PreloadHeader.size + signature,
    imageSignatureHash: hash('sha256', imageSignature),
  });
  const output = new Uint8Array(headerSize);
  output.set(header);
  output.set(await signer.sign({ scheme, digest: hash(algorithm.hash, header) }), PreloadHeader.size);
  output.set(imageSignature, PreloadHeader.size + signature);
  return output;
}

/** Where the image lies that a pre-load header vouches for, and what it does not vouch for. */
export interface VerifiedPreload {
  readonly start: number;
  readonly size: number;
  /** Room between the signatures and before the image, which neither covers. */
  readonly unsigned: readonly UnsignedRange[];
}

/**
 * Checks a file that begins with a pre-load header: the header's signature, the digest of the image's signature, then
 * that signature. A file without the header is not verified, and nothing may follow the image.
 *
 * @returns where the image is, and the bytes before it that nobody signed
 * @throws Fault `fit/preload`, `binary/constant`, `binary/truncated`
 */
export function verifyPreload(file: ByteSource, key: PublicKey, algorithm: SignatureAlgorithm): VerifiedPreload {
  assertKey(key, algorithm, cryptoMessage('crypto/public-key'));
  const size = signatureSize(key);
  const head = new Uint8Array(PreloadHeader.size + size);
  if (file.size < head.byteLength) {
    throw new Fault('binary/truncated', {
      path: PreloadHeader.type,
      offset: 0,
      need: head.byteLength,
      have: file.size,
    });
  }
  file.readInto(0, head);
  const raw = head.subarray(0, PreloadHeader.size);
  const header = PreloadHeader.decode(raw);
  const scheme = schemeOf(algorithm, 'verify');
  const first = verifyDigest(key, scheme, hash(algorithm.hash, raw), head.subarray(PreloadHeader.size));
  if (first.kind === 'bad') throw preloadFault('header', PreloadHeader.size, first.reason);
  assertPlaces(header, file.size, size);
  const { headerSize, imageSize, imageSignatureOffset: at } = header;
  const signature = new Uint8Array(size);
  file.readInto(at, signature);
  if (!equalBytes(hash('sha256', signature), header.imageSignatureHash)) {
    throw preloadFault('imageSignatureHash', at, fitMessage('fit/preload-image-signature'));
  }
  const second = verifyDigest(
    key,
    scheme,
    digestOf(algorithm.hash, sourcePieces(file, headerSize, imageSize)),
    signature,
  );
  if (second.kind === 'bad') throw preloadFault('image', headerSize, second.reason);
  const signatures = [
    { start: 0, end: PreloadHeader.size + size },
    { start: at, end: at + size },
  ];
  const unsigned = nameGaps(signatures, headerSize, [], '').map((gap) => ({ ...gap, what: paddingOf(file, gap) }));
  return { start: headerSize, size: imageSize, unsigned };
}

/** What a piece of padding holds: U-Boot reads none of it. */
function paddingOf(file: ByteSource, { start, end }: ByteRange): string {
  for (const piece of sourcePieces(file, start, end - start)) {
    if (piece.some((byte) => byte !== 0)) return 'padding before the image, not all zero';
  }
  return 'padding before the image, all zero';
}

function assertPlaces({ headerSize, imageSize, imageSignatureOffset: at }: PreloadHeader, total: number, size: number) {
  if (headerSize > MAX_HEADER_BYTES || at < PreloadHeader.size + size || at + size > headerSize) {
    throw preloadFault('imageSignatureOffset', 0, fitMessage('fit/preload-place'));
  }
  if (headerSize + imageSize !== total) {
    throw preloadFault('imageSize', 0, fitMessage('fit/preload-size', { bytes: headerSize + imageSize, total }));
  }
}

function assertKey(key: PublicKey, algorithm: SignatureAlgorithm, name: string | Message): void {
  if (fitsAlgorithm(key, algorithm.key)) return;
  throw new Fault('crypto/key-unfit', {
    key: name,
    reason: fitMessage('fit/preload-other-key', { kind: algorithm.key }),
  });
}

const preloadFault = (field: string, offset: number, reason: Message): Fault =>
  new Fault('fit/preload', { path: `${PreloadHeader.type}.${field}`, offset, reason });
