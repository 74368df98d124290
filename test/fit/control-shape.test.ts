import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  findNode,
  makeNode,
  makeProperty,
  makeTree,
  readBlob,
  type TreeNode,
  writeBlob,
} from '../../src/devicetree/index.ts';
import type { FaultCode } from '../../src/fault.ts';
import {
  addKeyNode,
  addPreloadNode,
  checkFit,
  parseSignatureAlgorithm,
  readPreloadTrust,
  readTrust,
  targetNames,
} from '../../src/fit/index.ts';
import { expectFault } from '../support/fault.ts';
import { emptyControl, goodFit, keyFor } from '../support/fit.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

let good: Awaited<ReturnType<typeof goodFit>>;
beforeAll(async () => {
  good = await goodFit();
});

/** One way to give a control tree two readings. */
interface Row {
  readonly name: string;
  /** Given `/signature` with its one key: the children of the root. */
  readonly root: (signature: TreeNode) => readonly TreeNode[];
  readonly code: FaultCode;
  readonly path: string;
  /**
   * What fdt_subnode_offset of every release finds under /signature, by the names of the keys there; U-Boot verifies with
   * those and no others (boot/image-fit-sig.c), so `none` boots what nobody signed.
   */
  readonly libfdt: 'none' | 'the key' | 'another';
}

const other = makeNode('key-other');
const renamed = (node: TreeNode, name: string): TreeNode => ({ ...node, name });
const keyOf = (signature: TreeNode): TreeNode => signature.children[0]!;
const withKeys = (signature: TreeNode, ...children: readonly TreeNode[]): TreeNode => ({ ...signature, children });
const withProperty = (signature: TreeNode, name: string, value: string | readonly string[]): TreeNode => {
  const key = keyOf(signature);
  const kept = key.properties.filter((property) => property.name !== name);
  return withKeys(signature, { ...key, properties: [...kept, makeProperty(name, value)] });
};
const twice = (signature: TreeNode, name: string): TreeNode => {
  const key = keyOf(signature);
  const property = key.properties.find((candidate) => candidate.name === name)!;
  return withKeys(signature, { ...key, properties: [makeProperty(name, [1, 2]), ...key.properties, property] });
};

const rows: readonly Row[] = [
  {
    name: 'an empty signature@1 before /signature',
    root: (signature) => [makeNode('signature@1'), signature],
    code: 'fit/unit-address',
    path: '/signature@1',
    libfdt: 'none',
  },
  {
    name: 'signature@1 alone',
    root: (signature) => [renamed(signature, 'signature@1')],
    code: 'fit/unit-address',
    path: '/signature@1',
    libfdt: 'the key',
  },
  {
    name: 'signature@1 behind /signature',
    root: (signature) => [signature, makeNode('signature@1')],
    code: 'fit/unit-address',
    path: '/signature@1',
    libfdt: 'the key',
  },
  {
    name: 'signature@ without an address',
    root: (signature) => [makeNode('signature@', {}, [other]), signature],
    code: 'fit/unit-address',
    path: '/signature@',
    libfdt: 'another',
  },
  {
    name: 'an empty /signature before the one with the key',
    root: (signature) => [makeNode('signature'), signature],
    code: 'fit/duplicate',
    path: '/signature',
    libfdt: 'none',
  },
  {
    name: '/signature twice',
    root: (signature) => [signature, signature],
    code: 'fit/duplicate',
    path: '/signature',
    libfdt: 'the key',
  },
  {
    name: 'a key node twice',
    root: (signature) => [withKeys(signature, keyOf(signature), keyOf(signature))],
    code: 'fit/duplicate',
    path: '/signature/key-dev',
    libfdt: 'the key',
  },
  {
    name: 'a unit address on a key node',
    root: (signature) => [withKeys(signature, renamed(keyOf(signature), 'key-dev@1'))],
    code: 'fit/unit-address',
    path: '/signature/key-dev@1',
    libfdt: 'the key',
  },
  {
    name: 'a unit address on a second key node',
    root: (signature) => [withKeys(signature, keyOf(signature), renamed(keyOf(signature), 'key-dev@1'))],
    code: 'fit/unit-address',
    path: '/signature/key-dev@1',
    libfdt: 'the key',
  },
  ...['rsa,modulus', 'rsa,n0-inverse', 'required', 'algo', 'key-name-hint'].map(
    (property): Row => ({
      name: `${property} twice`,
      root: (signature) => [twice(signature, property)],
      code: 'fit/duplicate',
      path: `/signature/key-dev:${property}`,
      libfdt: 'the key',
    }),
  ),
  {
    name: 'required-mode twice',
    root: (signature) => [
      {
        ...signature,
        properties: [makeProperty('required-mode', 'any'), makeProperty('required-mode', 'all')],
      },
    ],
    code: 'fit/duplicate',
    path: '/signature:required-mode',
    libfdt: 'the key',
  },
  {
    name: 'required that is neither conf nor image',
    root: (signature) => [withProperty(signature, 'required', 'config')],
    code: 'fit/key-node',
    path: '/signature/key-dev',
    libfdt: 'the key',
  },
  {
    name: 'required in two texts',
    root: (signature) => [withProperty(signature, 'required', ['conf', 'image'])],
    code: 'fit/structure',
    path: '/signature/key-dev:required',
    libfdt: 'the key',
  },
  {
    name: 'required without its NUL',
    root: (signature) => {
      const key = keyOf(signature);
      const kept = key.properties.filter(({ name }) => name !== 'required');
      const bare = { name: 'required', value: new TextEncoder().encode('conf') };
      return [withKeys(signature, { ...key, properties: [...kept, bare] })];
    },
    code: 'fit/structure',
    path: '/signature/key-dev:required',
    libfdt: 'the key',
  },
  {
    name: 'a node twice within a key node',
    root: (signature) => [withKeys(signature, { ...keyOf(signature), children: [makeNode('x'), makeNode('x')] })],
    code: 'fit/duplicate',
    path: '/signature/key-dev/x',
    libfdt: 'the key',
  },
];

