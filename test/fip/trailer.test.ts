import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/binary/index.ts';
import { generateEc, generateRsa, hash, type SignatureScheme } from '../../src/crypto/index.ts';
import { modPow, readInteger, writeInteger } from '../../src/crypto/internal.ts';
import {
  buildFip,
  knownImages,
  parseUuid,
  readFip,
  resolveImage,
  signFip,
  TRAILER_UUID,
  verifyFipTrailer,
} from '../../src/fip/index.ts';
import { inTableOrder } from '../../src/fip/internal.ts';
import { keySigner, printPrivateKey, printPublicKey, writeDigestInfo } from '../../src/pki/index.ts';
import { expectFault, expectFaultAsync, onlyFaults } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const rsa = await generateRsa(2048);
const other = await generateRsa(2048);
const ec = generateEc('P-256');
const signer = keySigner(rsa, 'rsa');
const pkcs1 = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;

const payload = (size: number, seed: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i * 7 + seed);
const images = [
  { uuid: resolveImage(knownImages, 'soc-fw'), data: payload(100, 1) },
  { uuid: resolveImage(knownImages, 'nt-fw'), data: payload(77, 2) },
];
const unsigned = buildFip(images);
const signed = await signFip(unsigned, { signer, scheme: pkcs1 });

describe('the signature at the end', () => {
  const schemes: readonly (readonly [string, typeof signer, SignatureScheme])[] = [
    ['rsa-pkcs1 sha256', signer, pkcs1],
    ['rsa-pkcs1 sha1', signer, { kind: 'rsa-pkcs1', hash: 'sha1' }],
    ['rsa-pss', signer, { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 }],
    ['ecdsa', keySigner(ec, 'ec'), { kind: 'ecdsa', hash: 'sha256' }],
    ['ecdsa P-521', keySigner(generateEc('P-521'), 'ec'), { kind: 'ecdsa', hash: 'sha512' }],
  ];
  test.each(schemes)('%s', async (_, by, scheme) => {
    const fip = await signFip(unsigned, { signer: by, scheme });
    const verdict = verifyFipTrailer(fip, by.publicKey, scheme);
    expect(verdict.signedSize % 16).toBe(0);
    expect(verdict.signedSize + verdict.signature.length).toBe(fip.length);
    expect(verdict.warnings).toHaveLength(scheme.hash === 'sha1' ? 1 : 0);
  });

  test('signing again replaces it: the same bytes', async () => {
    expect(await signFip(signed, { signer, scheme: pkcs1 })).toEqual(signed);
  });

  test('stands last, behind images that the table puts after it', async () => {
    const late = [
      ...images,
      { uuid: resolveImage(knownImages, 'nt-fw-cert'), data: payload(9, 3) },
      { uuid: parseUuid('11111111-2222-3333-4444-555555555555'), data: payload(9, 4) },
    ];
    const fip = await signFip(buildFip(late), { signer, scheme: pkcs1 });
    expect(readFip(fip).images.at(-1)?.uuid).toBe(TRAILER_UUID);
    verifyFipTrailer(fip, rsa.public, pkcs1);
  });

  test('every byte is covered: one changed anywhere is refused', () => {
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const fip = signed.slice();
        fip[at]! ^= mask;
        expect(() => verifyFipTrailer(fip, rsa.public, pkcs1)).toThrow();
        onlyFaults(() => verifyFipTrailer(fip, rsa.public, pkcs1));
      }),
      { numRuns: 300 },
    );
  });

  test('truncated anywhere is refused', () => {
    for (let size = 0; size < signed.length; size += 3) {
      onlyFaults(() => verifyFipTrailer(signed.subarray(0, size), rsa.public, pkcs1));
      expect(() => verifyFipTrailer(signed.subarray(0, size), rsa.public, pkcs1)).toThrow();
    }
  });
});

