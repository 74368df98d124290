import { Constructed, Integer, Null, ObjectIdentifier, Sequence } from 'asn1js';
import { type HashName, hashSize, type SignatureScheme } from '../crypto/index.ts';
import { readInteger, writeInteger } from '../crypto/internal.ts';
import { Fault } from '../fault.ts';
import {
  type Asn1Element,
  algorithmOf,
  encodeDer,
  faultAt,
  integer,
  integerOf,
  isNull,
  parseDer,
  sequenceOf,
} from './asn1.ts';
import { pkiMessage } from './messages.ts';

interface HashOids {
  readonly hash: string;
  /** sha…WithRSAEncryption (RFC 8017 §A.2.4) and ecdsa-with-SHA… (RFC 5758 §3.2). */
  readonly rsa: string;
  readonly ecdsa: string;
}

const OIDS: Readonly<Partial<Record<HashName, HashOids>>> = {
  sha1: { hash: '1.3.14.3.2.26', rsa: '1.2.840.113549.1.1.5', ecdsa: '1.2.840.10045.4.1' },
  sha224: { hash: '2.16.840.1.101.3.4.2.4', rsa: '1.2.840.113549.1.1.14', ecdsa: '1.2.840.10045.4.3.1' },
  sha256: { hash: '2.16.840.1.101.3.4.2.1', rsa: '1.2.840.113549.1.1.11', ecdsa: '1.2.840.10045.4.3.2' },
  sha384: { hash: '2.16.840.1.101.3.4.2.2', rsa: '1.2.840.113549.1.1.12', ecdsa: '1.2.840.10045.4.3.3' },
  sha512: { hash: '2.16.840.1.101.3.4.2.3', rsa: '1.2.840.113549.1.1.13', ecdsa: '1.2.840.10045.4.3.4' },
};

const PSS_OID = '1.2.840.113549.1.1.10';
const MGF1_OID = '1.2.840.113549.1.1.8';

/** The object identifier of a hash. Faults `crypto/unsupported` where ASN.1 has none for it here. */
export const hashOid = (hash: HashName): string => oidsOf(hash).hash;

/** The hash that an object identifier names; `undefined` where it is none of ours. */
export const hashOfOid = (oid: string): HashName | undefined => find((oids) => oids.hash === oid);

/** `AlgorithmIdentifier` of a hash, with the NULL that boot loaders expect. */
export const hashAlgorithm = (hash: HashName): Sequence =>
  new Sequence({ value: [new ObjectIdentifier({ value: hashOid(hash) }), new Null()] });

/** The hash of an `AlgorithmIdentifier`; its parameters are NULL or absent. Faults `pki/structure`, `crypto/unsupported`. */
export function readHashAlgorithm(element: Asn1Element): HashName {
  const { oid, parameters } = algorithmOf(element);
  const hash = hashOfOid(oid);
  if (hash === undefined) throw new Fault('crypto/unsupported', { what: pkiMessage('pki/hash', { oid }) });
  if (parameters !== undefined && !isNull(parameters)) throw faultAt(element, pkiMessage('pki/hash-parameters'));
  return hash;
}

/** `AlgorithmIdentifier` of a signature (RFC 5280 §4.1.1.2, RFC 4055 §3.1). */
export function signatureAlgorithm(scheme: SignatureScheme): Sequence {
  switch (scheme.kind) {
    case 'rsa-pkcs1':
      return new Sequence({ value: [new ObjectIdentifier({ value: oidsOf(scheme.hash).rsa }), new Null()] });
    case 'ecdsa':
      return new Sequence({ value: [new ObjectIdentifier({ value: oidsOf(scheme.hash).ecdsa })] });
    case 'rsa-pss':
      return new Sequence({ value: [new ObjectIdentifier({ value: PSS_OID }), pssParameters(scheme)] });
  }
}

/** The scheme of a signature's `AlgorithmIdentifier`. Faults `pki/structure`, `crypto/unsupported`. */
export function readSignatureAlgorithm(element: Asn1Element): SignatureScheme {
  const { oid, parameters } = algorithmOf(element);
  if (oid === PSS_OID) return readPss(parameters, element);
  const rsa = find((oids) => oids.rsa === oid);
  if (rsa !== undefined) {
    if (!isNull(parameters)) throw faultAt(element, pkiMessage('pki/parameters'));
    return { kind: 'rsa-pkcs1', hash: rsa };
  }
  const ecdsa = find((oids) => oids.ecdsa === oid);
  if (ecdsa === undefined)
    throw new Fault('crypto/unsupported', { what: pkiMessage('pki/signature-algorithm', { oid }) });
  if (parameters !== undefined) throw faultAt(element, pkiMessage('pki/ecdsa-parameters'));
  return { kind: 'ecdsa', hash: ecdsa };
}

