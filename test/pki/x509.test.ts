import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generateEc, generateRsa, type SignatureScheme } from '../../src/crypto/index.ts';
import {
  keySigner,
  parseCertificate,
  parsePem,
  printPem,
  printPublicKey,
  selfSigned,
  verifyCertificate,
} from '../../src/pki/index.ts';
import { issueCertificate } from '../../src/pki/issue.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const rsa = keySigner(await generateRsa(2048), 'test rsa');
const p256 = keySigner(generateEc('P-256'), 'test P-256');
const p384 = keySigner(generateEc('P-384'), 'test P-384');

const notBefore = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const notAfter = new Date(Date.UTC(2056, 0, 2, 3, 4, 5));
const base = { serial: 0x1234_5678_9abcn, commonName: 'Röot', notBefore, notAfter } as const;

const schemes: readonly (readonly [string, typeof rsa, SignatureScheme])[] = [
  ['rsa-pkcs1', rsa, { kind: 'rsa-pkcs1', hash: 'sha256' }],
  ['rsa-pss', rsa, { kind: 'rsa-pss', hash: 'sha384', saltLength: 48 }],
  ['rsa-pss, other salt length', rsa, { kind: 'rsa-pss', hash: 'sha512', saltLength: 32 }],
  ['P-256', p256, { kind: 'ecdsa', hash: 'sha256' }],
  ['P-384', p384, { kind: 'ecdsa', hash: 'sha512' }],
];

describe('a certificate', () => {
  test.each(schemes)('round trip, %s', async (_, signer, scheme) => {
    const certificate = parseCertificate(await selfSigned({ ...base, scheme }, signer));
    expect(certificate).toMatchObject({
      version: 3,
      serial: base.serial,
      scheme,
      notBefore,
      notAfter,
      publicKey: signer.publicKey,
      subject: { text: 'CN=Röot' },
    });
    expect(certificate.extensions.map(({ oid, critical }) => [oid, critical])).toEqual([
      ['2.5.29.14', false],
      ['2.5.29.35', false],
      ['2.5.29.19', true],
    ]);
    const { value, offset } = certificate.extensions[0]!;
    expect(certificate.der.subarray(offset, offset + value.length)).toEqual(value);
    expect(verifyCertificate(certificate, signer.publicKey)).toEqual({ kind: 'good' });
    expect(verifyCertificate(certificate, signer === rsa ? p256.publicKey : rsa.publicKey).kind).toBe('bad');
  });

  test('equal content, key and salt give equal bytes', async () => {
    const scheme = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 } as const;
    const salt = new Uint8Array(32).fill(7);
    const [a, b] = await Promise.all([1, 2].map(() => selfSigned({ ...base, scheme, salt }, rsa)));
    expect(a).toEqual(b);
  });

  test('SHA-1 is refused unless it was asked for', async () => {
    const certificate = parseCertificate(
      await selfSigned({ ...base, scheme: { kind: 'rsa-pkcs1', hash: 'sha1' } }, rsa),
    );
    expect(verifyCertificate(certificate, rsa.publicKey)).toMatchObject({
      kind: 'bad',
      reason: { code: 'pki/weak-hash', values: { hash: 'sha1' } },
    });
    expect(verifyCertificate(certificate, rsa.publicKey, true)).toEqual({ kind: 'good' });
  });

  for (const [name, signer, scheme] of schemes) {
    interop(['openssl'], `openssl verifies, ${name}`, async () => {
      await verifyWithOpenssl(await selfSigned({ ...base, scheme }, signer), name);
    });
  }
});

