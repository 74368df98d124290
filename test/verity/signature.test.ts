import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keySigner, parsePem, parsePrivateKey } from '../../src/pki/index.ts';
import {
  parseRootHash,
  partitionTypes,
  partitionUuids,
  readSignaturePartition,
  signRootHash,
  verifyRootHash,
  writeSignaturePartition,
} from '../../src/verity/index.ts';
import { expectFault, expectFaultAsync } from '../support/fault.ts';

const VECTORS = resolve(import.meta.dirname, '../vectors/verity');
const vector = (name: string): Uint8Array => new Uint8Array(readFileSync(`${VECTORS}/${name}`));
const certificateOf = (name: string): Uint8Array =>
  parsePem(readFileSync(`${VECTORS}/${name}.crt`, 'utf8'), name)[0]!.der;
const signerOf = (name: string) => keySigner(parsePrivateKey(vector(`${name}.key`), name), name);
const rootHash = parseRootHash(readFileSync(`${VECTORS}/root-hash`, 'latin1'), 'sha256');
const certificate = certificateOf('rsa');
const verify = (name: string, by = certificate) =>
  verifyRootHash({ rootHash, signature: vector(`${name}.p7s`), certificate: by });

describe('root hash signature', () => {
  test("RSA gives openssl's bytes", async () => {
    const made = await signRootHash(rootHash, { signer: signerOf('rsa'), certificate });
    expect(Buffer.from(made).toString('hex')).toBe(Buffer.from(vector('rsa.p7s')).toString('hex'));
    const sha512 = await signRootHash(rootHash, { signer: signerOf('rsa'), certificate, hash: 'sha512' });
    expect(Buffer.from(sha512).toString('hex')).toBe(Buffer.from(vector('sha512.p7s')).toString('hex'));
  });

  test('ECDSA is deterministic and verifies', async () => {
    const by = { signer: signerOf('ec'), certificate: certificateOf('ec') };
    const made = await signRootHash(rootHash, by);
    expect(await signRootHash(rootHash, by)).toEqual(made);
    expect(verifyRootHash({ rootHash, signature: made, certificate: by.certificate }).hash).toBe('sha256');
  });

  test("openssl's signatures verify", () => {
    expect(verify('rsa')).toMatchObject({ hash: 'sha256' });
    expect(verify('sha512')).toMatchObject({ hash: 'sha512' });
    expect(verify('ec', certificateOf('ec'))).toMatchObject({ hash: 'sha256' });
    expect(verify('certificates')).toMatchObject({ hash: 'sha256', refusals: [] });
  });

  test.each([
    ['newline', 'pki/signature', 'with a line break behind it'],
    ['upper', 'pki/signature', 'in upper case'],
    ['binary', 'pki/signature', 'in binary'],
    ['other', 'pki/signature', 'another certificate'],
    ['embedded', 'pki/structure', 'embedded, not detached'],
    ['attributes', 'pki/structure', 'the authenticated attributes hold S/MIME capabilities'],
  ] as const)('refuses a signature: %s', (name, code, reason) => {
    expect(expectFault(() => verify(name), code).message).toContain(reason);
  });

  test('refuses the signature of another root hash', () => {
    const other = parseRootHash('ab'.repeat(32), 'sha256');
    expectFault(() => verifyRootHash({ rootHash: other, signature: vector('rsa.p7s'), certificate }), 'pki/signature');
  });

  test('the releases that count are the caller’s', () => {
    const ec = { rootHash, signature: vector('ec.p7s'), certificate: certificateOf('ec') };
    expect(verifyRootHash(ec).refusals).toMatchObject([{ rule: 'ecdsa' }, { rule: 'ecdsa-certificate' }]);
    const old = [{ major: 5, minor: 10 }];
    expectFault(() => verifyRootHash({ ...ec, releases: old }), 'pki/linux', { releases: 'Linux before 5.14' });
    expect(verifyRootHash({ ...ec, releases: [{ major: 5, minor: 14 }] }).hash).toBe('sha256');
  });

  test('refuses what a key of the keyring cannot hold', () => {
    const signature = new Uint8Array(32_768);
    expectFault(() => verifyRootHash({ rootHash, signature, certificate }), 'pki/structure', { offset: 32_767 });
    expectFault(() => verifyRootHash({ rootHash, signature: signature.subarray(1), certificate }), 'pki/der');
  });

  test('refuses a key that is not that of the certificate', async () => {
    await expectFaultAsync(
      () => signRootHash(rootHash, { signer: signerOf('rsa'), certificate: certificateOf('other') }),
      'pki/signature',
    );
  });

  test('law: a flipped byte anywhere is refused, and truncation too', () => {
    const good = vector('rsa.p7s');
    for (let at = 0; at < good.length; at++) {
      const altered = good.slice();
      altered[at]! ^= 1;
      expect(() => verifyRootHash({ rootHash, signature: altered, certificate })).toThrow(/\S/);
      expectFault(() => verifyRootHash({ rootHash, signature: good.subarray(0, at), certificate }), 'binary/truncated');
    }
  });
});

describe('partitions', () => {
  test('UUIDs are the two ends of the root hash', () => {
    expect(partitionUuids(rootHash)).toEqual({
      data: 'e522df0f-97da-4feb-b882-ac40f30b37dc',
      verity: '0b444bf6-df41-8929-463f-a25280f09d5c',
    });
    expect(partitionTypes['root-x86-64'].verity).toBe('2c7357ed-ebd2-46d9-aec1-23d437ec2bf5');
  });

  const signature = vector('rsa.p7s');
  const partition = writeSignaturePartition({ rootHash, signature, certificate });

  test('a signature partition is JSON, padded with NUL', () => {
    expect(partition.length).toBe(4096);
    const text = new TextDecoder().decode(partition).replace(/\0+$/, '');
    expect(JSON.parse(text)).toEqual({
      rootHash,
      certificateFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      signature: Buffer.from(signature).toString('base64'),
    });
    expect(readSignaturePartition(partition, { rootHash, certificate })).toEqual(signature);
  });

  test('refuses another root hash, certificate, junk', () => {
    const other = parseRootHash('ab'.repeat(32), 'sha256');
    const refused = (input: Uint8Array, expected = { rootHash, certificate }) =>
      expectFault(() => readSignaturePartition(input, expected), 'verity/description').message;
    expect(refused(partition, { rootHash: other, certificate })).toContain('rootHash');
    expect(refused(partition, { rootHash, certificate: certificateOf('ec') })).toContain('certificateFingerprint');
    const junk = partition.slice();
    junk[4095] = 1;
    expect(refused(junk)).toContain('behind');
    expect(refused(partition.subarray(1))).toContain('not JSON');
  });
});
