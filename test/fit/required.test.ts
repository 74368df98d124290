import { describe, expect, test } from 'vitest';
import { makeNode, type TreeNode } from '../../src/devicetree/index.ts';
import { addKeyNode, checkFit, readTrust, targetNames } from '../../src/fit/index.ts';
import { goodFit, goodTree, keyFor, signatureNode } from '../support/fit.ts';
import { forge, withoutProperty, withProperty } from '../support/forge.ts';

const CONFIGURATION = '/configurations/conf-1';
const signedBy = (...signatures: readonly TreeNode[]) =>
  goodFit(goodTree({ configurations: [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, signatures)] }));
const whole = await signedBy(signatureNode(), signatureNode({ 'key-name-hint': 'other' }, 'signature-2'));
const single = await signedBy(signatureNode());
const { public: publicKey } = await keyFor('other');
const control = addKeyNode(whole.control, { publicKey, hint: 'other', hash: 'sha256', required: 'conf' });

const without = (name: string) => (fit: Uint8Array) =>
  forge(fit, (editor) => editor.deleteNode(editor.get(`${CONFIGURATION}/${name}`)));
const unsigned = (name: string) => withoutProperty(`${CONFIGURATION}/${name}`, 'value');

const byKey = (a: { readonly key: string }, b: { readonly key: string }) => (a.key < b.key ? -1 : 1);
const DEV = { key: '/signature/key-dev' };
const OTHER = { key: '/signature/key-other' };
const NONE = { code: 'fit/no-signature' };
const EMPTY = { code: 'fit/empty-signature' };

/** Who has signed: what speaks against it where all have to sign, and where one is enough. */
const rows = [
  ['both', whole.fit, [], []],
  ['the first alone, no node for the second', single.fit, [{ ...OTHER, path: `${CONFIGURATION}/signature-1` }], []],
  [
    'the first alone, a node that the second did not sign',
    unsigned('signature-2')(whole.fit),
    [{ ...OTHER, path: `${CONFIGURATION}/signature-2`, reason: EMPTY }],
    [],
  ],
  [
    'nobody, and no nodes',
    without('signature-1')(single.fit),
    [
      { ...DEV, path: CONFIGURATION, reason: NONE },
      { ...OTHER, path: CONFIGURATION, reason: NONE },
    ],
    [
      { ...DEV, path: CONFIGURATION, reason: NONE },
      { ...OTHER, path: CONFIGURATION, reason: NONE },
    ],
  ],
  [
    'nobody, nodes without values',
    unsigned('signature-1')(unsigned('signature-2')(whole.fit)),
    [
      { ...DEV, path: `${CONFIGURATION}/signature-1`, reason: EMPTY },
      { ...OTHER, path: `${CONFIGURATION}/signature-2`, reason: EMPTY },
    ],
    [
      { ...DEV, path: `${CONFIGURATION}/signature-1`, reason: EMPTY },
      { ...OTHER, path: `${CONFIGURATION}/signature-2`, reason: EMPTY },
    ],
  ],
] as const;

describe.each(targetNames)('two required keys under %s', (target) => {
  describe.each(['all', 'any', undefined] as const)('required-mode %s', (mode) => {
    const told = mode === undefined ? control : withProperty('/signature', 'required-mode', mode)(control);

    test.each(rows)('signed by %s', (_name, fit, all, any) => {
      const expected = mode === 'any' ? any : all;
      const { verdict, faults } = checkFit(fit, told, { target });
      expect(faults.map(({ code }) => code)).toEqual(expected.map(() => 'fit/signature'));
      expect(faults.map(({ context }) => context as { readonly key: string }).sort(byKey)).toMatchObject(expected);
      expect(verdict).toBe(expected.length === 0 ? 'verified' : 'refused');
    });
  });
});

describe('keys of several trees, of each of which one is enough', () => {
  const { keys } = readTrust(control);
  const grouped = (...groups: readonly string[]) => ({
    keys: keys.map((key, i) => ({ ...key, anyOf: groups[i]! })),
    mode: 'all' as const,
  });

  test.each([
    ['in one group', ['a', 'a'], 'verified'],
    ['in two', ['a', 'b'], 'refused'],
  ])('%s: %j, and one signed', (_, groups, verdict) => {
    expect(checkFit(single.fit, grouped(...groups)).verdict).toBe(verdict);
  });
});
