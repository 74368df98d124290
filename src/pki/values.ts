import { OctetString, Sequence } from 'asn1js';
import { type HashName, hashSize } from '../crypto/index.ts';
import { hashAlgorithm, readHashAlgorithm } from './algorithm.ts';
import { encodeDer, faultAt, integer, integerOf, octetsOf, parseDer, sequenceOf } from './asn1.ts';
import { pkiMessage } from './messages.ts';

/** A digest that names its hash (`DigestInfo`, RFC 8017 §9.2). */
export interface DigestInfo {
  readonly hash: HashName;
  readonly digest: Uint8Array;
}

/** Parses a DigestInfo and nothing else. Faults `pki/der`, `pki/structure`, `crypto/unsupported`. */
export function parseDigestInfo(der: Uint8Array, path: string): DigestInfo {
  const [algorithm, octets] = sequenceOf(parseDer(der, path), 2);
  const hash = readHashAlgorithm(algorithm!);
  const digest = octetsOf(octets!);
  if (digest.length !== hashSize(hash))
    throw faultAt(octets!, pkiMessage('pki/digest-size', { bytes: digest.length, hash }));
  return { hash, digest };
}

/** DigestInfo with the NULL parameters that boot loaders expect. */
export const writeDigestInfo = ({ hash, digest }: DigestInfo): Uint8Array<ArrayBuffer> =>
  encodeDer(
    new Sequence({ value: [hashAlgorithm(hash), new OctetString({ valueHex: new Uint8Array(digest).buffer })] }),
  );

/** Parses a non-negative INTEGER and nothing else. Faults `pki/der`, `pki/structure`. */
export const parseInteger = (der: Uint8Array, path: string): bigint => integerOf(parseDer(der, path));

/** The DER of a non-negative INTEGER. */
export const writeIntegerDer = (value: bigint): Uint8Array<ArrayBuffer> => encodeDer(integer(value));
