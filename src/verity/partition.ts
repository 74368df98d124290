import { alignUp, equalBytes, hexText, utf8 } from '../binary/index.ts';
import { hash } from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import { decodeBase64, encodeBase64 } from '../pki/internal.ts';
import { parseObject } from './description.ts';
import { verityMessage } from './messages.ts';
import { type RootHash, rootDigest } from './root-hash.ts';
import { printUuid } from './uuid.ts';

/** Partition types of a file system, its tree and its root hash signature, by architecture. */
export interface PartitionTypes {
  readonly data: string;
  readonly verity: string;
  readonly signature: string;
}

/** Source: the UAPI group's Discoverable Partitions Specification, table "Defined Partition Type UUIDs". */
export const partitionTypes = {
  'root-x86-64': {
    data: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
    verity: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5',
    signature: '41092b05-9fc8-4523-994f-2def0408b176',
  },
  'root-arm64': {
    data: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
    verity: 'df3300ce-d69f-4c92-978c-9bfb0f38d820',
    signature: '6db69de6-29f4-4758-a7a5-962190f00ce3',
  },
  'usr-x86-64': {
    data: '8484680c-9521-48c6-9c11-b0720656f69e',
    verity: '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
    signature: 'e7bb33fb-06cf-4e81-8273-e543b413e2e2',
  },
  'usr-arm64': {
    data: 'b0e01050-ee5f-4390-949a-9101b17104e9',
    verity: '6e11a4e7-fbca-4ded-b9e9-e1a512bb664e',
    signature: 'c23ce4ff-44bd-4b00-b2d4-b41b3419e02a',
  },
} as const satisfies Readonly<Record<string, PartitionTypes>>;

/** The partition UUIDs by which systemd finds a root hash's partitions: its first and its last 128 bits. */
export function partitionUuids(rootHash: RootHash): { readonly data: string; readonly verity: string } {
  const digest = rootDigest(rootHash);
  return { data: printUuid(digest.subarray(0, 16)), verity: printUuid(digest.subarray(-16)) };
}

/** What a signature partition holds. */
export interface SignaturePartition {
  readonly rootHash: RootHash;
  /** DER of the PKCS#7 message. */
  readonly signature: Uint8Array;
  /** DER of the certificate that verifies it. */
  readonly certificate: Uint8Array;
}

/** A signature partition is padded with NUL to a multiple of this, in bytes. */
const PADDING = 4096;

/** The bytes of a signature partition: JSON, NUL-padded, as systemd-repart writes it. */
export function writeSignaturePartition({ rootHash, signature, certificate }: SignaturePartition): Uint8Array {
  const json = utf8(
    JSON.stringify({
      rootHash,
      certificateFingerprint: hexText(hash('sha256', certificate)),
      signature: encodeBase64(signature),
    }),
  );
  const output = new Uint8Array(alignUp(json.length, PADDING));
  output.set(json);
  return output;
}

/**
 * The signature in a signature partition, after its root hash and its certificate were compared with those that the
 * caller trusts. `verity/description` says what does not fit; whether the signature is good is `verifyRootHash`'s
 * question.
 */
export function readSignaturePartition(
  input: Uint8Array,
  expected: { readonly rootHash: RootHash; readonly certificate: Uint8Array },
  path = 'signature partition',
): Uint8Array {
  const refuse = (reason: Message): Fault => new Fault('verity/description', { path, reason });
  const nul = input.indexOf(0);
  const end = nul < 0 ? input.length : nul;
  if (input.subarray(end).some((byte) => byte !== 0)) throw refuse(verityMessage('verity/bytes-behind-text'));
  const { rootHash, signature, certificateFingerprint } = parseObject(input.subarray(0, end), refuse);
  if (rootHash !== expected.rootHash)
    throw refuse(verityMessage('verity/other-root-hash', { got: JSON.stringify(rootHash), want: expected.rootHash }));
  const fingerprint = hexText(hash('sha256', expected.certificate));
  if (certificateFingerprint !== fingerprint)
    throw refuse(verityMessage('verity/other-certificate', { want: fingerprint }));
  if (typeof signature !== 'string') throw refuse(verityMessage('verity/member-not-text', { name: 'signature' }));
  const der = decodeBase64(signature, path);
  if (!equalBytes(utf8(encodeBase64(der)), utf8(signature))) throw refuse(verityMessage('verity/not-base64'));
  return der;
}