/** r‖s at fixed width as `ECDSA-Sig-Value` (RFC 3279 §2.2.3). */
export function writeEcdsaSignature(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = signature.length / 2;
  const parts = [signature.subarray(0, half), signature.subarray(half)].map((part) => integer(readInteger(part)));
  return encodeDer(new Sequence({ value: parts }));
}

/** r‖s at fixed width of an `ECDSA-Sig-Value`; faults where a part is wider than `size` bytes. */
export function readEcdsaSignature(der: Uint8Array, size: number, path: string): Uint8Array {
  const output = new Uint8Array(2 * size);
  for (const [i, part] of sequenceOf(parseDer(der, path), 2).entries()) {
    const value = integerOf(part);
    if (value >= 1n << BigInt(8 * size)) throw faultAt(part, pkiMessage('pki/ecdsa-size', { size }));
    output.set(writeInteger(value, size), i * size);
  }
  return output;
}

/** Hash and mask generation over the same hash; the trailer field stays at its default. */
function pssParameters(scheme: SignatureScheme & { readonly kind: 'rsa-pss' }): Sequence {
  const saltLength = scheme.saltLength === 'any' ? hashSize(scheme.hash) : scheme.saltLength;
  const mask = new Sequence({ value: [new ObjectIdentifier({ value: MGF1_OID }), hashAlgorithm(scheme.hash)] });
  return new Sequence({
    value: [tagged(0, hashAlgorithm(scheme.hash)), tagged(1, mask), tagged(2, new Integer({ value: saltLength }))],
  });
}

/** RSASSA-PSS-params; what is absent has the defaults of RFC 4055: SHA-1, MGF1 with SHA-1, salt 20. */
function readPss(parameters: Asn1Element | undefined, element: Asn1Element): SignatureScheme {
  if (parameters === undefined) throw faultAt(element, pkiMessage('pki/pss-none'));
  let hash: HashName = 'sha1';
  let mask: HashName = 'sha1';
  let saltLength = 20;
  let last = -1;
  for (const part of sequenceOf(parameters, 0, 4)) {
    const { tagClass, tagNumber } = part.node.idBlock;
    if (tagClass !== 3 || !(part.node instanceof Constructed) || tagNumber <= last)
      throw faultAt(part, pkiMessage('pki/pss-order'));
    last = tagNumber;
    const inner = part.node.valueBlock.value;
    if (inner.length !== 1) throw faultAt(part, pkiMessage('pki/explicit-tag'));
    const value = { node: inner[0]!, path: part.path };
    if (tagNumber === 0) hash = readHashAlgorithm(value);
    else if (tagNumber === 1) mask = readMask(value);
    else if (tagNumber === 2) saltLength = readSaltLength(value);
    else if (tagNumber !== 3 || integerOf(value) !== 1n) throw faultAt(part, pkiMessage('pki/pss-trailer'));
  }
  if (mask !== hash) throw faultAt(element, pkiMessage('pki/pss-mask', { mask, hash }));
  return { kind: 'rsa-pss', hash, saltLength };
}

function readMask(element: Asn1Element): HashName {
  const { oid, parameters } = algorithmOf(element);
  if (oid !== MGF1_OID || parameters === undefined) throw faultAt(element, pkiMessage('pki/pss-mgf'));
  return readHashAlgorithm(parameters);
}

/** A salt is shorter than the modulus; the largest RSA key here has 1024 bytes. */
const MAX_SALT_LENGTH = 1024n;

function readSaltLength(element: Asn1Element): number {
  const value = integerOf(element);
  if (value > MAX_SALT_LENGTH) throw faultAt(element, pkiMessage('pki/pss-salt', { bytes: String(value) }));
  return Number(value);
}

const tagged = (tagNumber: number, value: Sequence | Integer): Constructed =>
  new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });

function oidsOf(hash: HashName): HashOids {
  const oids = OIDS[hash];
  if (oids === undefined) throw new Fault('crypto/unsupported', { what: pkiMessage('pki/no-oid', { hash }) });
  return oids;
}

function find(matches: (oids: HashOids) => boolean): HashName | undefined {
  return (Object.keys(OIDS) as HashName[]).find((hash) => matches(oidsOf(hash)));
}
