import { describe, expect, test } from 'vitest';
import { makeNode, type TreeNode } from '../../src/devicetree/index.ts';
import { addKeyNode, diffFits, explainSignatures, lintFit, openFit, readTrust } from '../../src/fit/index.ts';
import { judgeForAll } from '../../src/fit/internal.ts';
import { expectFault } from '../support/fault.ts';
import { emptyControl, goodFit, goodTree, hashNode, imageNode, keyFor, sample, signatureNode } from '../support/fit.ts';
import { forge, signNarrowly, withoutProperty, withProperty } from '../support/forge.ts';

const good = await goodFit();
const kernel = (children: readonly TreeNode[]) =>
  imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }, children);
const one = (images: readonly TreeNode[], properties = {}, children = [signatureNode()]) =>
  goodTree({ images, configurations: [makeNode('conf-1', { kernel: 'kernel-1', ...properties }, children)] });
const ids = (fit: Uint8Array): string[] => lintFit(openFit(fit)).map(({ id }) => id);

async function withOther(control: Uint8Array): Promise<Uint8Array> {
  const { public: publicKey } = await keyFor('other');
  return addKeyNode(control, { publicKey, hint: 'other', hash: 'sha256', required: 'conf' });
}

describe('lint', () => {
  test('a good image has nothing but what the format leaves open', () => {
    expect(ids(good.fit)).toEqual(['rollback-not-covered']);
  });

  test('a board: whether anything boots on it, and the same by every release', async () => {
    const conf = (name: string, compatible: string) =>
      makeNode(name, { kernel: 'kernel-1', description: name, compatible }, [signatureNode()]);
    const configurations = [conf('conf-1', 'acme,board'), conf('conf-2', 'acme,board')];
    const { fit } = await goodFit(goodTree({ images: [kernel([hashNode()])], configurations }));
    const found = (image: Uint8Array, board: readonly string[] = []) =>
      lintFit(openFit(image), undefined, { board }).map(({ id }) => id);
    const ruled = ['no-default', 'board-without-configuration', 'choice-by-release'];
    const among = (...args: Parameters<typeof found>) => found(...args).filter((id) => ruled.includes(id));
    expect(among(fit)).toEqual([]);
    expect(among(fit, ['acme,board'])).toEqual([]);
    expect(among(fit, ['acme,other'])).toEqual(['board-without-configuration']);
    const last = withProperty('/configurations', 'default', 'conf-2')(fit);
    expect(among(last)).toEqual(['choice-by-release']);
    expect(lintFit(openFit(last)).find(({ id }) => id === 'choice-by-release')!.found.values['choices']).toBe(
      'u-boot@2023.01 /configurations/conf-1, u-boot@2025.10 /configurations/conf-1, u-boot@2026.04 /configurations/conf-1, u-boot@2026.10 /configurations/conf-2',
    );
    const none = withoutProperty('/configurations', 'default')(fit);
    expect(among(none)).toEqual(['no-default']);
    expect(among(none, ['acme,board'])).toEqual([]);
    expect(among(none, ['acme,other'])).toEqual(['no-default', 'board-without-configuration']);
  });

  test('an unsigned dm-verity node', async () => {
    const image = imageNode('root-1', { data: sample(64, 4), type: 'filesystem' }, [
      hashNode(),
      makeNode('dm-verity', { digest: sample(32, 1) }),
    ]);
    const built = await goodFit(one([kernel([hashNode()]), image], { loadables: 'root-1' }));
    expect(ids(built.fit)).not.toContain('unsigned-dm-verity');
    const paths = [
      '/',
      '/configurations/conf-1',
      '/images/kernel-1',
      '/images/kernel-1/hash-1',
      '/images/root-1',
      '/images/root-1/hash-1',
    ];
    expect(ids(await signNarrowly(built.fit, '/configurations/conf-1', paths))).toContain('unsigned-dm-verity');
  });

  test('a control tree that requires nothing, or images alone', () => {
    const fit = openFit(good.fit);
    expect(lintFit(fit, readTrust(emptyControl())).map(({ id }) => id)).toContain('no-required-key');
    const images = withProperty('/signature/key-dev', 'required', 'image')(good.control);
    expect(lintFit(fit, readTrust(images)).map(({ id }) => id)).toContain('required-image-only');
    expect(lintFit(fit, readTrust(good.control)).map(({ id }) => id)).toEqual(['rollback-not-covered']);
  });

  test('a control tree of several required keys of which one is enough', async () => {
    const any = withProperty('/signature', 'required-mode', 'any');
    const findings = lintFit(openFit(good.fit), readTrust(any(await withOther(good.control))));
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'any-key', level: 'note', path: '/signature:required-mode' }),
    );
    expect(findings.map(({ id }) => id)).not.toContain('missing-key');
    expect(lintFit(openFit(good.fit), readTrust(any(good.control))).map(({ id }) => id)).not.toContain('any-key');
  });

  test('a required key that signed nothing, and a signature by a key that the control tree lacks', async () => {
    const control = await withOther(emptyControl());
    const findings = lintFit(openFit(good.fit), readTrust(control)).filter(({ id }) => /-key$/.test(id));
    expect(findings).toMatchObject([
      {
        id: 'missing-key',
        level: 'error',
        path: '/configurations/conf-1',
        found: { values: { keys: 'other (sha256,rsa2048)' } },
      },
      {
        id: 'unknown-key',
        level: 'warning',
        path: '/configurations/conf-1/signature-1',
        found: { values: { key: 'dev', algorithm: 'sha256,rsa2048' } },
      },
    ]);
    expect(lintFit(openFit(good.fit), readTrust(await withOther(good.control)))).toContainEqual(
      expect.objectContaining({
        id: 'missing-key',
        found: expect.objectContaining({ values: { keys: 'other (sha256,rsa2048)' } }),
      }),
    );
  });

  test('a key whose hash is not that of the signature is another key', () => {
    const control = withProperty('/signature/key-dev', 'algo', 'sha512,rsa2048')(good.control);
    expect(lintFit(openFit(good.fit), readTrust(control))).toContainEqual(
      expect.objectContaining({
        id: 'missing-key',
        found: expect.objectContaining({ values: { keys: 'dev (sha512,rsa2048)' } }),
      }),
    );
  });

  test('an image that a key required for images did not sign', () => {
    const control = withProperty('/signature/key-dev', 'required', 'image')(good.control);
    const missing = lintFit(openFit(good.fit), readTrust(control)).filter(({ id }) => id === 'missing-key');
    expect(missing.map(({ path }) => path)).toEqual(['/images/kernel-1', '/images/fdt-1', '/images/tee-1']);
  });

  test('a tree without configurations, and none without images', () => {
    const bare = forge(good.fit, (editor) => editor.deleteNode(editor.get('/configurations')));
    expect(lintFit(openFit(bare))).toContainEqual(
      expect.objectContaining({ id: 'nothing-to-verify', level: 'error', path: '/configurations' }),
    );
    expectFault(() => lintFit(openFit(emptyControl())), 'fit/structure', { path: '/' });
  });
});

