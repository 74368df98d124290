import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileSource, Editor, encodeValue, makeNode, writeBlob } from '../../src/devicetree/index.ts';
import { addKeyNode, readPreloadTrust } from '../../src/fit/index.ts';
import { printPrivateKey, printPublicKey } from '../../src/pki/index.ts';
import { bootwright } from '../support/cli.ts';
import { emptyControl, goodTree, keyFor, sample } from '../support/fit.ts';
import { temporaryFolder } from '../support/folder.ts';

const ENV = { SOURCE_DATE_EPOCH: '1700000000' };
const SOURCE = `/dts-v1/;
/ {
  description = "test";
  #address-cells = <1>;
  images {
    kernel-1 {
      data = /incbin/("kernel"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none";
      load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; };
    };
  };
  configurations {
    default = "conf-1";
    conf-1 { kernel = "kernel-1"; signature-1 { algo = "sha256,rsa2048"; key-name-hint = "dev"; }; };
  };
};
`;

async function prepare(): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'image.its'), SOURCE);
  writeFileSync(join(folder, 'kernel'), sample(5000, 1));
  writeFileSync(join(folder, 'control.dtb'), emptyControl());
  writeFileSync(join(folder, 'dev.key'), printPrivateKey(await keyFor('dev')), { mode: 0o600 });
  return folder;
}

const runFit = (cwd: string, ...args: readonly string[]) => bootwright(['fit', ...args], { cwd, env: ENV });

describe('bootwright fit preload', () => {
  test('puts the key into the control tree and verifies by it', async () => {
    const folder = await prepare();
    const bare = runFit(folder, 'preload', 'verify', 'kernel', '--control', 'control.dtb');
    expect(bare).toMatchObject({ status: 1, stderr: expect.stringContaining('fit/not-verified') });
    const add = ['preload', 'add', 'kernel', '--key', 'dev.key', '--out', 'kernel.pre', '--control', 'control.dtb'];
    expect(runFit(folder, ...add)).toMatchObject({ status: 0, stderr: '' });
    const verify = (file: string) => runFit(folder, 'preload', 'verify', file, '--control', 'control.dtb', '--json');
    const good = verify('kernel.pre');
    expect(good.status).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({ verdict: 'verified', start: 4096, size: 5000, mandatory: true });
    expect(verify('kernel')).toMatchObject({ status: 1, stderr: expect.stringContaining('binary/constant') });
    const altered = readFileSync(join(folder, 'kernel.pre'));
    altered[4096]! ^= 1;
    writeFileSync(join(folder, 'altered'), altered);
    expect(verify('altered')).toMatchObject({ status: 1, stderr: expect.stringContaining('fit/preload') });
    expect(runFit(folder, 'preload', 'verify', 'kernel.pre')).toMatchObject({ status: 2 });
    expect(runFit(folder, ...add, '--padding', 'pss')).toMatchObject({ status: 1 });
  });

  test('a build puts the named certificate into a control tree with the node, or fails', async () => {
    const folder = await prepare();
    const control = (rest: string): void => {
      const node = `image { pre-load { sig { algo-name = "sha256,rsa2048"; signature-size = <256>; ${rest} }; }; };`;
      writeFileSync(join(folder, 'control.dtb'), writeBlob(compileSource(Buffer.from(`/dts-v1/; / { ${node} };`))));
    };
    const build = () => runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.', '--control', 'control.dtb');
    for (const rest of ['', 'key-name = "dev";', 'key-name = "../dev";']) {
      control(rest);
      const before = readFileSync(join(folder, 'control.dtb'));
      expect(build(), rest).toMatchObject({ status: 3, stderr: expect.stringContaining('crypto/key-missing') });
      expect(existsSync(join(folder, 'a.itb'))).toBe(false);
      expect(readFileSync(join(folder, 'control.dtb'))).toEqual(before);
    }
    control('key-name = "dev";');
    writeFileSync(join(folder, 'dev.crt'), printPublicKey((await keyFor('dev')).public));
    expect(build()).toMatchObject({ status: 0 });
    const trust = readPreloadTrust(readFileSync(join(folder, 'control.dtb')));
    expect(trust?.publicKey).toEqual((await keyFor('dev')).public);
  });
});

