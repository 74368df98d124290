import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildFat, type FatFile } from '../../src/fip/index.ts';
import { bootwright } from '../support/cli.ts';
import { expectFault } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const data = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i * 31);
const files: readonly FatFile[] = [
  { name: 'fip_rsa2048_public.pem', data: data(451) },
  { name: 'fip_rsa2048_public.der', data: data(294) },
  { name: 'BOOT.SCR', data: data(5000) },
  { name: 'empty', data: data(0) },
  { name: 'Schlüssel für das Gerät.txt', data: data(13) },
  { name: 'thirteen chars'.slice(0, 13), data: data(1) },
];

const KIB = 1 << 10;
const SIZES = [64 * KIB, 2064 * KIB, 33 << 20];

describe.each(SIZES)('a boot partition of %d bytes', (size) => {
  interop(['mcopy', 'mdir', 'fsck.fat'], 'is read by mtools, and fsck.fat has nothing to say', () => {
    const folder = temporaryFolder();
    const image = join(folder, 'boot.vfat');
    writeFileSync(image, buildFat(files, { size, label: 'BOOT', volumeId: 0x1234abcd, time: new Date(1e12) }));
    const { stdout } = runOk('fsck.fat', ['-n', image]);
    expect(stdout).toMatch(/: 7 files, \d+\/\d+ clusters/);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(
      runOk('mdir', ['-b', '-i', image, '::'], { env: { LC_ALL: 'C.UTF-8' } })
        .stdout.trim()
        .split('\n')
        .sort(),
    ).toEqual(files.map(({ name }) => `::/${name}`).sort());
    for (const { name, data: want } of files) {
      runOk('mcopy', ['-n', '-i', image, `::${name}`, join(folder, 'got')], { env: { LC_ALL: 'C.UTF-8' } });
      expect([name, new Uint8Array(readFileSync(join(folder, 'got')))]).toEqual([name, want]);
      runOk('rm', [join(folder, 'got')]);
    }
  });
});

test('equal input gives equal bytes', () => {
  expect(buildFat(files, { size: 64 * KIB })).toEqual(buildFat(files, { size: 64 * KIB }));
});

describe('refused', () => {
  test.each([
    ['a path', 'a/b'],
    ['a drive', 'c:x'],
    ['a wildcard', 'a*'],
    ['a control character', 'a\nb'],
    ['no name', ''],
    ['a dot at the end', 'a.'],
    ['a name that is too long', 'x'.repeat(256)],
  ])('%s', (_, name) => {
    expectFault(() => buildFat([{ name, data: data(1) }]), 'fip/name');
  });

  test('names that differ in case alone', () => {
    expectFault(
      () =>
        buildFat([
          { name: 'Key.pem', data: data(1) },
          { name: 'key.PEM', data: data(1) },
        ]),
      'fip/name',
    );
  });

  test.each([[0], [1000], [63 * KIB], [2 ** 31], [64 * KIB + 512]])('a size of %d', (size) => {
    expectFault(() => buildFat(files, { size }), 'fip/fat', { size });
  });

  test('files that do not fit', () => {
    expectFault(() => buildFat([{ name: 'a', data: data(64 * KIB) }], { size: 64 * KIB }), 'fip/fat');
    const many = Array.from({ length: 512 }, (_, i) => ({ name: `F${i}`, data: data(0) }));
    expectFault(() => buildFat(many), 'fip/fat');
  });

  test('a label that FAT does not have', () => {
    expectFault(() => buildFat(files, { label: 'boot' }), 'fip/name');
  });
});

describe('boot-partition', () => {
  interop(['openssl', 'mcopy'], 'holds the public half of a key in the forms that boards read', () => {
    const cwd = temporaryFolder();
    runOk('openssl', ['genrsa', '-out', 'k.pem', '2048'], { cwd });
    const args = [
      'boot-partition',
      '--fat',
      'boot.vfat',
      '--size',
      '1M',
      'fip_rsa2048_public.pem=k.pem',
      'fip_rsa2048_public.der=k.pem',
    ];
    expect(bootwright(args, { cwd }).status).toBe(0);
    runOk('mcopy', ['-i', 'boot.vfat', '::*', '.'], { cwd });
    const pem = runOk('openssl', ['pkey', '-in', 'k.pem', '-pubout'], { cwd }).stdout;
    expect(readFileSync(join(cwd, 'fip_rsa2048_public.pem'), 'utf8')).toBe(pem);
    runOk('openssl', ['pkey', '-in', 'k.pem', '-pubout', '-outform', 'DER', '-out', 'want.der'], { cwd });
    expect(readFileSync(join(cwd, 'fip_rsa2048_public.der'))).toEqual(readFileSync(join(cwd, 'want.der')));
    expect(readFileSync(join(cwd, 'want.der'))).toHaveLength(294);
    expect(readFileSync(join(cwd, 'boot.vfat'), 'latin1')).not.toContain('PRIVATE');
  });

  test('never holds a private key', () => {
    const cwd = temporaryFolder();
    bootwright(['keys', 'new', 'k', '--kind', 'P-256'], { cwd });
    const { status, stderr } = bootwright(['boot-partition', '--fat', 'b', '--file', 'k.key'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain('holds a private key (PEM)');
    expect(existsSync(join(cwd, 'b'))).toBe(false);
    writeFileSync(join(cwd, 'env'), Buffer.concat([Buffer.alloc(3000), readFileSync(join(cwd, 'k.key'))]));
    const within = bootwright(['boot-partition', '--fat', 'b', '--file', 'env'], { cwd });
    expect([within.status, within.stderr]).toEqual([2, expect.stringContaining('(PEM) at 0xbb8')]);
  });
});
