import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bootDevice,
  buildChain,
  type ChainLock,
  folderImageSource,
  memoryImageSource,
  parseManifest,
  SAMPLE_MANIFEST,
  writeSample,
} from '../../src/boot/index.ts';
import { shapeOf } from '../../src/boot/internal.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { generateEc } from '../../src/crypto/index.ts';
import { knownImages, readFip, resolveImage } from '../../src/fip/index.ts';
import { printPrivateKey } from '../../src/pki/index.ts';
import { printTrust } from '../../src/trust/index.ts';
import { bootwright } from '../support/cli.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { interop, runOk } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-tbbr-'));
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let lock: ChainLock;
let files: Map<string, Uint8Array>;

const MANIFEST = SAMPLE_MANIFEST.replace(
  '  key: firmware\n',
  '  scheme: tbbr\n  key: firmware\n  roles: { nt-fw-key: dev, soc-fw-key: soc }\n',
)
  .replace('keys:\n', 'keys:\n  soc: { private: keys/soc.key }\n')
  .concat('rollback: 2\n');

async function build(to: string): Promise<ChainLock> {
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  return buildChain({ ...chain, keys: await openChainKeys(chain, {}), out: to, time: 0, version: 'test' });
}

beforeAll(async () => {
  await writeSample(folder, {}, new Date(0));
  writeFileSync(join(folder, 'keys/soc.key'), printPrivateKey(generateEc('P-256')));
  writeFileSync(join(folder, 'chain.yaml'), MANIFEST);
  lock = await build(out);
  const names = ['fip.bin', 'firmware.pub', 'image.fit', 'rootfs.img', 'rootfs.verity', 'rootfs.p7s'];
  files = new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(out, name)))]));
});

