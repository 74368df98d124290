import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '../../src/binary/index.ts';
import { buildFip, knownImages, resolveImage } from '../../src/fip/index.ts';
import { addKeyNode, readTrust } from '../../src/fit/index.ts';
import { putControlTree } from '../../src/uboot/index.ts';
import { bootwright } from '../support/cli.ts';
import { goodFit, keyFor } from '../support/fit.ts';
import { NOT_VERIFYING, nodtb, STRINGS, tree } from '../support/uboot.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-uboot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
let good: Awaited<ReturnType<typeof goodFit>>;

beforeAll(async () => {
  good = await goodFit();
  const { public: publicKey } = await keyFor('spare');
  const two = addKeyNode(good.control, { publicKey, hint: 'spare', hash: 'sha256' });
  const files: Readonly<Record<string, Uint8Array>> = {
    'good.itb': good.fit,
    'control.dtb': good.control,
    'two.dtb': two,
    'u-boot.bin': putControlTree(nodtb('arm64'), good.control),
    'plain.bin': putControlTree(nodtb('plain', [STRINGS.version]), good.control),
    'u-boot-nodtb.bin': nodtb('arm64'),
    'no-key.bin': putControlTree(nodtb('arm64'), tree()),
    'two.bin': concatBytes([nodtb('arm64'), good.control, tree()]),
    'unsigned.bin': putControlTree(nodtb('arm64', NOT_VERIFYING), good.control),
    'fip.bin': fipOf({ 'soc-fw': tree(), 'nt-fw': putControlTree(nodtb('arm64'), good.control) }),
    'no-loader.bin': fipOf({ 'soc-fw': tree() }),
    'notes.txt': utf8('U-Boot 2026.10 reads this\n'),
    'data.bin': Uint8Array.of(0x68, 0, 1, 2),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(at(name), bytes);
});

/** A FIP with an image by each name. */
const fipOf = (images: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  buildFip(Object.entries(images).map(([name, data]) => ({ uuid: resolveImage(knownImages, name), data })));

describe('fit verify --key', () => {
  test.each([
    [
      'u-boot.bin',
      0,
      /good\.itb: verified/,
      /control device tree at 0x[0-9a-f]+, right behind the code \(arm64 header\)/,
    ],
    ['fip.bin', 0, /good\.itb: verified/, /fip\.bin, nt-fw: control device tree at 0x[0-9a-f]+, right behind the code/],
    ['plain.bin', 0, /good\.itb: verified/, /the only one in it; where the code ends, the bytes do not tell/],
    ['no-key.bin', 1, /not verified/, /right behind the code/],
    ['unsigned.bin', 0, /good\.itb: verified/, /error chain\/loader-cannot-verify: U-Boot 2024\.04-test/],
  ])('takes a U-Boot binary: %s', (file, status, verdict, place) => {
    const ran = bootwright(['fit', 'verify', '--key', at(file), at('good.itb')]);
    expect([ran.status, ran.stdout]).toEqual([status, expect.stringMatching(verdict)]);
    expect(ran.stdout).toMatch(place);
  });

  test.each([
    ['two.bin', 'uboot/two-trees'],
    ['u-boot-nodtb.bin', 'uboot/no-tree'],
    ['no-loader.bin', 'fip/missing'],
    ['data.bin', 'pki/pem'],
  ])('refuses %s', (file, code) => {
    const ran = bootwright(['fit', 'verify', '--key', at(file), at('good.itb')]);
    expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining(code)]);
  });

  test('claims the rules of no release of a loader that cannot verify', () => {
    const targets = (file: string): number => {
      const ran = bootwright(['fit', 'verify', '--explain', '--json', '--key', at(file), at('good.itb')]);
      return (JSON.parse(ran.stdout) as { targets: unknown[] }).targets.length;
    };
    expect([targets('u-boot.bin'), targets('unsigned.bin')]).toEqual([5, 0]);
  });

  test('says in JSON which tree it took', () => {
    const ran = bootwright(['fit', 'verify', '--json', '--key', at('u-boot.bin'), at('good.itb')]);
    const { loaders } = JSON.parse(ran.stdout) as { loaders: { tree: unknown; capabilities: unknown[] }[] };
    expect(loaders[0]).toMatchObject({
      tree: { offset: nodtb('arm64').length, size: good.control.length, by: 'behind the code' },
      codeEnd: { from: 'arm64 header' },
    });
  });
});

describe('keys show', () => {
  test.each(['control.dtb', 'u-boot.bin'])('lists the keys of %s', async (file) => {
    const { stdout, status } = bootwright(['keys', 'show', at(file)]);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /1 key, one required\n\/signature\/key-dev: dev, rsa2048, sha256, required for conf\n {2}sha256 of .*: [0-9a-f]{64}\n$/,
    );
  });

  test('in JSON, with what is required of them', () => {
    const { keys } = readTrust(good.control);
    const { stdout } = bootwright(['keys', 'show', '--json', at('two.dtb')]);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'control-tree',
      requiredMode: 'all',
      loader: null,
      keys: [
        { hint: 'spare', required: null },
        { path: keys[0]!.path, required: 'conf', hash: 'sha256', bits: 2048 },
      ],
    });
  });

  test.each([
    [['no-key.bin'], 0, /0 keys, none required: a loader with it boots what nobody signed/],
    [['two.bin'], 1, /two\.bin: device trees at .* \[uboot\/two-trees/],
    [
      ['u-boot-nodtb.bin'],
      1,
      /u-boot-nodtb\.bin has no control device tree: .*\nfix: Name a tree as firmware\.control-dtb/,
    ],
    [['good.itb'], 2, /good\.itb is an image tree.*\[cli\/usage/],
    [['notes.txt'], 1, /notes\.txt: it holds no key or certificate, neither as PEM nor as DER \[pki\/pem/],
    [['data.bin'], 1, /data\.bin: it holds no key or certificate, neither as PEM nor as DER \[pki\/pem/],
    [['fip.bin'], 0, /fip\.bin, nt-fw: control device tree at .*, 1 key, one required/],
    [['--public', 'control.dtb'], 2, /cli\/usage/],
    [['missing.bin'], 3, /crypto\/key-missing/],
  ] as const)('%s', (args, status, text) => {
    const ran = bootwright(['keys', 'show', ...args.map((arg) => (arg.startsWith('--') ? arg : at(arg)))]);
    expect([ran.status, ran.stdout + ran.stderr]).toEqual([status, expect.stringMatching(text)]);
  });
});

test('fit lint takes the binary for its control tree', () => {
  const ran = bootwright(['fit', 'lint', '--control', at('no-key.bin'), at('good.itb')]);
  expect(ran.stdout).toContain('no-required-key');
  const unsigned = bootwright(['fit', 'lint', '--control', at('unsigned.bin'), at('good.itb')]);
  expect([unsigned.status, unsigned.stdout]).toEqual([
    1,
    expect.stringMatching(/error: .*unsigned\.bin: .*\[chain\/loader-cannot-verify\]/),
  ]);
  const missing = bootwright(['fit', 'lint', '--control', at('missing.bin'), at('good.itb')]);
  expect([missing.status, missing.stderr]).toEqual([3, expect.stringContaining('file/read')]);
  const text = bootwright(['fit', 'lint', '--control', at('notes.txt'), at('good.itb')]);
  expect([text.status, text.stderr]).toEqual([2, expect.stringContaining('neither a device tree nor a U-Boot binary')]);
});
