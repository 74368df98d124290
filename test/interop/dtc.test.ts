import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { compileSource, readBlob, writeBlob } from '../../src/devicetree/index.ts';
import { runCompat } from '../support/compat.ts';
import { sourceText } from '../support/dts.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const VECTORS = resolve(import.meta.dirname, '../vectors/dts');
const SOURCES = [
  ...readdirSync(VECTORS).filter((name) => /\.(dts|its)$/.test(name)),
  ...readdirSync(join(VECTORS, 'checks')).map((name) => `checks/${name}`),
];
/** Includes a file into the middle of a text, on which dtc's printer gives up with an assertion. */
const NOT_PRINTED = new Set(['include.dts']);
const STRICT = ['property_name_chars_strict', 'node_name_chars_strict', 'deprecated_gpio_property'];

beforeEach(() => process.chdir(VECTORS));

/** Runs the real tool and ours with the same arguments: output, messages and exit code must agree. */
async function compare(tool: string, args: readonly string[]): Promise<void> {
  const theirs = spawnSync(tool, args, { maxBuffer: 1 << 26, input: '' });
  const ours = await runCompat(tool, args);
  const wanted = { status: theirs.status, stderr: theirs.stderr.toString('latin1') };
  expect({ status: ours.status, stderr: ours.stderr }, `${tool} ${args.join(' ')}`).toEqual(wanted);
  expect(Buffer.from(ours.stdout).equals(theirs.stdout), `output of ${tool} ${args.join(' ')}`).toBe(true);
}

describe('a corpus of sources gives the bytes, messages and exit codes of dtc', () => {
  interop(['dtc'], 'as blobs', async () => {
    for (const source of SOURCES) await compare('dtc', ['-i', 'include', '-O', 'dtb', source]);
  });

  interop(['dtc'], 'with symbols and aliases, forced, with every check', async () => {
    const checks = [...STRICT, 'unique_unit_address_if_enabled'].flatMap((name) => ['-W', name]);
    for (const source of SOURCES) {
      await compare('dtc', ['-i', 'include', '-f', '-O', 'dtb', '-@', '-A', ...checks, source]);
    }
  });

  interop(['dtc'], 'with checks raised and lowered, sorted', async () => {
    const args = ['-i', 'include', '-O', 'dtb', '-E', 'reg_format', '-W', 'no-unit_address_vs_reg', '-s'];
    for (const source of SOURCES) await compare('dtc', [...args, source]);
  });

  interop(['dtc'], 'as source, plain and annotated', async () => {
    for (const source of SOURCES.filter((name) => !NOT_PRINTED.has(name))) {
      for (const annotate of [[], ['-T'], ['-T', '-T']]) {
        await compare('dtc', ['-i', 'include', '-q', '-O', 'dts', ...annotate, source]);
      }
    }
  });

  interop(['dtc'], 'as assembler source', async () => {
    for (const source of SOURCES) await compare('dtc', ['-i', 'include', '-q', '-O', 'asm', source]);
    for (const more of ['-V 1', '-V 2', '-V 3', '-V 16', '-S 2000', '-p 10', '-a 64', '-R 2', '-b 3', '-@']) {
      await compare('dtc', ['-q', '-O', 'asm', ...more.split(' '), 'references.dts']);
    }
  });

  interop(['dtc'], 'decompiled again', async () => {
    const folder = temporaryFolder();
    for (const source of SOURCES) {
      const made = spawnSync('dtc', [
        '-i',
        'include',
        '-q',
        '-q',
        '-f',
        '-O',
        'dtb',
        '-o',
        join(folder, 'x.dtb'),
        source,
      ]);
      if (made.status === 0) await compare('dtc', ['-q', '-I', 'dtb', '-O', 'dts', join(folder, 'x.dtb')]);
    }
  });

  interop(['dtc'], 'in every version of the format, and read back from it', async () => {
    const folder = temporaryFolder();
    for (const version of ['1', '2', '3', '16', '17']) {
      await compare('dtc', ['-q', '-O', 'dtb', '-V', version, 'references.dts']);
      const file = join(folder, `v${version}.dtb`);
      runOk('dtc', ['-q', '-O', 'dtb', '-V', version, '-o', file, 'references.dts']);
      await compare('dtc', ['-q', '-I', 'dtb', '-O', 'dts', file]);
      await compare('dtc', ['-q', '-I', 'dtb', '-O', 'dtb', file]);
      await compare('fdtdump', [file]);
    }
  });

  interop(['dtc'], 'law: generated sources', () => {
    fc.assert(
      fc.property(sourceText, (text) => {
        const source = Buffer.from(text, 'latin1');
        const theirs = spawnSync('dtc', ['-q', '-f', '-@', '-O', 'dtb'], { input: source, maxBuffer: 1 << 26 });
        expect(theirs.stderr.toString().includes('FATAL')).toBe(false);
        const ours = writeBlob(compileSource(source, { symbols: true }));
        expect(Buffer.from(ours).equals(theirs.stdout), text).toBe(true);
        expect(readBlob(ours).bytes.length).toBe(ours.length);
      }),
      { numRuns: 120 },
    );
  });
});