describe('firmware signed by the certificates of TBBR', () => {
  test('boots, from the hash in the fuses through certificates to every image', async () => {
    const report = await bootDevice({
      imageSource: folderImageSource(out),
      rotpk: lock.rotpk,
      scheme: 'tbbr',
      rollback: 2,
    });
    expect(report.steps.find(({ fault }) => fault !== undefined)).toBeUndefined();
    expect(report.verdict).toBe('verified');
    expect(lock.scheme).toBe('tbbr');
  });

  test('is made for a build of the loader, recorded, and held to it', async () => {
    const manifest = (profile: string, more = ''): string =>
      MANIFEST.replace('  scheme: tbbr\n', `  scheme: tbbr\n  profile: ${profile}\n${more}`);
    const buildOf = async (text: string, to: string): Promise<ChainLock> => {
      const file = join(folder, `${to}.yaml`);
      writeFileSync(file, text);
      const chain = await readChainFile(file);
      const keys = await openChainKeys(chain, {});
      return buildChain({ ...chain, keys, out: join(folder, to), time: 0, version: 'test' });
    };
    // soc-fw-key is P-256, every other key RSA.
    await expectFaultAsync(() => buildOf(manifest('tf-a:rsa2048-sha256'), 'unfit'), 'fip/chain', {
      what: 'the chain',
    });
    const made = await buildOf(manifest('tf-a:rsa2048+p256-sha384'), 'held');
    expect(shapeOf(made)).toMatchObject({ scheme: 'tbbr', firmwareProfile: 'tf-a:rsa2048+p256-sha384' });
    const boot = (firmwareProfile: string) =>
      bootDevice({
        imageSource: folderImageSource(join(folder, 'held')),
        rotpk: made.rotpk,
        scheme: 'tbbr',
        firmwareProfile,
      });
    expect((await boot('tf-a:rsa2048+p256-sha384')).verdict).toBe('verified');
    for (const other of ['tf-a:rsa2048-sha384', 'tf-a:rsa2048+p256-sha256']) {
      expect((await boot(other)).steps.at(-1)).toMatchObject({
        verdict: 'refused',
        fault: { code: 'fip/chain', message: expect.stringContaining(`${other} refuses it`) },
      });
    }
    expect((await boot('tf-a:none')).steps.at(-1)).toMatchObject({ fault: { code: 'fip/profile' } });
    expect(() => parseManifest(manifest('tf-a:rsa2047-sha256'), 'm')).toThrow(
      /firmware.profile.*expected tf-a:rsa2048/,
    );
    expect(() => parseManifest(manifest('tf-a:rsa2048-sha256', '  hash: sha384\n'), 'm')).toThrow(
      /verifies only sha256/,
    );
    const trailer = manifest('tf-a:rsa2048-sha256')
      .replace('  scheme: tbbr\n', '')
      .replace(/ {2}roles: .*\n/, '');
    expect(() => parseManifest(trailer, 'm')).toThrow(/requires scheme: tbbr/);
  });

  test('is the same bytes when it is built again', async () => {
    expect(await build(join(folder, 'again'))).toEqual(lock);
    expect(readFileSync(join(folder, 'again/fip.bin')).equals(files.get('fip.bin')!)).toBe(true);
  });

  test.each([
    'tb-fw',
    'soc-fw',
    'nt-fw',
    'tb-fw-cert',
    'trusted-key-cert',
    'soc-fw-key-cert',
    'soc-fw-cert',
    'nt-fw-key-cert',
    'nt-fw-cert',
  ])('a byte of %s is refused at the first stage', async (name) => {
    const fip = files.get('fip.bin')!.slice();
    const { offset, size } = readFip(fip).images.find(({ uuid }) => uuid === resolveImage(knownImages, name))!;
    fip[offset + size - 20]! ^= 1;
    const imageSource = memoryImageSource(new Map(files).set('fip.bin', fip));
    const report = await bootDevice({ imageSource, rotpk: lock.rotpk, scheme: 'tbbr' });
    expect([report.verdict, report.stage, report.steps.at(-1)?.fault?.code]).toEqual([
      'refused',
      'firmware',
      'fip/chain',
    ]);
  });

  test.each([
    ['another root of trust', { rotpk: '0'.repeat(64) }],
    ['a device with a higher counter', { rollback: 3 }],
    ['a device with a higher counter of the trusted world', { rollback: { 'tfw-nvctr': 3 } }],
    ['a device with a higher counter of the boot loader', { rollback: { 'ntfw-nvctr': 3 } }],
  ])('%s refuses it at the first stage', async (_name, more) => {
    const report = await bootDevice({
      imageSource: memoryImageSource(files),
      rotpk: lock.rotpk,
      scheme: 'tbbr',
      ...more,
    });
    expect([report.verdict, report.stage]).toEqual(['refused', 'firmware']);
  });

  test('a device of the other scheme refuses it', async () => {
    const report = await bootDevice({ imageSource: memoryImageSource(files), rotpk: lock.rotpk, scheme: 'trailer' });
    expect(report).toMatchObject({ verdict: 'refused', stage: 'firmware' });
  });

  test('is drawn, and the commands know it from the lock', async () => {
    const report = await bootDevice({ imageSource: folderImageSource(out), rotpk: lock.rotpk, ...shapeOf(lock) });
    const lines = printTrust(report.trust);
    expect(lines.filter((line) => /✓ [a-z-]+-cert of fip\.bin/.test(line)).length).toBeGreaterThanOrEqual(6);
    expect(lines.filter((line) => !/[✓●]/.test(line))).toEqual([]);
    expect(bootwright(['verify', out, '--trust', join(folder, 'keys/firmware.crt')])).toMatchObject({
      status: 0,
      stderr: '',
    });
    const copy = join(folder, 'copy');
    cpSync(out, copy, { recursive: true });
    rmSync(join(copy, 'chain.lock.json'));
    const trust = ['--trust', join(folder, 'keys/firmware.crt')];
    expect(bootwright(['verify', copy, ...trust]).status).toBe(1);
    expect(bootwright(['verify', copy, ...trust, '--scheme', 'tbbr']).status).toBe(0);
  });

  interop(['fiptool', 'openssl'], 'fiptool lists its certificates and openssl reads them', () => {
    const { stdout } = runOk('fiptool', ['info', join(out, 'fip.bin')]);
    expect(stdout).toContain('cmdline="--nt-fw-key-cert"');
    runOk('fiptool', ['unpack', '--force', '--out', folder, join(out, 'fip.bin')]);
    const text = runOk('openssl', [
      'x509',
      '-inform',
      'der',
      '-in',
      join(folder, 'tb-fw-cert.bin'),
      '-noout',
      '-text',
    ]).stdout;
    expect(text).toContain('Trusted Boot FW Certificate');
  });
});
