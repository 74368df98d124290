import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import type { CompatIo } from '../../src/cli/compat/io.ts';
import { personalities } from '../../src/cli/compat/names.ts';
import { compileSource, findNode, findProperty, readBlob, writeBlob } from '../../src/devicetree/index.ts';
import { checkFit, readTrust } from '../../src/fit/index.ts';
import { keySigner, printPem, selfSigned } from '../../src/pki/index.ts';
import { emptyControl, goodFit, keyFor } from '../support/fit.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, run, runOk } from '../support/program.ts';

const good = await goodFit();

async function act(name: string, ...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const io: CompatIo = {
    stdout: { write: (text) => (stdout += String(text)) },
    stderr: { write: (text) => (stderr += String(text)) },
    env: {},
    stdin: async () => new Uint8Array(0),
  };
  const { run: personality } = await personalities[name]!.load();
  return { status: await personality(args, io), stdout, stderr };
}

function files(): { fit: string; control: string; folder: string } {
  const folder = temporaryFolder();
  const [fit, control] = [join(folder, 'a.itb'), join(folder, 'control.dtb')];
  writeFileSync(fit, good.fit);
  writeFileSync(control, good.control);
  return { fit, control, folder };
}

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
    expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('Signature check OK') });
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
