import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { buildFip, knownImages, resolveImage } from '../../src/fip/index.ts';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';

interop(['softhsm2-util', 'pkcs11-tool'], 'a key in a token signs a FIP at its end and the root of a chain', () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'tokens'));
  writeFileSync(join(cwd, 'softhsm.conf'), `directories.tokendir = ${cwd}/tokens\nobjectstore.backend = file\n`);
  const env = { SOFTHSM2_CONF: join(cwd, 'softhsm.conf'), BOOTWRIGHT_PIN: '1234' };
  const token = ['--module', MODULE, '--token-label', 'boot'];
  runOk('softhsm2-util', ['--init-token', '--free', '--label', 'boot', '--pin', '1234', '--so-pin', '4321'], { env });
  const make = ['--login', '--pin', '1234', '--keypairgen', '--key-type', 'rsa:2048', '--label', 'rot', '--id', '01'];
  runOk('pkcs11-tool', [...token, ...make], { env });
  const read = ['--read-object', '--type', 'pubkey', '--label', 'rot', '--output-file', join(cwd, 'rot.der')];
  runOk('pkcs11-tool', [...token, ...read], { env });
  writeFileSync(join(cwd, 'tb-fw'), 'the tb-fw');
  writeFileSync(join(cwd, 'f'), buildFip([{ uuid: resolveImage(knownImages, 'tb-fw'), data: utf8('the tb-fw') }]));

  const uri = `pkcs11:token=boot;object=rot?module-path=${MODULE}`;
  const cli = (...args: readonly string[]) => bootwright(args, { cwd, env });
  expect(cli('fip', 'sign', 'f', '--key', uri)).toMatchObject({ status: 0, stderr: '' });
  expect(cli('fip', 'verify', 'f', '--key', 'rot.der')).toMatchObject({ status: 0, stderr: '' });
  const create = ['cert', 'create', 'tb-fw=tb-fw', '--nv-counter', '1', '--key', `rot-key=${uri}`];
  expect(cli(...create)).toMatchObject({ status: 0, stderr: '' });
  expect(cli('fip', 'create', 'g', 'tb-fw=tb-fw', 'tb-fw-cert=tb-fw-cert.crt').status).toBe(0);
  expect(cli('fip', 'verify', 'g', '--cot', 'tbbr', '--rotpk', 'rot.der')).toMatchObject({ status: 0, stderr: '' });
});
