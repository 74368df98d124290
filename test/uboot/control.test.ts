import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignUp, concatBytes } from '../../src/binary/index.ts';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import type { FaultCode } from '../../src/fault.ts';
import { controlTreeOf, MAX_TREES, putControlTree, readUBoot } from '../../src/uboot/index.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';
import { nodtb, type Shape, STRINGS, tree, VERIFYING } from '../support/uboot.ts';

const SHAPES: readonly Shape[] = ['arm64', 'arm64-boot0', 'arm', 'riscv64', 'x86_64', 'plain'];
const old = tree();
const fresh = tree(makeNode('signature'));
const images = tree(makeNode('images'), makeNode('configurations'));
const overlay = tree(makeNode('fragment@0', {}, [makeNode('__overlay__')]));
const flashMap = writeBlob(makeTree(makeNode('', { 'image-pos': [0], offset: [0], size: [64] })));
const zeros = (size: number): Uint8Array => new Uint8Array(size);
const damaged = (): Uint8Array => {
  const output = Uint8Array.from(old);
  // The token of the root node.
  output[new DataView(output.buffer).getUint32(8) + 3] = 7;
  return output;
};

describe('the control tree of a U-Boot binary', () => {
  test.each(SHAPES)('is the one right behind the code: %s', (shape) => {
    const code = nodtb(shape);
    const binary = concatBytes([code, old]);
    const { codeEnd, control, trees } = readUBoot(binary);
    if (shape === 'plain') expect(codeEnd).toBeUndefined();
    else expect(codeEnd?.offsets[0]).toBe(code.length);
    expect(control).toMatchObject({ kind: 'found', by: shape === 'plain' ? 'only one' : 'behind the code' });
    expect(controlTreeOf(binary, control)).toEqual(old);
    expect(trees.map(({ offset, size, kind }) => [offset, size, kind])).toEqual([[code.length, old.length, 'control']]);
  });

  const arm64 = nodtb('arm64');
  const plain = nodtb('plain');
  const spl = nodtb('arm64', [STRINGS.spl, STRINGS.readableSpl]);
  const ELSEWHERE: readonly [name: string, binary: Uint8Array, kind: string, detail: string][] = [
    ['without a tree', arm64, 'none', 'where its code ends and U-Boot looks'],
    ['nothing known, without a tree', plain, 'none', 'there is no device tree in it'],
    ['a gap before the tree', concatBytes([arm64, zeros(8), old]), 'none', 'but the tree is at'],
    ['two, one behind the other', concatBytes([arm64, old, fresh]), 'several', 'only the one at'],
    ['two, nothing known', concatBytes([plain, old, fresh]), 'several', 'the bytes do not show'],
    ['two equal ones', concatBytes([arm64, old, old]), 'several', 'only the one at'],
    ['none at the end, two behind', concatBytes([arm64, zeros(8), old, old]), 'several', 'none is at'],
    ['one that cannot be read', concatBytes([arm64, damaged()]), 'damaged', ''],
    ['one that cannot be read, nothing known', concatBytes([plain, damaged()]), 'damaged', ''],
    ['one that cannot be read before another', concatBytes([plain, damaged(), old]), 'several', 'do not show'],
    ['magic alone, where U-Boot looks', concatBytes([arm64, old.subarray(0, 4), zeros(8)]), 'damaged', ''],
    ['magic alone, elsewhere', concatBytes([plain, old.subarray(0, 4), zeros(64)]), 'none', 'no device tree'],
    ['an overlay', concatBytes([plain, overlay]), 'none', 'no device tree'],
    ['a flash map behind', concatBytes([arm64, old, flashMap]), 'found', 'behind the code'],
    ['an overlay behind', concatBytes([arm64, old, overlay]), 'found', 'behind the code'],
    ['an image tree behind', concatBytes([arm64, old, images]), 'found', 'behind the code'],
    ['an image tree, a tree behind it', concatBytes([arm64, images, old]), 'none', 'is an image tree, and the tree at'],
    ['an overlay, a tree behind it', concatBytes([arm64, overlay, old]), 'none', 'is an overlay, and the tree at'],
    ['a flash map, a tree behind it', concatBytes([arm64, flashMap, old]), 'none', 'is a flash map, and the tree at'],
    ['an image tree, a gap, a tree', concatBytes([arm64, zeros(8), images, old]), 'none', 'but the tree is at'],
    ['SPL, the image tree that it loads, a tree', concatBytes([spl, images, old]), 'found', 'only one'],
    ['an image tree, two behind it', concatBytes([arm64, images, old, old]), 'several', 'the board selects'],
  ];
  test.each(ELSEWHERE)('is looked for: %s', (_, binary, kind, detail) => {
    const { control } = readUBoot(binary);
    expect(control.kind).toBe(kind);
    expect(control.kind === 'found' ? control.by : 'reason' in control ? control.reason.text : '').toContain(detail);
  });

  test('is the one in the code where it was linked in', () => {
    const code = nodtb('arm', [STRINGS.version]);
    const embedded = concatBytes([old, zeros(alignUp(old.length, 8) - old.length), code]);
    expect(readUBoot(embedded).control).toMatchObject({ kind: 'found', by: 'in the code', tree: { offset: 0 } });
    const both = concatBytes([embedded, fresh]);
    expect(readUBoot(both).control).toMatchObject({
      kind: 'several',
      reason: { code: 'uboot/several-embedded' },
    });
  });

  test('of SPL lies behind the code or behind the BSS; of U-Boot proper behind the code alone', () => {
    const strings = [STRINGS.spl, STRINGS.readableSpl];
    const [spl, proper] = [strings, VERIFYING].map((said) => concatBytes([nodtb('arm64', said), zeros(64), old]));
    expect(readUBoot(spl!).control).toMatchObject({ kind: 'found', by: 'behind the code' });
    expect(readUBoot(proper!).control).toMatchObject({ kind: 'none' });
  });

  test('may lie in an image tree, if it is the only one there', () => {
    const packed = (...data: readonly Uint8Array[]): Uint8Array =>
      tree(
        makeNode(
          'images',
          {},
          data.map((data, i) => makeNode(`fdt-${i}`, { data })),
        ),
      );
    const one = packed(old);
    expect(readUBoot(one)).toMatchObject({
      control: { kind: 'found', by: 'only one' },
      trees: [{ offset: 0 }, { within: 0, kind: 'control' }],
    });
    expect(readUBoot(packed(old, old)).control).toMatchObject({ kind: 'several' });
    expectFault(() => putControlTree(one, fresh), 'uboot/place', {
      reason: expect.objectContaining({ code: 'uboot/wrapped' }),
    });
  });

  test('is not chosen by the names of a tree: those of key nodes are no code', () => {
    const keys = tree(makeNode('signature', { 'required-mode': 'any' }, [makeNode('key-x', { 'rsa,r-squared': [1] })]));
    const { capabilities } = readUBoot(concatBytes([nodtb('arm64', [STRINGS.version, STRINGS.readable]), keys]));
    const answers = new Map(capabilities.map(({ id, answer }) => [id, answer]));
    expect([answers.get('fit-signature'), answers.get('rsa-verify')]).toEqual(['no', 'no']);
  });

  test('more trees than are looked at are refused', () => {
    const many = concatBytes([zeros(8), ...Array.from({ length: MAX_TREES + 1 }, () => old)]);
    expectFault(() => readUBoot(many), 'uboot/limit', { offset: 8 + MAX_TREES * old.length });
  });
});

