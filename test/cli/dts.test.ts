import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBlob } from '../../src/devicetree/index.ts';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

const SOURCE = '/dts-v1/;\n/ {\n\tmodel = "x";\n\tl: n@1 { a = <&l>; };\n};\n';

function prepared(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'x.dts'), SOURCE);
  expect(bootwright(['dts', 'compile', 'x.dts', '--out', 'x.dtb', '--symbols', '--quiet'], { cwd: folder })).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
  return folder;
}

describe('bootwright dts', () => {
  test('compiles, shows, changes and decompiles', () => {
    const cwd = prepared();
    const ask = (...args: string[]): string => {
      const { status, stdout, stderr } = bootwright(['dts', ...args], { cwd });
      expect([status, stderr]).toEqual([0, '']);
      return stdout;
    };
    expect(ask('get', 'x.dtb', '/', 'model')).toBe('"x"\n');
    expect(ask('get', 'x.dtb', '/n@1')).toBe('a\nphandle\n');
    expect(JSON.parse(ask('get', 'x.dtb', '/', 'model', '--json'))).toMatchObject({ hex: '7800', texts: ['x'] });
    ask('set', 'x.dtb', '/new/node', 'cells', '1', '0xffffffff', '--type', 'cells', '--create');
    expect(ask('get', 'x.dtb', '/new/node', 'cells')).toBe('<0x01 0xffffffff>\n');
    ask('set', 'x.dtb', '/', 'model', '--remove');
    const source = ask('decompile', 'x.dtb');
    expect(source).toContain('cells = <0x01 0xffffffff>;');
    expect(source).not.toContain('model');
    expect(JSON.parse(ask('decompile', 'x.dtb', '--json'))).toMatchObject({ root: { name: '' } });
    expect(JSON.parse(ask('checks', '--json'))).toContainEqual({
      name: 'reg_format',
      level: 'warning',
      needs: ['addr_size_cells'],
    });
  });

  test('applies overlays', () => {
    const cwd = prepared();
    writeFileSync(join(cwd, 'o.dts'), '/dts-v1/; /plugin/; &l { b; };');
    bootwright(['dts', 'compile', 'o.dts', '--out', 'o.dtbo'], { cwd });
    expect(bootwright(['dts', 'apply', 'x.dtb', 'o.dtbo', '--out', 'y.dtb'], { cwd }).status).toBe(0);
    const [node] = readBlob(readFileSync(join(cwd, 'y.dtb'))).root.children;
    expect(node!.properties.map(({ name }) => name)).toEqual(['b', 'a', 'phandle']);
  });

  test('tells what the checks find, and refuses a tree that fails them', () => {
    const cwd = prepared();
    const warned = bootwright(['dts', 'compile', 'x.dts', '--out', 'w.dtb'], { cwd });
    expect([warned.status, warned.stderr]).toEqual([
      0,
      'x.dts:4.9-23: warning: /n@1: node has a unit name, but no reg or ranges property [unit_address_vs_reg]\n',
    ]);
    const refused = bootwright(['dts', 'compile', 'x.dts', '--out', 'r.dtb', '--check', 'unit_address_vs_reg=error'], {
      cwd,
    });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('[devicetree/invalid]');
    expect(existsSync(join(cwd, 'r.dtb'))).toBe(false);
  });

  test.each([
    [
      'a syntax error',
      ['compile', 'bad.dts', '--out', 'z'],
      1,
      'bad.dts:1:21: syntax error\n    /dts-v1/; / { a = <1; };',
    ],
    ['a source that is not there', ['compile', 'none.dts', '--out', 'z'], 3, 'cannot read none.dts'],
    ['an output that cannot be', ['compile', 'x.dts', '--quiet', '--out', 'no/z'], 3, 'cannot write no/z'],
    ['no output', ['compile', 'x.dts'], 2, 'out'],
    ['an unknown check', ['compile', 'x.dts', '--out', 'z', '--check', 'foo=off'], 2, "there is no check 'foo'"],
    ['a blob that is none', ['decompile', 'x.dts'], 1, '[binary/constant]'],
    ['a node that is not there', ['get', 'x.dtb', '/none'], 1, '/none: no such node'],
    [
      'a number that does not fit',
      ['set', 'x.dtb', '/', 'a', '0x100000000', '--type', 'cells'],
      2,
      'not a number of 32 bits',
    ],
  ] as const)('ends on %s', (_name, args, status, message) => {
    const cwd = prepared();
    writeFileSync(join(cwd, 'bad.dts'), '/dts-v1/; / { a = <1; };');
    const ran = bootwright(['dts', ...args], { cwd });
    expect([ran.status, ran.stdout]).toEqual([status, '']);
    expect(ran.stderr).toContain(message);
    expect(existsSync(join(cwd, 'z'))).toBe(false);
  });
});