const controlOf = ({ root }: Row): Uint8Array => {
  const signature = findNode(readBlob(good.control).root, '/signature')!;
  return writeBlob(makeTree(makeNode('', { model: 'test' }, [...root(signature)])));
};

describe.each(rows)('a control tree with $name', (row) => {
  test('is refused, whatever the target', () => {
    const control = controlOf(row);
    const fault = expectFault(() => readTrust(control), row.code, { path: row.path } as never);
    const { offset } = fault.context as { readonly offset: number };
    // A node's token, or the value of a property, within this tree.
    const name = row.path.split(/[/:]/).at(-1)!;
    const at = row.path.includes(':') && row.code !== 'fit/key-node' ? offset : offset + 4;
    expect(offset).toBeGreaterThan(0);
    if (!row.path.includes(':')) expect(Buffer.from(control.subarray(at, at + name.length)).toString()).toBe(name);
    for (const target of targetNames) {
      expectFault(() => checkFit(good.fit, control, { target }), row.code, { path: row.path } as never);
    }
  });

  interop(['fdtget'], `is read by libfdt as having ${row.libfdt}`, () => {
    const file = join(temporaryFolder(), 'control.dtb');
    writeFileSync(file, controlOf(row));
    const [first = 'none'] = runOk('fdtget', ['-l', file, '/signature'])
      .stdout.split('\n')
      .filter((line) => line !== '');
    expect({ none: 'none', 'key-other': 'another' }[first] ?? 'the key').toBe(row.libfdt);
  });
});

describe('what a control tree may hold besides', () => {
  test('nodes with unit addresses, as every board has', () => {
    const signature = findNode(readBlob(good.control).root, '/signature')!;
    const cpus = makeNode('cpus', {}, [makeNode('cpu@0'), makeNode('cpu@1')]);
    const control = writeBlob(
      makeTree(makeNode('', {}, [makeNode('memory@0'), cpus, makeNode('signature-2'), signature])),
    );
    expect(readTrust(control).keys.length).toBe(1);
    expect(checkFit(good.fit, control).verdict).toBe('verified');
  });
});

describe('writing a key', () => {
  test.each([
    ['signature@1', 'fit/unit-address', '/signature@1'],
    ['signature@', 'fit/unit-address', '/signature@'],
  ] as const)('into a tree with %s is refused: U-Boot would look there', async (name, code, path) => {
    const { public: publicKey } = await keyFor('dev');
    const control = writeBlob(makeTree(makeNode('', {}, [makeNode(name)])));
    expectFault(() => addKeyNode(control, { publicKey, hint: 'dev', hash: 'sha256' }), code, { path });
  });
});

describe('the node for pre-load headers', () => {
  test.each([
    ['image@1', (image: TreeNode) => [makeNode('image@1'), image], 'fit/unit-address', '/image@1'],
    ['two of them', (image: TreeNode) => [image, image], 'fit/duplicate', '/image'],
    [
      'pre-load@1',
      (image: TreeNode) => [{ ...image, children: [makeNode('pre-load@1'), ...image.children] }],
      'fit/unit-address',
      '/image/pre-load@1',
    ],
    [
      'mandatory twice',
      (image: TreeNode) => {
        const [preload] = image.children;
        const [sig] = preload!.children;
        const twice = { ...sig!, properties: [makeProperty('mandatory', 'no'), ...sig!.properties] };
        return [{ ...image, children: [{ ...preload!, children: [twice] }] }];
      },
      'fit/duplicate',
      '/image/pre-load/sig:mandatory',
    ],
  ] as const)('is held to the same rules: %s', async (_, change, code, path) => {
    const { public: publicKey } = await keyFor('dev');
    const place = { path: '', offset: 0 };
    const algorithm = parseSignatureAlgorithm('sha256,rsa2048', 'pkcs-1.5', place as never);
    const control = addPreloadNode(emptyControl(), { publicKey, algorithm });
    expect(readPreloadTrust(control)?.mandatory).toBe(true);
    const image = findNode(readBlob(control).root, '/image')!;
    const altered = writeBlob(makeTree(makeNode('', {}, [...change(image)])));
    expectFault(() => readPreloadTrust(altered), code, { path } as never);
  });
});
