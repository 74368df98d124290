import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import type { CompatIo } from '../../src/cli/compat/io.ts';
import { compatTools } from '../../src/cli/compat/names.ts';
import {
  compileSource,
  findNode,
  findProperty,
  readBlob,
  type TreeNode,
  writeBlob,
} from '../../src/devicetree/index.ts';
import { checkFit, openFit, readTrust, trustKeys, verifyImageHashes } from '../../src/fit/index.ts';
import { keySigner, printPem, printPrivateKey, selfSigned } from '../../src/pki/index.ts';
import { emptyControl, goodFit, keyFor, sample } from '../support/fit.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, run, runOk } from '../support/program.ts';

const good = await goodFit();

const act = (name: string, ...args: readonly string[]) => actWith({}, name, ...args);

async function actWith(env: CompatIo['env'], name: string, ...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const io: CompatIo = {
    stdout: { write: (text) => (stdout += String(text)) },
    stderr: { write: (text) => (stderr += String(text)) },
    env,
    stdin: async () => new Uint8Array(0),
  };
  const { run: tool } = await compatTools[name]!.load();
  return { status: await tool(args, io), stdout, stderr };
}

function files(): { fit: string; control: string; folder: string } {
  const folder = temporaryFolder();
  const [fit, control] = [join(folder, 'a.itb'), join(folder, 'control.dtb')];
  writeFileSync(fit, good.fit);
  writeFileSync(control, good.control);
  return { fit, control, folder };
}

describe('as mkimage -f auto', () => {
  const texts = (tree: TreeNode, path: string, name: string) =>
    Buffer.from(findProperty(findNode(tree, path)!, name)?.value ?? [])
      .toString('latin1')
      .split('\0')
      .slice(0, -1);

  function auto(...rest: readonly string[]): { readonly args: string[]; readonly output: string } {
    const { folder, control } = files();
    for (const [i, name] of ['Image', 'bl31.bin', 'tee.bin'].entries()) {
      writeFileSync(join(folder, name), sample(300 + i, i));
    }
    const named = rest.map((arg) => (arg.endsWith('.bin') ? join(folder, arg) : arg));
    const output = join(folder, 'x.itb');
    const image = ['-A', 'arm64', '-C', 'none', '-d', join(folder, 'Image')];
    return { args: ['-f', 'auto', ...image, ...named.map((arg) => (arg === 'dtb' ? control : arg)), output], output };
  }

  test.each<readonly [string, readonly string[], Record<string, bigint>, readonly string[]]>([
    ['BL31', ['-y', 'bl31.bin', '-Y', '12340000'], { 'tfa-bl31': 0x12340000n }, ['tfa-bl31-1']],
    ['a TEE', ['-z', 'tee.bin', '-Z', '56780000'], { tee: 0x56780000n }, ['tee-1']],
    [
      'both beside a device tree, by their long names',
      ['--tee-file', 'tee.bin', '--tee-addr=5678', '--tfa-bl31-file', 'bl31.bin', '-b', 'dtb'],
      { 'tfa-bl31': 0n, tee: 0x5678n },
      ['kernel-1', 'tfa-bl31-1', 'tee-1'],
    ],
    ['no firmware beside a device tree', ['-b', 'dtb'], {}, ['kernel-1']],
    ['nothing', [], {}, []],
  ])('adds %s', async (_name, rest, firmware, loadables) => {
    const { args, output } = auto(...rest);
    expect(await act('mkimage', ...args)).toMatchObject({ status: 0, stderr: '' });
    const fit = openFit(readFileSync(output));
    const { root } = fit.blob;
    expect(texts(root, '/configurations/conf-1', 'loadables')).toEqual(loadables);
    const images = findNode(root, '/images')!.children.map(({ name }) => name);
    expect(images.filter((name) => /tfa|tee/.test(name))).toEqual(Object.keys(firmware).map((type) => `${type}-1`));
    for (const [type, load] of Object.entries(firmware)) {
      const path = `/images/${type}-1`;
      const node = findNode(root, path)!;
      const os = type === 'tee' ? 'tee' : 'arm-trusted-firmware';
      expect([texts(root, path, 'type'), texts(root, path, 'os')]).toEqual([[type], [os]]);
      for (const name of ['load', 'entry']) {
        expect(Buffer.from(findProperty(node, name)!.value).readUInt32BE()).toBe(Number(load));
      }
      expect(verifyImageHashes(fit, fit.root.child('images')!.child(`${type}-1`)!)).toEqual(['crc32']);
      expect(findProperty(node, 'data')!.value).toEqual(type === 'tee' ? sample(302, 2) : sample(301, 1));
    }
  });

  test('signs the firmware with the configuration', async () => {
    const { args, output } = auto('-y', 'bl31.bin', '-o', 'sha256,rsa2048', '-g', 'dev');
    const key = join(dirname(output), 'dev.key');
    writeFileSync(key, printPrivateKey(await keyFor('dev')), { mode: 0o600 });
    const signed = args.map((arg) => (arg === 'auto' ? 'auto-conf' : arg));
    expect(await act('mkimage', '-G', key, ...signed)).toMatchObject({ status: 0, stderr: '' });
    const { public: publicKey } = await keyFor('dev');
    const { verdict, configurations } = checkFit(readFileSync(output), trustKeys([{ path: 'dev', publicKey }]), {
      allowSha1: true,
    });
    expect([verdict, configurations[0]!.coverage!.nodes]).toEqual([
      'verified',
      expect.arrayContaining(['/images/tfa-bl31-1', '/images/tfa-bl31-1/hash-1']),
    ]);
  });

  test('knows no firmware where it follows 2023.01', async () => {
    for (const letter of ['y', 'Y', 'z', 'Z']) {
      const { args } = auto(`-${letter}`, 'bl31.bin');
      const { status, stderr } = await actWith({ BOOTWRIGHT_COMPAT: '2023.01' }, 'mkimage', ...args);
      expect([status, stderr]).toEqual([1, expect.stringContaining(`invalid option -- '${letter}'`)]);
      expect(stderr).not.toContain('tfa-bl31');
    }
  });
});

