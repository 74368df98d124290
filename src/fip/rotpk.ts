import { equalBytes, hexText, viewOf } from '../binary/index.ts';
import { type HashName, hash, hashSize, type PublicKey } from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import { writeDigestInfo } from '../pki/index.ts';
import { fipMessage } from './messages.ts';
import { type RotpkPlace, rotpkRow } from './rotpk-table.ts';

/** The hash of a root of trust public key in the forms that fuse tools and firmware builds take. */
export interface RotpkForms {
  /** Whose hash it is. */
  readonly for: RotpkPlace;
  /** What is hashed, and where that stands. */
  readonly what: string;
  readonly source: string;
  readonly hash: HashName;
  /** In the order in which a hash is printed. */
  readonly digest: Uint8Array;
  /** DigestInfo DER: what TF-A's `plat_get_rotpk_info` gives (`ARM_ROTPK_HEADER` and the digest). */
  readonly digestInfo: Uint8Array;
  /** 32-bit words whose first byte is the highest: what a tool shows that reads the digest as big-endian. */
  readonly bigEndianWords: readonly number[];
  /** 32-bit words whose first byte is the lowest: what `hexdump -e '/4 "0x%08x\n"'` shows on x86. */
  readonly littleEndianWords: readonly number[];
  /** Initializer of a C array. */
  readonly cArray: string;
  /** The command of U-Boot that burns it, where one does. */
  readonly fuseCommand: string | undefined;
  /** What to mind before fuses are blown. */
  readonly warning: string;
}

/** What is hashed, in which order, for whom. */
export interface RotpkRequest {
  readonly for: RotpkPlace;
  /** In the order of the table, where one hash covers several. */
  readonly keys: readonly PublicKey[];
  /** What faults call them. */
  readonly names: readonly string[];
  /** The hash of the firmware build; SHA-256 where it is not given, and always in silicon. */
  readonly hash?: HashName | undefined;
}

/** The hash of a root key in every order that tools want. Faults `crypto/key-unfit`, and `crypto/unsupported` (hash). */
export function rotpkForms({ for: place, keys, names, hash: hashName = 'sha256' }: RotpkRequest): RotpkForms {
  const row = rotpkRow(place, keys, names);
  if (!row.hashes.includes(hashName))
    throw new Fault('crypto/unsupported', { what: `${hashName} for ${place}, which takes ${row.hashes.join(', ')},` });
  const digest = row.digest(keys, hashName);
  const view = viewOf(digest);
  const indexes = Array.from({ length: digest.byteLength / 4 }, (_, i) => 4 * i);
  const bigEndianWords = indexes.map((at) => view.getUint32(at));
  return {
    for: place,
    what: row.what,
    source: row.source,
    hash: hashName,
    digest,
    digestInfo: writeDigestInfo({ hash: hashName, digest }),
    bigEndianWords,
    littleEndianWords: indexes.map((at) => view.getUint32(at, true)),
    cArray: Array.from(digest, (byte) => `0x${hexText(Uint8Array.of(byte))}`).join(', '),
    fuseCommand:
      row.fuse === undefined
        ? undefined
        : `fuse prog ${row.fuse.bank} ${row.fuse.word} ${bigEndianWords.map(wordText).join(' ')}`,
    warning: row.advice,
  };
}

/** `0x0b8954c3` */
export const wordText = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`;

/** Why no key can have such a hash, and so nobody can mean it as a trust anchor; `undefined` where one could. */
export function emptyAnchor(digest: Uint8Array): Message | undefined {
  const of = (['sha256', 'sha384', 'sha512'] as const).find((name) => hashSize(name) === digest.byteLength);
  if (of === undefined || !equalBytes(digest, hash(of, new Uint8Array(0)))) return undefined;
  return fipMessage('fip/hash-of-nothing', { hash: of });
}
