import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { viewOf } from '../../src/binary/index.ts';
import {
  findNode,
  MAX_DEPTH,
  makeNode,
  makeTree,
  NodeReader,
  readBlob,
  type TreeNode,
  walk,
  writeBlob,
} from '../../src/devicetree/index.ts';
import type { FaultCode } from '../../src/fault.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const SAMPLE = makeTree(
  makeNode('', { model: 'board', '#address-cells': 1 }, [
    makeNode('images', {}, [makeNode('kernel-1', { data: Uint8Array.of(1, 2, 3, 4, 5), load: 0x8_0000, entry: 7n })]),
    makeNode('config', { 'a-model': ['x', 'y'], empty: true, cells: [1, 2] }),
  ]),
);
const blob = (): Uint8Array<ArrayBuffer> => writeBlob({ ...SAMPLE, reservations: [{ address: 0x1000n, size: 0x20n }] });

/** Offsets of the header's fields, of the reservation block and of the structure block of the sample. */
const HEADER = {
  total: 4,
  structure: 8,
  strings: 12,
  reservations: 16,
  version: 20,
  compatible: 24,
  stringsSize: 32,
  structureSize: 36,
};
const RESERVATIONS = 0x28;
const STRUCTURE = RESERVATIONS + 32;

describe('a blob', () => {
  test('is read as it was written', () => {
    const read = readBlob(blob());
    expect(read.reservations).toEqual([{ address: 0x1000n, size: 0x20n }]);
    expect(plain(read.root)).toEqual(plain(SAMPLE.root));
    expect([...walk(read.root)].map(([path]) => path)).toEqual(['/', '/images', '/images/kernel-1', '/config']);
  });

  test('says where everything lies', () => {
    const bytes = blob();
    const { root } = readBlob(bytes);
    const kernel = findNode(root, '/images/kernel-1')!;
    const data = kernel.properties[0]!;
    expect(viewOf(bytes).getUint32(kernel.place!.start)).toBe(1);
    expect(viewOf(bytes).getUint32(kernel.place!.end - 4)).toBe(2);
    expect(bytes.subarray(data.place!.valueStart, data.place!.valueStart + 5)).toEqual(data.value);
    expect(data.place!.end - data.place!.valueStart).toBe(8);
    expect(bytes.subarray(data.place!.nameStart, data.place!.nameStart + 5)).toEqual(
      new Uint8Array(Buffer.from('data\0')),
    );
  });

  test('reuses the end of a longer name in the strings block', () => {
    const { header } = readBlob(writeBlob(makeTree(makeNode('', { 'a-model': 1, model: 2, el: 3 }))));
    expect(header.stringsSize).toBe('a-model\0'.length);
  });

  test('may be followed by other data, which is not its own', () => {
    const bytes = new Uint8Array([...blob(), 1, 2, 3]);
    expect(readBlob(bytes).bytes.length).toBe(bytes.length - 3);
  });

  test.each([1, 2, 3, 16, 17])('of version %i holds the same tree', (version) => {
    const read = readBlob(writeBlob(SAMPLE, { version }));
    expect(read.header.version).toBe(version);
    const named = plain(read.root, version < 16);
    expect(named).toEqual(plain(SAMPLE.root));
  });

  test('gets free space at its end', () => {
    const size = blob().length;
    expect(writeBlob(SAMPLE, { padding: 100 }).length - writeBlob(SAMPLE).length).toBe(100);
    expect(writeBlob(SAMPLE, { minimumSize: 4096 }).length).toBe(4096);
    expect(writeBlob(SAMPLE, { minimumSize: 10 }).length).toBe(writeBlob(SAMPLE).length);
    expect(writeBlob(SAMPLE, { alignment: 64 }).length % 64).toBe(0);
    const tooLarge = [{ padding: 99_999_999_999 }, { minimumSize: 2 ** 32 }, { spareReservations: 2 ** 28 }];
    for (const options of tooLarge) expectFault(() => writeBlob(SAMPLE, options), 'devicetree/limit');
    expect(writeBlob(SAMPLE, { spareReservations: 2 }).length - writeBlob(SAMPLE).length).toBe(32);
    expect(size).toBeGreaterThan(0);
  });

  test('holds more siblings than dtc can', () => {
    const children = Array.from({ length: 20_000 }, (_, i) => makeNode(`n${i}`, { index: i }));
    const read = readBlob(writeBlob(makeTree(makeNode('', {}, children))));
    expect(read.root.children).toHaveLength(20_000);
    expect(read.root.children.at(-1)!.name).toBe('n19999');
  });
});

