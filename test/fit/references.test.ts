import { describe, expect, test } from 'vitest';
import { makeNode, makeTree } from '../../src/devicetree/index.ts';
import { buildFit, signFit, verifyFit } from '../../src/fit/index.ts';
import { expectFault, expectFaultAsync } from '../support/fault.ts';
import { emptyControl, goodFit, goodTree, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';
import { withProperty } from '../support/forge.ts';

const images = [
  imageNode('kernel-1', { data: sample(64, 1), type: 'kernel' }),
  imageNode('fdt-1', { data: sample(10, 2), type: 'flat_dt' }),
];
const tree = (references: Readonly<Record<string, string>>) =>
  goodTree({ images, configurations: [makeNode('conf-1', references, [signatureNode()])] });

describe('a name that nothing has', () => {
  test.each(['kernel', 'fdt', 'ramdisk', 'firmware', 'loadables', 'fpga', 'script', 'standalone', 'setup'])(
    'in %s: the image is not built',
    async (property) => {
      const references = { kernel: 'kernel-1', fdt: 'fdt-1', [property]: 'nope' };
      await expectFaultAsync(() => buildFit(tree(references)), 'fit/structure', {
        path: `/configurations/conf-1:${property}`,
        reason: "there is no image 'nope'",
      });
    },
  );

  test('as the default: the image is not built', async () => {
    const root = makeNode('', { description: 'x' }, [
      makeNode('images', {}, images),
      makeNode('configurations', { default: 'conf-2' }, [makeNode('conf-1', { kernel: 'kernel-1' })]),
    ]);
    await expectFaultAsync(() => buildFit(makeTree(root)), 'fit/structure', { path: '/configurations:default' });
  });

  test('in an image that is there: it is not signed again', async () => {
    const { fit } = await goodFit();
    const altered = withProperty('/configurations/conf-1', 'fdt', 'nope')(fit);
    await expectFaultAsync(() => signFit(altered, { signing: testSigning() }), 'fit/structure');
  });

  test.each(['setup', 'ramdisk'])('in %s of an image that is signed: it is not verified', async (property) => {
    const options = { signing: testSigning(), compat: '2023.01', control: emptyControl() } as const;
    const { fit, control } = await buildFit(tree({ kernel: 'kernel-1', [property]: 'nope' }), options);
    expectFault(() => verifyFit(fit, control!), 'fit/configuration', {
      path: `/configurations/conf-1:${property}`,
      reason: "there is no image 'nope'",
    });
  });

  test('is taken from who wants the bytes of 2023.01, as long as there is an image to sign', async () => {
    const options = { signing: testSigning(), compat: '2023.01' } as const;
    const { signatures } = await buildFit(tree({ kernel: 'kernel-1', fdt: 'nope' }), options);
    expect(signatures.map(({ path }) => path)).toEqual(['/configurations/conf-1/signature-1']);
    for (const references of [{ kernel: 'nope' }, {}]) {
      await expectFaultAsync(() => buildFit(tree(references), options), 'fit/unprotected', {
        path: '/configurations/conf-1',
      });
    }
  });
});
