import { type HashName, hashSize, type PublicKey, type SignatureScheme } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import { issueCertificate, type NewExtension, type Signer, writeDigestInfo, writePublicKeyInfo } from '../pki/index.ts';
import { endEntity, keyIdentifiers, writeIntegerDer } from '../pki/internal.ts';
import { MAX_CERTIFIED_COUNTER } from './chain-certificate.ts';
import {
  type ChainCertificate,
  type ChainExtension,
  type ChainOfTrust,
  type CounterName,
  oidOfExtension,
} from './chains.ts';
import { fipMessage } from './messages.ts';

/** What certificates of a chain are made from. */
export interface ChainContent {
  readonly chain: ChainOfTrust;
  /** Hash of images and of signatures. */
  readonly hash: HashName;
  /** Who signs, by the name of the key. */
  readonly signers: ReadonlyMap<string, Signer>;
  /** Keys that are only put into certificates; those of the signers need not be here. */
  readonly publicKeys?: ReadonlyMap<string, PublicKey>;
  /** Digests of the images, of the hash above. */
  readonly digests: ReadonlyMap<string, Uint8Array>;
  readonly counters: ReadonlyMap<CounterName, number>;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** A serial number for each certificate; TF-A's tool takes 64 random bits with the top bit set. */
  readonly serial: (row: ChainCertificate) => bigint;
  /** PSS only: fixes the salt, for certificates that can be made again; random where it is not given. */
  readonly salt?: Uint8Array;
}

/**
 * Issues one certificate of a chain, as cert_create does: self-issued, the signer's own key in it, and the chain's
 * extensions, critical, in the order of its table. An image that may be missing gets a digest of zeros.
 * Faults `crypto/key-missing`, `fip/counter`, and `fip/image-missing` where an image may not be missing, or all are.
 */
export async function issueChainCertificate(
  row: ChainCertificate,
  content: ChainContent,
): Promise<Uint8Array<ArrayBuffer>> {
  const signer = content.signers.get(row.signedBy);
  if (signer === undefined)
    throw new Fault('crypto/key-missing', { key: row.signedBy, reason: fipMessage('fip/signs', { image: row.image }) });
  assertImages(row, content);
  const extensions = row.extensions.map((extension) => ({
    oid: oidOfExtension(extension),
    critical: true,
    value: extensionValue(extension, content),
  }));
  const common: NewExtension[] = [...keyIdentifiers(signer.publicKey), endEntity()];
  const { notBefore, notAfter, salt } = content;
  return issueCertificate(
    {
      serial: content.serial(row),
      commonName: row.commonName,
      notBefore,
      notAfter,
      extensions: [...common, ...extensions],
      scheme: chainScheme(signer.publicKey, content.hash),
      ...(salt === undefined ? {} : { salt }),
    },
    signer,
  );
}

/** How a key signs in a chain of trust: RSA by PSS with a salt of the digest's length, curves by ECDSA. */
export const chainScheme = (key: PublicKey, hash: HashName): SignatureScheme =>
  key.kind === 'rsa' ? { kind: 'rsa-pss', hash, saltLength: hashSize(hash) } : { kind: 'ecdsa', hash };

/** A counter from text: decimal or `0x` hexadecimal, to the last character. Faults `fip/counter`. */
export function parseCounter(counter: string, text: string): number {
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(text))
    throw new Fault('fip/counter', { counter, value: text, reason: fipMessage('fip/not-a-whole-number') });
  const value = Number(text);
  if (value > MAX_CERTIFIED_COUNTER)
    throw new Fault('fip/counter', {
      counter,
      value: text,
      reason: fipMessage('fip/above', { most: MAX_CERTIFIED_COUNTER }),
    });
  return value;
}

/** Images that may be missing get zeros; all of them, and the certificate would vouch for nothing. */
function assertImages({ image: certificate, extensions }: ChainCertificate, { chain, digests }: ChainContent): void {
  const images = extensions.flatMap((one) => (one.kind === 'hash' ? [one.image] : []));
  const absent = images.filter((image) => !digests.has(image));
  const image =
    absent.find((name) => chain.required.includes(name)) ?? (absent.length === images.length ? absent[0] : undefined);
  if (image !== undefined) throw new Fault('fip/image-missing', { image, certificate });
}

function extensionValue(extension: ChainExtension, content: ChainContent): Uint8Array {
  switch (extension.kind) {
    case 'counter': {
      const value = content.counters.get(extension.counter);
      if (value === undefined)
        throw new Fault('fip/counter', { counter: extension.counter, value: '', reason: fipMessage('fip/not-given') });
      return writeIntegerDer(BigInt(value));
    }
    case 'hash': {
      const digest = content.digests.get(extension.image);
      return writeDigestInfo({ hash: content.hash, digest: digest ?? new Uint8Array(hashSize(content.hash)) });
    }
    case 'key': {
      const key = content.publicKeys?.get(extension.key) ?? content.signers.get(extension.key)?.publicKey;
      if (key === undefined)
        throw new Fault('crypto/key-missing', { key: extension.key, reason: fipMessage('fip/is-certified') });
      return writePublicKeyInfo(key);
    }
  }
}