describe('bootwright fit', () => {
  test('builds, verifies, lists, compares and takes apart', async () => {
    const folder = await prepare();
    const build = runFit(
      folder,
      'build',
      'image.its',
      '-o',
      'a.itb',
      '--keys',
      '.',
      '--control',
      'control.dtb',
      '--require',
      '--json',
    );
    expect(build).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(build.stdout)).toMatchObject({
      file: 'a.itb',
      signatures: [{ path: '/configurations/conf-1/signature-1', algorithm: 'sha256,rsa2048', hint: 'dev' }],
    });
    const verify = runFit(folder, 'verify', 'a.itb', '--key', 'control.dtb', '--explain', '--json');
    expect(verify.status).toBe(0);
    expect(JSON.parse(verify.stdout)).toMatchObject({ verdict: 'verified', target: 'strict', faults: [] });
    expect(runFit(folder, 'list', 'a.itb').stdout).toContain('Sign algo:    sha256,rsa2048:dev');
    expect(runFit(folder, 'lint', 'a.itb', '--control', 'control.dtb').status).toBe(0);
    expect(runFit(folder, 'extract', 'a.itb', '--out', 'out').status).toBe(0);
    expect(readFileSync(join(folder, 'out/kernel-1')).equals(sample(5000, 1))).toBe(true);

    const sign = runFit(folder, 'sign', 'a.itb', '-o', 'b.itb', '--key', 'dev.key', '--external', '--align', '0x100');
    expect(sign.status).toBe(0);
    expect(runFit(folder, 'verify', 'b.itb', '--key', 'dev.key').stdout).toContain('b.itb: verified (strict)');
    const difference = runFit(folder, 'diff', 'a.itb', 'b.itb');
    expect(difference.status).toBe(1);
    expect(difference.stdout).toContain('+  /images/kernel-1:data-offset');
  });

  test('names the file that is broken, the byte that differs, and shows programs whole values', async () => {
    const folder = await prepare();
    runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.', '--control', 'control.dtb', '--require');
    const good = readFileSync(join(folder, 'a.itb'));
    const altered = Buffer.from(good);
    altered[altered.indexOf(sample(64, 1)) + 0x100]! ^= 1;
    writeFileSync(join(folder, 'b.itb'), altered);
    expect(runFit(folder, 'diff', 'a.itb', 'b.itb').stdout).toMatch(/kernel-1:data: .*, from byte 0x100\n$/);
    expect(runFit(folder, 'list', 'kernel').stderr).toMatch(/^error: kernel\.fdt_header\.magic /);
    expect(runFit(folder, 'verify', 'control.dtb', '--key', 'control.dtb').stderr).toMatch(/^error: control\.dtb:\/ /);
    const { images, configurations } = JSON.parse(runFit(folder, 'list', 'a.itb', '--json').stdout);
    expect(images[0].nodes[0].properties.value).toMatch(/^[0-9a-f]{64}$/);
    expect(configurations[0].nodes[0].properties.value).toMatch(/^[0-9a-f]{512}$/);
  });

  test('a key by file has to have signed, whatever a control tree beside it says', async () => {
    const folder = await prepare();
    runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.', '--control', 'control.dtb', '--require');
    const editor = new Editor(readFileSync(join(folder, 'control.dtb')));
    editor.setProperty(editor.get('/signature'), 'required-mode', encodeValue('any'));
    writeFileSync(join(folder, 'any.dtb'), editor.bytes());
    writeFileSync(join(folder, 'other.key'), printPrivateKey(await keyFor('other')), { mode: 0o600 });
    expect(runFit(folder, 'verify', 'a.itb', '--key', 'any.dtb')).toMatchObject({ status: 0 });
    expect(runFit(folder, 'verify', 'a.itb', '--key', 'any.dtb', '--key', 'other.key')).toMatchObject({ status: 1 });
  });

  test('two control trees whose key nodes are called the same hold two keys', async () => {
    const folder = await prepare();
    runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.', '--control', 'control.dtb', '--require');
    const { public: publicKey } = await keyFor('other');
    const key = { publicKey, hint: 'dev', hash: 'sha256', required: 'conf' } as const;
    writeFileSync(join(folder, 'other.dtb'), addKeyNode(emptyControl(), key));
    const verify = (...keys: readonly string[]) =>
      runFit(folder, 'verify', 'a.itb', ...keys.flatMap((key) => ['--key', key]), '--json');
    expect(JSON.parse(verify('control.dtb').stdout)).toMatchObject({
      trust: { verdict: 'verified', anchors: [{ named: '--key control.dtb' }] },
    });
    const both = verify('control.dtb', 'other.dtb');
    expect(both.status).toBe(1);
    expect(JSON.parse(both.stdout)).toMatchObject({ verdict: 'refused', trust: { verdict: 'refused' } });
  });

  test('each of two control trees wants one of its own keys, where its mode is any', async () => {
    const folder = await prepare();
    runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.', '--control', 'control.dtb', '--require');
    const anyOf = (name: string, tree: Uint8Array): void => {
      const editor = new Editor(tree);
      editor.setProperty(editor.get('/signature'), 'required-mode', encodeValue('any'));
      writeFileSync(join(folder, name), editor.bytes());
    };
    const { public: publicKey } = await keyFor('other');
    const other = { publicKey, hint: 'other', hash: 'sha256', required: 'conf' } as const;
    const control = readFileSync(join(folder, 'control.dtb'));
    anyOf('dev.dtb', control);
    anyOf('both.dtb', addKeyNode(control, other));
    anyOf('other.dtb', addKeyNode(emptyControl(), other));
    const verify = (...keys: readonly string[]) =>
      runFit(folder, 'verify', 'a.itb', ...keys.flatMap((key) => ['--key', key])).status;
    expect([verify('dev.dtb'), verify('both.dtb'), verify('other.dtb')]).toEqual([0, 0, 1]);
    expect([verify('dev.dtb', 'both.dtb'), verify('dev.dtb', 'other.dtb')]).toEqual([0, 1]);
  });

  test('checks what a board would boot, and says so where nobody knows', async () => {
    const folder = await prepare();
    runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.', '--control', 'control.dtb', '--require');
    const editor = new Editor(readFileSync(join(folder, 'a.itb')));
    editor.deleteProperty(editor.get('/configurations'), 'default');
    writeFileSync(join(folder, 'none.itb'), editor.bytes());
    const verify = (...args: readonly string[]) =>
      runFit(folder, 'verify', 'none.itb', '--key', 'control.dtb', ...args);
    expect(verify()).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^none\.itb: not-verified \(strict\)\n {2}without FIT_BEST_MATCH boots: nothing/),
    });
    expect(JSON.parse(verify('--json').stdout)).toMatchObject({ verdict: 'not-verified', choice: { bestMatch: [] } });
    expect(verify('--configuration', 'conf-1').status).toBe(0);
    expect(verify('--board', 'acme,board,x').status).toBe(2);
    const fitting = verify('--board', 'acme,a,acme,b', '--json', '--as', '2026.10');
    expect(JSON.parse(fitting.stdout).choice.board).toEqual(['acme,a', 'acme,b']);
    expect(fitting.status).toBe(1);
  });

  test('refuses what was altered, and says where', async () => {
    const folder = await prepare();
    runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.', '--control', 'control.dtb', '--require');
    const altered = readFileSync(join(folder, 'a.itb'));
    const offset = altered.indexOf(sample(64, 1));
    altered[offset + 100]! ^= 1;
    writeFileSync(join(folder, 'b.itb'), altered);
    const verify = runFit(folder, 'verify', 'b.itb', '--key', 'control.dtb', '--json');
    expect(verify.status).toBe(1);
    expect(JSON.parse(verify.stdout)).toMatchObject({
      verdict: 'refused',
      faults: [{ code: 'fit/hash-mismatch', path: '/images/kernel-1/hash-1', offset }],
    });
    const extract = runFit(folder, 'extract', 'b.itb', 'kernel-1');
    expect(extract).toMatchObject({ status: 1, stderr: expect.stringContaining('fit/hash-mismatch') });
    expect(runFit(folder, 'extract', 'b.itb', 'kernel-1', '--unchecked').status).toBe(0);
  });

  test('lint tells of a required key that did not sign; lint and extract refuse what is no image tree', async () => {
    const folder = await prepare();
    runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', '.');
    const { public: publicKey } = await keyFor('other');
    const key = { publicKey, hint: 'other', hash: 'sha256', required: 'conf' } as const;
    writeFileSync(join(folder, 'other.dtb'), addKeyNode(emptyControl(), key));
    expect(runFit(folder, 'lint', 'a.itb', '--control', 'other.dtb')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('no signature by other (sha256,rsa2048) [missing-key]'),
    });
    const refusal = { status: 1, stdout: '', stderr: expect.stringMatching(/control\.dtb:\/ .*no 'images' node/) };
    expect(runFit(folder, 'lint', 'control.dtb')).toMatchObject(refusal);
    expect(runFit(folder, 'extract', 'control.dtb', '--out', 'out')).toMatchObject(refusal);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('does nothing by halves', async () => {
    const folder = await prepare();
    const missing = runFit(folder, 'build', 'image.its', '-o', 'a.itb', '--keys', 'nowhere');
    expect(missing).toMatchObject({ status: 3, stderr: expect.stringContaining('crypto/key-missing') });
    expect(() => readFileSync(join(folder, 'a.itb'))).toThrow();
    expect(runFit(folder, 'sign', 'nope.itb', '--keys', '.').status).toBe(3);
    expect(runFit(folder, 'verify', 'image.its', '--key', 'dev.key').status).toBe(1);
    expect(runFit(folder, 'build', 'image.its', '-o', 'nowhere/a.itb').status).toBe(3);
    runFit(folder, 'build', 'image.its', '-o', 'a.itb');
    const unsigned = runFit(folder, 'verify', 'a.itb', '--key', 'control.dtb');
    expect(unsigned).toMatchObject({ status: 1, stdout: expect.stringContaining('not-verified') });
    expect(runFit(folder, 'verify', 'a.itb', '--key', 'dev.key', '--as', 'grub').status).toBe(2);
  });
});

test('what an image says moves no cursor, starts no line and changes no colour', () => {
  const folder = temporaryFolder();
  const images = [
    makeNode('k', { data: Uint8Array.of(1), type: 'kernel', description: 'd\n  Hash value: 00\x1b[31m' }),
  ];
  const configurations = [makeNode('c', { kernel: 'no\x1b[2J' })];
  writeFileSync(join(folder, 'a.itb'), writeBlob(goodTree({ images, configurations })));
  const list = runFit(folder, 'list', 'a.itb').stdout;
  expect(list).toContain('d\\x0a  Hash value: 00\\x1b[31m\n');
  const lint = runFit(folder, 'lint', 'a.itb').stdout;
  expect(lint).toContain('no\\x1b[2J');
  for (const text of [list, lint, runFit(folder, 'list', 'a.itb', '--nodes').stdout])
    expect(text).not.toContain('\x1b');
});
