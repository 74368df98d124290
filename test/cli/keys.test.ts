import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bootwright } from '../support/cli.ts';
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
