import { BitString, Constructed, Integer, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import { utf8Text } from '../binary/index.ts';
import {
  curves,
  type EcPrivateKey,
  ecPrivateKey,
  hash,
  openPrivateKey,
  type PrivateKey,
  type PublicKey,
  type RsaPrivateKey,
  type RsaPublicKey,
} from '../crypto/index.ts';
import { curveOfOid, curveSize, readInteger, readPoint, writeInteger, writePoint } from '../crypto/internal.ts';
import { Fault } from '../fault.ts';
import {
  type Asn1Element,
  algorithmOf,
  bitsOf,
  encodeDer,
  integer,
  integerOf,
  isNull,
  octetsOf,
  oidOf,
  parseDer,
  sequenceOf,
  structureFault,
} from './asn1.ts';
import { pkiMessage } from './messages.ts';
import { isPem, type PemBlock, parsePem, printPem } from './pem.ts';

/** rsaEncryption (RFC 8017 §A.1) and id-ecPublicKey (RFC 5480 §2.1.1). */
const RSA_OID = '1.2.840.113549.1.1.1';
const EC_OID = '1.2.840.10045.2.1';

/** Parses a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). `assertPublicKey` checks whether the key is fit for use. */
export function parsePublicKeyInfo(der: Uint8Array, path = 'public key'): PublicKey {
  const [algorithm, key] = sequenceOf(parseDer(der, path), 2);
  const { oid, parameters } = algorithmOf(algorithm!);
  const bits = bitsOf(key!);
  if (oid === RSA_OID) {
    if (!isNull(parameters)) throw structureFault(path, pkiMessage('pki/rsa-parameters'));
    return parseRsaPublicKey(bits, path);
  }
  if (oid === EC_OID) return parsePoint(parameters, bits, path);
  throw new Fault('crypto/unsupported', { what: pkiMessage('pki/key-algorithm', { oid }) });
}

/** SubjectPublicKeyInfo DER, as `openssl pkey -pubout -outform DER` writes it. */
export function writePublicKeyInfo(key: PublicKey): Uint8Array<ArrayBuffer> {
  const bits = key.kind === 'rsa' ? writeRsaPublicKey(key) : writePoint(key);
  return encodeDer(
    new Sequence({ value: [algorithmSequence(key), new BitString({ valueHex: bits.buffer, unusedBits: 0 })] }),
  );
}

/** RSAPublicKey DER, as `openssl rsa -RSAPublicKey_out -outform DER` writes it. */
export const writeRsaPublicKey = (key: RsaPublicKey): Uint8Array<ArrayBuffer> => encodeDer(rsaPublicSequence(key));

/** A public key as PEM text (`PUBLIC KEY`). */
export const printPublicKey = (key: PublicKey): string => printPem('PUBLIC KEY', writePublicKeyInfo(key));

/** SHA-256 of the SubjectPublicKeyInfo: how this program names a key, and what a ROTPK hash is taken over. */
export const keyFingerprint = (key: PublicKey): Uint8Array => hash('sha256', writePublicKeyInfo(key));

/**
 * Parses a private key: PKCS#8, PKCS#1 (RSA) or SEC 1 (EC), as DER or PEM. An encrypted one needs its passphrase;
 * without it, or with a wrong one, this faults `crypto/passphrase`.
 */
export function parsePrivateKey(input: Uint8Array, path: string, passphrase?: string): PrivateKey {
  if (!isPem(input)) return parsePkcs8(input, path);
  const blocks = parsePem(utf8Text(input), path);
  const block = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined)
    throw new Fault('pki/pem', {
      path,
      reason: pkiMessage('pki/not-private', { label: blocks[0]?.label ?? 'no key' }),
    });
  return parsePrivateBlock(block, path, passphrase);
}

/** PKCS#8 DER of a private key (RFC 5958, version 0). */
export function writePrivateKey(key: PrivateKey): Uint8Array<ArrayBuffer> {
  const inner = key.kind === 'rsa' ? rsaPrivateSequence(key) : ecPrivateSequence(key);
  return encodeDer(
    new Sequence({
      value: [
        new Integer({ value: 0 }),
        algorithmSequence(key.public),
        new OctetString({ valueHex: encodeDer(inner).buffer }),
      ],
    }),
  );
}

/** A private key as PEM text (`PRIVATE KEY`), not encrypted. */
export const printPrivateKey = (key: PrivateKey): string => printPem('PRIVATE KEY', writePrivateKey(key));

