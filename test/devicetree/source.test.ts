import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { loadFromFiles } from '../../src/devicetree/files.node.ts';
import {
  type CompileOptions,
  compileSource,
  type LoadFile,
  NodeReader,
  printSource,
  readBlob,
  writeBlob,
} from '../../src/devicetree/index.ts';
import { sourceText } from '../support/dts.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const VECTORS = resolve(import.meta.dirname, '../vectors/dts');
const compile = (body: string, options: CompileOptions = {}) => compileSource(utf8(`/dts-v1/;\n${body}`), options);
const hexOf = (value: string): string => {
  const { root } = compile(`/ { x = ${value}; l: n { }; };`);
  return Buffer.from(root.property('x')!.value).toString('hex');
};

describe('values', () => {
  test.each([
    ['cells', '<1 0x10 010>', '000000010000001000000008'],
    ['nothing in cells', '<>', ''],
    ['bytes with and without blanks', '[00 1122 3]'.replace(' 3', ' 33'), '00112233'],
    ['a text', '"ab"', '616200'],
    ['texts and cells', '"a", <1>, [02]', '61000000000102'],
    ['letters of C', '"\\a\\b\\t\\n\\v\\f\\r\\"\\\\"', '0708090a0b0c0d225c00'],
    ['octal and hexadecimal escapes', '"\\101\\x42\\0\\7"', '41420007' + '00'],
    ['UTF-8', '"é"', 'c3a900'],
    ['characters', "<'a' '\\n' '\\''>", '000000610000000a00000027'],
    ['8 bits', '/bits/ 8 <1 0xff (-1)>', '01ffff'],
    ['16 bits', '/bits/ 16 <1 0xffff (-2)>', '0001fffffffe'],
    ['64 bits', '/bits/ 64 <1 0x123456789abcdef0>', '0000000000000001123456789abcdef0'],
    ['a phandle', '<&l>', '00000001'],
    ['a phandle by path', '<&{/n}>', '00000001'],
    ['a path', '&l', '2f6e00'],
    ['a path of the root', '&{/}', '2f00'],
    ['suffixes', '<1U 2UL 3ULL 4L 5LL>', '0000000100000002000000030000000400000005'],
    ['labels inside', 'a: <b: 1 c:>, d: [e: 02 f:] g:', '0000000102'],
  ])('%s', (_name, source, hex) => {
    expect(hexOf(source)).toBe(hex);
  });

  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 / 2', 3],
    ['7 % 4', 3],
    ['1 << 31', 0x8000_0000],
    ['1 << 64', 0],
    ['0xff & ~0xf', 0xf0],
    ['5 ^ 1 | 8', 12],
    ['1 < 2 == 1', 1],
    ['2 <= 1 || 3 >= 3 && 1', 1],
    ['1 ? 2 : 0 ? 3 : 4', 2],
    ['0 ? 2 : 0 ? 3 : 4', 4],
    ['!5', 0],
    ['!0', 1],
    ['-1 & 0xff', 255],
    ['~0 >> 60', 15],
    ['-1 > 1', 1],
    ['1 != 1', 0],
  ])('the expression %s', (source, result) => {
    expect(Number.parseInt(hexOf(`<(${source})>`), 16)).toBe(result);
  });
});

