import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '../../src/binary/index.ts';
import { generateRsa, type PrivateKey } from '../../src/crypto/index.ts';
import {
  findPrivateKeys,
  PrivateKeyFinder,
  printPrivateKey,
  writeDigestInfo,
  writePrivateKey,
} from '../../src/pki/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const rsa: PrivateKey = await generateRsa(2048);
const pem = utf8(printPrivateKey(rsa));
const der = writePrivateKey(rsa);
const zeros = (size: number): Uint8Array => new Uint8Array(size);
const formIn = (bytes: Uint8Array): string | undefined => findPrivateKeys([bytes])[0]?.form;

const SECRET: readonly (readonly [form: string, openssl: string])[] = [
  ['PKCS#1 DER', 'rsa -in rsa.pem -traditional -outform der'],
  ['PKCS#8 DER', 'pkcs8 -topk8 -nocrypt -in rsa.pem -outform der'],
  ['PKCS#8 DER', 'pkcs8 -topk8 -nocrypt -in ec.pem -outform der'],
  ['PKCS#8 DER', 'genpkey -algorithm ed25519 -outform der'],
  ['PKCS#8 DER', 'genpkey -algorithm x448 -outform der'],
  ['PKCS#8 DER', 'genpkey -algorithm DH -pkeyopt group:ffdhe2048 -outform der'],
  ['SEC 1 DER', 'ec -in ec.pem -outform der'],
  ['SEC 1 DER', 'ec -in ec.pem -no_public -outform der'],
  ['DSA DER', 'dsa -in dsa.pem -outform der'],
  ['encrypted PKCS#8 DER', 'pkcs8 -topk8 -passout pass:x -in rsa.pem -outform der'],
  ['encrypted PKCS#8 DER', 'pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout pass:x -in ec.pem -outform der'],
  ['PKCS#12', 'pkcs12 -export -inkey ec.pem -in ec.crt -passout pass:x'],
  ['PEM', 'pkcs8 -topk8 -passout pass:x -in rsa.pem'],
  ['PEM', 'rsa -in rsa.pem -traditional'],
  ['PEM', 'rsa -in rsa.pem -traditional -aes128 -passout pass:x'],
  ['PEM', 'genpkey -algorithm ed25519'],
];

/** What is public, or no key. */
const OPEN: readonly string[] = [
  'pkey -in rsa.pem -pubout -outform der',
  'pkey -in rsa.pem -pubout',
  'rsa -in rsa.pem -RSAPublicKey_out -outform der',
  'pkey -in ec.pem -pubout',
  'pkey -in dsa.pem -pubout -outform der',
  'x509 -in ec.crt -outform der',
  'x509 -in ec.crt',
  'req -new -key ec.pem -subj /CN=x -outform der',
  'crl2pkcs7 -nocrl -certfile ec.crt -outform der',
  'dgst -sha256 -sign ec.pem rsa.pem',
  'dsaparam -in dsaparam.pem -outform der',
];

interop(['openssl'], 'every form that OpenSSL writes is found, wherever it lies, and nothing else is', () => {
  const cwd = temporaryFolder();
  const run = (line: string): void => void runOk('openssl', line.split(' '), { cwd });
  run('genrsa -out rsa.pem 2048');
  run('ecparam -name prime256v1 -genkey -noout -out ec.pem');
  run('req -x509 -new -key ec.pem -subj /CN=x -out ec.crt');
  run('dsaparam -out dsaparam.pem 1024');
  run('gendsa -out dsa.pem dsaparam.pem');
  for (const [form, line] of SECRET) {
    run(`${line} -out secret`);
    const bytes = readFileSync(join(cwd, 'secret'));
    const found = findPrivateKeys([bytes]);
    expect([line, found.map((one) => one.form), found[0]?.offset]).toEqual([line, [form], 0]);
    for (const before of [1, 5000, 20_000]) {
      const within = concatBytes([zeros(before), bytes, zeros(100)]);
      expect([line, findPrivateKeys([within])]).toEqual([line, [{ form, offset: before }]]);
    }
    if (form !== 'PEM' && form !== 'PKCS#12') {
      expect([line, findPrivateKeys([bytes.subarray(0, -1)])]).toEqual([line, []]);
    }
  }
  for (const line of OPEN) {
    const [command = '', ...rest] = line.split(' ');
    runOk('openssl', [command, '-out', 'open', ...rest], { cwd });
    expect([line, formIn(readFileSync(join(cwd, 'open')))]).toEqual([line, undefined]);
  }
});

describe('text', () => {
  const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ';
  test.each<readonly [string, string, string | undefined]>([
    ['a key far behind the start', `${'x'.repeat(200_000)}\n-----BEGIN EC PRIVATE KEY-----\n${body}`, 'PEM'],
    ['with the line breaks of other systems', `-----BEGIN PRIVATE KEY-----\r\n${body}`, 'PEM'],
    ['of OpenSSH', 'PRIVATE KEY-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU', 'PEM'],
    ['of PGP', '-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\nlQOYBFd', 'PEM'],
    ['in YAML', `key: |\n    -----BEGIN PRIVATE KEY-----\n    ${body}`, 'PEM'],
    ['in JSON', `{"key":"-----BEGIN PRIVATE KEY-----\\n${body}"}`, 'PEM'],
    ['a program that reads keys', 'a\0-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0', undefined],
    ['a program that writes keys', '-----BEGIN RSA PRIVATE KEY-----\n\0-----END RSA PRIVATE KEY-----\n\0', undefined],
    ['one with a format for it', '-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----\n\0', undefined],
    ['a public key', `-----BEGIN PUBLIC KEY-----\n${body}`, undefined],
    ['text about keys', 'the PRIVATE KEY stays here', undefined],
    ['dashes', '-'.repeat(100_000), undefined],
    ['zeros', '0'.repeat(100_000), undefined],
    ['nothing', '', undefined],
    ['a sequence that is cut short', '0\x82', undefined],
  ])('%s', (_, text, form) => {
    expect(formIn(Buffer.from(text, 'latin1'))).toBe(form);
  });
});

test('a digest with its algorithm is no private key', () => {
  expect(formIn(writeDigestInfo({ hash: 'sha256', digest: zeros(32) }))).toBeUndefined();
});

test('DER in which one byte differs is found where it still is a key, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = der.slice();
      bytes[at]! ^= change;
      expect(findPrivateKeys([bytes]).length).toBeLessThanOrEqual(1);
    }),
  );
});

test('pieces of any size give what the whole gives', () => {
  const whole = concatBytes([zeros(30_000), pem, zeros(17_000), der, zeros(16_383), pem]);
  const want = [
    { form: 'PEM', offset: 30_000 },
    { form: 'PKCS#8 DER', offset: 47_000 + pem.length },
    { form: 'PEM', offset: 63_383 + pem.length + der.length },
  ];
  expect(findPrivateKeys([whole])).toEqual(want);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      const finder = new PrivateKeyFinder();
      const room = new Uint8Array(40_000);
      for (let at = 0, i = 0; at < whole.length; i++) {
        const piece = whole.subarray(at, at + sizes[i % sizes.length]!);
        // A reader that uses one buffer again and again.
        room.fill(0xff);
        room.set(piece);
        finder.push(room.subarray(0, piece.length));
        at += piece.length;
      }
      expect(finder.end()).toEqual(want);
    }),
    { numRuns: 30 },
  );
});

test('no more are listed than anybody reads', () => {
  const finder = new PrivateKeyFinder();
  const many = concatBytes(Array.from({ length: 30 }, () => pem));
  expect(finder.push(many)).toBe(false);
  expect(finder.end()).toHaveLength(16);
});
