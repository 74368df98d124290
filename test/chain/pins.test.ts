import { describe, expect, test } from 'vitest';
import { readPins } from '../../src/boot/pins.ts';
import { makeNode, makeTree, writeBlob } from '../../src/devicetree/index.ts';
import { buildFit, checkFit } from '../../src/fit/index.ts';
import { expectFault } from '../support/fault.ts';
import { emptyControl, goodTree, hashNode, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';

const chosen = { bootargs: 'console=ttyS0', 'bootwright,verity-certificate': sample(16, 1) };
const fdt = writeBlob(makeTree(makeNode('', {}, [makeNode('chosen', chosen)])));

/** An image tree whose configuration has these loadables, each a root file system with a dm-verity node. */
async function withLoadables(names: readonly string[], type = 'filesystem') {
  const verity = makeNode('dm-verity', { algo: 'sha256', 'data-block-size': 4096, 'hash-block-size': 4096 });
  const tree = goodTree({
    images: [
      imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }),
      imageNode('fdt-1', { data: fdt, type: 'flat_dt' }),
      ...names.map((name, i) => imageNode(name, { data: sample(8192, i), type }, [hashNode(), verity])),
    ],
    configurations: [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1', loadables: names }, [signatureNode()])],
  });
  const options = { signing: testSigning(), control: emptyControl(), verity: { salt: sample(32, 5) }, external: {} };
  const { fit, control } = await buildFit(tree, options);
  const [configuration] = checkFit(fit, control!).configurations;
  return { fit, configuration: configuration! };
}

describe('dm-verity nodes of loadables', () => {
  test('one pins the root hash', async () => {
    const { fit, configuration } = await withLoadables(['root-1']);
    const { image, commandLine } = readPins(fit, configuration);
    expect(image?.path).toBe('/images/root-1');
    expect(commandLine).toMatch(/^console=ttyS0 dm-mod\.waitfor=\/dev\/fit0 dm-mod\.create="root-1,/);
  });

  test('two are one too many: which the kernel opens first is not ours to say', async () => {
    const { fit, configuration } = await withLoadables(['root-1', 'root-2']);
    expectFault(() => readPins(fit, configuration), 'boot/missing-link', {
      stage: 'kernel',
      what: 'more than one image of the configuration has a dm-verity node',
    });
  });

  test('of another type than filesystem pin nothing, as in U-Boot', async () => {
    const { fit, configuration } = await withLoadables(['root-1'], 'firmware');
    expectFault(() => readPins(fit, configuration), 'boot/missing-link');
  });
});
