import { describeKey, type HashName, type PublicKey } from '../crypto/index.ts';
import type { TrustGraph } from './graph.ts';
import { fingerprintOf, type KeyPurpose, keyHashId, keyId, purposeKeyId } from './ids.ts';

/** A key as a person compares it: its kind, and the SHA-256 of its SubjectPublicKeyInfo. */
export const nameKey = (key: PublicKey): string => `${describeKey(key)} sha256:${fingerprintOf(key)}`;

/**
 * Adds a key as a person holds it: who names it as an anchor trusts it for whatever it signs. The first label and file
 * stay: key files are added before what they signed.
 */
export function addKey(
  graph: TrustGraph,
  key: PublicKey,
  named: { readonly label?: string; readonly file?: string } = {},
): string {
  const { label = shorten(nameKey(key)), file } = named;
  return graph.add({ id: keyId(key), kind: 'key', label, ...(file === undefined ? {} : { file }) });
}

/** Adds a key for one purpose, which the key as a person holds it vouches for. */
export function addPurposeKey(graph: TrustGraph, purpose: KeyPurpose, key: PublicKey): string {
  const id = graph.add({
    id: purposeKeyId(purpose, fingerprintOf(key)),
    kind: 'key',
    label: shorten(nameKey(key)),
  });
  graph.check({ from: addKey(graph, key), to: id, kind: 'names', state: 'checked', by: nameKey(key) });
  return id;
}

/** Adds a root of trust public key with the hash that fuses hold of it. */
export function addRootKey(graph: TrustGraph, key: PublicKey, root: KeyPurpose = 'rot-key'): string {
  const id = addPurposeKey(graph, root, key);
  const hash = addKeyHash(graph, fingerprintOf(key), 'sha256', root);
  graph.check({ from: hash, to: id, kind: 'digest', state: 'checked', by: `sha256:${fingerprintOf(key)}` });
  return id;
}

/** Adds the hash of a root of trust public key. */
export function addKeyHash(
  graph: TrustGraph,
  digest: string,
  hash: HashName = 'sha256',
  root: KeyPurpose = 'rot-key',
): string {
  const id = keyHashId(digest, hash, root);
  return graph.add({ id, kind: 'key-hash', label: shorten(`${hash}:${digest}`) });
}

/** Digests are cut after sixteen digits, as far as a person compares them at a glance. */
export const shorten = (text: string): string => text.replaceAll(/([0-9a-f]{16})[0-9a-f]{16,}/g, '$1…');