describe('refused', () => {
  test('no signature at all is not verified', () => {
    expectFault(() => verifyFipTrailer(unsigned, rsa.public, pkcs1), 'fip/unsigned');
  });

  test('another key', () => {
    const offset = signed.length - 256;
    expectFault(() => verifyFipTrailer(signed, other.public, pkcs1), 'fip/signature', { offset });
  });

  test('another hash than was asked for', () => {
    const fault = expectFault(() => verifyFipTrailer(signed, rsa.public, { ...pkcs1, hash: 'sha1' }), 'fip/signature');
    expect(fault.message).toContain('this key signed a sha256 digest');
  });

  test('PKCS#1 v1.5 but the chain of trust requires PSS', () => {
    const pss = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 } as const;
    expectFault(() => verifyFipTrailer(signed, rsa.public, pss), 'fip/signature');
  });

  test('PKCS#1 v1.5 padding with garbage behind the digest, as Bleichenbacher made it in 2006', () => {
    const prefix = signed.subarray(0, signed.length - 256);
    const info = writeDigestInfo({ hash: 'sha256', digest: hash('sha256', prefix) });
    const block = concatBytes([Uint8Array.of(0, 1, ...new Array<number>(8).fill(255), 0), info]);
    const padded = concatBytes([block, new Uint8Array(256 - block.length).fill(7)]);
    const forged = writeInteger(modPow(readInteger(padded), rsa.d, rsa.public.modulus), 256);
    const fip = concatBytes([prefix, forged]);
    const fault = expectFault(() => verifyFipTrailer(fip, rsa.public, pkcs1), 'fip/signature');
    expect(fault.message).toContain('padding');
  });

  test('a key of another size', () => {
    const ecdsa = { kind: 'ecdsa', hash: 'sha256' } as const;
    const fault = expectFault(() => verifyFipTrailer(signed, ec.public, ecdsa), 'fip/trailer');
    expect(fault.message).toContain('tb-fw-cert has 256 bytes, but a signature by P-256 has 64');
  });

  test('a key that signs with more bytes', () => {
    const larger = { ...rsa.public, modulus: rsa.public.modulus << 1024n };
    const fault = expectFault(() => verifyFipTrailer(signed, larger, pkcs1), 'fip/trailer');
    expect(fault.message).toContain('tb-fw-cert has 256 bytes, but a signature by rsa3072 has 384');
  });

  const repacked = (
    align: number,
    extra: readonly { uuid: typeof TRAILER_UUID; data: Uint8Array }[] = [],
  ): Uint8Array => buildFip(inTableOrder(knownImages, [...readFip(signed).images, ...extra]), { align });

  test('a signature that is not last', () => {
    const late = { uuid: resolveImage(knownImages, 'nt-fw-cert'), data: payload(16, 5) };
    const fip = repacked(16, [late]);
    const fault = expectFault(() => verifyFipTrailer(fip, rsa.public, pkcs1), 'fip/trailer', { offset: 96 });
    expect(fault.message).toContain('the image nt-fw-cert lies behind the signature');
  });

  test('a certificate in its place', () => {
    const certificate = { uuid: TRAILER_UUID, data: payload(1214, 3) };
    const late = { uuid: resolveImage(knownImages, 'nt-fw-cert'), data: payload(16, 5) };
    const fip = buildFip([certificate, late]);
    const fault = expectFault(() => verifyFipTrailer(fip, rsa.public, pkcs1), 'fip/trailer', { offset: 16 });
    expect(fault.message).toContain('tb-fw-cert holds 1214 bytes, which is not the size of a signature');
  });

  test('bytes after the signature that the FIP counts as its own', () => {
    const fault = expectFault(() => verifyFipTrailer(repacked(512), rsa.public, pkcs1), 'fip/trailer');
    expect(fault.message).toContain('256 bytes behind the signature are not signed');
  });

  test('a signature that is not aligned', () => {
    expectFault(() => verifyFipTrailer(repacked(1), rsa.public, pkcs1), 'fip/trailer');
  });

  test('a signature at a multiple of 8', () => {
    const [first, ...rest] = readFip(signed).images;
    const at8 = buildFip([{ uuid: first!.uuid, data: payload(16, 3) }, ...rest.slice(-1)], { align: 8 });
    const { offset } = readFip(at8).images.at(-1)!;
    expect(offset % 16).toBe(8);
    const fault = expectFault(() => verifyFipTrailer(at8, rsa.public, pkcs1), 'fip/trailer');
    expect(fault.message).toContain(`starts at ${offset}, which is not a multiple of 16`);
  });

  test('signing over a certificate', async () => {
    const certified = buildFip([...images, { uuid: TRAILER_UUID, data: payload(1200, 6) }]);
    await expectFaultAsync(() => signFip(certified, { signer, scheme: pkcs1 }), 'fip/trailer', {
      path: 'toc[2]',
      offset: 96,
    });
  });

  test('an alignment that 16 does not divide', async () => {
    await expectFaultAsync(() => signFip(unsigned, { signer, scheme: pkcs1, align: 8 }), 'fip/alignment');
  });

  test('a key that does not make the signature asked for', async () => {
    await expectFaultAsync(() => signFip(unsigned, { signer: keySigner(ec, 'ec'), scheme: pkcs1 }), 'crypto/key-unfit');
  });
});

describe.each(['sha1', 'sha256'] as const)("the vendor's steps, %s", (hashName) => {
  interop(['fiptool', 'openssl'], 'give the same bytes, and each side accepts the other', async () => {
    const cwd = temporaryFolder();
    const file = (name: string): string => join(cwd, name);
    writeFileSync(file('key.pem'), printPrivateKey(rsa), { mode: 0o600 });
    writeFileSync(file('pub.pem'), printPublicKey(rsa.public));
    writeFileSync(file('soc'), images[0]!.data);
    writeFileSync(file('nt'), images[1]!.data);
    writeFileSync(file('dummy'), new Uint8Array(256));
    runOk('fiptool', ['create', '--soc-fw', 'soc', '--nt-fw', 'nt', 'fip.bin'], { cwd });
    const before = new Uint8Array(readFileSync(file('fip.bin')));
    runOk('fiptool', ['update', '--align', '16', '--tb-fw-cert', 'dummy', 'fip.bin'], { cwd });
    const { images: laidOut } = readFip(new Uint8Array(readFileSync(file('fip.bin'))));
    const place = laidOut.find(({ uuid }) => uuid === TRAILER_UUID);
    writeFileSync(file('prefix'), readFileSync(file('fip.bin')).subarray(0, place?.offset));
    runOk('openssl', ['dgst', `-${hashName}`, '-sign', 'key.pem', '-out', 'sig', 'prefix'], { cwd });
    runOk('fiptool', ['update', '--align', '16', '--tb-fw-cert', 'sig', 'fip.bin'], { cwd });
    const theirs = new Uint8Array(readFileSync(file('fip.bin')));

    const scheme = { kind: 'rsa-pkcs1', hash: hashName } as const;
    const ours = await signFip(before, { signer, scheme });
    expect(ours).toEqual(theirs);
    const { signedSize } = verifyFipTrailer(theirs, rsa.public, scheme);
    writeFileSync(file('ours-prefix'), ours.subarray(0, signedSize));
    writeFileSync(file('ours-sig'), ours.subarray(signedSize));
    runOk('openssl', ['dgst', `-${hashName}`, '-verify', 'pub.pem', '-signature', 'ours-sig', 'ours-prefix'], { cwd });
  });
});