describe("dtc's command line", () => {
  const lines = [
    '-x',
    '--foo',
    '-O',
    '--out',
    '--in=foo base.dts',
    '--i base.dts',
    '--quiet=1 base.dts',
    'a b',
    'nope.dts',
    '-I foo base.dts',
    '-O foo -q base.dts',
    '-v',
    '-h',
    '-W foo base.dts',
    '-S 1 -p 1 base.dts',
    '-H x base.dts',
    '-V 5 -O dtb -q base.dts',
    '-o /nonexistent/x -q base.dts',
    '-I dtb base.dts',
    '-I fs nope',
    '-O dtb -S 10 base.dts',
    '-O dtb -S 2000 base.dts',
    '-O dtb -p 0x64 base.dts',
    '-O dtb -a 64 base.dts',
    '-O dtb -R 3 base.dts',
    '-O dtb -b 3 base.dts',
    '-O dtb -H both references.dts',
    '-O dtb -H legacy references.dts',
    '-O null base.dts',
    '-O dtb -qT base.dts',
    'line-marker.dts',
    'checks/unknown-reference.dts',
    '-f checks/unknown-reference.dts',
    '-q checks/unknown-reference.dts',
    '-qq checks/unknown-reference.dts',
    '-f -qqq checks/unknown-reference.dts',
    '-E no-phandle_references -O dtb references.dts',
    '-E always_fail base.dts',
    '-W always_fail base.dts',
  ];
  interop(['dtc'], `${lines.length} calls, good and bad`, async () => {
    for (const line of lines) await compare('dtc', line.split(' '));
  });

  interop(['dtc'], 'what is wrong with a source', async () => {
    const folder = temporaryFolder();
    process.chdir(folder);
    const sources = [
      'x',
      '/ { };',
      '/dts-v1/; / { a = <1 };',
      '/dts-v1/; / { a = <(1/0) (1%0)>; };',
      '/dts-v1/; / { a = /bits/ 9 <1>; b = /bits/ 8 <256 (-1) (-129)>; };',
      '/dts-v1/; / { a = /bits/ 16 <&x>; x: x { }; };',
      "/dts-v1/; / { a = <089 'ab' '' 0x123456789abcdef01>; };",
      '/dts-v1/; / { a { }; b; };',
      '/dts-v1/; / { a { }; /delete-property/ b; };',
      '/dts-v1/; / { }; &nope { }; /delete-node/ &gone; /omit-if-no-ref/ &{/x}; l: &no { };',
      '/dts-v1/; &nope { };',
      '/dts-v1/; /dts-v1/; /plugin/; / { };',
      '/dts-v1/; / { a = "x\n"; };',
      '/dts-v1/; / { a = [0]; };',
      '/dts-v1/; / { a = [00 0g]; };',
      '/dts-v1/; / { a = "abc; };',
      '/dts-v1/; / { a = <1 ? 2>; };',
      '/dts-v1/; / { /* no end };',
      '/dts-v1/; / { a = /incbin/("nope"); };',
      '/dts-v1/; /include/ "nope"',
      '/dts-v1/; / { };\n# 5 "other.c"\n/ { x = ; };',
      '/dts-v1/;\n/ {\n\ta = <1>\n\tb;\n};',
      '/dts-v1/; l: / { };',
      '/dts-v1/; / { l: };',
    ];
    for (const [i, source] of sources.entries()) {
      writeFileSync(`${i}.dts`, source);
      await compare('dtc', ['-O', 'dtb', `${i}.dts`]);
    }
  });

  interop(['dtc'], 'blobs that are cut short or are none', async () => {
    const folder = temporaryFolder();
    const blob = writeBlob(compileSource(readFileSync('base.dts')));
    for (const size of [8, 20, 39, 60, blob.length - 1]) {
      const file = join(folder, `${size}.dtb`);
      writeFileSync(file, blob.subarray(0, size));
      await compare('dtc', [file]);
    }
  });

  interop(['dtc'], 'a folder as /proc/device-tree shows it, and dependencies', async () => {
    const folder = temporaryFolder();
    cpSync(join(VECTORS, 'include'), join(folder, 'tree'), { recursive: true });
    await compare('dtc', ['-I', 'fs', '-O', 'dtb', '-s', '-f', '-q', '-q', join(folder, 'tree')]);
    for (const side of ['theirs', 'ours']) {
      const args = ['-i', 'include', '-O', 'dtb', '-o', 'x', '-d', join(folder, side), 'include.dts'];
      args[5] = '/dev/null';
      if (side === 'ours') await runCompat('dtc', args);
      else runOk('dtc', args);
    }
    expect(readFileSync(join(folder, 'ours'), 'utf8')).toBe(readFileSync(join(folder, 'theirs'), 'utf8'));
  });
});