describe('an explanation', () => {
  test('of a good image is empty', () => {
    expect(explainSignatures(good.fit, good.control)).toEqual([]);
    expect(judgeForAll(good.fit, good.control).every(({ accepts }) => accepts)).toBe(true);
  });

  test.each<readonly [string, (fit: Uint8Array) => Promise<Uint8Array> | Uint8Array, RegExp]>([
    [
      'a property that was added',
      withProperty('/images/kernel-1', 'vendor,x', 1),
      /property vendor,x of \/images\/kernel-1 at 0x[0-9a-f]+ was added/,
    ],
    [
      'a node that was added',
      (fit) => forge(fit, (editor) => void editor.addNode(editor.get('/images/fdt-1'), 'x')),
      /node \/images\/fdt-1\/x at 0x[0-9a-f]+ was added/,
    ],
    [
      'a narrow signature',
      (fit) => signNarrowly(fit, '/configurations/conf-1', ['/', '/configurations/conf-1']),
      /covers only .* not \/images\/kernel-1/,
    ],
    ['a changed value', withProperty('/images/kernel-1', 'load', 1), /changed or removed/],
    ['no signature', withoutProperty('/configurations/conf-1/signature-1', 'value'), /nobody signed/],
  ])('of %s', async (_name, change, reason) => {
    const [explanation] = explainSignatures(await change(good.fit), good.control);
    expect(explanation).toMatchObject({
      path: '/configurations/conf-1/signature-1',
      reason: { text: expect.stringMatching(reason) },
    });
  });
});

describe('a comparison', () => {
  const diff = (other: Uint8Array) =>
    diffFits(openFit(good.fit), openFit(other)).map(({ kind, path, signed }) => [kind, path, signed]);

  test('of an image with itself is empty', () => {
    expect(diff(good.fit)).toEqual([]);
  });

  test.each<readonly [string, (fit: Uint8Array) => Uint8Array, readonly (readonly [string, string, boolean])[]]>([
    ['a signed value', withProperty('/images/kernel-1', 'load', 1), [['changed', '/images/kernel-1:load', true]]],
    ['the default', withProperty('/configurations', 'default', 'x'), [['changed', '/configurations:default', false]]],
    ['the data', withProperty('/images/kernel-1', 'data', 'x'), [['changed', '/images/kernel-1:data', false]]],
    ['a new property', withProperty('/', 'x', 1), [['added', '/:x', true]]],
    ['a removed property', withoutProperty('/', 'description'), [['removed', '/:description', true]]],
    [
      'a new node',
      (fit) => forge(fit, (editor) => void editor.addNode(editor.get('/images'), 'x')),
      [['added', '/images/x', false]],
    ],
    [
      'a removed node',
      (fit) => forge(fit, (editor) => editor.deleteNode(editor.get('/images/fdt-1'))),
      [['removed', '/images/fdt-1', true]],
    ],
  ])('finds %s', (_name, change, want) => {
    expect(diff(change(good.fit))).toEqual(want);
  });

  test('finds another order', () => {
    const moved = forge(good.fit, (editor) => {
      const node = editor.get('/images/kernel-1');
      const { value } = node.property('load')!;
      editor.deleteProperty(node, 'load');
      editor.setProperty(node, 'load', value.slice());
    });
    expect(diff(moved)).toEqual([['moved', expect.stringMatching(/^\/images\/kernel-1:/), true]]);
  });
});
