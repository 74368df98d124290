import { describe, expect, test } from 'vitest';
import { hexText } from '../../src/binary/index.ts';
import { type PrivateKey, type SignatureScheme, signDigest } from '../../src/crypto/index.ts';
import { makeNode } from '../../src/devicetree/index.ts';
import type { Message } from '../../src/fault.ts';
import { addKeyNode, checkFit, fitHashes, type TrustedKeys, trustKeys } from '../../src/fit/index.ts';
import { keyFingerprint, keySigner, type Signer } from '../../src/pki/index.ts';
import { emptyControl, goodFit, goodTree, keyFor, signatureNode, testSigning } from '../support/fit.ts';
import { withProperty } from '../support/forge.ts';

const SIGNATURE = '/configurations/conf-1/signature-1';

async function controlWith(hint: string, key: PrivateKey): Promise<Uint8Array> {
  return addKeyNode(emptyControl(), { publicKey: key.public, hint, hash: 'sha256', required: 'conf' });
}

/** What another key's signature decodes to under a random key: nothing, or it is not smaller than the modulus. */
const ALIEN = 'the signature (?:was altered, or another key made it|is not smaller than the modulus)';

/** A pattern for the whole of a text, with `ALIEN` where `{alien}` stands. */
const exactly = (text: string): RegExp =>
  new RegExp(`^${text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replace('{alien}', ALIEN)}$`);

const printOf = (key: PrivateKey): string => hexText(keyFingerprint(key.public)).slice(0, 16);

const reasonOf = (fit: Uint8Array, trust: Uint8Array | TrustedKeys): string => {
  const { verdict, faults } = checkFit(fit, trust);
  expect(verdict).toBe('refused');
  expect(faults[0]).toMatchObject({ code: 'fit/signature' });
  return (faults[0]!.context as { readonly reason: Message }).reason.text;
};

describe('an image by one key, where another is required', async () => {
  const dev = await keyFor('dev');
  const other = await keyFor('other');
  const { fit } = await goodFit();

  test('names what the image names and what is required, with its fingerprint', async () => {
    expect(reasonOf(fit, await controlWith('other', other))).toMatch(
      exactly(
        `the image names the key 'dev', which is not among the keys, but 'other' (rsa2048, SHA-256 ${printOf(other)}…) is required: {alien}`,
      ),
    );
  });

  test('does not hold a name against a key that came by its file', async () => {
    expect(reasonOf(fit, trustKeys([{ path: 'other.crt', publicKey: other.public }]))).toMatch(
      exactly(
        `the image names the key 'dev', but 'other.crt' (rsa2048, SHA-256 ${printOf(other)}…) is required: {alien}`,
      ),
    );
    const sha1 = withProperty(SIGNATURE, 'algo', 'sha1,rsa2048')(fit);
    expect(reasonOf(sha1, trustKeys([{ path: 'dev.crt', publicKey: dev.public }]))).toMatch(
      /^the signature is over a SHA-1 digest/,
    );
  });

  test('says which of the keys made it', async () => {
    const known = trustKeys([{ path: 'dev.crt', publicKey: dev.public }]).keys.map((key) => ({
      ...key,
      required: undefined,
    }));
    const { keys } = trustKeys([{ path: 'other.crt', publicKey: other.public }]);
    expect(reasonOf(fit, { keys: [...keys, ...known], mode: 'all' })).toBe(
      `the key 'dev.crt' (rsa2048, SHA-256 ${printOf(dev)}…) made the signature, but 'other.crt' (rsa2048, SHA-256 ${printOf(other)}…) is required`,
    );
  });

  test('names both by fingerprint where the key that the image names is at hand', async () => {
    let control = await controlWith('other', other);
    const { public: publicKey } = await keyFor('third');
    control = addKeyNode(control, { publicKey, hint: 'dev', hash: 'sha256' });
    expect(reasonOf(fit, control)).toContain(
      `the image names the key 'dev' (rsa2048, SHA-256 ${printOf(await keyFor('third'))}…), but 'other' (rsa2048, SHA-256 ${printOf(other)}…) is required`,
    );
  });

  test('says so of another key with the same name', async () => {
    expect(reasonOf(fit, await controlWith('dev', other))).toMatch(
      exactly(`{alien}; the key 'dev' (rsa2048, SHA-256 ${printOf(other)}…) is required`),
    );
  });

  test('says of a changed image what the required key signed, whatever the image names', async () => {
    const renamed = withProperty(SIGNATURE, 'key-name-hint', 'nobody')(fit);
    expect(checkFit(renamed, await controlWith('dev', dev)).verdict).toBe('verified');
    const altered = withProperty('/images/kernel-1', 'load', 1)(renamed);
    expect(reasonOf(altered, await controlWith('dev', dev))).toMatch(/^this key signed other bytes: their digest/);
  });
});

describe('a signer that did it wrong', async () => {
  const key = await keyFor('dev');
  const control = await controlWith('dev', key);
  const rsa = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;
  const twice = (digest: Uint8Array): Uint8Array => fitHashes.sha256.create().update(digest).digest();

  /** What comes out where the signer makes of a request what it likes; nothing here checks it. */
  async function signedBy(make: (digest: Uint8Array) => Uint8Array, properties = {}): Promise<Uint8Array> {
    let made = new Uint8Array(0);
    const honest = keySigner(key, 'dev');
    const signer: Signer = {
      ...honest,
      sign: (request) => {
        made = new Uint8Array(make(request.digest));
        return honest.sign(request);
      },
    };
    const configurations = [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode(properties)])];
    const { fit } = await goodFit(goodTree({ configurations }), testSigning({ signerFor: async () => signer }));
    return withProperty(SIGNATURE, 'value', made)(fit);
  }

  const pss: SignatureScheme = { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 };
  test.each<readonly [string, (digest: Uint8Array) => Uint8Array, object, RegExp]>([
    ['hashed the digest again', (digest) => signDigest(key, rsa, twice(digest)), {}, /digest of the digest/],
    [
      'took PSS where PKCS#1 v1.5 is named',
      (digest) => signDigest(key, pss, digest),
      {},
      /these bytes with PSS padding/,
    ],
    [
      'took PKCS#1 v1.5 where PSS is named',
      (digest) => signDigest(key, rsa, digest),
      { padding: 'pss' },
      /these bytes with PKCS#1 v1.5/,
    ],
    [
      'signed another hash',
      () => signDigest(key, { ...rsa, hash: 'sha1' }, new Uint8Array(20)),
      {},
      /signed a sha1 digest/,
    ],
  ])('%s', async (_name, make, properties, reason) => {
    const fit = await signedBy(make, properties);
    expect(reasonOf(fit, control)).toMatch(reason);
  });
});
