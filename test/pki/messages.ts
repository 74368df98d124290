import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { concatBytes, utf8 } from '../../src/binary/index.ts';
import {
  ecPrivateKey,
  type HashName,
  hash,
  type PrivateKey,
  type SignatureScheme,
  signDigest,
} from '../../src/crypto/index.ts';
import { encodeDer } from '../../src/pki/asn1.ts';
import {
  issueCertificate,
  keySigner,
  type NewExtension,
  parseCertificate,
  parsePem,
  parsePrivateKey,
  writeEcdsaSignature,
} from '../../src/pki/index.ts';
import { hashAlgorithm, keyIdentifier, keyIdentifiers, signatureAlgorithm } from '../../src/pki/internal.ts';

const VECTORS = resolve(import.meta.dirname, '../vectors/verity');
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(`${VECTORS}/${name}`));
const certificateOf = (name: string): Uint8Array =>
  parsePem(readFileSync(`${VECTORS}/${name}.crt`, 'utf8'), name)[0]!.der;

/** The content of every message: the root hash of the vectors, and the file that the kernel mounts. */
export const content = read('root-hash');

/** Whose key the kernel trusts, and the message is pinned to. */
export type Trusted = 'rsa' | 'ec';
export const certificates: Readonly<Record<Trusted, Uint8Array>> = {
  rsa: certificateOf('rsa'),
  ec: certificateOf('ec'),
};
const otherCertificate = certificateOf('other');
const keys: Readonly<Record<Trusted, PrivateKey>> = {
  rsa: parsePrivateKey(read('rsa.key'), 'rsa'),
  ec: parsePrivateKey(read('ec.key'), 'ec'),
};