describe('a malformed certificate', async () => {
  const scheme = { kind: 'ecdsa', hash: 'sha256' } as const;
  const good = await selfSigned({ ...base, commonName: 'x', scheme }, p256);

  test('an extension twice', async () => {
    const extension = { oid: '1.2.3', value: Uint8Array.of(5, 0) };
    const der = await issueCertificate({ ...base, scheme, extensions: [extension, extension] }, p256);
    const fault = expectFault(() => parseCertificate(der), 'pki/structure');
    expect(fault.message).toContain('there are two extensions 1.2.3');
  });

  test('no extensions where there is a place for them', async () => {
    const der = await issueCertificate({ ...base, scheme, extensions: [] }, p256);
    expectFault(() => parseCertificate(der), 'pki/structure');
  });

  test('an inner algorithm that is not the outer one', () => {
    const der = good.slice();
    const oid = lastIndex(der, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
    der[oid + 7] = 0x03;
    expectFault(() => parseCertificate(der), 'pki/structure', {
      path: 'certificate.signatureAlgorithm',
      offset: oid - 4,
    });
  });

  test('unused bits in the signature', () => {
    const der = good.slice();
    const bits = der.length - parseCertificate(der).signature.length - 3;
    expect(der[bits + 2]).toBe(0);
    der[bits + 2] = 1;
    der[der.length - 1]! &= 0xfe;
    expectFault(() => parseCertificate(der), 'pki/structure', { offset: bits });
  });

  test('a byte after the end', () => {
    expectFault(() => parseCertificate(Uint8Array.of(...good, 0)), 'pki/der', { offset: good.length });
  });

  test('truncated anywhere', () => {
    for (let size = 0; size < good.length; size++) {
      expect(() => parseCertificate(good.subarray(0, size))).toThrow();
      onlyFaults(() => parseCertificate(good.subarray(0, size)));
    }
  });

  test('an ENUMERATED in the place of an INTEGER of the signature', () => {
    const der = good.slice();
    const signature = der.length - parseCertificate(der).signature.length;
    expect(der[signature + 2]).toBe(0x02);
    der[signature + 2] = 0x0a;
    const certificate = parseCertificate(der);
    expectFault(() => verifyCertificate(certificate, p256.publicKey), 'pki/structure', {
      reason: 'expected an INTEGER',
    });
  });

  test('no bit of it can change: faults alone, and never a good signature', () => {
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const der = good.slice();
      der[bit >> 3]! ^= 1 << (bit & 7);
      onlyFaults(() => {
        const certificate = parseCertificate(der);
        expect([bit, verifyCertificate(certificate, p256.publicKey).kind]).toEqual([bit, 'bad']);
      });
    }
  });
});

interop(['openssl'], 'reads a certificate that openssl made', () => {
  const folder = temporaryFolder();
  runOk(
    'openssl',
    [
      ...'req -x509 -newkey rsa:2048 -nodes -days 10 -keyout k.pem -out c.pem -subj'.split(' '),
      '/C=KR/O=Big, Firm/CN=Root',
    ],
    { cwd: folder },
  );
  const text = runOk('openssl', ['x509', '-in', 'c.pem'], { cwd: folder }).stdout;
  const certificate = parseCertificate(parsePem(text, 'c.pem')[0]!.der);
  expect(certificate.subject.text).toBe('C=KR, O=Big, Firm, CN=Root');
  expect(verifyCertificate(certificate, certificate.publicKey)).toEqual({ kind: 'good' });
  const key = runOk('openssl', ['x509', '-in', 'c.pem', '-noout', '-pubkey'], { cwd: folder }).stdout;
  expect(printPublicKey(certificate.publicKey)).toBe(key);
});

async function verifyWithOpenssl(der: Uint8Array, name: string): Promise<void> {
  const file = join(temporaryFolder(), 'c.pem');
  writeFileSync(file, printPem('CERTIFICATE', der));
  const { stdout } = runOk('openssl', ['verify', '-check_ss_sig', '-CAfile', file, file]);
  expect([name, stdout]).toEqual([name, `${file}: OK\n`]);
}

function lastIndex(input: Uint8Array, pattern: readonly number[]): number {
  const text = String.fromCharCode(...input);
  return text.lastIndexOf(String.fromCharCode(...pattern));
}
