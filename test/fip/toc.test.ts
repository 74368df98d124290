import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHex } from '../../src/binary/index.ts';
import type { FaultCode } from '../../src/fault.ts';
import {
  buildFip,
  knownImages,
  parseUuid,
  printUuid,
  readFip,
  readToc,
  resolveImage,
  uuidBytes,
  writeToc,
} from '../../src/fip/index.ts';
import { genericImages, MAX_TOC_ENTRIES, wordOf } from '../../src/fip/internal.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const tbFw = resolveImage(knownImages, 'tb-fw');
const ntFw = resolveImage(knownImages, 'nt-fw');
const images = [
  { uuid: tbFw, data: Uint8Array.of(1, 2, 3) },
  { uuid: ntFw, data: Uint8Array.of(4, 5, 6, 7), flags: 9n },
];

const GOLDEN: readonly (readonly [string, () => Uint8Array, string])[] = [
  [
    'no images',
    () => buildFip([]),
    '010064aa7856341200000000000000000000000000000000000000000000000038000000000000000000000000000000' +
      '0000000000000000',
  ],
  [
    'one image, platform flags, aligned',
    () => buildFip(images.slice(0, 1), { align: 4, flags: 0xabcd_0000_0000n }),
    '010064aa7856341200000000cdab0000' +
      `5ff9ec0b4d223e4da544c39d81c73f0a60000000000000000300000000000000${'00'.repeat(8)}` +
      `${'00'.repeat(16)}6400000000000000${'00'.repeat(16)}` +
      '01020300',
  ],
];

describe('a FIP', () => {
  test.each(GOLDEN)('%s', (_, build, hex) => {
    expect(build()).toEqual(parseHex(hex));
    expect(writeToc(readToc(build()))).toEqual(build().subarray(0, readToc(build()).size));
  });

  test('reads what was packed', () => {
    const { toc, images: read } = readFip(buildFip(images, { align: 16, flags: 1n << 40n }));
    expect(toc).toMatchObject({ flags: 1n << 40n, size: 136, end: 176 });
    expect(read).toEqual([
      { uuid: tbFw, offset: 144, size: 3, flags: 0n, data: images[0]!.data },
      { uuid: ntFw, offset: 160, size: 4, flags: 9n, data: images[1]!.data },
    ]);
  });

  test('an empty image leaves its place in the ToC as padding', () => {
    const fip = buildFip([images[0]!, { uuid: ntFw, data: new Uint8Array() }]);
    expect(readFip(fip).toc.entries).toMatchObject([{ offset: 136, size: 3 }]);
  });

  test('the ToC is all that its reader needs', () => {
    const fip = buildFip(images);
    expect(readToc(fip.subarray(0, 136), fip.length)).toEqual(readToc(fip));
  });
});

const ENTRY = { first: 16, second: 56, end: 96 } as const;
const FIELD = { uuid: 0, offset: 16, size: 24, flags: 32 } as const;
/** Header, two entries, terminator, then 3 and 4 bytes of payload: 143 bytes. */
const good = buildFip(images);

type Refusal = readonly [name: string, change: (fip: DataView) => unknown, code: FaultCode, offset: number];
const REFUSED: readonly Refusal[] = [
  ['another magic', (v) => v.setUint32(0, 0xaa640002, true), 'binary/constant', 0],
  ['another serial', (v) => v.setUint8(4, 0), 'binary/constant', 4],
  ['offset + size passes 2^64', (v) => setU64(v, ENTRY.first + FIELD.offset, (1n << 64n) - 2n), 'fip/bounds', 16],
  ['offset + size is 2^64', (v) => setU64(v, ENTRY.first + FIELD.offset, (1n << 64n) - 3n), 'fip/bounds', 16],
  ['an offset past 2^53', (v) => setU64(v, ENTRY.first + FIELD.offset, 1n << 53n), 'binary/range', 32],
  ['a size past 2^53', (v) => setU64(v, ENTRY.first + FIELD.size, 1n << 53n), 'binary/range', 40],
  ['an image past the end', (v) => setU64(v, ENTRY.second + FIELD.size, 5n), 'fip/bounds', 56],
  ['an image inside the ToC', (v) => setU64(v, ENTRY.first + FIELD.offset, 135n), 'fip/bounds', 16],
  ['an image at offset 0', (v) => setU64(v, ENTRY.first + FIELD.offset, 0n), 'fip/bounds', 16],
  ['images that overlap', (v) => setU64(v, ENTRY.first + FIELD.size, 4n), 'fip/overlap', 56],
  ['a UUID twice', (v) => copy(v, ENTRY.first, ENTRY.second, 16), 'fip/duplicate', 56],
  ['an empty image', (v) => setU64(v, ENTRY.first + FIELD.size, 0n), 'fip/empty', 40],
  ['an early terminator', (v) => clear(v, ENTRY.second, 16), 'binary/constant', ENTRY.second + FIELD.size],
  [
    'a terminator with flags',
    (v) => v.setUint8(ENTRY.end + FIELD.flags, 1),
    'binary/constant',
    ENTRY.end + FIELD.flags,
  ],
  ['a terminator within the ToC', (v) => setU64(v, ENTRY.end + FIELD.offset, 135n), 'fip/terminator', 112],
  ['a terminator past the end', (v) => setU64(v, ENTRY.end + FIELD.offset, 144n), 'fip/terminator', 112],
  ['a terminator before the end', (v) => setU64(v, ENTRY.end + FIELD.offset, 142n), 'fip/terminator', 112],
  ['a terminator past 2^53', (v) => setU64(v, ENTRY.end + FIELD.offset, 1n << 60n), 'binary/range', 112],
];