describe('fdtget, fdtput, fdtdump, fdtoverlay', () => {
  interop(['fdtget', 'fdtput', 'fdtdump', 'fdtoverlay', 'dtc'], 'read and dump', async () => {
    const folder = temporaryFolder();
    prepare(folder);
    const lines = [
      'fdtget base.dtb / model',
      'fdtget base.dtb / s',
      'fdtget -t x base.dtb / s',
      'fdtget -t u base.dtb / s',
      'fdtget -t bx base.dtb / s',
      'fdtget -t hx base.dtb / h',
      'fdtget -t hi base.dtb / h',
      'fdtget -t hhx base.dtb / s',
      'fdtget -t s base.dtb / s',
      'fdtget base.dtb / bytes',
      'fdtget -t hx base.dtb / bytes',
      'fdtget base.dtb / e',
      'fdtget base.dtb / es',
      'fdtget -l base.dtb /',
      'fdtget -p base.dtb / /soc',
      'fdtget base.dtb u0 status',
      'fdtget base.dtb /soc/uart reg',
      'fdtget -d none base.dtb /q r / x / model',
      'fdtget base.dtb',
      'fdtget base.dtb soc x',
      'fdtget base.dtb /soc/uart@100/ reg',
      'fdtget -t x base.dtb / model',
      'fdtget -t r base.dtb / model',
      'fdtget -t hs base.dtb / model',
      'fdtget',
      'fdtget -h',
      'fdtget -V',
      'fdtget -v',
      'fdtget nope / a',
      'fdtget base.dtb / a b',
      'fdtget base.dtb /nope b',
      'fdtget base.dtb / nope',
      'fdtput',
      'fdtput -h',
      'fdtput nope / a',
      'fdtput base.dtb /',
      'fdtput base.dtb',
      'fdtdump',
      'fdtdump -h',
      'fdtdump nope',
      'fdtdump base.dtb',
      'fdtdump -d base.dtb',
      'fdtoverlay',
      'fdtoverlay -h',
      'fdtoverlay -i nope -o x y',
      'fdtoverlay -i base.dtb -o x nope',
    ];
    for (const line of lines) {
      const [tool = '', ...args] = line.split(' ');
      await compare(tool, args);
    }
  });

  interop(['fdtoverlay', 'dtc'], 'overlays', async () => {
    const folder = temporaryFolder();
    prepare(folder);
    for (const overlays of [
      ['overlay.dtb'],
      ['overlay.dtb', 'overlay-second.dtb'],
      ['overlay.dtb', 'overlay.dtb'],
      ['overlay-second.dtb'],
      ['overlay-fixups.dtb'],
      ['base.dtb'],
    ]) {
      await compare('fdtoverlay', ['-i', 'base.dtb', '-o', '-', ...overlays]);
    }
  });

  interop(['fdtput', 'dtc'], 'changes', async () => {
    const folder = temporaryFolder();
    prepare(folder);
    const lines = [
      '-t s x.dtb / model q',
      '-t s x.dtb / model a-much-longer-model-name and-another',
      '-t x x.dtb / n 1 ff 0x10',
      '-t bx x.dtb / n 1 2 3',
      '-t bx x.dtb /soc/uart@100 status 1 2 3',
      '-t u x.dtb / n 7',
      '-v -t s x.dtb / n a b',
      '-v x.dtb / n 1 2',
      '-c x.dtb /new',
      '-c x.dtb /new/x',
      '-cp x.dtb /new/x/y',
      '-c x.dtb new',
      '-p x.dtb /q/w e 1',
      '-r x.dtb /soc',
      '-r x.dtb /zz',
      '-d x.dtb / model s',
      '-d x.dtb / nope',
      '-c x.dtb /soc',
      'x.dtb / n',
      'x.dtb u0 n 3',
      '-t i x.dtb / n 0x10 010 -- -5',
    ];
    for (const line of lines) {
      const args = line.split(' ');
      copyFileSync('base.dtb', 'x.dtb');
      const theirs = spawnSync('fdtput', args);
      const want = readFileSync('x.dtb');
      copyFileSync('base.dtb', 'x.dtb');
      const ours = await runCompat('fdtput', args);
      expect([line, ours.status, ours.stderr]).toEqual([line, theirs.status, theirs.stderr.toString()]);
      expect(readFileSync('x.dtb').equals(want), line).toBe(true);
    }
  });
});

