import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { hexText, utf8 } from '../../src/binary/index.ts';
import { hash } from '../../src/crypto/index.ts';
import { buildFip, knownImages, resolveImage } from '../../src/fip/index.ts';
import { parseCertificate } from '../../src/pki/index.ts';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop } from '../support/program.ts';
import { MODULE, makeToken } from '../support/token.ts';

const PROGRAMS = ['softhsm2-util', 'pkcs11-tool'];

/** What takes the public part of a key, where `KEY` is. None of them asks for a PIN. */
const PUBLIC: readonly (readonly [line: string, says: string])[] = [
  ['keys show KEY', 'rsa2048'],
  ['keys show KEY --public', 'BEGIN PUBLIC KEY'],
  ['cert rotpk KEY', 'sha256 of the SubjectPublicKeyInfo'],
  ['boot-partition rot.pem=KEY --fat p.img', 'rot.pem  public key, rsa2048'],
  ['fip verify signed --key KEY', 'verified'],
  ['fip verify chained --cot tbbr --rotpk KEY', 'verified'],
  ['cert create tb-fw=bl2 --nv-counter 0 --public rot-key=KEY --request r.json', 'signatures to be made'],
  ['fip sign fip --public KEY --request r2.json --out x', 'to be signed'],
];

/** What signs, where `KEY` is. */
const SIGNING = [
  'fip sign fip --key KEY --out out',
  'cert create tb-fw=bl2 --nv-counter 0 --key rot-key=KEY --out made',
  'fit preload add bl2 --key KEY -o out',
  'as cert_create --tfw-nvctr 0 --rot-key KEY --tb-fw bl2 --tb-fw-cert out',
  'as cert_create -n --tfw-nvctr 0 --rot-key KEY --tb-fw bl2 --tb-fw-cert out',
];

function prepare() {
  const cwd = temporaryFolder();
  const token = makeToken(cwd);
  const spki = token.keygen('rot', '01');
  token.keygen('decoy', '02');
  writeFileSync(join(cwd, 'bl2'), 'the bl2');
  writeFileSync(join(cwd, 'fip'), buildFip([{ uuid: resolveImage(knownImages, 'tb-fw'), data: utf8('the bl2') }]));
  const cli = (line: string, key = token.uri('rot'), env: Readonly<Record<string, string>> = {}) =>
    bootwright(
      line.split(' ').map((word) => word.replace('KEY', key)),
      { cwd, env: { ...token.env, ...env } },
    );
  return { cwd, token, spki, cli };
}

