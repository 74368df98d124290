import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', ...libraries()].find((path) => existsSync(path)) ?? 'libsofthsm2.so';
const PIN = '1234';
const ROOT_HASH = 'e522df0f97da4febb882ac40f30b37dc0b444bf6df418929463fa25280f09d5c';

function libraries(): string[] {
  const root = '/usr/lib';
  return readdirSync(root).map((folder) => join(root, folder, 'softhsm/libsofthsm2.so'));
}

describe('a key that never leaves its token', () => {
  interop(['softhsm2-util', 'pkcs11-tool', 'openssl'], 'signs a root hash, by its URI or through --apply', () => {
    const cwd = temporaryFolder();
    const at = (name: string): string => join(cwd, name);
    mkdirSync(at('tokens'));
    writeFileSync(at('softhsm.conf'), `directories.tokendir = ${at('tokens')}\nobjectstore.backend = file\n`);
    const env = { SOFTHSM2_CONF: at('softhsm.conf') };
    // The certificate is made of a key on disk, which then goes into the token.
    runOk('openssl', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', at('key')]);
    runOk('openssl', [
      'req',
      '-x509',
      '-new',
      '-key',
      at('key'),
      '-subj',
      '/CN=token',
      '-days',
      '10',
      '-out',
      at('crt'),
    ]);
    runOk('softhsm2-util', ['--init-token', '--free', '--label', 'verity', '--so-pin', PIN, '--pin', PIN], { env });
    const importing = ['--import', at('key'), '--token', 'verity', '--label', 'verity', '--id', '01', '--pin', PIN];
    runOk('softhsm2-util', importing, { env });
    writeFileSync(at('rh'), ROOT_HASH);
    const signing = ['--sign', '--mechanism', 'SHA256-RSA-PKCS', '--id', '01', '--login', '--pin', PIN];
    runOk('pkcs11-tool', ['--module', MODULE, ...signing, '--input-file', at('rh'), '--output-file', at('raw')], {
      env,
    });
    const sign = ['verity', 'sign', '--root-hash-file', 'rh', '--certificate', 'crt'];
    const applied = bootwright([...sign, '--apply', 'raw', '--out', 'a.p7s'], { cwd });
    expect(applied).toMatchObject({ status: 0, stderr: '' });
    runOk('openssl', [
      'smime',
      '-verify',
      '-inform',
      'der',
      '-in',
      at('a.p7s'),
      '-content',
      at('rh'),
      '-certfile',
      at('crt'),
      '-nointern',
      '-noverify',
      '-binary',
      '-out',
      at('out'),
    ]);
    const uri = `pkcs11:token=verity;object=verity?module-path=${MODULE}`;
    const byUri = bootwright([...sign, '--key', uri, '--out', 'c.p7s'], { cwd, env: { ...env, BOOTWRIGHT_PIN: PIN } });
    expect(byUri).toMatchObject({ status: 0, stderr: '' });
    runOk('cmp', [at('a.p7s'), at('c.p7s')]);
    const here = bootwright([...sign, '--key', 'key', '--out', 'b.p7s'], { cwd });
    expect(here.status).toBe(0);
    runOk('cmp', [at('a.p7s'), at('b.p7s')]);
  });
});