describe('where the original is dangerously wrong, ours is not', () => {
  test('a number that is none is refused instead of stored as what lay in memory', async () => {
    const folder = temporaryFolder();
    process.chdir(folder);
    writeFileSync('x.dtb', writeBlob(compileSource(Buffer.from('/dts-v1/; / { };'))));
    const before = readFileSync('x.dtb');
    expect(await runCompat('fdtput', ['x.dtb', '/', 'n', 'zz'])).toMatchObject({ status: 1 });
    expect(readFileSync('x.dtb').equals(before)).toBe(true);
  });

  test('a blob inside a file is dumped at any offset, not only at a multiple of four', async () => {
    const folder = temporaryFolder();
    process.chdir(folder);
    const blob = writeBlob(compileSource(Buffer.from('/dts-v1/; / { a = "b"; };')));
    writeFileSync('x.bin', Buffer.concat([Buffer.from('seven.. '.slice(0, 7)), blob, Buffer.from('end')]));
    const { stdout } = await runCompat('fdtdump', ['-s', 'x.bin']);
    expect(Buffer.from(stdout).toString()).toContain('found fdt at offset 0x7');
    expect(Buffer.from(stdout).toString()).toContain('a = "b";');
  });
});

function prepare(folder: string): void {
  for (const name of ['base', 'overlay', 'overlay-second', 'overlay-fixups']) {
    runOk('dtc', ['-q', '-@', '-O', 'dtb', '-o', join(folder, `${name}.dtb`), join(VECTORS, `${name}.dts`)]);
  }
  process.chdir(folder);
}
