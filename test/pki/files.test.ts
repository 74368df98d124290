import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hash, samePublicKey, verifyDigest } from '../../src/crypto/index.ts';
import { encodePublicKey, isToken, openPublicKey, openSigner } from '../../src/pki/files.node.ts';
import { expectFaultAsync } from '../support/fault.ts';

const folder = await mkdtemp(join(tmpdir(), 'pki-files-'));
afterAll(() => rm(folder, { recursive: true }));

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const plain = join(folder, 'plain.key');
const encrypted = join(folder, 'encrypted.key');
await writeFile(plain, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
await writeFile(
  encrypted,
  privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open' }),
  { mode: 0o600 },
);
const scheme = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;
const digest = hash('sha256', new Uint8Array(3));

describe('a key in a file', () => {
  test.each([
    ['in clear', plain, undefined],
    ['in clear, with a passphrase', plain, 'open'],
    ['encrypted, with its passphrase', encrypted, 'open'],
    ['encrypted, with who knows the passphrase', encrypted, async () => 'open'],
  ])('%s', async (_name, file, passphrase) => {
    const signer = await openSigner(file, { passphrase });
    const signature = await signer.sign({ scheme, digest });
    expect(verifyDigest(signer.publicKey, scheme, digest, signature)).toEqual({ kind: 'good' });
  });

  test('is asked for its passphrase only where it is encrypted', async () => {
    const asked: string[] = [];
    const passphrase = async (file: string): Promise<string> => {
      asked.push(file);
      return 'open';
    };
    await openSigner(plain, { passphrase });
    await openSigner(encrypted, { passphrase });
    expect(asked).toEqual([encrypted]);
  });

  test('that is encrypted does not open without its passphrase', async () => {
    await expectFaultAsync(() => openSigner(encrypted), 'crypto/passphrase', { key: encrypted });
    await expectFaultAsync(() => openSigner(encrypted, { passphrase: 'no' }), 'crypto/passphrase', { key: encrypted });
    await expectFaultAsync(() => openPublicKey(encrypted, { passphrase: async () => 'open' }), 'crypto/passphrase');
  });

  test('that is not there is missing', async () => {
    const file = join(folder, 'none.key');
    await expectFaultAsync(() => openSigner(file), 'crypto/key-missing', { key: file });
  });

  test.skipIf(process.platform === 'win32')('that others can read is told of', async () => {
    const exposed: [string, number][] = [];
    const onExposed = (file: string, mode: number): void => void exposed.push([file, mode]);
    const open = join(folder, 'open.key');
    await writeFile(open, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await chmod(open, 0o644);
    await openSigner(plain, { onExposed });
    await openPublicKey(open, { onExposed });
    expect(exposed).toEqual([[open, 0o644]]);
  });
});

describe('a public key', () => {
  test.each(['key.pem', 'key.pub', 'key.der', 'key.bin'])('%s is read as it was written', async (name) => {
    const { publicKey } = await openSigner(plain);
    const file = join(folder, name);
    await writeFile(file, encodePublicKey(file, publicKey));
    expect(samePublicKey(await openPublicKey(file), publicKey)).toBe(true);
  });
});

test.each([
  ['pkcs11:object=dev', true],
  ['PKCS11:object=dev', true],
  ['keys/pkcs11:dev.key', false],
  [undefined, false],
])('%s names a token: %s', (source, want) => {
  expect(isToken(source)).toBe(want);
});
