import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import {
  applyOverlay,
  compileSource,
  Editor,
  findNode,
  lookUp,
  makeNode,
  makeTree,
  readBlob,
  type TreeNode,
  walk,
  writeBlob,
} from '../../src/devicetree/index.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const SAMPLE = makeTree(
  makeNode('', { first: 1, second: 'two' }, [makeNode('a', { x: 1 }), makeNode('b@1', {}, [makeNode('c')])]),
);
const open = (options = {}): Editor => new Editor(writeBlob(SAMPLE), options);
const tree = (edit: Editor): string[] =>
  [...walk(readBlob(edit.bytes()).root)].map(
    ([path, node]) => `${path}: ${node.properties.map(({ name, value }) => `${name}=${value.length}`).join(' ')}`,
  );

describe('an edit', () => {
  test('puts a new property first, resizes another where it is, and a new node before its siblings', () => {
    const edit = open();
    edit.setProperty(edit.root, 'new', new Uint8Array(5));
    edit.setProperty(edit.root, 'second', new Uint8Array(9));
    edit.addNode(edit.get('/'), 'n');
    expect(tree(edit)).toEqual(['/: new=5 first=4 second=9', '/n: ', '/a: x=4', '/b@1: ', '/b@1/c: ']);
  });

  test('appends, deletes, renames and removes', () => {
    const edit = open();
    edit.appendProperty(edit.root, 'first', Uint8Array.of(9));
    edit.appendProperty(edit.root, 'other', Uint8Array.of(9));
    expect(edit.deleteProperty(edit.root, 'second')).toBe(true);
    expect(edit.deleteProperty(edit.root, 'second')).toBe(false);
    edit.rename(edit.get('/a'), 'a-longer-name');
    edit.deleteNode(edit.get('/b@1'));
    expect(tree(edit)).toEqual(['/: other=1 first=5', '/a-longer-name: x=4']);
  });

  test('counts values beyond 2 GiB right, however often the same code ran before', () => {
    const edit = open();
    const sizes = (value: Uint8Array): number[] => {
      edit.setProperty(edit.root, 'first', value);
      const large = edit.size;
      edit.setProperty(edit.root, 'first', new Uint8Array(4));
      edit.pack();
      return [large, edit.size];
    };
    const size = edit.size;
    for (let i = 0; i < 20_000; i++) sizes(new Uint8Array(8));
    // Memory that nothing touches takes none.
    expect(sizes(new Uint8Array(0xc000_0004))).toEqual([size + 0xc000_0000, size]);
  });

  test('leaves NOPs without moving anything', () => {
    const edit = open();
    const size = edit.size;
    edit.nopProperty(edit.root, 'first');
    edit.nopNode(edit.get('/b@1'));
    expect([edit.size, tree(edit)]).toEqual([size, ['/: second=4', '/a: x=4']]);
  });

  test('keeps what lay where padding is now, as libfdt does', () => {
    const edit = open();
    edit.setProperty(edit.root, 'second', Uint8Array.of(1));
    const [, second] = readBlob(edit.bytes()).root.properties;
    const { bytes } = readBlob(edit.bytes());
    expect([...bytes.subarray(second!.place!.valueStart, second!.place!.end)]).toEqual([1, 0x77, 0x6f, 0]);
  });

  test('faults instead of growing where it is told to', () => {
    const edit = open({ grow: false });
    const before = edit.bytes();
    expectFault(() => edit.setProperty(edit.root, 'x', new Uint8Array(100)), 'devicetree/no-space', { have: 0 });
    expectFault(() => edit.addNode(edit.root, 'n'), 'devicetree/no-space', { need: 12 });
    expectFault(() => edit.resize(10), 'devicetree/no-space');
    expect(edit.bytes()).toEqual(before);
    edit.resize(edit.totalSize + 200);
    edit.setProperty(edit.root, 'x', new Uint8Array(100));
    expect(edit.bytes().length).toBe(before.length + 200);
    edit.pack();
    expect(edit.bytes().length).toBe(before.length + 112);
  });

  test('refuses names that cannot be', () => {
    const edit = open();
    expectFault(() => edit.addNode(edit.root, 'a'), 'devicetree/exists', { path: '/a' });
    expectFault(() => edit.addNode(edit.root, 'b'), 'devicetree/exists');
    expectFault(() => edit.addNode(edit.root, ''), 'devicetree/name');
    expectFault(() => edit.addNode(edit.root, 'x/y'), 'devicetree/name');
    expectFault(() => edit.setProperty(edit.root, 'x\0y', new Uint8Array(0)), 'devicetree/name');
    expectFault(() => edit.get('/nope'), 'devicetree/missing', { path: '/nope' });
  });

  test('holds a large value once: it goes out as the very bytes that came in', () => {
    const payload = new Uint8Array(32 << 20);
    const edit = open();
    edit.setProperty(edit.get('/a'), 'data', payload);
    for (let i = 0; i < 200; i++) edit.setProperty(edit.root, `p${i}`, Uint8Array.of(i));
    expect(edit.parts().filter((part) => part.buffer === payload.buffer)).toHaveLength(1);
    expect(edit.parts().reduce((sum, part) => sum + part.length, 0)).toBe(edit.totalSize);
  });

  test('of a thousand nodes is a thousand small steps', () => {
    const images = Array.from({ length: 1000 }, (_, i) =>
      makeNode(`image-${i}`, { data: new Uint8Array(1000) }, [makeNode('hash-1')]),
    );
    const edit = new Editor(writeBlob(makeTree(makeNode('', {}, [makeNode('images', {}, images)]))));
    for (const image of edit.get('/images').children()) {
      edit.setProperty(image.child('hash-1')!, 'value', new Uint8Array(32));
      edit.setProperty(image.child('hash-1')!, 'algo', utf8('sha256\0'));
    }
    const { root } = readBlob(edit.bytes());
    expect(findNode(root, '/images/image-999/hash-1')!.properties.map(({ name }) => name)).toEqual(['algo', 'value']);
  });

  test('of a version that libfdt does not edit is refused', () => {
    expectFault(() => new Editor(writeBlob(SAMPLE, { version: 3 })), 'devicetree/header');
    expect(new Editor(writeBlob(SAMPLE, { version: 16 })).bytes()).toEqual(writeBlob(SAMPLE));
  });

  test('law: a changed blob gives only faults', () => {
    const blob = writeBlob(SAMPLE);
    fc.assert(
      fc.property(fc.nat(blob.length - 1), fc.nat(255), (at, value) => {
        const broken = blob.slice();
        broken[at] = value;
        onlyFaults(() => {
          const edit = new Editor(broken);
          edit.setProperty(edit.root, 'x', new Uint8Array(7));
          edit.addNode(edit.root, 'y');
          readBlob(edit.bytes());
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a look-up as libfdt does it', () => {
  const edit = new Editor(
    writeBlob(
      compileSource(utf8('/dts-v1/; / { aliases { s = "/bus/s@1"; loop = "x"; }; bus { s@1 { t; }; s@2 { }; }; };')),
    ),
  );
  test.each([
    ['/bus/s@1', '/bus/s@1'],
    ['/bus/s', '/bus/s@1'],
    ['/bus/s@2', '/bus/s@2'],
    ['//bus//', '/bus'],
    ['s', '/bus/s@1'],
    ['/bus/t', undefined],
    ['bus', 'bad-path'],
    ['loop', 'bad-path'],
  ])('%s', (path, want) => {
    const found = lookUp(edit.root, path);
    expect(typeof found === 'object' ? found.path : found).toBe(want);
  });
});

describe('an overlay', () => {
  const base = compileSource(utf8('/dts-v1/; / { u: uart@1 { reg = <1>; }; c: clock { }; k: kept { p = <&c>; }; };'), {
    symbols: true,
  });
  const apply = (source: string): TreeNode => {
    const edit = new Editor(writeBlob(base));
    applyOverlay(edit, writeBlob(compileSource(utf8(`/dts-v1/; /plugin/; ${source}`), { symbols: true })));
    return readBlob(edit.bytes()).root;
  };
  const hex = (root: TreeNode, path: string, name: string): string =>
    Buffer.from(findNode(root, path)!.properties.find((one) => one.name === name)!.value).toString('hex');

  test('is merged, its references resolved, its phandles moved, its labels taken over', () => {
    const root = apply('&u { clocks = <&c 7 &own>; own: new { }; }; &{/kept} { q = "r"; };');
    const phandle = hex(root, '/clock', 'phandle');
    const own = hex(root, '/uart@1/new', 'phandle');
    expect(hex(root, '/uart@1', 'clocks')).toBe(`${phandle}00000007${own}`);
    expect(Number.parseInt(own, 16)).toBeGreaterThan(3);
    expect(hex(root, '/kept', 'q')).toBe('7200');
    expect(hex(root, '/__symbols__', 'own')).toBe(Buffer.from('/uart@1/new\0').toString('hex'));
  });

  test('does not change what it is given, Node buffers included', () => {
    const source = utf8('/dts-v1/; /plugin/; &u { clocks = <&c &own>; own: new { }; };');
    const overlay = Buffer.from(writeBlob(compileSource(source, { symbols: true })));
    const input = Buffer.from(writeBlob(base));
    const before = [Uint8Array.from(overlay), Uint8Array.from(input)];
    applyOverlay(new Editor(input), overlay);
    expect([Uint8Array.from(overlay), Uint8Array.from(input)]).toEqual(before);
  });

  test.each([
    ['a label that the base lacks', '&nope { a; };', 'not-found'],
    ['a path that the base lacks', '&{/nope} { a; };', 'not-found'],
    ['a fragment without a target', '/ { fragment@0 { __overlay__ { a; }; }; };', 'bad-overlay'],
    ['a target that is no phandle', '/ { fragment@0 { target = <1 2>; __overlay__ { }; }; };', 'bad-phandle'],
    ['a relative target', '/ { fragment@0 { target-path = "x"; __overlay__ { }; }; };', 'bad-path'],
    ['a fixup that names nothing', '/ { __fixups__ { c = "/x:y:0"; }; };', 'bad-overlay'],
    ['a fixup of another shape', '/ { __fixups__ { c = "x"; }; };', 'bad-overlay'],
    ['a fixup without an end', '/ { __fixups__ { c = [61]; }; };', 'bad-overlay'],
    ['a fixup past its value', '/ { y = <1>; __fixups__ { c = "/:y:1"; }; };', 'bad-overlay'],
    ['a local fixup of no property', '/ { __local_fixups__ { y = <0>; }; };', 'bad-overlay'],
    ['a local fixup of no node', '/ { __local_fixups__ { n { }; }; };', 'not-found'],
    ['phandles that run out', '/ { n { phandle = <0xfffffffe>; }; };', 'no-phandles'],
    ['a symbol in no fragment', '/ { __symbols__ { s = "/nope/__overlay__/x"; }; };', 'bad-overlay'],
  ] as const)('is refused with %s', (_name, source, kind) => {
    expectFault(() => apply(source), 'devicetree/overlay', { kind });
  });
});
