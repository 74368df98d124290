import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { SAMPLE_MANIFEST, writeSample } from '../../src/boot/index.ts';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';

interop(['softhsm2-util', 'pkcs11-tool'], 'a chain is built with keys that never leave their token', async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'tokens'));
  writeFileSync(join(cwd, 'softhsm.conf'), `directories.tokendir = ${cwd}/tokens\nobjectstore.backend = file\n`);
  const env = { SOFTHSM2_CONF: join(cwd, 'softhsm.conf'), BOOTWRIGHT_PIN: '1234' };
  const token = ['--module', MODULE, '--token-label', 'boot', '--login', '--pin', '1234'];
  runOk('softhsm2-util', ['--init-token', '--free', '--label', 'boot', '--pin', '1234', '--so-pin', '4321'], { env });
  for (const [label, id] of [
    ['firmware', '01'],
    ['dev', '02'],
    ['twice', '03'],
    ['twice', '04'],
  ] as const) {
    runOk('pkcs11-tool', [...token, '--keypairgen', '--key-type', 'rsa:2048', '--label', label, '--id', id], { env });
  }
  const read = ['--read-object', '--type', 'pubkey', '--label', 'firmware', '--output-file', join(cwd, 'firmware.der')];
  runOk('pkcs11-tool', [...token, ...read], { env });
  await writeSample(cwd, {}, new Date(0));
  const uri = (label: string): string => `"pkcs11:token=boot;object=${label}?module-path=${MODULE}"`;
  const manifest = SAMPLE_MANIFEST.replace('keys/firmware.key', uri('firmware')).replace('keys/dev.key', uri('dev'));
  writeFileSync(join(cwd, 'chain.yaml'), manifest);
  expect(bootwright(['build'], { cwd, env })).toMatchObject({ status: 0, stderr: '' });
  const first = readFileSync(join(cwd, 'out/chain.lock.json'));
  expect(bootwright(['verify', 'out', '--trust', 'firmware.der'], { cwd })).toMatchObject({ status: 0, stderr: '' });
  // RSA with pkcs-1.5 has nothing random in it, in a token either.
  expect(bootwright(['build', '--force'], { cwd, env }).status).toBe(0);
  expect(readFileSync(join(cwd, 'out/chain.lock.json')).equals(first)).toBe(true);
  writeFileSync(join(cwd, 'twice.yaml'), manifest.replace('object=dev', 'object=twice'));
  const twice = bootwright(['build', 'twice.yaml'], { cwd, env });
  expect([twice.status, twice.stderr]).toEqual([2, expect.stringContaining('2 keys have this label')]);
  const without = bootwright(['build', '--force'], { cwd, env: { ...env, BOOTWRIGHT_PIN: 'wrong' } });
  expect([without.status, without.stderr]).toEqual([1, expect.stringContaining('crypto/pin')]);
  expect(readFileSync(join(cwd, 'out/chain.lock.json')).equals(first)).toBe(true);
});
