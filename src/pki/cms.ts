import { Set as AsnSet, Constructed, Integer, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import { type HashName, hash, type SignatureScheme } from '../crypto/index.ts';
import { hashAlgorithm, signatureAlgorithm, writeEcdsaSignature } from './algorithm.ts';
import { encodeDer, integer, parseDer } from './asn1.ts';
import { DATA, RSA, SIGNED_DATA } from './message.ts';
import type { Signer } from './signer.ts';
import type { Certificate } from './x509.ts';

/** What a detached message says: who signed, how, and the signature. */
export interface DetachedSignature {
  /** DER of the Name of the issuer of the signer's certificate. */
  readonly issuer: Uint8Array;
  readonly serial: bigint;
  readonly scheme: SignatureScheme;
  /** As it stands in the message: modulus length for RSA, DER for ECDSA. */
  readonly signature: Uint8Array;
}

/**
 * Signs content as a detached PKCS#7 message without attributes and certificates: the form that every kernel takes
 * whose dm-verity checks signatures. The same bytes as `openssl smime -sign -nocerts -noattr -binary -outform der` for RSA.
 */
export async function signDetached(
  content: Uint8Array,
  signer: Signer,
  certificate: Certificate,
  name: HashName = 'sha256',
): Promise<Uint8Array<ArrayBuffer>> {
  const scheme: SignatureScheme = { kind: signer.publicKey.kind === 'rsa' ? 'rsa-pkcs1' : 'ecdsa', hash: name };
  const raw = await signer.sign({ scheme, digest: hash(name, content) });
  const signature = scheme.kind === 'ecdsa' ? writeEcdsaSignature(raw) : raw;
  return writeDetached({ issuer: certificate.issuer.der, serial: certificate.serial, scheme, signature });
}

/** The DER of a detached message. */
export function writeDetached({ issuer, serial, scheme, signature }: DetachedSignature): Uint8Array<ArrayBuffer> {
  const signerInfo = new Sequence({
    value: [
      new Integer({ value: 1 }),
      new Sequence({ value: [parseDer(issuer, 'issuer').node, integer(serial)] }),
      hashAlgorithm(scheme.hash),
      scheme.kind === 'rsa-pkcs1'
        ? new Sequence({ value: [new ObjectIdentifier({ value: RSA }), new Null()] })
        : signatureAlgorithm(scheme),
      new OctetString({ valueHex: new Uint8Array(signature).buffer }),
    ],
  });
  const signedData = new Sequence({
    value: [
      new Integer({ value: 1 }),
      new AsnSet({ value: [hashAlgorithm(scheme.hash)] }),
      new Sequence({ value: [new ObjectIdentifier({ value: DATA })] }),
      new AsnSet({ value: [signerInfo] }),
    ],
  });
  const tagged = new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [signedData] });
  return encodeDer(new Sequence({ value: [new ObjectIdentifier({ value: SIGNED_DATA }), tagged] }));
}
