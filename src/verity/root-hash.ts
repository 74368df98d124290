import { hexText, parseHex } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { digestSizeOf, type VerityAlgorithm } from './algorithm.ts';
import { verityMessage } from './messages.ts';

declare const rootHashBrand: unique symbol;

/** Lower-case hexadecimal text of the digest of the top block: the form that tables carry and signatures cover. */
export type RootHash = string & { readonly [rootHashBrand]: true };

/** The root hash of a digest. */
export const rootHashOf = (digest: Uint8Array): RootHash => hexText(digest) as RootHash;

/** The digest of a root hash. */
export function rootDigest(rootHash: RootHash): Uint8Array {
  const digest = parseHex(rootHash);
  if (digest === undefined) throw new Error('a root hash that was never parsed');
  return digest;
}

/**
 * The root hash that text spells, without anything around it. `verity/root-hash-text` for another length than the
 * hash gives, for upper case and for junk; `path` names where the text came from.
 */
export function parseRootHash(text: string, algorithm: VerityAlgorithm, path = ''): RootHash {
  const digits = 2 * digestSizeOf(algorithm);
  const refuse = (reason: Message): Fault => new Fault('verity/root-hash-text', { path, reason });
  const junk = text.search(/[^0-9a-f]/);
  if (junk >= 0 && /[A-F]/.test(text[junk] ?? '')) throw refuse(verityMessage('verity/upper-case-digits'));
  if (junk >= 0) throw refuse(verityMessage('verity/not-hex-digit', { position: junk + 1 }));
  if (text.length !== digits)
    throw refuse(verityMessage('verity/digit-count', { length: text.length, algorithm, digits }));
  return text as RootHash;
}

/** As `parseRootHash`, for a file's text: one line break may end it, as editors and `echo` leave it. */
export function parseRootHashFile(text: string, algorithm: VerityAlgorithm, path: string): RootHash {
  return parseRootHash(text.replace(/\r?\n$/, ''), algorithm, path);
}