describe('trees', () => {
  test('the source of the document compiles', () => {
    const file = resolve(VECTORS, 'document.its');
    const compiled = compileSource(readFileSync(file), { file, load: loadFromFiles() });
    const reader = new NodeReader(readBlob(writeBlob(compiled)));
    expect(reader.descend('configurations/config-1/signature-1').texts('sign-images')).toEqual([
      'fdt',
      'kernel',
      'loadables',
    ]);
    expect(reader.descend('images/kernel-1/hash@1').text('algo')).toBe('sha256');
    expect(reader.descend('images/tee-1').bytes('data').length).toBe(900);
  });

  test('a later definition changes an earlier one where it stands', () => {
    const { root } = compile(
      '/ { a; n { x = <1>; y; }; b; }; / { n { /delete-property/ y; x = <2>; z; }; };'.replace(' b; };', ' };'),
    );
    expect(root.child('n')!.properties.map(({ name, value }) => [name, value.at(-1)])).toEqual([
      ['x', 2],
      ['z', undefined],
    ]);
  });

  test('phandles that are free are given in order, around those that are set', () => {
    const { root } = compile('/ { a = <&x &y &z>; x: x { }; y: y { phandle = <1>; }; z: z { }; };');
    expect(Buffer.from(root.property('a')!.value).toString('hex')).toBe('000000020000000100000003');
  });

  test('a file is included once more at every mention, and the search goes from the including folder', () => {
    const asked: unknown[] = [];
    const load: LoadFile = (request) => {
      asked.push(request);
      return { name: `sub/${request.name}`, bytes: utf8(request.name === 'a' ? '/include/ "b"' : '/ { b; };') };
    };
    compile('/include/ "a"\n/ { c = /incbin/("d", 1, 2); };', { file: 'x/main.dts', load });
    expect(asked).toEqual([
      { name: 'a', kind: 'include', folder: 'x' },
      { name: 'b', kind: 'include', folder: 'sub' },
      { name: 'd', kind: 'incbin', offset: 1, size: 2, folder: 'x' },
    ]);
  });

  test('a file that is a whole value is not copied', () => {
    const bytes = new Uint8Array(100);
    const { root } = compile('/ { a = /incbin/("x"); };', { load: () => ({ name: 'x', bytes }) });
    expect(root.property('a')!.value).toBe(bytes);
  });

  test('a node that nothing refers to can be left out', () => {
    const { root } = compile(
      '/ { /omit-if-no-ref/ a: a { }; /omit-if-no-ref/ b: b { }; c = <&b>; };'.replace(
        'c = <&b>; };',
        'd { c = <&b>; }; };',
      ),
    );
    expect(root.children.map(({ name }) => name)).toEqual(['b', 'd']);
  });

  test('an overlay says what it needs', () => {
    const { root } = compile('/plugin/;\n&uart { a = <&clock 1 &own>; own: n { }; };', { symbols: true });
    expect(root.children.map(({ name }) => name)).toEqual([
      'fragment@0',
      '__symbols__',
      '__fixups__',
      '__local_fixups__',
    ]);
    expect(Buffer.from(root.child('__fixups__')!.property('clock')!.value).toString()).toBe(
      '/fragment@0/__overlay__:a:0\0',
    );
  });
});

const broken: readonly (readonly [name: string, source: string, line: number, column: number, reason: string])[] = [
  ['no version', '/ { };', 1, 1, 'syntax error'],
  ['a missing semicolon', '/dts-v1/;\n/ {\n\ta = <1>\n\tb;\n};', 4, 2, 'syntax error'],
  ['a word in cells', '/dts-v1/; / { a = <b>; };', 1, 20, 'syntax error'],
  ['an open text', '/dts-v1/; / { a = "b; };', 1, 19, 'syntax error'],
  ['an open comment', '/dts-v1/; / { /* };', 1, 15, 'syntax error'],
  ['half a byte', '/dts-v1/; / { a = [0]; };', 1, 20, 'syntax error'],
  ['a property after a node', '/dts-v1/; / { n { }; a; };', 1, 22, 'Properties must precede subnodes'],
  ['division by zero', '/dts-v1/; / { a = <(1 / 0)>; };', 1, 21, 'Division by zero'],
  ['a number too large', '/dts-v1/; / { a = /bits/ 8 <256>; };', 1, 29, 'Value out of range for 8-bit array element'],
  ['odd bits', '/dts-v1/; / { a = /bits/ 9 <1>; };', 1, 26, 'Array elements must be 8, 16, 32 or 64-bits'],
  ['a label that does not exist', '/dts-v1/; / { };\n&gone { };', 2, 1, 'Label or path gone not found'],
  ['a bad octal number', '/dts-v1/; / { a = <08>; };', 1, 20, "Bad integer literal '08'"],
  ['no character', "/dts-v1/; / { a = <''>; };", 1, 20, 'Empty character literal'],
  ['a bad escape', '/dts-v1/; / { a = "\\xg"; };', 1, 19, '\\x used with no following hex digits'],
  ['a line marker', '/dts-v1/;\n#line 7 "other.dts"\n/ { a = };', 7, 9, 'syntax error'],
];

