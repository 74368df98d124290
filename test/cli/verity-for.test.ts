import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noise } from '../verity/sample.ts';

const VECTORS = resolve(import.meta.dirname, '../vectors/verity');
const devices = ['--data-device', '/dev/a', '--hash-device', '/dev/b'];

function workplace() {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'data'), noise(16 * 65_536));
  return { cwd, run: (...args: string[]) => bootwright(['verity', ...args], { cwd }) };
}

describe('verity … --for', () => {
  test('format warns of what no kernel opens, and refuses it before anything is written', () => {
    const { cwd, run } = workplace();
    const large = ['format', 'data', 'hash', '--seed', 'x', '--data-block-size', '65536'];
    const refused = run(...large, '--for', 'linux@6.1');
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain('linux@6.1:64k');
    expect(existsSync(join(cwd, 'hash'))).toBe(false);
    expect(run(...large).stdout).toMatch(/warning: Linux with pages of 4096 bytes does not take data blocks of 65536/);
    expect(run(...large, '--for', 'linux@6.1:64k').stdout).not.toContain('warning');
    const hash = run('format', 'data', 'hash', '--algorithm', 'sha512-256', '--json', '--seed', 'x');
    expect(JSON.parse(hash.stdout)).toMatchObject({ warnings: [{ kind: 'unsupported' }] });
    expect(run('info', 'hash').stdout).toContain('no Linux takes the hash sha512-256');
    expect(run('info', 'hash', '--for', 'linux@6.12').status).toBe(2);
    expect(run('format', 'data', 'hash', '--for', 'linux').status).toBe(2);
  });

  test('table says what does not open, waits for devices and names the root', () => {
    const { run } = workplace();
    run('format', 'data', 'hash', '--seed', 'x', '--description', 'd.json', '--fec-file', 'fec');
    const table = (...more: string[]) => run('table', '--description', 'd.json', ...devices, ...more);
    const early = table('--style', 'dm-mod');
    expect(early.stdout).toMatch(/^dm-mod\.create="[^"]+" dm-mod\.waitfor=\/dev\/a,\/dev\/b root=\/dev\/dm-0 ro\n$/);
    expect(early.stderr).toBe('');
    expect(table('--style', 'dm-mod', '--target', 'usr').stdout).toMatch(/" dm-mod\.waitfor=\/dev\/a,\/dev\/b\n$/);
    const old = table('--style', 'dm-mod', '--for', 'linux@5.15');
    expect(old.stdout).toMatch(/" root=\/dev\/dm-0 ro\n$/);
    expect(old.stderr).toMatch(/^warning: linux@5\.15 does not take dm-mod\.waitfor=/);

    const parity = ['--style', 'systemd', '--fec-device', '/dev/c'];
    expect(table(...parity)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('systemd before 254') as string,
    });
    expect(table(...parity, '--for', 'systemd@252')).toMatchObject({ status: 2, stdout: '' });
    expect(table(...parity, '--for', 'systemd@257')).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(table(...parity, '--json').stdout)).toMatchObject({
      warnings: expect.arrayContaining([expect.stringContaining('fec-device')]) as string[],
    });
    const modes = ['--style', 'table', '--flag', 'ignore_corruption', '--flag', 'panic_on_corruption'];
    expect(table(...modes)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('contradict') as string,
    });
    expect(table('--style', 'table', '--flag', 'panic_on_error', '--for', 'linux@6.1').status).toBe(2);
    expect(table('--style', 'table', '--flag', 'panic_on_error', '--for', 'linux@6.12').status).toBe(0);
  });

  test('signatures are held to the kernel that is named', () => {
    const { run } = workplace();
    const sign = (...more: string[]) =>
      run(
        'sign',
        '--root-hash-file',
        `${VECTORS}/root-hash`,
        '--key',
        `${VECTORS}/ec.key`,
        '--certificate',
        `${VECTORS}/ec.crt`,
        '--out',
        's.p7s',
        ...more,
      );
    expect(sign('--for', 'linux@5.10')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('before 5.14') as string,
    });
    expect(sign()).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/warning: Linux before 5\.14 refuses ECDSA/) as string,
    });
    const quiet = sign('--for', 'linux@5.15');
    expect(quiet.status).toBe(0);
    expect(quiet.stderr).not.toContain('Linux');
  });

  test('verify takes a signature where every kernel that counts does', () => {
    const { cwd, run } = workplace();
    run('format', 'data', 'hash', '--seed', 'x', '--description', 'd.json', '--root-hash-file', 'rh');
    run(
      'sign',
      '--root-hash-file',
      'rh',
      '--key',
      `${VECTORS}/ec.key`,
      '--certificate',
      `${VECTORS}/ec.crt`,
      '--out',
      's.p7s',
    );
    expect(existsSync(join(cwd, 's.p7s'))).toBe(true);
    const verify = (...more: string[]) =>
      run(
        'verify',
        'data',
        'hash',
        '--description',
        'd.json',
        '--signature',
        's.p7s',
        '--certificate',
        `${VECTORS}/ec.crt`,
        ...more,
      );
    expect(verify()).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('Linux before 5.14 refuses') as string,
    });
    expect(verify('--for', 'linux@6.1')).toMatchObject({ status: 0, stderr: '' });
    expect(verify('--for', 'linux@6.1', '--for', 'linux@5.10')).toMatchObject({ status: 1, stdout: '' });
  });
});
