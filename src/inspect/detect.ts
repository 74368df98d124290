import { utf8Text, viewOf } from '../binary/index.ts';
import { MAGIC } from '../devicetree/index.ts';
import { startsFip } from '../fip/index.ts';
import { isPem } from '../pki/index.ts';
import type { UBootBinary } from '../uboot/index.ts';
import { startsSuperblock } from '../verity/index.ts';
import type { PlainInspectCode } from './messages.ts';
import type { Scope } from './scope.ts';
import { asUBoot } from './uboot.ts';
import { findSuperblock } from './verity.ts';

/** What a range seems to be, by its first bytes; formats are told apart before any of them is parsed. */
export type DetectedType =
  | { readonly kind: 'fip' | 'devicetree' | 'devicetree-source' | 'root-hash' | 'der' | 'pem' }
  | { readonly kind: 'verity'; readonly hashOffset: number }
  | { readonly kind: 'u-boot'; readonly binary: UBootBinary }
  | { readonly kind: 'unknown'; readonly nearest: PlainInspectCode };

/** Tells what a range is. `deep` also looks for a hash area behind a file system. */
export function detect(scope: Scope, deep: boolean): DetectedType {
  const head = scope.some(0, 4096);
  if (head.byteLength >= 4 && viewOf(head).getUint32(0) === MAGIC) return { kind: 'devicetree' };
  if (startsFip(head)) return { kind: 'fip' };
  if (startsSuperblock(head)) return { kind: 'verity', hashOffset: 0 };
  const short = head[1] ?? 0;
  if (head[0] === 0x30 && (short > 0x80 || (head.byteLength > 2 && short + 2 === scope.size))) return { kind: 'der' };
  if (head.byteLength > 0 && isPem(head)) return { kind: 'pem' };
  const text = utf8Text(head);
  if (/^\s*(\/\*[\s\S]*?\*\/\s*|\/\/[^\n]*\s*)*\/dts-v1\//.test(text)) return { kind: 'devicetree-source' };
  if (scope.size <= 130 && /^[0-9a-f]{32,128}\r?\n?$/i.test(text)) return { kind: 'root-hash' };
  const hashOffset = deep ? findSuperblock(scope) : undefined;
  if (hashOffset !== undefined) return { kind: 'verity', hashOffset };
  const close = nearest(head);
  const binary = MAY_BE_UBOOT.includes(close) ? asUBoot(scope) : undefined;
  return binary === undefined ? { kind: 'unknown', nearest: close } : { kind: 'u-boot', binary };
}

/** What U-Boot looks like by its first bytes: it has no magic number, and that of a kernel where a ROM asks for one. */
const MAY_BE_UBOOT: readonly PlainInspectCode[] = ['inspect/is-data', 'inspect/is-arm64', 'inspect/is-riscv'];

/** Starts of files that boards have beside ours: a reader wants to know what it is that we do not read. */
const starts: readonly (readonly [offset: number, text: string, what: PlainInspectCode])[] = [
  [0, '\x7fELF', 'inspect/is-elf'],
  [0, 'MZ', 'inspect/is-pe'],
  [56, 'ARMd', 'inspect/is-arm64'],
  [48, 'RSCV', 'inspect/is-riscv'],
  [0, '\x1f\x8b', 'inspect/is-gzip'],
  [0, '(\xb5/\xfd', 'inspect/is-zstd'],
  [0, '\xfd7zXZ', 'inspect/is-xz'],
  [0, '\x04"M\x18', 'inspect/is-lz4'],
  [0, '070701', 'inspect/is-cpio'],
  [0, 'hsqs', 'inspect/is-squashfs'],
  [0, "'\x05\x19V", 'inspect/is-uimage'],
  [0, 'ANDROID!', 'inspect/is-android'],
  [0, 'AVB0', 'inspect/is-avb'],
  [0, 'STM2', 'inspect/is-stm32'],
  [0, 'sqsh', 'inspect/is-squashfs-big'],
  [510, '\x55\xaa', 'inspect/is-disk'],
  [1080, '\x53\xef', 'inspect/is-ext'],
  [1024, '\xe2\xe1\xf5\xe0', 'inspect/is-erofs'],
];

function nearest(head: Uint8Array): PlainInspectCode {
  const latin = Array.from(head.subarray(0, 2048), (byte) => String.fromCharCode(byte)).join('');
  const known = starts.find(([offset, text]) => latin.startsWith(text, offset));
  if (known !== undefined) return known[2];
  if (head.byteLength === 0) return 'inspect/is-empty';
  const close = magics.map(({ bytes, what }) => ({
    what,
    same: bytes.filter((byte, i) => head[i] === byte).length / bytes.length,
  }));
  const best = close.toSorted((a, b) => b.same - a.same)[0];
  if (best !== undefined && best.same >= 0.75) return best.what;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells data from text
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(utf8Text(head)) ? 'inspect/is-data' : 'inspect/is-text';
}

const magics: readonly { readonly bytes: readonly number[]; readonly what: PlainInspectCode }[] = [
  { bytes: [0xd0, 0x0d, 0xfe, 0xed], what: 'inspect/is-damaged-devicetree' },
  { bytes: [0x01, 0x00, 0x64, 0xaa, 0x78, 0x56, 0x34, 0x12], what: 'inspect/is-damaged-fip' },
  { bytes: [0x76, 0x65, 0x72, 0x69, 0x74, 0x79, 0, 0], what: 'inspect/is-damaged-verity' },
];
