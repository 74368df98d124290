import { hexText } from '../binary/index.ts';
import { type HashName, hash, type PublicKey } from '../crypto/index.ts';
import { keyFingerprint } from '../pki/index.ts';

/**
 * What a key was named for. A key in fuses vouches for firmware and for nothing else that it happened to sign; a root of a
 * chain of certificates is called what the chain calls it.
 */
export type KeyPurpose = 'rot-key' | 'kernel' | 'certificate' | (string & {});

/** The purposes of keys that are not called by a chain. */
export const purposes: readonly KeyPurpose[] = ['rot-key', 'kernel', 'certificate'];

/** A hash of a root of trust public key, as fuses hold it: `sha256:HEX`, other roots than `rot-key` with their names. */
export const keyHashId = (digest: string, hashName: HashName = 'sha256', root: KeyPurpose = 'rot-key'): string =>
  root === 'rot-key' ? `${hashName}:${digest}` : `${hashName}:${digest}@${root}`;

/** A key as a person holds it, for whatever it signs. */
export const keyId = (key: PublicKey): string => heldKeyId(fingerprintOf(key));

/** The same by the SHA-256 of its SubjectPublicKeyInfo. */
export const heldKeyId = (digest: string): string => `key:${digest}`;

/** A key for one purpose. `digest` is that of its SubjectPublicKeyInfo. */
export const purposeKeyId = (purpose: KeyPurpose, digest: string, hashName: HashName = 'sha256'): string =>
  `key:${hashName === 'sha256' ? '' : `${hashName}:`}${digest}@${purpose}`;

/** A file. `name` tells it from every other one: a path, or a name with a number where there are two of that name. */
export const fileId = (name: string): string => `file:${name}`;

/** Something within a file or a device tree: a node by its path, an image of a FIP by its name. */
export const partId = (whole: string, path: string): string =>
  path.startsWith('/') ? whole + path : `${whole}#${path}`;

/** A control device tree: the same bytes are the same tree, in a file of their own and at the end of a boot loader. */
export const deviceTreeId = (tree: Uint8Array): string => `device-tree:${hexText(hash('sha256', tree))}`;

/** A certificate by its bytes. */
export const certificateId = (der: Uint8Array): string => `certificate:${hexText(hash('sha256', der))}`;

/** A root hash by its digits. */
export const rootHashId = (rootHash: string): string => `root-hash:${rootHash.toLowerCase()}`;

/** SHA-256 of a key's SubjectPublicKeyInfo, in hexadecimal text. */
export const fingerprintOf = (key: PublicKey): string => hexText(keyFingerprint(key));