describe('a key in a token', () => {
  interop(PROGRAMS, 'is taken wherever a key is', () => {
    const { cwd, token, spki, cli } = prepare();
    const pin = { BOOTWRIGHT_PIN: '1234' };
    for (const line of SIGNING) {
      expect([line, cli(line, undefined, pin)]).toEqual([line, expect.objectContaining({ status: 0, stderr: '' })]);
    }
    cli('fip sign fip --key KEY --out signed', undefined, pin);
    cli('fip create chained tb-fw=bl2 tb-fw-cert=out');
    for (const [line, says] of PUBLIC) {
      const done = cli(line);
      expect([line, done]).toEqual([line, expect.objectContaining({ status: 0, stderr: '' })]);
      expect(done.stdout).toContain(says);
    }
    const { publicKeyInfo } = parseCertificate(new Uint8Array(readFileSync(join(cwd, 'out'))), 'out');
    expect(publicKeyInfo).toEqual(spki);
    expect(cli('keys show KEY').stdout).toContain(hexText(hash('sha256', spki)));
    expect(cli('keys show KEY', token.uri('rot').replace('boot;', 'boot;model=SoftHSM%20v2;')).status).toBe(0);
    expect(cli('keys show KEY', token.uri('rot').replace('boot;', 'boot;serial=none;'))).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('no token matches'),
    });
  });

  interop(PROGRAMS, 'is never replaced by another one', () => {
    const { cwd, token, cli } = prepare();
    const wrong = { BOOTWRIGHT_PIN: '9999' };
    const right = { BOOTWRIGHT_PIN: '1234' };
    const rows: readonly (readonly [uri: string, env: Readonly<Record<string, string>>, exit: number, says: string])[] =
      [
        [token.uri('rot'), wrong, 1, 'the PIN is wrong'],
        [token.uri('rot'), {}, 1, 'the token asks for a PIN'],
        [token.uri('none'), right, 3, 'object not found'],
        [token.uri('rot').replace('boot', 'none'), right, 3, 'No slot with token named'],
        [token.uri('rot').replace(MODULE, '/nothing.so'), right, 3, 'Failed to load pkcs11 module'],
        ['pkcs11:token=boot;object=rot', right, 2, 'PKCS11_MODULE_PATH'],
      ];
    for (const [i, line] of SIGNING.entries()) {
      // Every command opens keys by one function: each of its faults is shown for the first and the last one.
      for (const [uri, env, exit, says] of i % (SIGNING.length - 1) === 0 ? rows : rows.slice(0, 1)) {
        const done = cli(line, uri, env);
        // What takes the place of another tool has its exit codes.
        const status = line.startsWith('as ') ? 1 : exit;
        expect([line, uri, done]).toEqual([line, uri, expect.objectContaining({ status })]);
        expect(done.stderr).toContain(says);
        expect([existsSync(join(cwd, 'out')), existsSync(join(cwd, 'made'))]).toEqual([false, false]);
      }
    }
  });

  interop(PROGRAMS, 'opens for cert_create as TF-A does it', () => {
    const { cwd, spki, cli } = prepare();
    const keyOf = (file: string): Uint8Array =>
      parseCertificate(new Uint8Array(readFileSync(join(cwd, file))), file).publicKeyInfo;
    const module = { PKCS11_MODULE_PATH: MODULE };
    const line = 'as cert_create -n --tfw-nvctr 0 --rot-key KEY --tb-fw bl2 --tb-fw-cert';
    expect(cli(`${line} a`, 'pkcs11:token=boot;object=rot', { ...module, PKCS11_PIN: '1234' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(keyOf('a')).toEqual(spki);
    const shown = cli(`${line} b`, 'pkcs11:token=boot;object=rot;pin-value=1234', { ...module, PKCS11_PIN: '0' });
    expect(shown).toMatchObject({ status: 0, stderr: expect.stringContaining('can be seen by others') });
    expect(shown.stderr).not.toContain('1234');
    expect(keyOf('b')).toEqual(spki);
  });
});

describe('a key file that is named', () => {
  interop([], 'is made only where it is not there, with a notice', () => {
    const { cwd, cli } = { cwd: temporaryFolder(), cli: bootwright };
    writeFileSync(join(cwd, 'bl2'), 'the bl2');
    mkdirSync(join(cwd, 'folder'));
    symlinkSync('loop', join(cwd, 'loop'));
    writeFileSync(join(cwd, 'junk'), 'no key');
    writeFileSync(join(cwd, 'closed'), 'no key');
    chmodSync(join(cwd, 'closed'), 0);
    const line = ['as', 'cert_create', '-n', '-k', '--tfw-nvctr', '0', '--tb-fw', 'bl2', '--tb-fw-cert', 'c'];
    for (const key of ['folder', 'loop', 'junk', 'bl2/k', ...(process.getuid?.() === 0 ? [] : ['closed'])]) {
      const done = cli([...line, '--rot-key', key], { cwd });
      expect([key, done]).toEqual([key, expect.objectContaining({ status: 1, stdout: '' })]);
      expect(done.stderr).not.toContain('NOTICE');
      expect(existsSync(join(cwd, 'c'))).toBe(false);
    }
    const made = cli([...line, '--rot-key', 'new.pem'], { cwd });
    expect(made).toMatchObject({
      status: 0,
      stderr: "WARNING: Cannot open file new.pem\nNOTICE:  Creating new key for 'Root Of Trust key'\n",
    });
    const unnamed = cli(line, { cwd });
    expect(unnamed).toMatchObject({ status: 0, stderr: "NOTICE:  Creating new key for 'Root Of Trust key'\n" });
    expect(cli(['keys', 'show', 'new.pem'], { cwd }).status).toBe(0);
  });
});
