import type { PublicKey } from '../crypto/index.ts';
import { Fault, type Message, shift } from '../fault.ts';
import {
  type Certificate,
  type CertificateExtension,
  type DigestInfo,
  parseCertificate,
  parseDigestInfo,
  parsePublicKeyInfo,
} from '../pki/index.ts';
import { parseInteger } from '../pki/internal.ts';
import {
  type ChainCertificate,
  type ChainExtension,
  type ChainOfTrust,
  type CounterName,
  extensionOfOid,
  oidOfExtension,
} from './chains.ts';
import { fipMessage } from './messages.ts';

/** What one extension of a chain's certificate says. */
export type ChainStatement =
  | { readonly kind: 'counter'; readonly counter: CounterName; readonly value: number }
  | { readonly kind: 'hash'; readonly image: string; readonly digest: DigestInfo; readonly absent: boolean }
  | { readonly kind: 'key'; readonly key: string; readonly publicKey: PublicKey; readonly publicKeyInfo: Uint8Array };

/** A certificate with what it vouches for, in the order in which it says it. */
export interface ChainCertificateContent {
  readonly certificate: Certificate;
  readonly statements: readonly ChainStatement[];
}

/** The largest counter: loaders take an INTEGER of up to four bytes, and no negative one. */
export const MAX_CERTIFIED_COUNTER = 0x7fff_ffff;

/** Extensions that X.509 defines and cert_create writes: identifiers and basic constraints. */
const X509_ARC = '2.5.29.';

/**
 * Parses a certificate of a chain of trust, as strictly as a loader should: version 3, extensions that are known,
 * each once, each well-formed to its last byte. Faults `pki/*` and `fip/certificate`.
 */
export function parseChainCertificate(der: Uint8Array, path: string): ChainCertificateContent {
  const certificate = parseCertificate(der, path);
  if (certificate.version !== 3) throw flaw(path, 0, fipMessage('fip/version', { version: certificate.version }));
  if (certificate.extensions.length === 0) throw flaw(path, 0, fipMessage('fip/no-extensions'));
  const statements: ChainStatement[] = [];
  for (const extension of certificate.extensions) {
    const known = extensionOfOid(extension.oid);
    if (known !== undefined) statements.push(readStatement(known, extension, `${path}.${extension.oid}`));
    else if (extension.critical && !extension.oid.startsWith(X509_ARC))
      throw flaw(path, extension.offset, fipMessage('fip/critical-unknown', { oid: extension.oid }));
  }
  return { certificate, statements };
}

/** A counter that a certificate carries. */
export interface CertifiedCounter {
  readonly certificate: string;
  readonly counter: CounterName;
  readonly value: number;
}

/** The counters in a certificate: one, in those of TF-A's chains. */
export const countersOf = (certificate: string, { statements }: ChainCertificateContent): CertifiedCounter[] =>
  statements.flatMap((one) =>
    one.kind === 'counter' ? [{ certificate, counter: one.counter, value: one.value }] : [],
  );

/** The certificate of a chain that content belongs to, by the extensions that it has; `undefined` where none fits. */
export function certificateOfContent(
  chain: ChainOfTrust,
  content: ChainCertificateContent,
): ChainCertificate | undefined {
  return chain.certificates.find((row) => slotFlaw(row, content) === undefined);
}

/** Why content is not the certificate that a place in the chain asks for; `undefined` where it is. */
export function slotFlaw(row: ChainCertificate, { certificate }: ChainCertificateContent): Message | undefined {
  const has = (oid: string): boolean => certificate.extensions.some((extension) => extension.oid === oid);
  const missing = row.extensions.find((extension) => !has(oidOfExtension(extension)));
  if (missing !== undefined)
    return fipMessage('fip/statement-missing', { subject: subjectOf(missing), image: row.image });
  const known = certificate.extensions.map(({ oid }) => extensionOfOid(oid)).filter((found) => found !== undefined);
  const foreign = known.find((found) => !row.extensions.includes(found));
  return foreign === undefined
    ? undefined
    : fipMessage('fip/statement-foreign', { subject: subjectOf(foreign), image: row.image });
}

/** What an extension is about: a counter, an image, a key. */
function subjectOf(extension: ChainExtension): Message {
  switch (extension.kind) {
    case 'counter':
      return fipMessage('fip/the-counter', { counter: extension.counter });
    case 'hash':
      return fipMessage('fip/the-image', { image: extension.image });
    case 'key':
      return fipMessage(extension.key.endsWith('-key') ? 'fip/the-named-key' : 'fip/the-key', { key: extension.key });
  }
}

function readStatement(known: ChainExtension, { value, offset }: CertificateExtension, path: string): ChainStatement {
  try {
    switch (known.kind) {
      case 'counter':
        return { kind: 'counter', counter: known.counter, value: readCounter(value, path) };
      case 'hash': {
        const digest = parseDigestInfo(value, path);
        return { kind: 'hash', image: known.image, digest, absent: digest.digest.every((byte) => byte === 0) };
      }
      case 'key':
        return { kind: 'key', key: known.key, publicKey: parsePublicKeyInfo(value, path), publicKeyInfo: value };
    }
  } catch (error) {
    throw shift(error, offset);
  }
}

function readCounter(value: Uint8Array, path: string): number {
  const counter = parseInteger(value, path);
  if (counter > BigInt(MAX_CERTIFIED_COUNTER))
    throw flaw(path, 0, fipMessage('fip/counter-size', { counter: String(counter) }));
  return Number(counter);
}

const flaw = (path: string, offset: number, reason: Message): Fault =>
  new Fault('fip/certificate', { path, offset, reason });
