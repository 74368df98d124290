import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { compileSource, readBlob, writeBlob } from '../../src/devicetree/index.ts';
import { runCompat } from '../support/compat.ts';
import { compare, prepareBlobs, SOURCES, STRICT_CHECKS, VECTORS } from '../support/dtc.ts';
import { sourceText } from '../support/dts.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

// Whatever release of dtc is installed: blobs and exit codes. `test/dtc` also compares texts and messages with the
// release that ours follows.

beforeEach(() => process.chdir(VECTORS));

describe('a corpus of sources gives the bytes and exit codes of the installed dtc', () => {
  interop(['dtc'], 'as blobs', async () => {
    for (const source of SOURCES) await compare('dtc', ['-i', 'include', '-O', 'dtb', source], 'output');
  });

  interop(['dtc'], 'with symbols and aliases, forced, with every check', async () => {
    const checks = [...STRICT_CHECKS, 'unique_unit_address_if_enabled'].flatMap((name) => ['-W', name]);
    for (const source of SOURCES) {
      await compare('dtc', ['-i', 'include', '-f', '-O', 'dtb', '-@', '-A', ...checks, source], 'output');
    }
  });

  interop(['dtc'], 'with checks raised and lowered, sorted', async () => {
    const args = ['-i', 'include', '-O', 'dtb', '-E', 'reg_format', '-W', 'no-unit_address_vs_reg', '-s'];
    for (const source of SOURCES) await compare('dtc', [...args, source], 'output');
  });

  interop(['dtc'], 'in every version of the format, and read back from it', async () => {
    const folder = temporaryFolder();
    for (const version of ['1', '2', '3', '16', '17']) {
      await compare('dtc', ['-q', '-O', 'dtb', '-V', version, 'references.dts']);
      const file = join(folder, `v${version}.dtb`);
      runOk('dtc', ['-q', '-O', 'dtb', '-V', version, '-o', file, 'references.dts']);
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

describe('fdtget, fdtput, fdtoverlay', () => {
  interop(['fdtget', 'dtc'], 'values', async () => {
    prepareBlobs(temporaryFolder());
    const lines = [
      '/ model',
      '-t x / s',
      '-t bx / s',
      '-t hi / h',
      '/ bytes',
      '-l /',
      '-p / /soc',
      'u0 status',
      '/nope b',
    ];
    for (const line of lines) {
      const [type, ...rest] = line.split(' ');
      const args = type === '-t' ? ['-t', rest[0]!, 'base.dtb', ...rest.slice(1)] : ['base.dtb', type!, ...rest];
      await compare('fdtget', args);
    }
  });

  interop(['fdtoverlay', 'dtc'], 'overlays', async () => {
    prepareBlobs(temporaryFolder());
    for (const overlays of [['overlay.dtb'], ['overlay.dtb', 'overlay-second.dtb'], ['overlay-second.dtb']]) {
      await compare('fdtoverlay', ['-i', 'base.dtb', '-o', '-', ...overlays]);
    }
  });

  interop(['fdtput', 'dtc'], 'changes', async () => {
    prepareBlobs(temporaryFolder());
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
