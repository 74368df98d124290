import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BIN, bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-cli-'));
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  const made = bootwright(['demo', '--folder', folder]);
  if (made.status !== 0) throw new Error(made.stdout + made.stderr);
});

const clone = (): string => {
  const copy = join(temporaryFolder(), 'chain');
  cpSync(folder, copy, { recursive: true });
  return copy;
};

describe('bootwright build', () => {
  test('gives the same files again, and says what they are', () => {
    const first = bootwright(['build', join(folder, 'chain.yaml'), '-o', join(folder, 'a'), '--json']);
    const second = bootwright(['build', join(folder, 'chain.yaml'), '-o', join(folder, 'b'), '--json']);
    expect([first.stderr, first.status, second.stdout]).toEqual(['', 0, first.stdout]);
    expect(JSON.parse(first.stdout)).toMatchObject({
      version: 1,
      stages: { kernel: { outputs: { 'image.fit': {} } } },
    });
  });

  test.each([
    [
      'a missing key',
      (copy: string) => rmSync(join(copy, 'keys/dev.key')),
      3,
      /no key .*dev\.key: no such file or folder \[crypto\/key-missing\]/,
    ],
    [
      'a missing input',
      (copy: string) => rmSync(join(copy, 'Image')),
      3,
      /cannot read .*Image: no such file or folder/,
    ],
    [
      'a mistake in the manifest',
      (copy: string) => writeFileSync(join(copy, 'chain.yaml'), 'version: 1\nkyes: {}\n'),
      2,
      /chain\.yaml:2: kyes: unknown/,
    ],
    [
      'a certificate of another key',
      (copy: string) => cpSync(join(copy, 'keys/dev.crt'), join(copy, 'keys/rootfs.crt')),
      1,
      /\[pki\/signature\]/,
    ],
    [
      'a root file system that is no whole block',
      (copy: string) => writeFileSync(join(copy, 'rootfs.squashfs'), 'short'),
      1,
      /\[verity\/tail\]/,
    ],
  ] as const)('%s is one error, an exit code, and no output', (_name, spoil, status, message) => {
    const copy = clone();
    rmSync(join(copy, 'out'), { recursive: true });
    spoil(copy);
    const result = bootwright(['build', join(copy, 'chain.yaml')]);
    expect([result.status, result.stdout]).toEqual([status, '']);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^error: .*\n(fix: .*\n)?$/);
  });

  test('an output folder that cannot be is one error, and nothing is left behind', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'in the way');
    const result = bootwright(['build', join(folder, 'chain.yaml'), '-o', join(file, 'out')]);
    expect(result.status).toBe(3);
    expect(result.stderr).toMatch(
      /^error: cannot write .*out: a part of the path is not a folder \[file\/write\]\n(fix: .*\n)?$/,
    );
    expect(readFileSync(file, 'utf8')).toBe('in the way');
  });
});