const malformed: readonly (readonly [
  name: string,
  break_: (bytes: Uint8Array) => Uint8Array,
  code: FaultCode,
  offset: number,
])[] = [
  ['magic', set(0, 0xd00d_feee), 'binary/constant', 0],
  ['version 0', set(HEADER.version, 0), 'devicetree/header', HEADER.version],
  ['a newer compatible version', set(HEADER.compatible, 18), 'devicetree/header', HEADER.version],
  ['a version older than its compatible one', set(HEADER.version, 15), 'devicetree/header', HEADER.version],
  ['total size below a header', set(HEADER.total, 39), 'devicetree/header', HEADER.total],
  ['total size past the end', set(HEADER.total, 0xffff_ffff), 'binary/truncated', 0],
  ['structure unaligned', set(HEADER.structure, STRUCTURE + 2), 'devicetree/header', HEADER.structure],
  ['structure in the header', set(HEADER.structure, 8), 'devicetree/header', HEADER.structure],
  ['structure past the end', set(HEADER.structure, 0xffff_fff0), 'devicetree/header', HEADER.structure],
  ['structure too long', set(HEADER.structureSize, 0xffff_fff0), 'devicetree/header', HEADER.structure],
  ['strings in the header', set(HEADER.strings, 4), 'devicetree/header', HEADER.strings],
  ['strings past the end', set(HEADER.strings, 0xffff_ffff), 'devicetree/header', HEADER.strings],
  ['strings too long', set(HEADER.stringsSize, 0xffff_ffff), 'devicetree/header', HEADER.strings],
  ['strings over the structure', set(HEADER.strings, STRUCTURE), 'devicetree/header', HEADER.strings],
  ['reservations unaligned', set(HEADER.reservations, RESERVATIONS + 4), 'devicetree/header', HEADER.reservations],
  ['reservations in the header', set(HEADER.reservations, 0), 'devicetree/header', HEADER.reservations],
  ['reservations past the end', set(HEADER.reservations, 0xffff_fff8), 'devicetree/header', HEADER.reservations],
  ['reservations without an end', fillReservations, 'devicetree/header', HEADER.reservations],
  ['a structure that is too short', set(HEADER.structureSize, 8), 'binary/truncated', STRUCTURE + 8],
  ['no root', set(STRUCTURE, 4), 'devicetree/structure', -1],
  ['an unknown token', set(STRUCTURE, 7), 'devicetree/structure', STRUCTURE],
  ['a token of zero', set(STRUCTURE, 0), 'devicetree/structure', STRUCTURE],
  ['a root with a name', set(STRUCTURE + 4, 0x6100_0000), 'devicetree/name', STRUCTURE],
  ['a name offset outside the strings', set(STRUCTURE + 16, 0xffff), 'devicetree/name', STRUCTURE + 8],
  ['a value past the structure', set(STRUCTURE + 12, 0xffff_ffff), 'binary/truncated', STRUCTURE + 20],
  ['an end before the root ends', endEarly, 'devicetree/structure', -1],
];