describe('says what is wrong with a source, and where', () => {
  test.each(broken)('%s', (_name, source, line, column, reason) => {
    const { context } = expectFault(() => compileSource(utf8(source), { file: 'x.dts' }), 'devicetree/source');
    expect(context.problems[0]).toMatchObject({ line, column, reason: { text: reason } });
  });

  test('with the line underlined', () => {
    const source = utf8('/dts-v1/;\n/ {\n\tab = <1 + 2>;\n};');
    const fault = expectFault(() => compileSource(source, { file: 'x.dts' }), 'devicetree/source');
    expect(fault.message).toBe('x.dts:3:10: syntax error\n    \tab = <1 + 2>;\n    \t        ^');
  });

  test('everything at once, as far as it can be read', () => {
    const source = '/dts-v1/; / { a = <(1/0)>; b = /bits/ 8 <300>; }; &x { };';
    const { context } = expectFault(() => compileSource(utf8(source)), 'devicetree/source');
    expect([context.problems.length, context.complete]).toEqual([3, true]);
  });

  test.each([
    ['includes without an end', '/dts-v1/; /include/ "self"', 'devicetree/limit'],
    ['nodes too deep', `/dts-v1/; / { ${'n {'.repeat(5000)}`, 'devicetree/limit'],
    ['parentheses too deep', `/dts-v1/; / { a = <${'('.repeat(100_000)}`, 'devicetree/limit'],
    ['signs too many', `/dts-v1/; / { a = <(${'-'.repeat(100_000)}1)>; };`, 'devicetree/limit'],
  ] as const)('%s', (_name, source, code) => {
    const load: LoadFile = ({ name }) => ({ name, bytes: utf8('/include/ "self"') });
    expectFault(() => compileSource(utf8(source), { load }), code);
  });

  test('an include that nobody allowed, and one that does not exist', () => {
    const source = utf8('/dts-v1/; / { a = /incbin/("/nonexistent"); };');
    expectFault(() => compileSource(source), 'devicetree/include', { file: '/nonexistent' });
    expectFault(() => compileSource(source, { load: loadFromFiles() }), 'devicetree/include', {
      reason: 'No such file or directory',
    });
  });

  test('an include that never ends', () => {
    const source = utf8('/dts-v1/; / { a = /incbin/("/dev/zero"); };');
    expectFault(() => compileSource(source, { load: loadFromFiles() }), 'devicetree/include', { file: '/dev/zero' });
    expect(compileSource(utf8('/dts-v1/; / { a = /incbin/("/dev/null"); };'), { load: loadFromFiles() }).failed).toBe(
      false,
    );
  });
});

