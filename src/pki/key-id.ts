import { hexText } from '../binary/index.ts';
import { readBer } from './ber.ts';
import { type Certificate, extensionOf } from './x509.ts';

const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';

/** What a certificate says of the certificate that issued it (RFC 5280 §4.2.1.1). */
export interface Authority {
  /** Issuer and serial of the issuing certificate, where both are told: DER of the Name. */
  readonly name: { readonly issuer: Uint8Array; readonly serial: bigint } | undefined;
  /** Its subject key identifier, where it is told. */
  readonly skid: Uint8Array | undefined;
}

/** The subject key identifier (RFC 5280 §4.2.1.2); `undefined` where there is none. Faults `pki/der`, `pki/structure`. */
export function keyIdOf(certificate: Certificate): Uint8Array | undefined {
  const extension = extensionOf(certificate, SUBJECT_KEY_IDENTIFIER);
  return extension && readBer(extension.value, 'subjectKeyIdentifier').content;
}

/** What the extension authority key identifier holds; nothing where there is none. Faults `pki/der`. */
export function authorityOf(certificate: Certificate): Authority {
  const extension = extensionOf(certificate, AUTHORITY_KEY_IDENTIFIER);
  if (extension === undefined) return { name: undefined, skid: undefined };
  const { members } = readBer(extension.value, 'authorityKeyIdentifier');
  const tagged = (tag: number) => members.find((member) => member.tag === tag);
  // GeneralNames; directoryName is [4] around a Name.
  const issuer = tagged(0xa1)?.members.find((member) => member.tag === 0xa4)?.members[0];
  const serial = tagged(0x82);
  return {
    name: issuer && serial && { issuer: issuer.raw, serial: BigInt(`0x${hexText(serial.content) || '0'}`) },
    skid: tagged(0x80)?.content,
  };
}