describe('refuses', () => {
  test.each(malformed)('%s', (_name, break_, code, offset) => {
    const context = offset < 0 ? {} : { offset };
    expectFault(() => readBlob(break_(blob())), code, context);
  });

  test('a second root', () => {
    const bytes = raw([begin(''), END, begin(''), END, FINISH]);
    expectFault(() => readBlob(bytes), 'devicetree/structure', { offset: 0x38 + 12, reason: 'there is a second root' });
  });

  test('a node after the end', () => {
    const bytes = raw([begin(''), END, FINISH, begin('x'), END]);
    expectFault(() => readBlob(bytes), 'devicetree/structure', { offset: 0x38 + 16 });
  });

  test('a node that ends twice', () => {
    expectFault(() => readBlob(raw([begin(''), END, END, FINISH])), 'devicetree/structure', { offset: 0x38 + 12 });
  });

  test('a property outside the root', () => {
    expectFault(() => readBlob(raw([property(0, []), begin(''), END, FINISH], 'a\0')), 'devicetree/structure', {
      offset: 0x38,
      reason: 'a property lies outside the root',
    });
  });

  test('a property after a child', () => {
    const bytes = raw([begin(''), begin('x'), END, property(0, [1, 2, 3, 4]), END, FINISH], 'a\0');
    expectFault(() => readBlob(bytes), 'devicetree/structure', { path: '/:a', offset: 0x38 + 8 + 8 + 4 });
  });

  test.each([
    ['no name', ''],
    ['a slash in its name', 'a/b'],
  ])('a node with %s', (_what, name) => {
    const bytes = raw([begin(''), begin(name), END, END, FINISH]);
    expectFault(() => readBlob(bytes), 'devicetree/name', { offset: 0x38 + 8 });
  });

  test('a property name that does not end', () => {
    const bytes = raw([begin(''), property(0, []), END, FINISH], 'abc');
    expectFault(() => readBlob(bytes), 'devicetree/name', { offset: 0x38 + 8 });
  });

  test('an end inside a node', () => {
    expectFault(() => readBlob(raw([begin(''), begin('x'), END, FINISH])), 'devicetree/structure', { path: '/' });
  });

  test('nesting beyond the limit, wherever it is set', () => {
    const deep = (depth: number): Uint8Array =>
      raw([
        begin(''),
        ...Array.from({ length: depth }, () => begin('x')),
        ...Array.from({ length: depth + 1 }, () => END),
        FINISH,
      ]);
    expect(readBlob(deep(MAX_DEPTH - 1)).root.children).toHaveLength(1);
    expectFault(() => readBlob(deep(MAX_DEPTH)), 'devicetree/limit', { limit: MAX_DEPTH });
    expectFault(() => readBlob(deep(32), { maxDepth: 32 }), 'devicetree/limit', { limit: 32 });
    expectFault(() => readBlob(deep(200_000)), 'devicetree/limit');
  });

  test('padding that is not zero, only when asked to', () => {
    const bytes = blob();
    const data = findNode(readBlob(bytes).root, '/images/kernel-1')!.properties[0]!;
    bytes[data.place!.end - 1] = 9;
    expect(readBlob(bytes).root.children).toHaveLength(2);
    expectFault(() => readBlob(bytes, { zeroPadding: true }), 'devicetree/structure', { offset: data.place!.end - 1 });
  });

  test('to write what no reader would accept', () => {
    expectFault(() => writeBlob(makeTree(makeNode('', {}, [makeNode('a/b')]))), 'devicetree/name');
    expectFault(() => writeBlob(makeTree(makeNode('', { 'a\0': 1 }))), 'devicetree/name');
    expectFault(() => writeBlob(makeTree(makeNode('', { 한: 1 }))), 'devicetree/name');
    expectFault(() => writeBlob(SAMPLE, { version: 5 }), 'binary/range');
    let node = makeNode('x');
    for (let i = 0; i < MAX_DEPTH; i++) node = makeNode('x', {}, [node]);
    expectFault(() => writeBlob(makeTree(node)), 'devicetree/limit');
  });
});

