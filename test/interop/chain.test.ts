import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSource, makeNode, makeTree, readBlob, writeBlob } from '../../src/devicetree/index.ts';
import { knownImages, readFip, resolveImage } from '../../src/fip/index.ts';
import { buildFit, verifyFit } from '../../src/fit/index.ts';
import { signerVersion } from '../../src/fit/internal.ts';
import { keySigner, parsePrivateKey } from '../../src/pki/index.ts';
import { bootwright } from '../support/cli.ts';
import { interop, run, runOk } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootwright-interop-'));
const file = (name: string): string => join(folder, name);
const bytes = (name: string): Uint8Array => new Uint8Array(readFileSync(file(name)));
const same = (a: string, b: string): boolean => Buffer.compare(bytes(a), bytes(b)) === 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const made = bootwright(['demo', '--folder', folder]);
  if (made.status !== 0) throw new Error(made.stdout + made.stderr);
});

describe('what the original tools say of a chain of ours', () => {
  interop(['mkimage'], 'mkimage -l lists the image tree', () => {
    const { stdout } = runOk('mkimage', ['-l', file('out/image.fit')]);
    expect(stdout).toContain('Configuration 0 (config-1)');
    expect(stdout).toMatch(/Sign algo: +sha256,rsa2048:dev/);
  });

  interop(['dumpimage'], 'dumpimage lists it and extracts the kernel', () => {
    expect(runOk('dumpimage', ['-l', file('out/image.fit')]).stdout).toContain("Default Configuration: 'config-1'");
    runOk('dumpimage', ['-T', 'flat_dt', '-p', '0', '-o', file('kernel.out'), file('out/image.fit')]);
    expect(same('kernel.out', 'Image')).toBe(true);
  });

  interop(['fiptool'], 'fiptool info lists the firmware, and unpack gives its images back', () => {
    const { stdout } = runOk('fiptool', ['info', file('out/fip.bin')]);
    expect(stdout.match(/cmdline="--[a-z-]+"/g)).toEqual([
      'cmdline="--tb-fw"',
      'cmdline="--soc-fw"',
      'cmdline="--nt-fw"',
      'cmdline="--tb-fw-cert"',
    ]);
    runOk('fiptool', ['unpack', '--force', '--out', folder, file('out/fip.bin')]);
    expect(same('tb-fw.bin', 'bl2.bin')).toBe(true);
  });

  interop(['openssl'], 'openssl verifies the firmware’s signed prefix', () => {
    const fip = bytes('out/fip.bin');
    const signature = readFip(fip).images.find(({ uuid }) => uuid === resolveImage(knownImages, 'tb-fw-cert'))!;
    writeFileSync(file('prefix'), fip.subarray(0, signature.offset));
    writeFileSync(file('signature'), signature.data);
    const args = ['dgst', '-sha256', '-verify', file('out/firmware.pub'), '-signature', file('signature')];
    expect(runOk('openssl', [...args, file('prefix')]).stdout).toBe('Verified OK\n');
  });

  interop(['openssl'], 'openssl verifies the signed root hash', () => {
    const { rootHash } = JSON.parse(readFileSync(file('out/chain.lock.json'), 'utf8')) as { rootHash: string };
    writeFileSync(file('root-hash'), rootHash);
    const certificate = file('keys/rootfs.crt');
    const smime = [
      'smime',
      '-verify',
      '-inform',
      'der',
      '-binary',
      '-in',
      file('out/rootfs.p7s'),
      '-content',
      file('root-hash'),
    ];
    const who = ['-certfile', certificate, '-CAfile', certificate, '-purpose', 'any', '-nointern'];
    expect(run('openssl', [...smime, ...who]).stderr).toMatch(/Verification successful/i);
  });

  interop(['veritysetup'], 'veritysetup verifies image and tree', () => {
    const { rootHash } = JSON.parse(readFileSync(file('out/chain.lock.json'), 'utf8')) as { rootHash: string };
    expect(runOk('veritysetup', ['verify', file('out/rootfs.img'), file('out/rootfs.verity'), rootHash]).stderr).toBe(
      '',
    );
  });
});

describe('the document’s own image tree source', () => {
  const its = resolve(import.meta.dirname, '../vectors/its/verified-boot.its');

  test('compiles: comments, incbin, unit addresses and all', () => {
    const tree = compileSource(new Uint8Array(readFileSync(its)), {
      load: ({ name }) => ({ name, bytes: new TextEncoder().encode(name) }),
    });
    expect(tree.failed).toBe(false);
    const images = tree.root.children.find(({ name }) => name === 'images')!;
    expect(images.children.map(({ name, children }) => [name, children.map((child) => child.name)])).toEqual([
      ['kernel-1', ['hash@1']],
      ['tee-1', ['hash@1']],
      ['fdt-1', ['hash@1']],
    ]);
  });

  interop(['mkimage'], 'gives mkimage’s bytes, image tree and control tree, with -f -K -k -r', async () => {
    copyFileSync(its, file('fit-image.its'));
    copyFileSync(file('board.dtb'), file('fit-linux-kernel.dtb'));
    const empty = writeBlob(makeTree(makeNode('', { compatible: 'sandbox' })));
    writeFileSync(file('theirs.dtb'), empty);
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const args = ['-f', 'fit-image.its', '-K', 'theirs.dtb', '-k', 'keys', '-r', 'theirs.fit'];
    runOk('mkimage', args, { cwd: folder, env });
    const source = compileSource(bytes('fit-image.its'), { load: ({ name }) => ({ name, bytes: bytes(name) }) });
    const dev = keySigner(parsePrivateKey(bytes('keys/dev.key'), 'dev'), 'dev');
    const { fit, control } = await buildFit(source, {
      timestamp: 1_700_000_000,
      control: empty,
      compat: '2023.01',
      signing: {
        signerFor: async () => dev,
        time: 1_700_000_000,
        signer: { name: 'mkimage', version: signerVersion('2023.01') },
        require: true,
      },
    });
    expect(readBlob(control!).root).toEqual(readBlob(bytes('theirs.dtb')).root);
    expect(control).toEqual(bytes('theirs.dtb'));
    expect(verifyFit(bytes('theirs.fit'), control!, { unitAddresses: 'exact' }).verdict).toBe('verified');
    expect(Buffer.compare(fit, bytes('theirs.fit'))).toBe(0);
  });
});
