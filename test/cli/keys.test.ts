import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeNode } from '../../src/devicetree/index.ts';
import { buildFit } from '../../src/fit/index.ts';
import { bootwright } from '../support/cli.ts';
import { goodTree, hashNode, imageNode, sample } from '../support/fit.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

describe('bootwright keys', () => {
  test('makes a pair once, and tells what it is', () => {
    const folder = temporaryFolder();
    const made = bootwright(['keys', 'new', 'dev', '--out', folder, '--kind', 'P-256', '--json']);
    expect([made.stderr, made.status]).toEqual(['', 0]);
    expect(readdirSync(folder).sort()).toEqual(['dev.crt', 'dev.key', 'dev.pub']);
    expect(statSync(join(folder, 'dev.key')).mode & 0o777).toBe(0o600);
    const { fingerprint } = JSON.parse(made.stdout) as { fingerprint: string };
    for (const file of ['dev.key', 'dev.crt', 'dev.pub']) {
      const shown = bootwright(['keys', 'show', join(folder, file), '--json']);
      expect(JSON.parse(shown.stdout)).toMatchObject({ kind: 'P-256', bits: 256, fingerprint });
    }
    const before = readFileSync(join(folder, 'dev.key'));
    const again = bootwright(['keys', 'new', 'dev', '--out', folder, '--kind', 'P-256']);
    expect(again.status).toBe(3);
    expect(again.stderr).toContain('it exists already [file/write]');
    expect(readFileSync(join(folder, 'dev.key'))).toEqual(before);
  });

  test.each([
    ['a kind that is none', ['keys', 'new', 'dev', '--kind', 'rsa512'], 2, 'rsa512'],
    [
      'a file that is not there',
      ['keys', 'show', '/nonexistent.pem'],
      3,
      'no key /nonexistent.pem: no such file or folder',
    ],
    ['a verb that is none', ['keys', 'make'], 2, 'make'],
    ['a noun that is none', ['key'], 2, 'key'],
  ])('%s is one line and an exit code', (_name, args, status, message) => {
    const result = bootwright(args);
    expect([result.status, result.stdout]).toEqual([status, '']);
    expect(result.stderr).toContain(message);
    expect(result.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  });

  test('a file that holds no key is refused', () => {
    const file = join(temporaryFolder(), 'x.pem');
    writeFileSync(file, 'not a key');
    const result = bootwright(['keys', 'show', file]);
    expect([result.status, result.stdout]).toEqual([1, '']);
  });

  test.each<readonly [string, readonly string[]]>([
    ['keys show', ['keys', 'show', 'dev.key', '--json']],
    ['fit sign', ['fit', 'sign', 'image.itb', '--keys', '.', '--json']],
    ['fit preload add', ['fit', 'preload', 'add', 'image.itb', '--key', 'dev.key', '--out', 'image.pre', '--json']],
    ['boot-partition', ['boot-partition', '--fat', 'boot.vfat', 'dev.key', '--json']],
    ['cert rotpk', ['cert', 'rotpk', 'dev.key', '--json']],
    ['as mkimage', ['as', 'mkimage', '-F', '-q', '-k', '.', 'image.itb']],
  ])('%s warns of a key that others can read, once, beside its answer', async (_, args) => {
    const cwd = temporaryFolder();
    expect(bootwright(['keys', 'new', 'dev', '--out', '.'], { cwd }).status).toBe(0);
    writeFileSync(join(cwd, 'image.itb'), (await buildFit(goodTree())).fit);
    for (const mode of [0o600, 0o400]) {
      chmodSync(join(cwd, 'dev.key'), mode);
      expect(bootwright(args, { cwd })).toMatchObject({ status: 0, stderr: '' });
    }
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      chmodSync(join(cwd, 'dev.key'), mode);
      const { status, stderr, stdout } = bootwright(args, { cwd });
      expect([
        status,
        stderr.match(/dev\.key, a secret key \(mode 0\d{3}\): chmod 600 (?:\.\/)?dev\.key\n/g)?.length,
      ]).toEqual([0, 1]);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      if (args.includes('--json')) expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    }
    chmodSync(join(cwd, 'dev.pub'), 0o644);
    expect(bootwright(['keys', 'show', 'dev.pub'], { cwd }).stderr).toBe('');
  });

  test('a key for images that others can read is warned of, its vector is not', async () => {
    const cwd = temporaryFolder();
    const cipher = makeNode('cipher', { algo: 'aes128', 'key-name-hint': 'aes', 'iv-name-hint': 'iv' });
    const image = imageNode('kernel-1', { data: sample(100, 1), type: 'kernel' }, [hashNode(), cipher]);
    const tree = goodTree({ images: [image], configurations: [makeNode('conf-1', { kernel: 'kernel-1' })] });
    writeFileSync(join(cwd, 'image.itb'), (await buildFit(tree)).fit);
    for (const name of ['aes', 'iv']) writeFileSync(join(cwd, `${name}.bin`), sample(16, 1), { mode: 0o644 });
    const { stderr } = bootwright(['as', 'mkimage', '-F', '-q', '-k', '.', 'image.itb'], { cwd });
    expect(stderr).toMatch(/^warning: .*aes\.bin, a secret key \(mode 0644\): chmod 600 aes\.bin\n$/);
  });

  interop(['openssl'], 'openssl reads what we made', () => {
    const folder = temporaryFolder();
    expect(bootwright(['keys', 'new', 'dev', '--out', folder]).status).toBe(0);
    const [key, certificate, publicKey] = ['dev.key', 'dev.crt', 'dev.pub'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    expect(runOk('openssl', ['pkey', '-in', key, '-pubout']).stdout).toBe(readFileSync(publicKey, 'utf8'));
    expect(runOk('openssl', ['verify', '-CAfile', certificate, certificate]).stdout).toContain('OK');
    expect(runOk('openssl', ['x509', '-in', certificate, '-noout', '-subject']).stdout).toMatch(/CN ?= ?dev/);
  });
});