describe('putting a control tree into a binary', () => {
  test.each(SHAPES)('appends it, then replaces it, in the same place: %s', (shape) => {
    const code = nodtb(shape);
    const first = putControlTree(code, old);
    expect(first).toEqual(concatBytes([code, old]));
    const second = putControlTree(first, fresh);
    expect(second).toEqual(concatBytes([code, fresh]));
    expect(putControlTree(second, old)).toEqual(first);
  });

  test('lays it where a linker script that aligns to 4 ends', () => {
    const code = nodtb('arm', [STRINGS.version, 'x']);
    const odd = concatBytes([zeros(4), code]);
    expect(odd.length % 8).toBe(4);
    expect(putControlTree(odd, old)).toEqual(concatBytes([odd, old]));
    expect(putControlTree(concatBytes([odd, old]), fresh)).toEqual(concatBytes([odd, fresh]));
    // Padded to 8 by who knows whom: U-Boot that aligns its end to 8 looks there.
    const padded = concatBytes([odd, zeros(4)]);
    expect(putControlTree(padded, old)).toEqual(concatBytes([padded, old]));
  });

  test('keeps the padding behind an old one as far as it is there', () => {
    const code = nodtb('arm64');
    for (const byte of [0, 0xff]) {
      const padded = concatBytes([code, old, new Uint8Array(256).fill(byte)]);
      const result = putControlTree(padded, fresh);
      expect(result.length).toBe(padded.length);
      expect(result.subarray(code.length, code.length + fresh.length)).toEqual(fresh);
      expect(result.subarray(code.length + fresh.length).every((value) => value === byte)).toBe(true);
    }
    const large = tree(makeNode('x', { data: zeros(512) }));
    expect(putControlTree(concatBytes([code, old, zeros(64)]), large)).toEqual(concatBytes([code, large]));
  });

  const arm64 = nodtb('arm64');
  const REFUSED: readonly [name: string, binary: Uint8Array, code: FaultCode, offset: number, reason: string][] = [
    ['two trees', concatBytes([arm64, old, fresh]), 'uboot/two-trees', arm64.length, ''],
    ['two trees, nothing known', concatBytes([nodtb('plain'), old, old]), 'uboot/two-trees', nodtb('plain').length, ''],
    ['a damaged tree', concatBytes([arm64, damaged()]), 'uboot/tree', arm64.length, ''],
    [
      'a tree in the code',
      concatBytes([zeros(8), old, zeros(alignUp(old.length, 8) - old.length), nodtb('arm')]),
      'uboot/place',
      8,
      'CONFIG_OF_SEPARATE',
    ],
    ['more behind the code', concatBytes([arm64, Uint8Array.of(1, 2, 3)]), 'uboot/place', arm64.length, '3 bytes'],
    ['more behind the tree', concatBytes([arm64, old, Uint8Array.of(1, 2)]), 'uboot/place', arm64.length, '2 bytes'],
    ['an image tree behind the code', concatBytes([arm64, images]), 'uboot/place', arm64.length, 'images'],
    [
      'a legacy image',
      concatBytes([Uint8Array.of(0x27, 5, 0x19, 0x56), zeros(60), arm64, old]),
      'uboot/place',
      0,
      'legacy',
    ],
    ['an ELF file', concatBytes([Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), arm64]), 'uboot/place', 0, 'ELF'],
    ['an image tree with U-Boot behind it', concatBytes([images, arm64, old]), 'uboot/place', 0, 'u-boot.itb'],
    ['an i.MX image', concatBytes([Uint8Array.of(0xd1, 0, 0x20, 0x40), arm64]), 'uboot/place', 0, 'i.MX'],
    ['SPL without a tree', nodtb('arm64', [STRINGS.spl]), 'uboot/place', nodtb('arm64', [STRINGS.spl]).length, 'SPL'],
  ];
  test.each(REFUSED)('is refused: %s', (_, binary, code, offset, reason) => {
    const fault = expectFault(() => putControlTree(binary, fresh), code, { offset } as never);
    expect(fault.message).toContain(reason);
  });

  test('law: what is put in is what is read, whatever the code is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...SHAPES), (noise, shape) => {
        const loader = concatBytes([noise, nodtb(shape)]);
        const result = putControlTree(loader, fresh);
        const { control } = readUBoot(result);
        expect(controlTreeOf(result, control)).toEqual(fresh);
        expect(putControlTree(result, old)).toEqual(putControlTree(loader, old));
      }),
      { numRuns: 50 },
    );
  });

  test('law: no byte anywhere makes the reader crash', () => {
    const binary = concatBytes([arm64, old]);
    fc.assert(
      fc.property(fc.nat(binary.length - 1), fc.nat(255), fc.nat(binary.length), (at, value, cut) => {
        const altered = binary.slice(0, Math.max(cut, at + 1));
        altered[at] = value;
        onlyFaults(() => {
          const { control } = readUBoot(altered);
          controlTreeOf(altered, control);
        });
        onlyFaults(() => putControlTree(altered, fresh));
      }),
      { numRuns: 300 },
    );
  });
});