describe('checks', () => {
  const findings = (body: string, options: CompileOptions = {}) =>
    compile(body, options).findings.map(({ check, level, path }) => [check, level, path]);

  test('report what they find with its place', () => {
    const { findings: found, failed } = compile('/ {\n\tn@1 { };\n};', { file: 'x.dts' });
    expect(found).toEqual([
      {
        check: 'unit_address_vs_reg',
        level: 'warning',
        path: '/n@1',
        property: undefined,
        reason: 'node has a unit name, but no reg or ranges property',
        place: 'x.dts:3.6-10',
        also: [],
      },
    ]);
    expect(failed).toBe(false);
  });

  test('can be raised, lowered and switched on', () => {
    const body = '/ { n@1 { }; };';
    const check = 'unit_address_vs_reg';
    const error = [{ name: check, level: 'error', on: true }] as const;
    expect([findings(body, { checks: error }), compile(body, { checks: error }).failed]).toEqual([
      [[check, 'error', '/n@1']],
      true,
    ]);
    expect(findings(body, { checks: [{ name: check, level: 'warning', on: false }] })).toEqual([]);
  });

  test('one that fails keeps those that need it from running, and says so', () => {
    expect(findings('/ { #address-cells = "x"; };')).toContainEqual(['addr_size_cells', 'warning', undefined]);
  });

  test('a reference to nothing fails the tree', () => {
    expect(compile('/ { a = <&x>; };').failed).toBe(true);
    expect(compile('/ { a = &x; };').failed).toBe(true);
  });
});

describe('what would take other compilers minutes', () => {
  test('thousands of definitions of one node, of references to paths, of equal siblings', () => {
    const many = (count: number, line: (i: number) => string): string =>
      Array.from({ length: count }, (_, i) => line(i)).join('\n');
    const merged = compile(
      `/ { ${many(5000, (i) => `l${i}: n${i} { };`)} };\n${many(5000, (i) => `/ { m${i} { }; };\n&l${i} { a; };`)}`,
    );
    expect(merged.root.children).toHaveLength(10_000);
    const paths = compile(`/ { a = ${Array.from({ length: 20_000 }, () => '&l').join(', ')}; l: node { }; };`);
    expect(paths.root.property('a')!.value).toHaveLength(20_000 * 6);
    expectFault(() => compile(`/ { ${many(5000, () => 'n { };')} };`), 'devicetree/limit', { limit: 100_000 });
  });
});

describe('laws', () => {
  test('a printed tree compiles to the same blob', () => {
    fc.assert(
      fc.property(sourceText, (text) => {
        const compiled = compileSource(Buffer.from(text, 'latin1'));
        // A tree that fails its checks can hold texts that were never filled in.
        fc.pre(!compiled.failed);
        const blob = writeBlob(compiled);
        const unchecked = [{ name: 'name_properties', level: 'error', on: false }] as const;
        const typed = Buffer.from(printSource(compiled), 'latin1');
        expect(writeBlob(compileSource(typed, { checks: unchecked }))).toEqual(blob);
        const guessed = Buffer.from(printSource(readBlob(blob)), 'latin1');
        expect(writeBlob(compileSource(guessed, { checks: unchecked }))).toEqual(blob);
      }),
      { numRuns: 100 },
    );
  });

  test('a changed or cut source gives only faults', () => {
    const source = readFileSync(resolve(VECTORS, 'references.dts'));
    const load: LoadFile = ({ name }) => ({ name, bytes: utf8('') });
    fc.assert(
      fc.property(fc.nat(source.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const text = Uint8Array.from(cut ? source.subarray(0, at) : source);
        text[at] = value;
        onlyFaults(() => writeBlob(compileSource(text, { load, symbols: true })));
      }),
      { numRuns: 1500 },
    );
  });

  test('any tokens give only faults', () => {
    const tokens =
      '/dts-v1/;|/plugin/;|/|{|}|;|=|<|>|[|]|(|)|&l|&{/a}|l:|a|b@1|"s"|1|0x2|00|,|/delete-node/|/delete-property/|/memreserve/|/bits/|/omit-if-no-ref/|/include/|/incbin/|?|:|-|<<|# 1 "f"\n|\'c\'|//\n|/*|*/|\\'.split(
        '|',
      );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 40 }), (parts) => {
        onlyFaults(() => compileSource(utf8(`/dts-v1/; / { ${parts.join(' ')}`)));
        onlyFaults(() => compileSource(utf8(parts.join(' '))));
      }),
      { numRuns: 1500 },
    );
  });
});
