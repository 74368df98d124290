import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHash } from '../../src/crypto/index.ts';
import { findNode, findProperty, makeNode, readBlob } from '../../src/devicetree/index.ts';
import { Fault, verbatim } from '../../src/fault.ts';
import { addKeyNode, checkFit, readTrust, signFit, trustKeys, verifyFit } from '../../src/fit/index.ts';
import { keySigner, type Signer } from '../../src/pki/index.ts';
import { expectFault, expectFaultAsync, onlyFaults } from '../support/fault.ts';
import {
  emptyControl,
  goodFit,
  goodTree,
  hashNode,
  imageNode,
  keyFor,
  sample,
  signatureNode,
  testSigning,
} from '../support/fit.ts';
import { forge, withProperty } from '../support/forge.ts';

const good = await goodFit();

describe('a signed image tree', () => {
  test('verifies against its control tree', () => {
    const report = verifyFit(good.fit, good.control);
    expect(report.verdict).toBe('verified');
    const [configuration] = report.configurations;
    expect(configuration).toMatchObject({ path: '/configurations/conf-1', isDefault: true, verified: true });
    expect(configuration!.signatures[0]!.goodKeys).toEqual(['/signature/key-dev']);
    expect(configuration!.images.map(({ path }) => path)).toEqual([
      '/images/kernel-1',
      '/images/fdt-1',
      '/images/tee-1',
    ]);
    expect(configuration!.coverage!.nodes).toContain('/images/tee-1/hash-1');
  });

  test('verifies against its key alone', async () => {
    const key = await keyFor('dev');
    expect(verifyFit(good.fit, trustKeys([{ path: 'dev.pem', publicKey: key.public }])).verdict).toBe('verified');
  });

  test('verifies for every supported U-Boot', () => {
    for (const target of ['u-boot@2023.01', 'u-boot@2025.10', 'u-boot@2026.04', 'u-boot@2026.10'] as const) {
      expect(checkFit(good.fit, good.control, { target })).toMatchObject({ verdict: 'verified', faults: [] });
    }
  });

  test('is built to the same bytes again', async () => {
    expect((await goodFit()).fit).toEqual(good.fit);
  });

  test('can be signed again by another key, in place', async () => {
    const other = testSigning({ algorithm: 'sha512,rsa2048' });
    const again = await signFit(good.fit, { signing: other, control: emptyControl() });
    expect(verifyFit(again.fit, again.control!).verdict).toBe('verified');
    expectFault(() => verifyFit(again.fit, good.control), 'fit/signature', { key: '/signature/key-dev' });
  });

  test('is not built without its key', async () => {
    const signing = testSigning({
      signerFor: async ({ hint }) => {
        throw new Fault('crypto/key-missing', { key: hint, reason: verbatim('there is none') });
      },
    });
    await expectFaultAsync(() => goodFit(goodTree(), signing), 'crypto/key-missing', { key: 'dev' });
  });

  test('is not signed by a key of another kind', async () => {
    const tree = goodTree({
      configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode({ algo: 'sha256,rsa4096' })])],
    });
    await expectFaultAsync(() => goodFit(tree), 'crypto/key-unfit', { key: 'dev' });
  });
});

test.each([0, 20, 32, 222])('a PSS signature verifies with a salt of %i bytes', async (saltLength) => {
  const signer = keySigner(await keyFor('dev'), 'dev');
  const salted: Signer = {
    ...signer,
    sign: ({ digest }) => signer.sign({ scheme: { kind: 'rsa-pss', hash: 'sha256', saltLength }, digest }),
  };
  const tree = goodTree({
    configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode({ padding: 'pss' })])],
  });
  const { fit, control } = await goodFit(tree, testSigning({ signerFor: async () => salted }));
  expect(checkFit(fit, control)).toMatchObject({ verdict: 'verified', faults: [] });
});

