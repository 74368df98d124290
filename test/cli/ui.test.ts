import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BIN, bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { sampleImages } from '../support/images.ts';

describe('bootwright inspect', () => {
  test('prints the tree, what vouches for it and the digests; --json gives the same as data', async () => {
    const { fit } = await sampleImages();
    const file = join(temporaryFolder(), 'image.fit');
    writeFileSync(file, fit);
    const { status, stdout } = bootwright(['inspect', file]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^image.fit: image tree, 3 images/);
    expect(stdout).toContain('digest in /images/kernel-1/hash-1: matches, and is itself only claimed');
    expect(stdout).toContain('signature by dev: claimed, not checked');
    expect(stdout).toContain('image.fit: not verified');
    expect(stdout).toContain('Nothing here was held against anything that you trust: see --trust.');
    const told = JSON.parse(bootwright(['inspect', file, '--json']).stdout) as Record<string, unknown>;
    expect(told).toMatchObject({ name: 'image.fit', kind: 'fit', size: fit.length });
    expect(told).toMatchObject({ verdict: { verdict: 'not-verified' } });
  });

  /** [files, what is trusted, exit code, lines of the answer] */
  const cases: readonly (readonly [string, string, number, readonly string[]])[] = [
    [
      'image.fit control.dtb',
      '',
      0,
      ['image.fit: consistent', 'All that boots: consistent', 'nobody vouches for control.dtb'],
    ],
    [
      'image.fit control.dtb',
      'control.dtb',
      0,
      ['image.fit: verified', 'you trust it: control.dtb', 'All that boots: verified'],
    ],
    ['image.fit', 'control.dtb', 0, ['image.fit: verified', 'All that boots: verified']],
    ['image.fit', 'stranger.pub', 1, ['image.fit: not verified', 'no open key signed it: stranger.pub']],
    ['altered.fit control.dtb', '', 1, ['altered.fit: refused', 'All that boots: refused']],
    ['altered.fit', 'control.dtb', 1, ['altered.fit: refused', 'refused by']],
    ['image.fit', 'f'.repeat(64), 1, [`no open file has the hash ${'f'.repeat(64)}`]],
    ['image.fit', 'image.fit', 2, []],
    ['image.fit', 'nowhere.pub', 3, []],
  ];
  test.each(cases)('inspect %s, trusting "%s", ends with %i', async (names, trusted, status, lines) => {
    const { fit, control, publicKeyPem } = await sampleImages();
    const folder = temporaryFolder();
    const altered = fit.slice();
    altered[600]! ^= 1;
    const files = { 'image.fit': fit, 'control.dtb': control, 'altered.fit': altered, 'stranger.pub': publicKeyPem };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const at = (name: string): string => (/^f{64}$/.test(name) ? name : join(folder, name));
    const args = [...names.split(' ').map(at), ...(trusted === '' ? [] : ['--trust', at(trusted)])];
    const ran = bootwright(['inspect', ...args, '--depth', '0']);
    expect(ran.status).toBe(status);
    for (const line of lines) expect(ran.stdout).toContain(line);
    if (status > 1) return;
    const told = JSON.parse(bootwright(['inspect', ...args, '--json']).stdout) as {
      readonly verdict: string;
      readonly files: readonly { readonly name: string; readonly verdict: string }[];
    };
    for (const { name, verdict } of told.files) {
      expect(ran.stdout).toContain(`${name}: ${verdict === 'not-verified' ? 'not verified' : verdict}`);
    }
  });

  test('two files of one name are called by their paths', async () => {
    const { fit } = await sampleImages();
    const [one, other] = [join(temporaryFolder(), 'image.fit'), join(temporaryFolder(), 'image.fit')];
    writeFileSync(one, fit);
    writeFileSync(other, fit.subarray(0, 2000));
    const { stdout } = bootwright(['inspect', one, other]);
    for (const path of [one, other]) expect(stdout).toContain(`${path}: `);
  });

  test('a cut file ends with 1 and says where; a missing one with 3', async () => {
    const { dtb } = await sampleImages();
    const file = join(temporaryFolder(), 'cut.dtb');
    writeFileSync(file, dtb.subarray(0, 100));
    const { status, stdout } = bootwright(['inspect', file]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/Stopped .*\[binary\/truncated\]/);
    expect(bootwright(['inspect', `${file}.not`]).status).toBe(3);
  });
});

describe('bootwright ui', () => {
  test('serves the page and the files that it was given, and nothing else', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.bin'), '0123456789');
    const url = await startUi(folder);
    const page = await get(url);
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(JSON.parse((await get(`${url}session.json`)).body)).toMatchObject({
      files: [{ name: 'a.bin', size: 10 }],
      boards: false,
    });
    expect(await get(`${url}files/0`, { Range: 'bytes=2-5' })).toMatchObject({ status: 206, body: '2345' });
    expect((await get(`${url}files/0`, { Range: 'bytes=20-25' })).status).toBe(416);
    for (const path of [
      'files/1',
      'files/-1',
      '../package.json',
      '%2e%2e/package.json',
      'files/..%2f0',
      'nothing.js',
    ]) {
      expect((await get(url + path)).status, path).toBe(404);
    }
    expect((await get(`${url}trace?scenario=%7B%7D`)).status).toBe(400);
  });

  test('refuses a request that names another host', async () => {
    const url = await startUi(temporaryFolder());
    expect((await get(url, { Host: 'example.org' })).status).toBe(403);
  });

  test('a folder that is not there is an input/output failure', () => {
    expect(bootwright(['ui', join(temporaryFolder(), 'none')]).status).toBe(3);
  });
});

async function startUi(folder: string): Promise<string> {
  const child = spawn(process.execPath, [BIN, 'ui', folder, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGTERM'));
  for await (const piece of child.stdout) {
    const { url } = JSON.parse(String(piece)) as { url: string };
    return url;
  }
  throw new Error('bootwright ui printed nothing');
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** A plain request: fetch would tidy the path and set the host itself. */
function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { port, origin } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path: url.slice(origin.length), headers }, (response) => {
      let body = '';
      response.on('data', (piece: Buffer) => {
        body += piece.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