function parsePrivateBlock(block: PemBlock, path: string, passphrase: string | undefined): PrivateKey {
  const encrypted = block.sealed || block.label === 'ENCRYPTED PRIVATE KEY';
  if (encrypted) {
    if (passphrase === undefined)
      throw new Fault('crypto/passphrase', { key: path, reason: pkiMessage('pki/encrypted') });
    const opened = openPrivateKey(block.text, passphrase);
    if (opened === undefined) throw new Fault('crypto/passphrase', { key: path, reason: pkiMessage('pki/passphrase') });
    return parsePkcs8(opened, path);
  }
  if (block.label === 'RSA PRIVATE KEY') return parseRsaPrivateKey(block.der, path);
  if (block.label === 'EC PRIVATE KEY') return parseEcPrivateKey(block.der, path);
  return parsePkcs8(block.der, path);
}

function parsePkcs8(der: Uint8Array, path: string): PrivateKey {
  const [version, algorithm, inner] = sequenceOf(parseDer(der, path), 3, 5);
  if (integerOf(version!) > 1n) throw structureFault(path, pkiMessage('pki/pkcs8-version'));
  const { oid, parameters } = algorithmOf(algorithm!);
  if (oid === RSA_OID) return parseRsaPrivateKey(octetsOf(inner!), path);
  if (oid === EC_OID) return parseEcPrivateKey(octetsOf(inner!), path, parameters);
  throw new Fault('crypto/unsupported', { what: pkiMessage('pki/key-algorithm', { oid }) });
}

/** Parses an RSAPublicKey (RFC 8017 §A.1.1). */
export function parseRsaPublicKey(der: Uint8Array, path: string): RsaPublicKey {
  const [modulus, exponent] = sequenceOf(parseDer(der, `${path}.rsa`), 2);
  return { kind: 'rsa', modulus: integerOf(modulus!), exponent: integerOf(exponent!) };
}

/** RSAPrivateKey of two primes (RFC 8017 §A.1.2). */
function parseRsaPrivateKey(der: Uint8Array, path: string): RsaPrivateKey {
  const [version, n, e, d, p, q, dp, dq, qInverse] = sequenceOf(parseDer(der, path), 9).map(integerOf) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (version !== 0n) throw structureFault(path, pkiMessage('pki/rsa-primes'));
  if (p * q !== n) throw structureFault(path, pkiMessage('pki/rsa-product'));
  return { kind: 'rsa', public: { kind: 'rsa', modulus: n, exponent: e }, d, p, q, dp, dq, qInverse };
}

/** ECPrivateKey (RFC 5915 §3); the curve stands in it or beside it. */
function parseEcPrivateKey(der: Uint8Array, path: string, beside?: Asn1Element): EcPrivateKey {
  const [version, scalar, ...tagged] = sequenceOf(parseDer(der, path), 2, 4);
  if (integerOf(version!) !== 1n) throw structureFault(path, pkiMessage('pki/ec-version'));
  const inside = tagged.find(({ node }) => node.idBlock.tagNumber === 0)?.node;
  const parameters = inside instanceof Constructed ? inside.valueBlock.value[0] : undefined;
  const curve = curveFrom(parameters === undefined ? beside : { node: parameters, path }, path);
  return ecPrivateKey(curve, readInteger(octetsOf(scalar!)));
}

function parsePoint(parameters: Asn1Element | undefined, bits: Uint8Array, path: string): PublicKey {
  const curve = curveFrom(parameters, path);
  const key = readPoint(curve, bits);
  if (key === undefined) throw structureFault(path, pkiMessage('pki/point', { curve }));
  return key;
}

function curveFrom(parameters: Asn1Element | undefined, path: string) {
  if (parameters === undefined) throw structureFault(path, pkiMessage('pki/no-curve'));
  const oid = oidOf(parameters);
  const curve = curveOfOid(oid);
  if (curve === undefined) throw new Fault('crypto/unsupported', { what: pkiMessage('pki/curve', { oid }) });
  return curve;
}

function algorithmSequence(key: PublicKey): Sequence {
  const parameters = key.kind === 'rsa' ? new Null() : new ObjectIdentifier({ value: curves[key.curve].oid });
  return new Sequence({ value: [new ObjectIdentifier({ value: key.kind === 'rsa' ? RSA_OID : EC_OID }), parameters] });
}

function rsaPublicSequence(key: RsaPublicKey): Sequence {
  return new Sequence({ value: [integer(key.modulus), integer(key.exponent)] });
}

function rsaPrivateSequence(key: RsaPrivateKey): Sequence {
  const { modulus, exponent } = key.public;
  const parts = [0n, modulus, exponent, key.d, key.p, key.q, key.dp, key.dq, key.qInverse];
  return new Sequence({ value: parts.map((part) => integer(part)) });
}

function ecPrivateSequence(key: EcPrivateKey): Sequence {
  const scalar = writeInteger(key.d, curveSize(key.public.curve));
  const point = new BitString({ valueHex: writePoint(key.public).buffer, unusedBits: 0 });
  return new Sequence({
    value: [
      new Integer({ value: 1 }),
      new OctetString({ valueHex: scalar.buffer }),
      new Constructed({ idBlock: { tagClass: 3, tagNumber: 1 }, value: [point] }),
    ],
  });
}
