import {
  Boolean as AsnBoolean,
  Set as AsnSet,
  BitString,
  Constructed,
  GeneralizedTime,
  Integer,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  UTCTime,
  Utf8String,
} from 'asn1js';
import { hash, type PublicKey, type SignatureScheme } from '../crypto/index.ts';
import { signatureAlgorithm, writeEcdsaSignature } from './algorithm.ts';
import { encodeDer, integer, parseDer } from './asn1.ts';
import { writePublicKeyInfo } from './keys.ts';
import type { Signer } from './signer.ts';

/** An extension to put into a certificate. */
export interface NewExtension {
  readonly oid: string;
  readonly critical?: boolean;
  /** What its OCTET STRING holds. */
  readonly value: Uint8Array;
}

/** Everything that a certificate says. Equal contents, key and salt give equal bytes. */
export interface CertificateContent {
  readonly serial: bigint;
  /** The common name of the subject. */
  readonly commonName: string;
  /** The issuer's; the subject's where it is not given. */
  readonly issuerCommonName?: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The subject's key; the signer's where it is not given. */
  readonly publicKey?: PublicKey;
  readonly extensions: readonly NewExtension[];
  readonly scheme: SignatureScheme;
  /** PSS only: fixes the salt. */
  readonly salt?: Uint8Array;
}

/** Issues an X.509 v3 certificate, DER (RFC 5280 §4.1). */
export async function issueCertificate(content: CertificateContent, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  const tbs = writeTbs(content, content.publicKey ?? signer.publicKey);
  const { scheme, salt } = content;
  const digest = hash(scheme.hash, encodeDer(tbs));
  const signature = await signer.sign({ scheme, digest, ...(salt === undefined ? {} : { salt }) });
  const value = scheme.kind === 'ecdsa' ? writeEcdsaSignature(signature) : signature;
  const bits = new BitString({ valueHex: new Uint8Array(value).buffer, unusedBits: 0 });
  return encodeDer(new Sequence({ value: [tbs, signatureAlgorithm(scheme), bits] }));
}

/** What `selfSigned` needs beside a signer. */
export type SelfSignedContent = Pick<
  CertificateContent,
  'serial' | 'commonName' | 'notBefore' | 'notAfter' | 'scheme' | 'salt'
>;

/** A certificate that a key issues for itself, a certification authority's, as `openssl req -x509` makes one. */
export async function selfSigned(content: SelfSignedContent, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  const authority = {
    oid: BASIC_CONSTRAINTS_OID,
    critical: true,
    value: encodeDer(sequence(new AsnBoolean({ value: true }))),
  };
  return issueCertificate({ ...content, extensions: [...keyIdentifiers(signer.publicKey), authority] }, signer);
}

const KEY_IDENTIFIER_OID = '2.5.29.14';
const AUTHORITY_KEY_IDENTIFIER_OID = '2.5.29.35';
const BASIC_CONSTRAINTS_OID = '2.5.29.19';

/** Subject and authority key identifier of a certificate whose subject signs it itself (RFC 5280 §4.2.1.1, §4.2.1.2). */
export function keyIdentifiers(key: PublicKey): NewExtension[] {
  const identifier = keyIdentifier(key);
  const issuer = sequence(
    new Primitive({ idBlock: { tagClass: 3, tagNumber: 0 }, valueHex: new Uint8Array(identifier).buffer }),
  );
  return [
    { oid: KEY_IDENTIFIER_OID, value: encodeDer(new OctetString({ valueHex: new Uint8Array(identifier).buffer })) },
    { oid: AUTHORITY_KEY_IDENTIFIER_OID, value: encodeDer(issuer) },
  ];
}

/** BasicConstraints of an end entity: an empty sequence. */
export const endEntity = (): NewExtension => ({
  oid: BASIC_CONSTRAINTS_OID,
  value: encodeDer(new Sequence({ value: [] })),
});

/** SHA-1 of the key's bits, RFC 5280 §4.2.1.2 (1): a name, not a protection. */
export function keyIdentifier(key: PublicKey): Uint8Array {
  const info = parseDer(writePublicKeyInfo(key), 'public key').node as Sequence;
  const bits = info.valueBlock.value[1] as BitString;
  return hash('sha1', new Uint8Array(bits.valueBlock.valueHexView));
}

function writeTbs(content: CertificateContent, key: PublicKey): Sequence {
  return sequence(
    tagged(0, new Integer({ value: 2 })),
    integer(content.serial),
    signatureAlgorithm(content.scheme),
    name(content.issuerCommonName ?? content.commonName),
    sequence(time(content.notBefore), time(content.notAfter)),
    name(content.commonName),
    parseDer(writePublicKeyInfo(key), 'public key').node as Sequence,
    tagged(3, sequence(...content.extensions.map(extension))),
  );
}

function extension({ oid, critical, value }: NewExtension): Sequence {
  const parts = [
    new ObjectIdentifier({ value: oid }),
    new OctetString({ valueHex: new Uint8Array(value).buffer }),
  ] as const;
  return critical === true ? sequence(parts[0], new AsnBoolean({ value: true }), parts[1]) : sequence(...parts);
}

function name(commonName: string): Sequence {
  const attribute = sequence(new ObjectIdentifier({ value: '2.5.4.3' }), new Utf8String({ value: commonName }));
  return sequence(new AsnSet({ value: [attribute] }));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). Whole seconds. */
function time(date: Date): UTCTime | GeneralizedTime {
  const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
  return whole.getUTCFullYear() < 2050 ? new UTCTime({ valueDate: whole }) : new GeneralizedTime({ valueDate: whole });
}

const tagged = (tagNumber: number, value: Sequence | Integer): Constructed =>
  new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });

const sequence = (...value: NonNullable<ConstructorParameters<typeof Sequence>[0]>['value'] & object): Sequence =>
  new Sequence({ value });