// DER and BER by hand: a builder that cannot be wrong could not make what a parser has to refuse.
function length(size: number): Uint8Array {
  if (size < 0x80) return Uint8Array.of(size);
  return size < 0x100 ? Uint8Array.of(0x81, size) : Uint8Array.of(0x82, size >> 8, size & 0xff);
}
const tlv = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concatBytes(parts);
  return concatBytes([Uint8Array.of(tag), length(body.length), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...parts);
const octets = (bytes: Uint8Array): Uint8Array => tlv(0x04, bytes);
const small = (value: number): Uint8Array => tlv(0x02, Uint8Array.of(value));
const NULL = Uint8Array.of(0x05, 0x00);
/** Constructed, of indefinite length. */
const indefinite = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  concatBytes([Uint8Array.of(tag, 0x80), ...parts, Uint8Array.of(0, 0)]);

function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number): number[] => {
    const digits = [value & 0x7f];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    return digits;
  };
  return tlv(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

const RSA = sequence(oid('1.2.840.113549.1.1.1'), NULL);
const DATA = '1.2.840.113549.1.7.1';
const hashId = (name: HashName): Uint8Array => encodeDer(hashAlgorithm(name));
const ID = {
  md5: sequence(oid('1.2.840.113549.2.5'), NULL),
  sha256: hashId('sha256'),
} as const;

/** The two parts of an issuerAndSerialNumber, as they stand in a certificate. */
function nameOf(der: Uint8Array): { issuer: Uint8Array; serial: Uint8Array } {
  const { issuer, serial } = parseCertificate(der);
  const digits = serial.toString(16);
  const bytes = Uint8Array.from(Buffer.from(digits.length % 2 === 1 ? `0${digits}` : digits, 'hex'));
  return { issuer: issuer.der, serial: tlv(0x02, bytes[0]! >= 0x80 ? concatBytes([Uint8Array.of(0), bytes]) : bytes) };
}

const issuerAndSerial = (der: Uint8Array): Uint8Array => sequence(nameOf(der).issuer, nameOf(der).serial);
const keyIdOf = (key: PrivateKey): Uint8Array => keyIdentifier(key.public);

/** A signature over bytes, as it stands in a message. */
function sign(key: PrivateKey, bytes: Uint8Array, scheme: SignatureScheme): Uint8Array {
  const raw = signDigest(key, scheme, hash(scheme.hash, bytes));
  return scheme.kind === 'ecdsa' ? writeEcdsaSignature(raw) : raw;
}
const pkcs1 = (name: HashName = 'sha256'): SignatureScheme => ({ kind: 'rsa-pkcs1', hash: name });
const ecdsa = (name: HashName = 'sha256'): SignatureScheme => ({ kind: 'ecdsa', hash: name });
const rsaSignature = sign(keys.rsa, content, pkcs1());

interface SignerParts {
  readonly version?: number;
  readonly who?: Uint8Array;
  readonly digest?: Uint8Array;
  readonly attributes?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly unsigned?: Uint8Array;
}

const none = new Uint8Array();
const signerInfo = (parts: SignerParts = {}): Uint8Array =>
  sequence(
    small(parts.version ?? 1),
    parts.who ?? issuerAndSerial(certificates.rsa),
    parts.digest ?? ID.sha256,
    parts.attributes ?? none,
    parts.algorithm ?? RSA,
    parts.signature ?? octets(rsaSignature),
    parts.unsigned ?? none,
  );
const ecSigner = (parts: SignerParts & { readonly hash?: HashName; readonly key?: PrivateKey } = {}): Uint8Array =>
  signerInfo({
    who: issuerAndSerial(certificates.ec),
    algorithm: encodeDer(signatureAlgorithm(ecdsa(parts.hash))),
    digest: hashId(parts.hash ?? 'sha256'),
    signature: octets(sign(parts.key ?? keys.ec, content, ecdsa(parts.hash))),
    ...parts,
  });

interface MessageParts {
  readonly type?: string;
  readonly version?: number;
  readonly digests?: Uint8Array;
  readonly content?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
  readonly lists?: Uint8Array;
  readonly signers?: readonly Uint8Array[];
}

const signedData = (parts: MessageParts): readonly Uint8Array[] => [
  small(parts.version ?? 1),
  parts.digests ?? set(ID.sha256),
  parts.content ?? sequence(oid(DATA)),
  parts.certificates === undefined ? none : tlv(0xa0, ...parts.certificates),
  parts.lists ?? none,
  set(...(parts.signers ?? [signerInfo()])),
];
const message = (parts: MessageParts = {}): Uint8Array =>
  sequence(oid(parts.type ?? '1.2.840.113549.1.7.2'), tlv(0xa0, sequence(...signedData(parts))));

const attribute = (type: string, ...values: readonly Uint8Array[]): Uint8Array => sequence(oid(type), set(...values));
const CONTENT_TYPE = attribute('1.2.840.113549.1.9.3', oid(DATA));
const DIGEST = attribute('1.2.840.113549.1.9.4', octets(hash('sha256', content)));
const time = (text: string): Uint8Array => attribute('1.2.840.113549.1.9.5', tlv(0x17, utf8(text)));
/** A signer whose signature covers attributes. */
const withAttributes = (...attributes: readonly Uint8Array[]): Uint8Array =>
  signerInfo({
    attributes: tlv(0xa0, ...attributes),
    signature: octets(sign(keys.rsa, set(...attributes), pkcs1())),
  });

// Certificates below the trusted ones. Fixed keys: the same bytes in every run.
const middleKey = ecPrivateKey('P-256', 0x1234_5678_9abc_def0_1234_5678n);
const leafKey = ecPrivateKey('P-256', 0x0fed_cba9_8765_4321_0fed_cba9n);
const AUTHORITY = '2.5.29.35';

interface Issue {
  readonly commonName: string;
  readonly key: PrivateKey;
  readonly by: PrivateKey;
  readonly scheme?: SignatureScheme;
  readonly authority?: Uint8Array;
  readonly serial?: bigint;
}

function issue({ commonName, key, by, scheme, authority, serial = 77n }: Issue): Promise<Uint8Array> {
  const [skid] = keyIdentifiers(key.public);
  const extensions: NewExtension[] = [skid!];
  const byKey = sequence(tlv(0x80, keyIdOf(by)));
  const value = authority ?? byKey;
  if (value.length > 0) extensions.push({ oid: AUTHORITY, value });
  return issueCertificate(
    {
      serial,
      commonName,
      issuerCommonName: 'issuer of tests',
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2046-01-01T00:00:00Z'),
      publicKey: key.public,
      extensions,
      scheme: scheme ?? (by.kind === 'rsa' ? pkcs1() : ecdsa()),
      salt: new Uint8Array(32),
    },
    keySigner(by, 'test'),
  );
}

const byName = (der: Uint8Array, keyId?: Uint8Array): Uint8Array => {
  const { issuer, serial } = nameOf(der);
  return sequence(
    keyId === undefined ? none : tlv(0x80, keyId),
    tlv(0xa1, tlv(0xa4, issuer)),
    tlv(0x82, serial.subarray(2)),
  );
};

const altered = (bytes: Uint8Array, at = bytes.length - 1): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

/** One message: what Linux 6.1 and 7.2 said of it when they were run, and what is said here where that is more. */
export interface MessageCase {
  readonly name: string;
  readonly der: Uint8Array;
  readonly trusted: Trusted;
  readonly linux: boolean;
  /** Refused here although Linux takes it: what no signer writes, and no signature covers. */
  readonly stricter?: true;
  /** A part of the reason for which it is refused here. */
  readonly reason?: string;
}

/** Every kind of message: the test with a kernel runs them all, and the unit test holds each to its row. */
export async function messageCases(): Promise<readonly MessageCase[]> {
  const middle = await issue({ commonName: 'middle', key: middleKey, by: keys.rsa, serial: 70n });
  const leaf = await issue({ commonName: 'leaf', key: leafKey, by: keys.rsa });
  const leafByMiddle = await issue({ commonName: 'leaf', key: leafKey, by: middleKey });
  const leafNameless = await issue({ commonName: 'leaf', key: leafKey, by: keys.rsa, authority: none });
  const leafByName = await issue({
    commonName: 'leaf',
    key: leafKey,
    by: keys.rsa,
    authority: byName(certificates.rsa),
  });
  const leafByBoth = await issue({
    commonName: 'leaf',
    key: leafKey,
    by: keys.rsa,
    authority: byName(certificates.rsa, keyIdOf(keys.rsa)),
  });
  const leafOfTwo = await issue({
    commonName: 'leaf',
    key: leafKey,
    by: keys.rsa,
    authority: byName(certificates.rsa, keyIdOf(keys.ec)),
  });
  const leafPss = await issue({
    commonName: 'leaf',
    key: leafKey,
    by: keys.rsa,
    scheme: { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 },
  });
  const leafSha1 = await issue({ commonName: 'leaf', key: leafKey, by: keys.rsa, scheme: pkcs1('sha1') });
  const rsaUnderEc = await issue({ commonName: 'leaf', key: keys.rsa, by: keys.ec });
  const forged = await issue({
    commonName: 'leaf',
    key: leafKey,
    by: middleKey,
    authority: sequence(tlv(0x80, keyIdOf(keys.rsa))),
  });
  const twin = await issue({ commonName: 'twin', key: leafKey, by: leafKey });
  const leafSigner = (der: Uint8Array, more: SignerParts = {}) =>
    ecSigner({ who: issuerAndSerial(der), key: leafKey, ...more });
  const chained = (...list: readonly Uint8Array[]) => message({ certificates: list, signers: [leafSigner(list[0]!)] });
  const ecMessage = (signer: Uint8Array, digests: Uint8Array = set(ID.sha256)) =>
    message({ signers: [signer], digests });
  const pss: SignatureScheme = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 };
  const byHash = (name: HashName) =>
    message({
      digests: set(hashId(name)),
      signers: [signerInfo({ digest: hashId(name), signature: octets(sign(keys.rsa, content, pkcs1(name))) })],
    });
  const skid = tlv(0x80, keyIdOf(keys.rsa));
  const plain = message();
  const attributed = (...attributes: readonly Uint8Array[]) => message({ signers: [withAttributes(...attributes)] });
  const stranger = signerInfo({ who: issuerAndSerial(otherCertificate), signature: octets(altered(rsaSignature)) });
  const good = (name: string, der: Uint8Array, trusted: Trusted = 'rsa'): MessageCase => ({
    name,
    der,
    trusted,
    linux: true,
  });
  const bad = (name: string, der: Uint8Array, reason: string, trusted: Trusted = 'rsa'): MessageCase => ({
    name,
    der,
    trusted,
    linux: false,
    reason,
  });
  const stricter = (name: string, der: Uint8Array, reason: string, trusted: Trusted = 'rsa'): MessageCase => ({
    name,
    der,
    trusted,
    linux: true,
    stricter: true,
    reason,
  });
  return [
    good('plain', plain),
    good('certificate-embedded', message({ certificates: [certificates.rsa] })),
    good('certificates-none', message({ certificates: [] })),
    good('certificate-of-another', message({ certificates: [otherCertificate] })),
    bad('certificate-of-another-broken', message({ certificates: [altered(otherCertificate)] }), 'did not sign'),
    bad('certificate-not-one', message({ certificates: [sequence(small(1))] }), '1 member'),
    good('key-id', message({ version: 3, signers: [signerInfo({ version: 3, who: skid })] })),
    good(
      'key-id-certificate',
      message({ version: 3, certificates: [certificates.rsa], signers: [signerInfo({ version: 3, who: skid })] }),
    ),
    bad(
      'key-id-of-another',
      message({ version: 3, signers: [signerInfo({ version: 3, who: tlv(0x80, keyIdOf(keys.ec)) })] }),
      'another certificate',
      'rsa',
    ),
    bad(
      'key-id-unknown',
      message({ version: 3, signers: [signerInfo({ version: 3, who: altered(skid) })] }),
      'another certificate',
    ),
    bad('key-id-version-1', message({ signers: [signerInfo({ who: skid })] }), 'no issuer and serial number'),
    bad('issuer-version-3', message({ version: 3, signers: [signerInfo({ version: 3 })] }), 'no key identifier'),
    bad('message-3-signer-1', message({ version: 3 }), 'another version'),
    bad('message-1-signer-3', message({ signers: [signerInfo({ version: 3, who: skid })] }), 'another version'),
    bad('version-2', message({ version: 2, signers: [signerInfo({ version: 2 })] }), 'the version is 2'),
    good('two-signers', message({ signers: [signerInfo(), signerInfo()] })),
    good('two-signers-a-stranger', message({ signers: [signerInfo(), stranger] })),
    good('two-signers-a-stranger-first', message({ signers: [stranger, signerInfo()] })),
    bad(
      'two-signers-one-bad',
      message({ signers: [signerInfo(), signerInfo({ signature: octets(altered(rsaSignature)) })] }),
      'altered',
    ),
    bad(
      'two-signers-an-embedded-stranger',
      message({ certificates: [otherCertificate], signers: [signerInfo(), stranger] }),
      'altered',
    ),
    bad(
      'two-signers-unknown-hash',
      message({ signers: [signerInfo(), signerInfo({ digest: sequence(oid('1.2.3.4')) })] }),
      'hash 1.2.3.4',
    ),
    bad(
      'two-signers-attributes-once',
      message({ signers: [signerInfo(), withAttributes(CONTENT_TYPE, DIGEST)] }),
      'one signer has authenticated attributes',
    ),
    bad('no-signers', message({ signers: [] }), '0 members'),
    bad('digests-none', message({ digests: set() }), '0 members'),
    good('digests-two', message({ digests: set(ID.sha256, hashId('sha512')) })),
    good('digests-unknown', message({ digests: set(ID.sha256, sequence(oid('1.2.3.4'))) })),
    stricter('digests-of-another', message({ digests: set(hashId('sha512')) }), 'lacks sha256'),
    bad(
      'sha256-with-rsa',
      message({ signers: [signerInfo({ algorithm: encodeDer(signatureAlgorithm(pkcs1())) })] }),
      'names hash and RSA at once',
    ),
    bad(
      'pss',
      message({
        signers: [
          signerInfo({
            algorithm: encodeDer(signatureAlgorithm(pss)),
            signature: octets(sign(keys.rsa, content, pss)),
          }),
        ],
      }),
      'RSASSA-PSS',
    ),
    good('sha1', byHash('sha1')),
    good('sha224', byHash('sha224')),
    good('sha384', byHash('sha384')),
    good('sha512', byHash('sha512')),
    bad(
      'md5-of-sha256',
      message({ digests: set(ID.md5), signers: [signerInfo({ digest: ID.md5 })] }),
      'hash 1.2.840.113549.2.5',
    ),
    good('unsigned-attributes', message({ signers: [signerInfo({ unsigned: tlv(0xa1, attribute('1.2.3', NULL)) })] })),
    good('attributes', attributed(CONTENT_TYPE, DIGEST)),
    good('attributes-unknown', attributed(CONTENT_TYPE, DIGEST, attribute('1.2.3.4', NULL))),
    good('attributes-time', attributed(CONTENT_TYPE, DIGEST, time('270101000000Z'))),
    good('attributes-time-outside', attributed(CONTENT_TYPE, DIGEST, time('200101000000Z'))),
    good(
      'attributes-time-embedded',
      message({
        certificates: [certificates.rsa],
        signers: [withAttributes(CONTENT_TYPE, DIGEST, time('270101000000Z'))],
      }),
    ),
    bad(
      'attributes-time-outside-embedded',
      message({
        certificates: [certificates.rsa],
        signers: [withAttributes(CONTENT_TYPE, DIGEST, time('200101000000Z'))],
      }),
      'not within the dates',
    ),
    bad('attributes-no-type', attributed(DIGEST), 'lack the content type'),
    bad('attributes-no-digest', attributed(CONTENT_TYPE), 'lack the content type or the message digest'),
    bad(
      'attributes-other-type',
      attributed(attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.7.5')), DIGEST),
      'the content type among the authenticated attributes',
    ),
    bad(
      'attributes-other-digest',
      attributed(CONTENT_TYPE, attribute('1.2.840.113549.1.9.4', octets(hash('sha256', utf8('x'))))),
      'message digest',
    ),
    bad('attributes-twice', attributed(CONTENT_TYPE, DIGEST, DIGEST), 'two authenticated attributes'),
    bad(
      'attributes-capabilities',
      attributed(CONTENT_TYPE, DIGEST, attribute('1.2.840.113549.1.9.15', sequence())),
      'S/MIME capabilities',
    ),
    bad(
      'attributes-authenticode',
      attributed(CONTENT_TYPE, DIGEST, attribute('1.3.6.1.4.1.311.2.1.12', sequence())),
      'Authenticode',
    ),
    bad(
      'attributes-unsigned',
      message({ signers: [signerInfo({ attributes: tlv(0xa0, CONTENT_TYPE, DIGEST) })] }),
      'other bytes',
    ),
    good(
      'rsa-without-parameters',
      message({ signers: [signerInfo({ algorithm: sequence(oid('1.2.840.113549.1.1.1')) })] }),
    ),
    stricter(
      'rsa-with-parameters',
      message({ signers: [signerInfo({ algorithm: sequence(oid('1.2.840.113549.1.1.1'), small(5)) })] }),
      'the parameters are not NULL',
    ),
    bad(
      'ecdsa-of-rsa',
      message({ signers: [signerInfo({ algorithm: encodeDer(signatureAlgorithm(ecdsa())) })] }),
      'do not make ecdsa',
    ),
    bad(
      'signature-short',
      message({ signers: [signerInfo({ signature: octets(rsaSignature.subarray(1)) })] }),
      '255 bytes',
    ),
    bad(
      'signature-long',
      message({ signers: [signerInfo({ signature: octets(concatBytes([Uint8Array.of(0), rsaSignature])) })] }),
      '257 bytes',
    ),
    bad(
      'signature-constructed',
      message({ signers: [signerInfo({ signature: tlv(0x24, octets(rsaSignature)) })] }),
      'OCTET STRING',
    ),
    bad(
      'signature-bits',
      message({ signers: [signerInfo({ signature: tlv(0x03, Uint8Array.of(0), rsaSignature) })] }),
      'OCTET STRING',
    ),
    bad(
      'signature-altered',
      message({ signers: [signerInfo({ signature: octets(altered(rsaSignature)) })] }),
      'altered',
    ),
    bad(
      'serial-of-another',
      message({ signers: [signerInfo({ who: sequence(nameOf(certificates.rsa).issuer, small(7)) })] }),
      'serial number 7',
    ),
    bad(
      'serial-padded',
      message({
        signers: [
          signerInfo({
            who: sequence(
              nameOf(certificates.rsa).issuer,
              tlv(0x02, Uint8Array.of(0), nameOf(certificates.rsa).serial.subarray(2)),
            ),
          }),
        ],
      }),
      'redundant leading bytes',
    ),
    bad(
      'issuer-empty',
      message({ signers: [signerInfo({ who: sequence(sequence(), nameOf(certificates.rsa).serial) })] }),
      'another certificate',
    ),
    bad('content-embedded', message({ content: sequence(oid(DATA), tlv(0xa0, octets(content))) }), 'not detached'),
    bad('content-empty', message({ content: sequence(oid(DATA), tlv(0xa0, octets(none))) }), 'not detached'),
    bad('content-other-type', message({ content: sequence(oid('1.2.840.113549.1.7.5')) }), 'content type is not data'),
    bad('type-enveloped', message({ type: '1.2.840.113549.1.7.3' }), 'not a SignedData'),
    bad('revocations-none', message({ lists: tlv(0xa1) }), 'revocation lists'),
    bad(
      'revocations',
      message({ lists: tlv(0xa1, sequence(sequence(small(1)), RSA, tlv(0x03, Uint8Array.of(0)))) }),
      'revocation lists',
    ),
    good(
      'indefinite',
      indefinite(0x30, oid('1.2.840.113549.1.7.2'), indefinite(0xa0, indefinite(0x30, ...signedData({})))),
    ),
    good(
      'indefinite-certificates',
      indefinite(
        0x30,
        oid('1.2.840.113549.1.7.2'),
        indefinite(
          0xa0,
          indefinite(
            0x30,
            small(1),
            set(ID.sha256),
            indefinite(0x30, oid(DATA)),
            indefinite(0xa0, certificates.rsa),
            indefinite(0x31, signerInfo()),
          ),
        ),
      ),
    ),
    bad(
      'indefinite-without-end',
      concatBytes([Uint8Array.of(0x30, 0x80), oid('1.2.840.113549.1.7.2'), tlv(0xa0, sequence(...signedData({})))]),
      'bytes',
    ),
    stricter('bytes-behind', concatBytes([plain, Uint8Array.of(0)]), 'follows the end'),
    bad(
      'length-of-three-bytes',
      concatBytes([Uint8Array.of(0x30, 0x83, 0), plain.subarray(2)]),
      'not in its shortest form',
    ),
    good('ecdsa', ecMessage(ecSigner()), 'ec'),
    good('ecdsa-sha512', ecMessage(ecSigner({ hash: 'sha512' }), set(hashId('sha512'))), 'ec'),
    good('ecdsa-sha384', ecMessage(ecSigner({ hash: 'sha384' }), set(hashId('sha384'))), 'ec'),
    good(
      'ecdsa-key-id',
      message({ version: 3, signers: [ecSigner({ version: 3, who: tlv(0x80, keyIdOf(keys.ec)) })] }),
      'ec',
    ),
    good('ecdsa-embedded', message({ certificates: [certificates.ec], signers: [ecSigner()] }), 'ec'),
    stricter(
      'ecdsa-other-hash',
      ecMessage(ecSigner({ algorithm: encodeDer(signatureAlgorithm(ecdsa('sha512'))) })),
      'the digest is sha256',
      'ec',
    ),
    bad(
      'ecdsa-altered',
      ecMessage(ecSigner({ signature: octets(sign(keys.ec, utf8('x'), ecdsa())) })),
      'does not match',
      'ec',
    ),
    bad('rsa-of-ecdsa', ecMessage(ecSigner({ algorithm: RSA })), 'do not make rsa-pkcs1', 'ec'),
    good('chain', chained(leaf)),
    good('chain-by-name', chained(leafByName)),
    good('chain-by-both', chained(leafByBoth)),
    bad('chain-of-two-keys', chained(leafOfTwo), 'certificate'),
    good('chain-with-its-top', chained(leaf, certificates.rsa)),
    good('chain-of-three', chained(leafByMiddle, middle)),
    good(
      'chain-of-three-out-of-order',
      message({ certificates: [middle, leafByMiddle], signers: [leafSigner(leafByMiddle)] }),
    ),
    good('chain-sha1', chained(leafSha1)),
    good(
      'chain-rsa-under-ecdsa',
      message({ certificates: [rsaUnderEc], signers: [signerInfo({ who: issuerAndSerial(rsaUnderEc) })] }),
      'ec',
    ),
    bad('chain-without-its-middle', chained(leafByMiddle), 'no chain'),
    bad('chain-not-embedded', message({ signers: [leafSigner(leaf)] }), 'another certificate'),
    bad('chain-without-authority', chained(leafNameless), 'no chain'),
    bad('chain-forged', chained(forged), 'did not sign'),
    bad('chain-altered', chained(altered(leaf)), 'did not sign'),
    bad('chain-pss', chained(leafPss), 'RSASSA-PSS'),
    bad(
      'chain-key-id',
      message({
        version: 3,
        certificates: [leaf],
        signers: [leafSigner(leaf, { version: 3, who: tlv(0x80, keyIdOf(leafKey)) })],
      }),
      'another certificate',
    ),
    bad('self-signed-by-nobody', chained(twin), 'no chain'),
  ];
}
