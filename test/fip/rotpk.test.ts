import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { concatBytes, hexText, parseHex, utf8 } from '../../src/binary/index.ts';
import { generateKey, hash, type KeyKind, type PublicKey } from '../../src/crypto/index.ts';
import type { RotpkPlace } from '../../src/fip/index.ts';
import { emptyAnchor, rotpkForms } from '../../src/fip/internal.ts';
import { parsePublicKey, printPublicKey } from '../../src/pki/index.ts';
import { bootwright } from '../support/cli.ts';
import { expectFault } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

/** A point on P-256, x‖y, and the value that ST's sign tool and U-Boot's stm32key show for it. */
const POINT =
  'f50180cb25aa083706cc29aa4b2c4b8f7abaec271956f20a65c5ddd60048ddbb996a5ab101e3b87ab0b9c52b6d7df47e02b5d1828c252b290bbf177ca8cda4e6';
const PKH = '0b8954c3450bd3cd03bc1933cfab897ba985bb0c5e14e4fe54d87e83ea982ea2';

const keyOf = async (kind: KeyKind): Promise<PublicKey> => (await generateKey(kind)).public;
const digest = (place: RotpkPlace, keys: readonly PublicKey[]): string =>
  hexText(rotpkForms({ for: place, keys, names: keys.map((_, i) => `key${i}`) }).digest);

describe('the hash of a root key', () => {
  test('of STM32MP15 is over x and y, and its words have the first byte highest', () => {
    const [x, y] = [POINT.slice(0, 64), POINT.slice(64)].map((part) => BigInt(`0x${part}`)) as [bigint, bigint];
    const key = { kind: 'ec', curve: 'P-256', x, y } as const;
    const forms = rotpkForms({ for: 'stm32mp15', keys: [key], names: ['k'] });
    expect(hexText(forms.digest)).toBe(PKH);
    expect(forms.fuseCommand).toBe(
      'fuse prog 0 24 0x0b8954c3 0x450bd3cd 0x03bc1933 0xcfab897b 0xa985bb0c 0x5e14e4fe 0x54d87e83 0xea982ea2',
    );
  });

  interop(['openssl'], 'is what openssl makes of the same bytes', () => {
    const cwd = temporaryFolder();
    const der = (name: string, args: readonly string[]): Buffer => {
      runOk('openssl', ['genpkey', ...args, '-out', `${name}.pem`], { cwd });
      runOk('openssl', ['pkey', '-in', `${name}.pem`, '-pubout', '-outform', 'DER', '-out', `${name}.der`], { cwd });
      return readFileSync(join(cwd, `${name}.der`));
    };
    const sha256 = (bytes: Uint8Array): string => {
      writeFileSync(join(cwd, 'in'), bytes);
      return runOk('openssl', ['dgst', '-sha256', '-r', 'in'], { cwd }).stdout.slice(0, 64);
    };
    const P256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const spkis = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => der(name, P256));
    const keys = spkis.map((spki, i) => parsePublicKey(spki, `key${i}`));
    const points = spkis.map((spki) => spki.subarray(-64));
    expect(digest('tf-a', keys.slice(0, 1))).toBe(sha256(spkis[0]!));
    expect(digest('stm32mp15', keys.slice(0, 1))).toBe(sha256(points[0]!));
    const entries = points.map((point) => parseHex(sha256(concatBytes([Uint8Array.of(1, 0, 0, 0), point])))!);
    for (const place of ['stm32mp13', 'stm32mp2'] as const) {
      expect(digest(place, keys)).toBe(sha256(concatBytes(entries)));
      expect(digest(place, keys.slice(0, 1))).toBe(sha256(entries[0]!));
      expect(digest(place, keys.toReversed())).toBe(sha256(concatBytes(entries.toReversed())));
    }
    const rsa = der('r', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']);
    const key = parsePublicKey(rsa, 'r');
    const text = runOk('openssl', ['rsa', '-in', 'r.pem', '-noout', '-modulus'], { cwd }).stdout;
    const modulus = parseHex(/=([0-9A-F]+)/.exec(text)![1]!)!;
    const field = (bytes: Uint8Array, size: number): Uint8Array => {
      const output = new Uint8Array(size);
      output.set(bytes.toReversed());
      return output;
    };
    const exponent = Uint8Array.of(1, 0, 1);
    expect(digest('rpi', [key])).toBe(sha256(concatBytes([field(modulus, 256), field(exponent, 8)])));
    const quotient = (1n << 2180n) / BigInt(`0x${hexText(modulus)}`);
    const reciprocal = field(parseHex(quotient.toString(16).padStart(64, '0'))!, 32);
    expect(digest('rk35', [key])).toBe(sha256(concatBytes([field(modulus, 512), field(exponent, 16), reciprocal])));
  });

  test('is said with where it goes, and with no advice for another chip', async () => {
    const ec = await keyOf('P-256');
    const forms = (place: RotpkPlace) => rotpkForms({ for: place, keys: [ec], names: ['k'] });
    expect(forms('tf-a')).toMatchObject({ fuseCommand: undefined, warning: expect.not.stringContaining('stm32key') });
    expect(forms('stm32mp13').fuseCommand).toMatch(/^fuse prog 0 24( 0x[0-9a-f]{8}){8}$/);
    expect(forms('stm32mp2').fuseCommand).toMatch(/^fuse prog 0 144( 0x[0-9a-f]{8}){8}$/);
    expect(forms('stm32mp15').warning).toContain('stm32key');
    const rsa = await keyOf('rsa2048');
    for (const place of ['rpi', 'rk35'] as const) {
      const { fuseCommand, warning } = rotpkForms({ for: place, keys: [rsa], names: ['k'] });
      expect([fuseCommand, warning.includes('stm32key')]).toEqual([undefined, false]);
    }
  });

  test.each([
    ['stm32mp15', ['P-384'], 'crypto/key-unfit', 'the chip takes P-256'],
    ['stm32mp13', ['P-256', 'rsa2048'], 'crypto/key-unfit', 'the chip takes P-256'],
    ['stm32mp15', ['P-256', 'P-256'], 'crypto/key-unfit', 'takes at most 1 of the 2 keys'],
    ['tf-a', ['P-256', 'P-256'], 'crypto/key-unfit', 'takes at most 1 of the 2 keys'],
    ['rpi', ['P-256'], 'crypto/key-unfit', 'the chip takes RSA of 2048 bits'],
    ['rk35', ['rsa3072'], 'crypto/key-unfit', 'the chip takes RSA of 2048 bits'],
  ] as const)('%s of %s is refused', async (place, kinds, code, reason) => {
    const keys = await Promise.all(kinds.map(keyOf));
    const request = { for: place, keys, names: kinds.map((_, i) => `key${i}`) };
    const { context } = expectFault(() => rotpkForms(request), code, { reason: expect.stringContaining(reason) });
    expect(context.key).toBe(`key${kinds.length - 1}`);
  });

  test('has the hash of the silicon', async () => {
    const request = { for: 'stm32mp15', keys: [await keyOf('P-256')], names: ['k'], hash: 'sha384' } as const;
    expectFault(() => rotpkForms(request), 'crypto/unsupported');
    expect(rotpkForms({ ...request, for: 'tf-a' }).digest.length).toBe(48);
  });
});