describe('bootwright verify', () => {
  test('a whole chain, then one with a byte altered', () => {
    const good = bootwright(['verify', out, '--trust', join(folder, 'keys/firmware.crt')]);
    expect([good.stderr, good.status]).toEqual(['', 0]);
    expect(good.stdout).toContain('BOOTED config-1');
    const copy = clone();
    const rootfs = readFileSync(join(copy, 'out/rootfs.img'));
    rootfs[5000]! ^= 1;
    writeFileSync(join(copy, 'out/rootfs.img'), rootfs);
    const bad = bootwright(['verify', join(copy, 'out'), '--json']);
    expect(bad.status).toBe(1);
    const report = JSON.parse(bad.stdout) as { steps: { fault?: object }[] };
    expect(report).toMatchObject({ verdict: 'refused', stage: 'rootfs' });
    expect(report.steps.at(-1)?.fault).toMatchObject({ code: 'verity/data-block', offset: 4096 });
  });

  test('--explain says what vouches for what, --sarif the findings', () => {
    const explained = bootwright(['verify', out, '--explain']);
    expect(explained.stdout).toMatch(
      /CONSISTENT config-1.*\n\nChain of trust:\n· the device's fuses: sha256 [0-9a-f]{64}\n└─ ≈ rsa2048/,
    );
    expect(explained.stdout).toContain('u-boot@2026.10 accepts it');
    expect(JSON.parse(bootwright(['verify', out, '--explain', '--json']).stdout)).toHaveProperty('findings[0].id');
    expect(JSON.parse(bootwright(['verify', out, '--sarif']).stdout)).toMatchObject({ version: '2.1.0' });
  });

  test.each([
    ['another key', ['--trust', join(folder, 'keys/dev.crt')], 1, 'boot/untrusted-key'],
    ['a key that is not there', ['--trust', join(folder, 'nothing')], 3, 'crypto/key-missing'],
    ['a higher rollback counter', ['--rollback', '3'], 1, "rollback counter firmware 0 is below the device's 3"],
    [
      'a higher counter of the kernel',
      ['--rollback', 'kernel=3'],
      1,
      "rollback counter kernel 0 is below the device's 3",
    ],
    ['one counter higher than the rest', ['--rollback', 'firmware=1', '--rollback', '0'], 1, 'firmware 0 is below'],
    ['a counter of another scheme', ['--rollback', 'tfw=3'], 2, 'no such counter: firmware, kernel'],
    ['a counter that is given twice', ['--rollback', 'kernel=3', '--rollback', 'kernel=0'], 2, 'kernel is given twice'],
  ])('%s does not verify', (_name, args, status, code) => {
    const result = bootwright(['verify', out, ...args]);
    expect(result.status).toBe(status);
    expect(result.stdout + result.stderr).toContain(code);
  });

  test('a folder without a lock has nobody to trust', () => {
    const result = bootwright(['verify', temporaryFolder()]);
    expect([result.status, result.stderr]).toEqual([2, expect.stringContaining('[boot/no-trust]')]);
  });
});

