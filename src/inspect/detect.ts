import { utf8Text, viewOf } from '../binary/index.ts';
import { isPem } from '../pki/index.ts';
import type { Scope } from './scope.ts';
import { findSuperblock } from './verity.ts';

/** What a range seems to be, by its first bytes; formats are told apart before any of them is parsed. */
export type Guess =
  | { readonly kind: 'fip' | 'devicetree' | 'devicetree-source' | 'root-hash' | 'der' | 'pem' }
  | { readonly kind: 'verity'; readonly hashOffset: number }
  | { readonly kind: 'unknown'; readonly nearest: string };

/** Tells what a range is. `deep` also looks for a hash area behind a file system. */
export function detect(scope: Scope, deep: boolean): Guess {
  const head = scope.some(0, 4096);
  if (head.length >= 4) {
    const word = viewOf(head).getUint32(0);
    if (word === 0xd00dfeed) return { kind: 'devicetree' };
    if (viewOf(head).getUint32(0, true) === 0xaa64_0001) return { kind: 'fip' };
  }
  if (utf8Text(head.subarray(0, 8)) === 'verity\0\0') return { kind: 'verity', hashOffset: 0 };
  const short = head[1] ?? 0;
  if (head[0] === 0x30 && (short > 0x80 || (head.length > 2 && short + 2 === scope.size))) return { kind: 'der' };
  if (head.length > 0 && isPem(head)) return { kind: 'pem' };
  const text = utf8Text(head);
  if (/^\s*(\/\*[\s\S]*?\*\/\s*|\/\/[^\n]*\s*)*\/dts-v1\//.test(text)) return { kind: 'devicetree-source' };
  if (scope.size <= 130 && /^[0-9a-f]{32,128}\r?\n?$/i.test(text)) return { kind: 'root-hash' };
  const hashOffset = deep ? findSuperblock(scope) : undefined;
  if (hashOffset !== undefined) return { kind: 'verity', hashOffset };
  return { kind: 'unknown', nearest: nearest(head) };
}

/** Starts of files that boards have beside ours: a reader wants to know what it is that we do not read. */
const starts: readonly (readonly [offset: number, text: string, what: string])[] = [
  [0, '\x7fELF', 'an ELF program'],
  [0, 'MZ', 'a PE program: a kernel with an EFI stub, or a UEFI application'],
  [56, 'ARMd', 'an arm64 kernel Image'],
  [48, 'RSCV', 'a RISC-V kernel Image'],
  [0, '\x1f\x8b', 'gzip data'],
  [0, '(\xb5/\xfd', 'zstd data'],
  [0, '\xfd7zXZ', 'xz data'],
  [0, '\x04"M\x18', 'LZ4 data'],
  [0, '070701', 'a cpio archive: an initramfs'],
  [0, 'hsqs', 'a squashfs file system without a hash area'],
  [0, "'\x05\x19V", 'a legacy U-Boot image (uImage), which nothing can sign'],
  [0, 'ANDROID!', 'an Android boot image'],
  [0, 'AVB0', 'an Android Verified Boot table'],
  [0, 'STM2', 'an STM32 boot header'],
  [0, 'sqsh', 'a big-endian squashfs file system'],
  [510, '\x55\xaa', 'a disk or FAT volume with a boot sector'],
  [1080, '\x53\xef', 'an ext file system without a hash area'],
  [1024, '\xe2\xe1\xf5\xe0', 'an EROFS file system without a hash area'],
];

function nearest(head: Uint8Array): string {
  const latin = Array.from(head.subarray(0, 2048), (byte) => String.fromCharCode(byte)).join('');
  const known = starts.find(([offset, text]) => latin.startsWith(text, offset));
  if (known !== undefined) return known[2];
  if (head.length === 0) return 'an empty file';
  const close = magics.map(({ bytes, what }) => ({
    what,
    same: bytes.filter((byte, i) => head[i] === byte).length / bytes.length,
  }));
  const best = close.toSorted((a, b) => b.same - a.same)[0];
  if (best !== undefined && best.same >= 0.75) return `${best.what} whose first bytes are damaged`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells data from text
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(utf8Text(head)) ? 'data of no known form' : 'text of no known form';
}

const magics: readonly { readonly bytes: readonly number[]; readonly what: string }[] = [
  { bytes: [0xd0, 0x0d, 0xfe, 0xed], what: 'a device tree' },
  { bytes: [0x01, 0x00, 0x64, 0xaa, 0x78, 0x56, 0x34, 0x12], what: 'a FIP' },
  { bytes: [0x76, 0x65, 0x72, 0x69, 0x74, 0x79, 0, 0], what: 'a dm-verity hash area' },
];
