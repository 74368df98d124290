import { describe, expect, test } from 'vitest';
import { concatBytes, viewOf } from '../../src/binary/index.ts';
import { encodeValue, findNode, findProperty, makeNode, readBlob } from '../../src/devicetree/index.ts';
import type { Message } from '../../src/fault.ts';
import { checkFit, type FitTarget, fitHashes, targetNames, targets } from '../../src/fit/index.ts';
import { goodFit, goodTree, hashNode, imageNode, sample, signatureNode } from '../support/fit.ts';
import { copyNode, forge, withoutProperty, withProperty } from '../support/forge.ts';

const SIGNATURE = '/configurations/conf-1/signature-1';
const good = await goodFit();
const strings = findProperty(findNode(readBlob(good.fit).root, SIGNATURE)!, 'hashed-strings')!.value;
const stringsSize = viewOf(strings).getUint32(4);
const blockSize = readBlob(good.fit).header.stringsSize;
const recorded = targetNames.filter((target) => targets[target].signedSet === 'recorded');

/** The first thing that speaks against a tree. */
function firstFault(fit: Uint8Array, target: FitTarget, control = good.control) {
  const { verdict, faults } = checkFit(fit, control, { target });
  const { path, reason } = (faults[0]?.context ?? {}) as { readonly path?: string; readonly reason?: Message };
  return { verdict, code: faults[0]?.code, path, reason: reason?.code };
}

describe.each(targetNames)('under %s', (target) => {
  test.each([
    ['start later', encodeValue([1, stringsSize]), ':hashed-strings', 'fit/strings-start'],
    ['are longer than the block', encodeValue([0, blockSize + 1]), ':hashed-strings', 'fit/strings-size'],
    ['are three cells', encodeValue([0, stringsSize, 0]), ':hashed-strings', 'fit/hashed-strings'],
    ['are one byte short', encodeValue([0, stringsSize - 1]), '', 'crypto/other-digest'],
  ])('signed strings that %s', (_name, value, place, reason) => {
    expect(firstFault(withProperty(SIGNATURE, 'hashed-strings', value)(good.fit), target)).toEqual({
      verdict: 'refused',
      code: 'fit/signature',
      path: `${SIGNATURE}${place}`,
      reason,
    });
  });

  test('a signature node that nobody signed', () => {
    expect(firstFault(withoutProperty(SIGNATURE, 'value')(good.fit), target)).toEqual({
      verdict: 'refused',
      code: 'fit/signature',
      path: SIGNATURE,
      reason: 'fit/empty-signature',
    });
  });

  test('another key for a ciphered image', async () => {
    const cipher = makeNode('cipher', { algo: 'aes256', 'key-name-hint': 'k', 'iv-name-hint': 'v' });
    const kernel = { data: sample(64, 1), type: 'kernel', os: 'linux' };
    const { fit, control } = await goodFit(
      goodTree({
        images: [imageNode('kernel-1', kernel, [hashNode(), cipher])],
        configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode()])],
      }),
    );
    expect(checkFit(fit, control, { target }).verdict).toBe('verified');
    const altered = withProperty('/images/kernel-1/cipher', 'key-name-hint', 'x')(fit);
    expect(firstFault(altered, target, control)).toMatchObject({ code: 'fit/signature', path: SIGNATURE });
  });
});

describe.each(recorded)('a set that the signature records itself, under %s', (target) => {
  test('CVE-2020-10648: it has to list the configuration that boots', () => {
    const evil = forge(good.fit, (editor) => {
      const data = sample(3001, 66);
      const image = copyNode(editor, editor.get('/images/kernel-1'), editor.get('/images'), 'kernel-2');
      editor.setProperty(image, 'data', data);
      const digest = fitHashes.sha256.create().update(data).digest();
      editor.setProperty(editor.get('/images/kernel-2/hash-1'), 'value', digest);
      const parent = editor.get('/configurations');
      const copy = copyNode(editor, editor.get('/configurations/conf-1'), parent, 'conf-2');
      editor.setProperty(copy, 'kernel', encodeValue('kernel-2'));
      editor.setProperty(parent, 'default', encodeValue('conf-2'));
    });
    expect(firstFault(evil, target)).toEqual({
      verdict: 'refused',
      code: 'fit/signature',
      path: '/configurations/conf-2/signature-1',
      reason: 'fit/not-listed',
    });
  });

  test('it has to be there', () => {
    expect(firstFault(withoutProperty(SIGNATURE, 'hashed-nodes')(good.fit), target)).toEqual({
      verdict: 'refused',
      code: 'fit/signature',
      path: SIGNATURE,
      reason: 'fit/no-hashed-nodes',
    });
  });
});

describe('a tree of bad shape', () => {
  test('has no verified configuration, though every signature is good', () => {
    const odd = forge(good.fit, (editor) => {
      copyNode(editor, editor.get('/images/tee-1'), editor.get('/images'), 'spare@1');
    });
    const { verdict, configurations, faults } = checkFit(odd, good.control);
    expect(faults.map(({ code }) => code)).toEqual(['fit/unit-address']);
    expect({ verdict, verified: configurations.map(({ verified }) => verified) }).toEqual({
      verdict: 'refused',
      verified: [false],
    });
  });

  test('that names no default has no verified configuration: no data was hashed', () => {
    const altered = forge(good.fit, (editor) => {
      editor.setProperty(editor.get('/configurations'), 'default', encodeValue('conf-9'));
      editor.setProperty(editor.get('/images/kernel-1'), 'data', sample(3001, 66));
    });
    const { verdict, configurations } = checkFit(altered, good.control);
    expect(verdict).toBe('refused');
    expect(configurations.map(({ path, verified }) => ({ path, verified }))).toEqual([
      { path: '/configurations/conf-1', verified: false },
    ]);
  });

  test.each([
    ['two names that a loose lookup takes for one', ['kernel@1', 'kernel@2'], ['fit/unit-address', 'fit/unit-address']],
    ['a name with an address beside the same without', ['kernel', 'kernel@1'], ['fit/unit-address']],
    ['names that a loose lookup tells apart', ['kernel@1', 'fdt@1'], []],
  ])('where exact names are taken: %s', async (_name, names, codes) => {
    const [first = ''] = names;
    const { fit, control } = await goodFit(
      goodTree({
        images: names.map((name, i) => imageNode(name, { data: sample(64, i), type: 'kernel', os: 'linux' })),
        configurations: [makeNode('conf-1', { kernel: first }, [signatureNode()])],
      }),
    );
    const { faults } = checkFit(fit, control, { unitAddresses: 'exact' });
    expect(faults.map(({ code }) => code)).toEqual(codes);
  });
});

test('a signed set is the nodes, each with the bytes of its name', () => {
  const { nodes, regions } = checkFit(good.fit, good.control).configurations[0]!.coverage!;
  const signed = new TextDecoder('latin1').decode(
    concatBytes(regions.map(({ start, end }) => good.fit.subarray(start, end))),
  );
  for (const path of nodes.slice(1)) expect(signed).toContain(`${path.split('/').at(-1)!}\0`);
});