describe('a hash that no key has', () => {
  const nothing = hexText(hash('sha256', utf8('')));

  test.each([
    ['of nothing', nothing, 'sha256 of nothing'],
    ['of nothing, sha384', hexText(hash('sha384', utf8(''))), 'sha384 of nothing'],
    ['of nothing, sha512', hexText(hash('sha512', utf8(''))), 'sha512 of nothing'],
  ])('%s is no anchor', (_name, text, reason) => {
    expect(emptyAnchor(parseHex(text)!)?.text).toContain(reason);
  });

  test('is refused wherever a hash is trusted', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'k.pub'), printPublicKey(await keyOf('P-256')));
    bootwright(['fip', 'create', 'f', 'tb-fw=k.pub'], { cwd });
    for (const line of [
      ['fip', 'verify', 'f', '--cot', 'tbbr', '--rotpk', nothing],
      ['fip', 'verify', 'f', '--cot', 'dualroot', '--anchor', `prot-key=${nothing}`],
      ['verify', '.', '--trust', nothing],
    ]) {
      const done = bootwright(line, { cwd });
      expect([line, done.status]).toEqual([line, 1]);
      expect(done.stderr).toMatch(/^error: e3b0c442\w+ trusts nothing: it is the sha256 of nothing.* \[fip\/anchor\]/);
    }
    expect(emptyAnchor(hash('sha256', utf8('x')))).toBeUndefined();
  });

  test('cert rotpk writes the bytes, and takes several keys', async () => {
    const cwd = temporaryFolder();
    for (const name of ['a', 'b']) writeFileSync(join(cwd, name), printPublicKey(await keyOf('P-256')));
    const cli = (...args: readonly string[]) => bootwright(['cert', 'rotpk', ...args], { cwd });
    const made = cli('a', 'b', '--for', 'stm32mp13', '--out', 'hash.bin');
    expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('fuse prog 0 24 0x') });
    expect(made.stdout).toContain(hexText(readFileSync(join(cwd, 'hash.bin'))));
    expect(cli('a').stdout).not.toContain('stm32key');
    expect(cli('a', 'a', '--for', 'stm32mp13')).toMatchObject({ status: 2, stderr: expect.stringContaining('twice') });
    expect(cli('a', 'b').status).toBe(1);
    expect(cli().status).toBe(2);
    expect(cli('a', '--for', 'imx8').status).toBe(2);
  });
});
