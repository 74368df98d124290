import { describe, expect, test } from 'vitest';
import { generateEc } from '../../src/crypto/index.ts';
import { compileSource, NodeReader, readBlob, writeBlob } from '../../src/devicetree/index.ts';
import { addPreloadNode, buildFit, parseSignatureAlgorithm, readPreloadTrust } from '../../src/fit/index.ts';
import { writeRsaPublicKey } from '../../src/pki/index.ts';
import { expectFault } from '../support/fault.ts';
import { goodTree, keyFor } from '../support/fit.ts';

const { public: publicKey } = await keyFor('dev');
if (publicKey.kind !== 'rsa') throw new Error('the key is not RSA');
const algorithm = parseSignatureAlgorithm('sha256,rsa2048', undefined, { path: '', offset: 0 });
const pss = parseSignatureAlgorithm('sha256,rsa2048', 'pss', { path: '', offset: 0 });
const compile = (text: string): Uint8Array => writeBlob(compileSource(Buffer.from(`/dts-v1/; / { ${text} };`)));
const node = (properties: string): Uint8Array => compile(`image { pre-load { sig { ${properties} }; }; };`);
const plain = compile('model = "x";');
const key = Buffer.from(writeRsaPublicKey(publicKey)).toString('hex');
const COMPLETE = `algo-name = "sha256,rsa2048"; signature-size = <256>; public-key = [${key}];`;

describe('the node for pre-load headers of a control device tree', () => {
  test('is made, read back, and kept where it agrees', () => {
    const added = addPreloadNode(plain, { publicKey, algorithm: pss });
    expect(readPreloadTrust(added)).toEqual({ algorithm: pss, keyName: undefined, publicKey, mandatory: true });
    const sig = new NodeReader(readBlob(added)).descend('image/pre-load/sig');
    expect([sig.text('padding-name'), sig.text('mandatory')]).toEqual(['pss', 'yes']);
    expect(addPreloadNode(added, { publicKey, algorithm: pss })).toEqual(added);
    expectFault(() => addPreloadNode(added, { publicKey, algorithm }), 'fit/key-node');
  });

  test('says nothing where there is none, and is optional unless it says otherwise', () => {
    expect(readPreloadTrust(plain)).toBeUndefined();
    expect(readPreloadTrust(node(COMPLETE))).toEqual({ algorithm, keyName: undefined, publicKey, mandatory: false });
    expect(readPreloadTrust(node('algo-name = "sha256,rsa2048"; key-name = "dev";'))).toMatchObject({
      keyName: 'dev',
      publicKey: undefined,
    });
  });

  test.each([
    ['without an algorithm', 'key-name = "dev";', 'fit/structure'],
    ['an unknown algorithm', 'algo-name = "md5,rsa2048";', 'fit/algorithm'],
    ['an unknown padding', `${COMPLETE} padding-name = "oaep";`, 'fit/algorithm'],
    ['a key of another size than the algorithm names', COMPLETE.replace('rsa2048', 'rsa4096'), 'fit/key-node'],
    ['another signature size', COMPLETE.replace('<256>', '<512>'), 'fit/key-node'],
    ['no signature size', COMPLETE.replace('signature-size = <256>;', ''), 'fit/key-node'],
    ['a key cut short', COMPLETE.replace(/..\]/, ']'), 'binary/truncated'],
    ['a key with more behind it', COMPLETE.replace(']', '00]'), 'pki/der'],
    ['a misspelt mandatory', `${COMPLETE} mandatory = "Yes";`, 'fit/key-node'],
  ] as const)('is refused: %s', (_name, properties, code) => {
    expectFault(() => readPreloadTrust(node(properties)), code);
  });

  test('takes RSA keys only, as U-Boot does', () => {
    const ec = generateEc('P-256').public;
    const ecdsa = parseSignatureAlgorithm('sha256,ecdsa256', undefined, { path: '', offset: 0 });
    expectFault(() => addPreloadNode(plain, { publicKey: ec, algorithm: ecdsa }), 'crypto/key-unfit');
  });

  test('gets the key while an image tree is built', async () => {
    const control = node('algo-name = "sha256,rsa2048"; signature-size = <256>; key-name = "dev";');
    const built = await buildFit(goodTree(), { control, preloadKey: publicKey });
    expect(readPreloadTrust(built.control!)).toMatchObject({ keyName: 'dev', publicKey });
  });
});
