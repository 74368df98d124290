import { utf8Text } from '../binary/index.ts';
import type { PublicKey } from '../crypto/index.ts';
import { Fault, isFault } from '../fault.ts';
import { parsePrivateKey, parsePublicKeyInfo } from './keys.ts';
import { pkiMessage } from './messages.ts';
import { isPem, parsePem } from './pem.ts';
import { parseCertificate } from './x509.ts';

/**
 * The public key that a file of any usual form holds: PEM or DER of a SubjectPublicKeyInfo, a certificate or a
 * private key. Faults as the parser of the form that it has.
 */
export function parsePublicKey(input: Uint8Array, path: string, passphrase?: string): PublicKey {
  if (!isPem(input)) return parseDerKey(input, path);
  for (const { label, der } of parsePem(utf8Text(input), path)) {
    if (label === 'PUBLIC KEY') return parsePublicKeyInfo(der, path);
    if (label === 'CERTIFICATE') return parseCertificate(der, path).publicKey;
    if (label.endsWith('PRIVATE KEY')) return parsePrivateKey(input, path, passphrase).public;
  }
  throw new Fault('pki/pem', { path, reason: pkiMessage('pki/no-key') });
}

/** Each form is a SEQUENCE (X.690 §8.9), so that what starts with anything else is none of them. */
const SEQUENCE = 0x30;

function parseDerKey(input: Uint8Array, path: string): PublicKey {
  if (input[0] !== SEQUENCE) throw new Fault('pki/pem', { path, reason: pkiMessage('pki/no-key-der') });
  const forms = [
    () => parsePublicKeyInfo(input, path),
    () => parseCertificate(input, path).publicKey,
    () => parsePrivateKey(input, path).public,
  ];
  let first: unknown;
  for (const parse of forms) {
    try {
      return parse();
    } catch (error) {
      if (!isFault(error)) throw error;
      first ??= error;
    }
  }
  throw first;
}