describe('a malformed ToC', () => {
  test.each(REFUSED)('%s', (_, change, code, offset) => {
    const fip = good.slice();
    change(new DataView(fip.buffer));
    expectFault(() => readToc(fip), code, { offset } as never);
  });

  test('a terminator within the ToC is not taken for one before the end', () => {
    const fip = good.slice();
    setU64(new DataView(fip.buffer), ENTRY.end + FIELD.offset, 135n);
    const reason = 'the FIP would end at 135, inside its table of contents';
    expectFault(() => readToc(fip), 'fip/terminator', { path: 'toc[2].offsetAddress', offset: 112, reason });
  });

  test('two terminators: the bytes of the second belong to nobody', () => {
    const fip = good.slice();
    clear(new DataView(fip.buffer), ENTRY.second, 40);
    new DataView(fip.buffer).setBigUint64(ENTRY.second + FIELD.offset, 143n, true);
    expect(readToc(fip).entries).toHaveLength(1);
    expectFault(() => readFip(fip), 'fip/padding', { offset: ENTRY.end + FIELD.offset });
  });

  test('no terminator', () => {
    const head = good.subarray(0, ENTRY.end);
    expectFault(() => readToc(head, good.length), 'binary/truncated', { path: 'toc[2].fip_toc_entry', offset: 96 });
  });

  test('more entries than any FIP has', () => {
    const many = new Uint8Array(16 + (MAX_TOC_ENTRIES + 2) * 40).fill(1);
    many.set(good.subarray(0, 16));
    expectFault(() => readToc(many), 'fip/terminator', { path: `toc[${MAX_TOC_ENTRIES}]` });
  });

  test('a byte after the end', () => {
    expectFault(() => readToc(Uint8Array.of(...good, 0)), 'fip/terminator', { offset: 112 });
  });

  test('padding that is not zero', () => {
    const fip = buildFip(images, { align: 16 });
    fip[150] = 1;
    expectFault(() => readFip(fip), 'fip/padding', { offset: 150, value: 1 });
  });
});

describe('laws', () => {
  const someImages = fc.uniqueArray(
    fc.record({
      uuid: fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .filter((uuid) => uuid.some(Boolean))
        .map(printUuid),
      data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      flags: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    }),
    { selector: ({ uuid }) => uuid, maxLength: 6 },
  );
  const align = fc.integer({ min: 0, max: 8 }).map((bits) => 1 << bits);

  test('round trip, and packing again gives the same bytes', () => {
    fc.assert(
      fc.property(someImages, align, fc.bigInt({ min: 0n, max: 0xffffn }), (list, alignment, flags) => {
        const fip = buildFip(list, { align: alignment, flags: flags << 32n });
        const read = readFip(fip);
        const back = read.images.map(({ uuid, data, flags: own }) => ({ uuid, data: data.slice(), flags: own }));
        expect(back).toEqual(list.map((image) => ({ ...image, data: image.data.slice() })));
        expect(buildFip(read.images, { align: alignment, flags: read.toc.flags })).toEqual(fip);
      }),
    );
  });

  test('truncated anywhere is a fault', () => {
    for (let size = 0; size < good.length; size++) {
      expect(() => readFip(good.subarray(0, size))).toThrow();
      onlyFaults(() => readFip(good.subarray(0, size)));
    }
  });

  test('any bytes give a FIP or a fault', () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const fip = good.slice();
        for (const [at, value] of changes) fip[at] = value;
        onlyFaults(() => readFip(fip));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the table of images', () => {
  test('61 images, 34 of every platform, no UUID twice', () => {
    expect(knownImages).toHaveLength(61);
    expect(genericImages).toHaveLength(34);
    expect(new Set(knownImages.map(({ uuid }) => uuid)).size).toBe(61);
  });

  test('words and UUIDs', () => {
    expect(resolveImage(knownImages, 'tb-fw')).toBe('5FF9EC0B-4D22-3E4D-A544-C39D81C73F0A');
    expect(resolveImage(knownImages, '5ff9ec0b-4d22-3e4d-a544-c39d81c73f0a')).toBe(tbFw);
    expect(resolveImage(knownImages, 'st-stm32mp:ddr-fw')).toBe('B11249BE-92DD-4B10-867C-2C6A4B47A7FB');
    expect(wordOf(knownImages, tbFw)).toBe('tb-fw');
    expect(wordOf(knownImages, parseUuid('11111111-2222-3333-4444-555555555555'))).toMatch(/^1111/);
    expect(printUuid(uuidBytes(tbFw))).toBe(tbFw);
  });

  test.each([
    ['tb', 'the table has no such image, and it is not a UUID'],
    ['ddr-fw', 'several platforms have such an image: nxp-s32g274ardb2:ddr-fw or st-stm32mp:ddr-fw'],
    ['00000000-0000-0000-0000-000000000000', 'the null UUID ends the table of contents'],
    ['11111111-2222-3333-4444', 'not a UUID'],
  ])('%s is refused', (name, reason) => {
    expectFault(() => resolveImage(knownImages, name), 'fip/name', { name, reason });
  });
});

test.each([[0], [3], [-1], [2 ** 31], [1.5], [Number.NaN]])('alignment %d is refused', (align) => {
  expectFault(() => buildFip(images, { align }), 'fip/alignment');
});

test('an image twice is refused', () => {
  expectFault(() => buildFip([images[0]!, images[0]!]), 'fip/duplicate', { uuid: tbFw });
});

function setU64(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, value, true);
}

function copy(view: DataView, from: number, to: number, size: number): void {
  for (let i = 0; i < size; i++) view.setUint8(to + i, view.getUint8(from + i));
}

function clear(view: DataView, at: number, size: number): void {
  for (let i = 0; i < size; i++) view.setUint8(at + i, 0);
}