describe('an altered image tree', () => {
  const offsets = { structure: readBlob(good.fit).header.structureOffset };

  test('names the image, its hash node and the place of its data', () => {
    const data = findProperty(findNode(readBlob(good.fit).root, '/images/fdt-1')!, 'data')!;
    const offset = data.place!.valueStart;
    const fault = expectFault(() => verifyFit(flip(good.fit, offset + 5), good.control), 'fit/hash-mismatch', {
      image: 'fdt-1',
      path: '/images/fdt-1/hash-1',
      algorithm: 'sha256',
      offset,
    });
    expect(fault.exit).toBe(1);
  });

  test('says that other bytes were signed where a signed property changed', () => {
    const load = findProperty(findNode(readBlob(good.fit).root, '/images/kernel-1')!, 'load')!;
    const fault = expectFault(() => verifyFit(flip(good.fit, load.place!.valueStart), good.control), 'fit/signature', {
      path: '/configurations/conf-1/signature-1',
    });
    expect(fault.context.reason).toMatchObject({ code: 'crypto/other-digest' });
  });

  test('says once what is wrong with a hash that cannot be checked', () => {
    const altered = withProperty('/images/fdt-1/hash-1', 'algo', 'sha3')(good.fit);
    const { faults } = checkFit(altered, good.control);
    expect(faults.map(({ code }) => code)).toEqual(['fit/signature', 'fit/algorithm']);
  });

  test('with another default has no such configuration', () => {
    const standard = findProperty(findNode(readBlob(good.fit).root, '/configurations')!, 'default')!;
    const offset = standard.place!.valueStart;
    expectFault(() => verifyFit(flip(good.fit, offset + 5), good.control), 'fit/configuration', {
      path: '/configurations:default',
      offset,
    });
  });

  test('never does worse than a fault, and never verifies with a signed byte flipped', () => {
    const { regions } = verifyFit(good.fit, good.control).configurations[0]!.coverage!;
    const signed = (offset: number) => regions.some(({ start, end }) => offset >= start && offset < end);
    fc.assert(
      fc.property(fc.nat(good.fit.length - 1), fc.nat(7), (offset, bit) => {
        const altered = good.fit.slice();
        altered[offset]! ^= 1 << bit;
        let verdict = 'fault';
        onlyFaults(() => {
          ({ verdict } = checkFit(altered, good.control));
        });
        if (signed(offset)) expect(verdict).not.toBe('verified');
      }),
      { numRuns: 400 },
    );
  });

  test('faults wherever it is cut off', () => {
    for (let size = 0; size < good.fit.length; size += 37) {
      expect(() => verifyFit(good.fit.slice(0, size), good.control)).toThrow(Fault);
    }
    expect(offsets.structure).toBe(0x38);
  });
});

describe('trust', () => {
  test('an empty control tree verifies nothing', () => {
    expectFault(() => verifyFit(good.fit, emptyControl()), 'fit/not-verified');
    expect(checkFit(good.fit, emptyControl()).verdict).toBe('not-verified');
  });

  test('a key that is not required verifies nothing', async () => {
    const { public: publicKey } = await keyFor('dev');
    const control = addKeyNode(emptyControl(), { publicKey, hint: 'dev', hash: 'sha256' });
    expectFault(() => verifyFit(good.fit, control), 'fit/not-verified');
  });

  test('a key node is read back as it was written', async () => {
    const { public: publicKey } = await keyFor('dev');
    const control = addKeyNode(emptyControl(), { publicKey, hint: 'dev', hash: 'sha256', required: 'conf' });
    expect(readTrust(control)).toEqual({
      keys: [{ path: '/signature/key-dev', hint: 'dev', publicKey, hash: 'sha256', required: 'conf' }],
      mode: 'all',
    });
    expect(addKeyNode(control, { publicKey, hint: 'dev', hash: 'sha256', required: 'conf' })).toEqual(control);
  });

  test('a key required for images: each image that boots by its signature, for those U-Boots that take such a key', async () => {
    const image = imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }, [
      hashNode(),
      signatureNode(),
    ]);
    const tree = goodTree({ images: [image], configurations: [makeNode('conf-1', { kernel: 'kernel-1' })] });
    const { fit, control } = await goodFit(tree);
    expect(checkFit(fit, control, { target: 'u-boot@2026.10' })).toMatchObject({ verdict: 'verified', faults: [] });
    const data = sample(64, 2);
    const replaced = forge(fit, (editor) => {
      editor.setProperty(editor.get('/images/kernel-1'), 'data', data);
      editor.setProperty(editor.get('/images/kernel-1/hash-1'), 'value', createHash('sha256').update(data).digest());
    });
    expect(checkFit(replaced, control, { target: 'u-boot@2026.10' })).toMatchObject({
      verdict: 'refused',
      faults: [{ code: 'fit/signature', context: { path: '/images/kernel-1/signature-1', key: '/signature/key-dev' } }],
    });
    const stripped = forge(fit, (editor) => editor.deleteNode(editor.get('/images/kernel-1/signature-1')));
    expect(checkFit(stripped, control, { target: 'u-boot@2026.10' })).toMatchObject({
      faults: [{ code: 'fit/signature', context: { path: '/images/kernel-1' } }],
    });
  });

  test('never does worse than a fault for an altered control tree', () => {
    fc.assert(
      fc.property(fc.nat(good.control.length - 1), fc.nat(7), (offset, bit) => {
        const altered = good.control.slice();
        altered[offset]! ^= 1 << bit;
        onlyFaults(() => verifyFit(good.fit, altered));
      }),
      { numRuns: 200 },
    );
  });
});

function flip(input: Uint8Array, offset: number): Uint8Array {
  const output = input.slice();
  output[offset]! ^= 1;
  return output;
}
