import { equalBytes, hexText, parseHex } from '../binary/index.ts';
import { parseJson, printJsonFlaw } from '../binary/internal.ts';
import {
  describeScheme,
  type HashName,
  hashSize,
  isHashName,
  type PublicKey,
  type SignatureScheme,
  samePublicKey,
  signatureSize,
  verifyDigest,
} from '../crypto/index.ts';
import { curveSize } from '../crypto/internal.ts';
import { Fault, type Message } from '../fault.ts';
import { readEcdsaSignature } from './algorithm.ts';
import { printPublicKey } from './keys.ts';
import { pkiMessage } from './messages.ts';
import { decodeBase64, encodeBase64 } from './pem.ts';
import { parsePublicKey } from './public-key.ts';
import type { Signer } from './signer.ts';

/** A signature that an external signer is asked for: a token, a service, a person with an offline key. */
export interface SignatureRequest {
  /** What is signed, within its file: an image, a certificate, a configuration. */
  readonly id: string;
  readonly scheme: SignatureScheme;
  readonly digest: Uint8Array;
  readonly publicKey: PublicKey;
  /** The bytes behind the digest, for signers that want to hash themselves: parts of a file, in order. */
  readonly ranges?: readonly { readonly file: string; readonly start: number; readonly end: number }[];
  /** What the signer answered: RSA's block, or ECDSA as r‖s or DER. */
  readonly signature?: Uint8Array;
}

/** A file of requests, and of answers once its `signature` fields are filled in. */
export interface RequestFile {
  /** What the command needs to make the same bytes again once the answers are there: serial numbers, times. */
  readonly settings: Readonly<Record<string, string>>;
  readonly requests: readonly SignatureRequest[];
}

const FORMAT = 'bootwright signing requests';
const VERSION = 1;
/** Signatures in one file: certificates of a chain, configurations of an image. */
const MAX_REQUESTS = 1024;

/** The JSON of a request file. Digests are hexadecimal, keys PEM, signatures base64 (null where one is asked for). */
export function printRequests({ settings, requests }: RequestFile): string {
  const rows = requests.map(({ id, scheme, digest, publicKey, ranges, signature }) => ({
    id,
    algorithm: scheme.kind,
    hash: scheme.hash,
    ...(scheme.kind === 'rsa-pss' ? { saltLength: scheme.saltLength } : {}),
    digest: hexText(digest),
    publicKey: printPublicKey(publicKey),
    ...(ranges === undefined ? {} : { ranges }),
    signature: signature === undefined ? null : encodeBase64(signature),
  }));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, settings, requests: rows }, null, 2)}\n`;
}

/** Parses a request file. Faults `pki/request`, `pki/pem` and those of the keys in it. */
export function parseRequests(text: string, path: string): RequestFile {
  const file = objectOf(readJson(text, path), path);
  if (file['format'] !== FORMAT || file['version'] !== VERSION)
    throw bad(path, pkiMessage('pki/request-format', { format: FORMAT, version: VERSION }));
  const { requests, settings } = file;
  if (!Array.isArray(requests) || requests.length > MAX_REQUESTS) throw bad(path, pkiMessage('pki/request-list'));
  const entries = Object.entries(objectOf(settings ?? {}, `${path}: settings`));
  return {
    settings: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
    requests: requests.map((row: unknown, i) => readRequest(objectOf(row, path), `${path}: requests[${i}]`)),
  };
}

/** A signer that records what it is asked to sign and answers with zeros, which must not be kept. */
export function recordingSigner(publicKey: PublicKey, id: string, record: (request: SignatureRequest) => void): Signer {
  return {
    publicKey,
    name: id,
    sign: async ({ scheme, digest }) => {
      record({ id, scheme, digest, publicKey });
      return new Uint8Array(signatureSize(publicKey));
    },
  };
}

/**
 * A signer that has the answers of a request file. Each must be there, be for these bytes and this key, and verify:
 * faults `crypto/key-missing` and `pki/signature` otherwise.
 */
export function answeringSigner(file: RequestFile, publicKey: PublicKey, id: string): Signer {
  return {
    publicKey,
    name: id,
    sign: async ({ scheme, digest }) => {
      const request = file.requests.find((row) => row.id === id);
      if (request?.signature === undefined)
        throw new Fault('crypto/key-missing', { key: id, reason: pkiMessage('pki/no-answer') });
      if (!samePublicKey(request.publicKey, publicKey) || describeScheme(request.scheme) !== describeScheme(scheme))
        throw new Fault('pki/signature', {
          path: id,
          offset: 0,
          reason: pkiMessage('pki/request-key'),
        });
      if (!equalBytes(request.digest, digest))
        throw new Fault('pki/signature', {
          path: id,
          offset: 0,
          reason: pkiMessage('pki/request-input'),
        });
      const signature = plainSignature(request.signature, publicKey, id);
      const verdict = verifyDigest(publicKey, scheme, digest, signature);
      if (verdict.kind === 'bad') throw new Fault('pki/signature', { path: id, offset: 0, reason: verdict.reason });
      return signature;
    },
  };
}

function plainSignature(signature: Uint8Array, key: PublicKey, id: string): Uint8Array {
  if (key.kind === 'rsa' || signature.length === signatureSize(key)) return signature;
  return readEcdsaSignature(signature, curveSize(key.curve), `${id}.signature`);
}

function readRequest(row: Readonly<Record<string, unknown>>, path: string): SignatureRequest {
  const { id, algorithm, hash, saltLength, digest, publicKey, signature } = row;
  if (typeof id !== 'string' || typeof publicKey !== 'string') throw bad(path, pkiMessage('pki/request-text'));
  if (typeof hash !== 'string' || !isHashName(hash))
    throw bad(path, pkiMessage('pki/request-hash', { hash: String(hash) }));
  const bytes = typeof digest === 'string' ? parseHex(digest) : undefined;
  if (bytes?.length !== hashSize(hash)) throw bad(path, pkiMessage('pki/request-digest', { hash }));
  const key = parsePublicKey(new TextEncoder().encode(publicKey), `${path}.publicKey`);
  const answer = typeof signature === 'string' ? { signature: decodeBase64(signature, `${path}.signature`) } : {};
  return { id, scheme: readScheme(algorithm, hash, saltLength, path), digest: bytes, publicKey: key, ...answer };
}

function readScheme(kind: unknown, hash: HashName, saltLength: unknown, path: string): SignatureScheme {
  if (kind === 'rsa-pkcs1' || kind === 'ecdsa') return { kind, hash };
  if (kind === 'rsa-pss' && typeof saltLength === 'number' && Number.isSafeInteger(saltLength) && saltLength >= 0)
    return { kind, hash, saltLength };
  throw bad(path, pkiMessage('pki/request-algorithm', { algorithm: String(kind) }));
}

function readJson(text: string, path: string): unknown {
  const read = parseJson(text);
  if ('flaw' in read) throw bad(path, pkiMessage('pki/not-json', { flaw: printJsonFlaw(read.flaw) }));
  return read.value;
}

function objectOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(path, pkiMessage('pki/expected-object'));
  return value as Readonly<Record<string, unknown>>;
}

const bad = (path: string, reason: Message): Fault => new Fault('pki/request', { path, reason });