describe('bootwright serve and boot', () => {
  test('a device boots from the server, which ends when it is asked to', async () => {
    const server = spawn(process.execPath, [BIN, 'serve', out, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = createInterface({ input: server.stdout });
      const [first] = (await once(lines, 'line')) as [string];
      const { kind, url, rotpk } = JSON.parse(first) as { kind: string; url: string; rotpk: string };
      expect(kind).toBe('serving');
      const booted = bootwright(['boot', url, '--trust', rotpk, '--json']);
      expect([booted.stderr, booted.status]).toEqual(['', 0]);
      expect(JSON.parse(booted.stdout)).toMatchObject({ verdict: 'verified' });
      const stranger = bootwright(['boot', url, '--trust', join(folder, 'keys/dev.key')]);
      expect([stranger.status, stranger.stdout]).toEqual([1, expect.stringContaining('REFUSED at the firmware stage')]);
    } finally {
      server.kill('SIGTERM');
    }
    expect((await once(server, 'exit'))[0]).toBe(0);
  });

  test('a device tells the server how its boot ended, where both were asked to', async () => {
    const server = spawn(process.execPath, [BIN, 'serve', out, '--port', '0', '--json', '--accept-reports'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const events = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
      const next = async (wanted: string): Promise<Record<string, unknown>> => {
        for (;;) {
          const event = JSON.parse(String((await events.next()).value)) as Record<string, unknown>;
          if (event['kind'] === wanted) return event;
        }
      };
      const { url, rotpk, reports } = await next('serving');
      expect(reports).toBe(true);
      const boot = (...more: string[]) => bootwright(['boot', String(url), ...more]);
      const good = boot('--trust', String(rotpk), '--report', 'board-7');
      expect([good.stderr, good.status]).toEqual(['', 0]);
      expect(await next('report')).toMatchObject({
        peer: { address: '127.0.0.1' },
        name: 'board-7',
        report: { verdict: 'verified', steps: { length: 9 } },
      });
      const stranger = boot('--trust', join(folder, 'keys/dev.key'), '--report');
      expect([stranger.stderr, stranger.status]).toEqual(['', 1]);
      expect(await next('report')).toMatchObject({
        report: { verdict: 'refused', stage: 'firmware', steps: [{ code: 'boot/untrusted-key' }] },
      });
      expect(boot('--trust', String(rotpk), '--report', '../x').status).toBe(2);
    } finally {
      server.kill('SIGTERM');
    }
    expect((await once(server, 'exit'))[0]).toBe(0);
  });

  test('a report that the server does not take changes nothing about the verdict, and is said', async () => {
    const server = spawn(process.execPath, [BIN, 'serve', out, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const { url, rotpk } = JSON.parse(line) as { url: string; rotpk: string };
    const booted = bootwright(['boot', url, '--trust', rotpk, '--report', 'board-7']);
    server.kill('SIGTERM');
    await once(server, 'exit');
    expect([booted.status, booted.stdout]).toEqual([3, expect.stringContaining('BOOTED config-1')]);
    expect(booted.stderr).toMatch(
      /^warning: the server did not accept the report: .*Access violation.* \[tftp\/peer\]\n$/,
    );
  });

  test('the rollback counters of a device rise together and then refuse older firmware', async () => {
    const copy = clone();
    const counter = join(copy, 'counter');
    writeFileSync(
      join(copy, 'chain.yaml'),
      `${readFileSync(join(copy, 'chain.yaml'), 'utf8')}rollback: { firmware: 3, kernel: 5 }\n`,
    );
    expect(bootwright(['build', join(copy, 'chain.yaml'), '-o', join(copy, 'newer')]).status).toBe(0);
    const boot = async (folderName: string, ...more: string[]) => {
      const server = spawn(process.execPath, [BIN, 'serve', folderName, '--port', '0', '--json'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
      const { url, rotpk } = JSON.parse(line) as { url: string; rotpk: string };
      const result = bootwright(['boot', url, '--trust', rotpk, '--counter', counter, ...more]);
      server.kill('SIGTERM');
      await once(server, 'exit');
      return result;
    };
    // What an earlier version left: the kernel's counter alone.
    writeFileSync(counter, '4\n');
    const newer = await boot(join(copy, 'newer'), '--json');
    expect([newer.status, JSON.parse(newer.stdout)]).toMatchObject([
      0,
      { counters: { firmware: 3, kernel: 5 }, kernel: { counter: 5, counterLimit: 5 } },
    ]);
    const stored = readFileSync(counter, 'utf8');
    expect(JSON.parse(stored)).toEqual({ version: 1, firmware: 3, kernel: 5 });
    const older = await boot(out);
    expect([older.status, older.stdout]).toEqual([
      1,
      expect.stringMatching(/✗ firmware {3}rollback counters .*boot\/rollback: .*firmware 0 is below the device's 3/),
    ]);
    expect(readFileSync(counter, 'utf8')).toBe(stored);
    rmSync(counter);
    expect((await boot(out)).stdout).toContain(`\ncounters in ${counter}: firmware 0, kernel 0\n`);
    writeFileSync(counter, 'many\n');
    const spoilt = bootwright(['boot', 'tftp://127.0.0.1:1/', '--trust', '0'.repeat(64), '--counter', counter]);
    expect([spoilt.status, spoilt.stderr]).toEqual([2, expect.stringContaining('[boot/counter-file]')]);
  });

  test('what does not verify is not served', () => {
    const copy = clone();
    const fip = readFileSync(join(copy, 'out/fip.bin'));
    fip[2000]! ^= 1;
    writeFileSync(join(copy, 'out/fip.bin'), fip);
    const result = bootwright(['serve', join(copy, 'out'), '--port', '0']);
    expect([result.status, result.stdout]).toEqual([1, '']);
    expect(result.stderr).toMatch(/does not verify, so it is not served: firmware: .*\[boot\/not-served\]/);
  });

  test('a port in use is one error', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const result = bootwright(['serve', out, '--port', String(taken.address().port)]);
    taken.close();
    expect([result.status, result.stdout.includes('serving')]).toEqual([3, false]);
    expect(result.stderr).toMatch(/^error: .*\n(fix: .*\n)?$/);
  });

  test.each([
    ['an address that is none', ['boot', 'http://x/', '--trust', '0'.repeat(64)], 2, 'boot/address'],
    ['no trust', ['boot', 'tftp://127.0.0.1:1/'], 2, 'trust'],
  ])('%s is a usage error', (_name, args, status, message) => {
    const result = bootwright(args);
    expect([result.status, result.stderr]).toEqual([status, expect.stringContaining(message)]);
  });
});

test('every temporary file is gone', () => {
  expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'))).toEqual(
    [],
  );
});