describe('as fit_info', () => {
  test('says where a value lies', async () => {
    const { fit } = files();
    const data = findProperty(findNode(readBlob(good.fit).root, '/images/fdt-1')!, 'data')!;
    const result = await act('fit_info', '-f', fit, '-n', '/images/fdt-1', '-p', 'data');
    expect(result).toEqual({
      status: 0,
      stderr: '',
      stdout: `NAME: fdt-1\nLEN: 102\nOFF: ${data.place!.valueStart}\n`,
    });
    expect(await act('fit_info', '-f', fit, '-n', '/images/x', '-p', 'data')).toMatchObject({
      status: 1,
      stdout: '/images/x not found.',
    });
    expect(await act('fit_info', '-f', fit, '-n', '/images/fdt-1', '-p', 'x')).toMatchObject({ status: 1, stdout: '' });
    expect((await act('fit_info', '-f', fit)).status).toBe(1);
  });
});

describe('as fit_check_sign', () => {
  test('says whether U-Boot would boot it', async () => {
    const { fit, control, folder } = files();
    const result = await act('fit_check_sign', '-f', fit, '-k', control);
    expect(result).toMatchObject({ status: 0, stderr: 'Signature check OK\n' });
    const altered = good.fit.slice();
    altered[findProperty(findNode(readBlob(good.fit).root, '/images/tee-1')!, 'data')!.place!.valueStart]! ^= 1;
    writeFileSync(fit, altered);
    expect(await act('fit_check_sign', '-f', fit, '-k', control)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('tee-1'),
    });
    writeFileSync(join(folder, 'empty.dtb'), emptyControl());
    expect((await act('fit_check_sign', '-f', fit, '-k', join(folder, 'empty.dtb'))).status).toBe(1);
  });
});

describe('as fdt_add_pubkey', () => {
  test('adds the key of a certificate, and the tree then verifies what the key signed', async () => {
    const { folder } = files();
    const key = await keyFor('dev');
    const certificate = await selfSigned(
      {
        serial: 1n,
        commonName: 'dev',
        notBefore: new Date(0),
        notAfter: new Date(1e12),
        scheme: { kind: 'rsa-pkcs1', hash: 'sha256' },
      },
      keySigner(key, 'dev'),
    );
    writeFileSync(join(folder, 'dev.crt'), printPem('CERTIFICATE', certificate));
    const control = join(folder, 'new.dtb');
    writeFileSync(control, emptyControl());
    const result = await act(
      'fdt_add_pubkey',
      '-a',
      'sha256,rsa2048',
      '-k',
      folder,
      '-n',
      'dev',
      '-r',
      'conf',
      control,
    );
    expect(result).toMatchObject({ status: 0, stderr: '.dtb too small, increasing size by 1024 bytes\n' });
    const written = readFileSync(control);
    expect(written.length).toBe(emptyControl().length + 1024);
    expect(readTrust(written).keys).toEqual(readTrust(good.control).keys);
    expect(checkFit(good.fit, written).verdict).toBe('verified');
    await expect(act('fdt_add_pubkey', '-a', 'sha256,rsa4096', '-k', folder, '-n', 'dev', control)).rejects.toThrow(
      /rsa4096/,
    );
    await expect(act('fdt_add_pubkey', '-k', folder, '-n', 'nobody', control)).rejects.toThrow(/no key/);
  });
});

describe('as dumpimage', () => {
  const same = async (args: readonly string[], folder: string) => {
    const output = join(folder, 'out');
    const theirs = run('dumpimage', args, { cwd: folder });
    const data = theirs.status === 0 && args.includes('-o') ? readFileSync(output) : undefined;
    const ours = await act('dumpimage', ...args);
    expect({ status: ours.status, stdout: ours.stdout }).toEqual({ status: theirs.status, stdout: theirs.stdout });
    if (data !== undefined) expect(readFileSync(output).equals(data)).toBe(true);
  };

  interop(['dumpimage'], 'lists and takes out what dumpimage does', async () => {
    const { fit, folder } = files();
    await same(['-l', fit], folder);
    for (const position of ['0', '1', '2', '9']) {
      await same(['-T', 'flat_dt', '-p', position, '-o', join(folder, 'out'), fit], folder);
    }
    await same(['-T', 'flat_dt', '-p', '0', fit], folder);
  });

  interop(['dumpimage'], 'shows as unavailable or unknown what is no time and no name', async () => {
    const { fit, folder } = files();
    const source = `/dts-v1/; / {
      description = "odd"; timestamp = [01];
      images { a { data = [00 01]; type = "constructor"; compression = "toString"; };
        k { data = [00]; type = "kernel"; arch = "valueOf"; os = "hasOwnProperty"; compression = "none"; }; };
    };`;
    writeFileSync(fit, writeBlob(compileSource(utf8(source))));
    await same(['-l', fit], folder);
    for (const position of ['0', '1'])
      await same(['-T', 'flat_dt', '-p', position, '-o', join(folder, 'out'), fit], folder);
  });

  interop(['mkimage', 'dumpimage'], 'the originals list what we wrote', () => {
    const { fit } = files();
    expect(runOk('mkimage', ['-l', fit]).stdout).toBe(runOk('dumpimage', ['-l', fit]).stdout);
  });
});
