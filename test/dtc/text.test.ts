import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect } from 'vitest';
import { compileSource, writeBlob } from '../../src/devicetree/index.ts';
import { runCompat } from '../support/compat.ts';
import { compare, prepareBlobs, SOURCES, STRICT_CHECKS, VECTORS } from '../support/dtc.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hasProgram, interop, runOk } from '../support/program.ts';
import { BUILD_PROGRAMS, buildOriginal } from './support/original.ts';

/** Includes a file into the middle of a text, on which dtc's printer gives up with an assertion. */
const NOT_PRINTED = new Set(['include.dts']);

beforeAll(() => {
  if (BUILD_PROGRAMS.every(hasProgram)) process.env['PATH'] = `${buildOriginal()}${delimiter}${process.env['PATH']}`;
});
beforeEach(() => process.chdir(VECTORS));

describe('a corpus of sources gives the bytes, messages and exit codes of dtc 1.7.2', () => {
  interop(BUILD_PROGRAMS, 'as blobs', async () => {
    for (const source of SOURCES) await compare('dtc', ['-i', 'include', '-O', 'dtb', source]);
  });

  interop(BUILD_PROGRAMS, 'with symbols and aliases, forced, with every check', async () => {
    const checks = [...STRICT_CHECKS, 'unique_unit_address_if_enabled'].flatMap((name) => ['-W', name]);
    for (const source of SOURCES) {
      await compare('dtc', ['-i', 'include', '-f', '-O', 'dtb', '-@', '-A', ...checks, source]);
    }
  });

  interop(BUILD_PROGRAMS, 'with checks raised and lowered, sorted', async () => {
    const args = ['-i', 'include', '-O', 'dtb', '-E', 'reg_format', '-W', 'no-unit_address_vs_reg', '-s'];
    for (const source of SOURCES) await compare('dtc', [...args, source]);
  });

  interop(BUILD_PROGRAMS, 'as source, plain and annotated', async () => {
    for (const source of SOURCES.filter((name) => !NOT_PRINTED.has(name))) {
      for (const annotate of [[], ['-T'], ['-T', '-T']]) {
        await compare('dtc', ['-i', 'include', '-q', '-O', 'dts', ...annotate, source]);
      }
    }
  });

  interop(BUILD_PROGRAMS, 'as assembler source', async () => {
    for (const source of SOURCES) await compare('dtc', ['-i', 'include', '-q', '-O', 'asm', source]);
    for (const more of ['-V 1', '-V 2', '-V 3', '-V 16', '-S 2000', '-p 10', '-a 64', '-R 2', '-b 3', '-@']) {
      await compare('dtc', ['-q', '-O', 'asm', ...more.split(' '), 'references.dts']);
    }
  });

  interop(BUILD_PROGRAMS, 'as YAML', async () => {
    for (const source of [...SOURCES, 'yaml.dts']) await compare('dtc', ['-i', 'include', '-q', '-O', 'yaml', source]);
  });

  interop(BUILD_PROGRAMS, 'decompiled again', async () => {
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

  interop(BUILD_PROGRAMS, 'in every version of the format, and read back from it', async () => {
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
    '-O dtb -L -q references.dts',
    '-O dtb -L -q overlay.dts',
    '-O yaml -I dtb fit-linux-kernel.dtb',
    '-O dtb -a 3 base.dts',
    '-q -T -I dtb fit-linux-kernel.dtb',
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
  interop(BUILD_PROGRAMS, `${lines.length} calls, good and bad`, async () => {
    for (const line of lines) await compare('dtc', line.split(' '));
  });

  interop(BUILD_PROGRAMS, 'what is wrong with a source', async () => {
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
      '/dts-v1/; / { a = <(-0xffffffff - 2)>; b = /bits/ 8 <0x1ff>; };',
    ];
    for (const [i, source] of sources.entries()) {
      writeFileSync(`${i}.dts`, source);
      await compare('dtc', ['-O', 'dtb', `${i}.dts`]);
    }
  });

  interop(BUILD_PROGRAMS, 'blobs that are cut short or are none', async () => {
    const folder = temporaryFolder();
    const blob = writeBlob(compileSource(readFileSync('base.dts')));
    for (const size of [8, 20, 39, 60, blob.length - 1]) {
      const file = join(folder, `${size}.dtb`);
      writeFileSync(file, blob.subarray(0, size));
      await compare('dtc', [file]);
    }
  });

  interop(BUILD_PROGRAMS, 'a folder as /proc/device-tree shows it, and dependencies', async () => {
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
  interop(BUILD_PROGRAMS, 'read and dump', async () => {
    const folder = temporaryFolder();
    prepareBlobs(folder);
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
      'fdtget -t br base.dtb / s',
      'fdtput -t r base.dtb / s x',
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

  interop(BUILD_PROGRAMS, 'overlays', async () => {
    const folder = temporaryFolder();
    prepareBlobs(folder);
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
});