describe('laws', () => {
  test('truncation anywhere is a fault', () => {
    const bytes = blob();
    for (let size = 0; size < bytes.length; size++) {
      expectFault(() => readBlob(bytes.subarray(0, size)), 'binary/truncated');
    }
  });

  test('a changed byte gives only faults', () => {
    const bytes = blob();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const broken = bytes.slice();
        broken[at] = value;
        onlyFaults(() => readBlob(broken));
      }),
      { numRuns: 3000 },
    );
  });

  test('any bytes behind a good header give only faults', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
        const bytes = blob();
        bytes.set(junk.subarray(0, bytes.length - STRUCTURE), STRUCTURE);
        onlyFaults(() => readBlob(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('any words as a structure block give only faults', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 9, 0x6100_0000), fc.nat(40), fc.nat(0xffff_ffff));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        onlyFaults(() =>
          readBlob(
            raw(
              words.map((one) => Buffer.from(u32(one))),
              'abc\0de\0',
            ),
          ),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('what is read and written again is the same', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9,@-]{0,8}$/);
    const { node } = fc.letrec<{ node: TreeNode }>((tie) => ({
      node: fc.record({
        name,
        properties: fc.uniqueArray(fc.record({ name, value: fc.uint8Array({ maxLength: 20 }) }), {
          selector: (property) => property.name,
          maxLength: 5,
        }),
        children: fc.oneof(
          { depthSize: 'medium' },
          fc.constant([]),
          fc.uniqueArray(tie('node'), { selector: (child) => child.name, maxLength: 3 }),
        ),
      }),
    }));
    const reservation = fc.record({ address: fc.bigInt(0n, 2n ** 64n - 1n), size: fc.bigInt(1n, 2n ** 64n - 1n) });
    fc.assert(
      fc.property(node, fc.array(reservation, { maxLength: 3 }), fc.nat(7), (root, reservations, bootCpu) => {
        const bytes = writeBlob({ root: { ...root, name: '' }, reservations, bootCpu });
        const read = readBlob(bytes, { zeroPadding: true });
        expect(plain(read.root)).toEqual(plain({ ...root, name: '' }));
        expect([read.reservations, read.bootCpu]).toEqual([reservations, bootCpu]);
        expect(writeBlob(read)).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a reader of nodes', () => {
  const root = new NodeReader(readBlob(blob()));
  const kernel = root.descend('images/kernel-1');

  test('gives values as what they should be', () => {
    expect([root.text('model'), root.u32('#address-cells'), kernel.number('load'), kernel.number('entry')]).toEqual([
      'board',
      1,
      0x8_0000n,
      7n,
    ]);
    const config = root.descend('/config');
    expect([config.texts('a-model'), config.cells('cells'), config.bytes('empty').length]).toEqual([
      ['x', 'y'],
      [1, 2],
      0,
    ]);
    expect([config.optionalText('none'), config.optionalU32('none'), config.optionalTexts('none')]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(kernel.path).toBe('/images/kernel-1');
  });

  test('faults with path and offset where they are not', () => {
    const start = kernel.node.place!.start;
    const data = kernel.node.properties[0]!.place!.valueStart;
    expectFault(() => kernel.text('type'), 'devicetree/missing', { path: '/images/kernel-1:type', offset: start });
    expectFault(() => kernel.text('data'), 'devicetree/value', { path: '/images/kernel-1:data', offset: data });
    expectFault(() => kernel.cells('data'), 'devicetree/value', { offset: data });
    expectFault(() => kernel.u32('entry'), 'devicetree/value');
    expectFault(() => kernel.number('data'), 'devicetree/value');
    expectFault(() => root.descend('config').text('a-model'), 'devicetree/value', {
      reason: 'the value is not a single string',
    });
    expectFault(() => root.descend('images/kernel'), 'devicetree/missing', { path: '/images/kernel', what: 'node' });
  });
});

type Plain = { name: string; properties: (readonly [string, string])[]; children: Plain[] };

/** A tree without its places; `unnamed` leaves out the `name` that versions before 16 add. */
function plain(node: TreeNode, unnamed = false): Plain {
  return {
    name: node.name,
    properties: node.properties
      .filter(({ name }) => !unnamed || name !== 'name')
      .map(({ name, value }) => [name, Buffer.from(value).toString('hex')] as const),
    children: node.children.map((child) => plain(child, unnamed)),
  };
}

function set(offset: number, value: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    viewOf(bytes).setUint32(offset, value);
    return bytes;
  };
}

/** Makes the reservations run into the structure block. */
function fillReservations(bytes: Uint8Array): Uint8Array {
  return set(RESERVATIONS + 28, 1)(bytes);
}

function endEarly(bytes: Uint8Array): Uint8Array {
  const { root } = readBlob(bytes);
  return set(root.children[0]!.place!.start, 9)(bytes);
}

const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const words = (...values: readonly number[]): Uint8Array => Uint8Array.from(values.flatMap(u32));
const END = words(2);
const FINISH = words(9);

function begin(name: string): Uint8Array {
  const padded = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  padded.write(name, 'latin1');
  return Buffer.concat([words(1), padded]);
}

const property = (nameOffset: number, value: readonly number[]): Uint8Array =>
  Buffer.concat([words(3, value.length, nameOffset), Uint8Array.from(value)]);

/** A blob around a structure block of any shape. */
function raw(tokens: readonly Uint8Array[], strings = ''): Uint8Array {
  const structure = Buffer.concat(tokens);
  const start = 0x38;
  const end = start + structure.length;
  const header = words(
    0xd00d_feed,
    end + strings.length,
    start,
    end,
    0x28,
    17,
    16,
    0,
    strings.length,
    structure.length,
  );
  return Buffer.concat([header, new Uint8Array(16), structure, Buffer.from(strings, 'latin1')]);
}
