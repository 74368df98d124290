import { concatBytes, utf8 } from '../../src/binary/index.ts';
import { makeNode, makeTree, type TreeNode, writeBlob } from '../../src/devicetree/index.ts';

/** What U-Boot's code leaves in a binary, by what it was built with. */
export const STRINGS = {
  version: 'U-Boot 2024.04-test (Jan 01 2026 - 00:00:00 +0000)',
  spl: 'U-Boot SPL 2024.04-test (Jan 01 2026 - 00:00:00 +0000)',
  readable: "Unknown command '%s' - try 'help'\n",
  readableSpl: 'Trying to boot from %s\n',
  fit: '   Verifying Hash Integrity ... ',
  signature: "Failed to verify required signature '%s'\n",
  rsa: 'rsa,r-squared',
  ecdsa: 'ecdsa,x-point',
  legacy: '## Booting kernel from Legacy Image at %08lx ...\n',
} as const;

/** What a U-Boot that boots nothing unsigned through bootm has. */
export const VERIFYING = [
  STRINGS.version,
  STRINGS.readable,
  STRINGS.fit,
  STRINGS.signature,
  STRINGS.rsa,
  STRINGS.ecdsa,
];
/** The same, built without FIT_SIGNATURE. */
export const NOT_VERIFYING = [STRINGS.version, STRINGS.readable, STRINGS.fit, STRINGS.legacy];

/** How a binary tells where its code ends. */
export type Shape = 'arm64' | 'arm64-boot0' | 'arm' | 'riscv64' | 'x86_64' | 'plain';

/** A stand-in for u-boot-nodtb.bin: strings of its code, and what its linker script puts around them. */
export function nodtb(shape: Shape, strings: readonly string[] = VERIFYING): Uint8Array<ArrayBuffer> {
  const text = utf8(`${strings.join('\0')}\0`);
  const code = concatBytes([text, new Uint8Array(8 - (text.length % 8))]);
  switch (shape) {
    case 'plain':
      return code;
    case 'arm64':
      return arm64(10, code);
    case 'arm64-boot0':
      return arm64(0x180, code);
    case 'arm':
      return concatBytes([code, relocations([0x1234, 0x17])]);
    case 'riscv64':
      return concatBytes([code, relocations([0x1234, 0, 3, 0, 0x5678, 0]), symbols(3)]);
    case 'x86_64':
      return concatBytes([code, relocations([0x1234, 0, 8, 0, 0x5678, 0]), words([4, 0, 0x30, 0, 0, 0, 0, 0])]);
  }
}

/** A board's tree, or another one, as a blob. */
export const tree = (...children: readonly TreeNode[]): Uint8Array =>
  writeBlob(makeTree(makeNode('', { model: 'a board', compatible: 'test,board' }, [...children])));

/** `b reset` over so many words, the four offsets right before `reset`, the code. */
function arm64(wordsToReset: number, code: Uint8Array, bssSize = 64): Uint8Array<ArrayBuffer> {
  const reset = 4 * wordsToReset;
  const head = new Uint8Array(reset);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x1400_0000 | wordsToReset, true);
  const end = reset + code.length;
  for (const [before, value] of [
    [32, 0x4000_0000],
    [24, end],
    [16, end],
    [8, end + bssSize],
  ] as const)
    view.setBigUint64(reset - before, BigInt(value), true);
  return concatBytes([head, code]);
}

const RECORDS = 300;

const relocations = (record: readonly number[]): Uint8Array =>
  words(Array.from({ length: RECORDS }, () => record).flat());

/** An ELF symbol table: the first all zero, then names, a global function each. */
const symbols = (count: number): Uint8Array =>
  concatBytes(Array.from({ length: count }, (_, i) => words([i, i === 0 ? 0 : 0x0001_0012, 0x1000 * i, 0, 0, 0])));

function words(values: readonly number[]): Uint8Array {
  const output = new Uint8Array(4 * values.length);
  const view = new DataView(output.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return output;
}
