import { hexText, viewOf } from '../binary/index.ts';
import { type HashName, hash, type PublicKey } from '../crypto/index.ts';
import { writeDigestInfo, writePublicKeyInfo } from '../pki/index.ts';

/** The hash of a root of trust public key in the forms that fuse tools and firmware builds take. */
export interface RotpkForms {
  readonly hash: HashName;
  /** Over the DER of its SubjectPublicKeyInfo, in the order in which a hash is printed. */
  readonly digest: Uint8Array;
  /** DigestInfo DER: what TF-A's `plat_get_rotpk_info` gives (`ARM_ROTPK_HEADER` and the digest). */
  readonly digestInfo: Uint8Array;
  /** 32-bit words whose first byte is the highest: what a tool shows that reads the digest as big-endian. */
  readonly bigEndianWords: readonly number[];
  /** 32-bit words whose first byte is the lowest: what `hexdump -e '/4 "0x%08x\n"'` shows on x86. */
  readonly littleEndianWords: readonly number[];
  /** Initializer of a C array. */
  readonly cArray: string;
  /** What to mind before fuses are blown. */
  readonly warning: string;
}

/** The hash of a key in every order that tools want. */
export function rotpkForms(key: PublicKey, hashName: HashName): RotpkForms {
  const digest = hash(hashName, writePublicKeyInfo(key));
  const view = viewOf(digest);
  const indexes = Array.from({ length: digest.byteLength / 4 }, (_, i) => 4 * i);
  return {
    hash: hashName,
    digest,
    digestInfo: writeDigestInfo({ hash: hashName, digest }),
    bigEndianWords: indexes.map((at) => view.getUint32(at)),
    littleEndianWords: indexes.map((at) => view.getUint32(at, true)),
    cArray: Array.from(digest, (byte) => `0x${hexText(Uint8Array.of(byte))}`).join(', '),
    warning:
      "tools differ: U-Boot's stm32key takes a hash file as big-endian words, hexdump with fuse prog gives " +
      'little-endian words. Words in the wrong order cannot be taken back: read the shadow registers before the lock.',
  };
}
