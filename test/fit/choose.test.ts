import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../src/binary/index.ts';
import { encodeValue, makeNode, makeTree, type PropertyInput, writeBlob } from '../../src/devicetree/index.ts';
import {
  bootedConfiguration,
  checkFit,
  type FitTarget,
  targetNames,
  trustKeys,
  verifyFit,
} from '../../src/fit/index.ts';
import { expectFault } from '../support/fault.ts';
import { goodFit, goodTree, imageNode, sample, signatureNode } from '../support/fit.ts';
import { forge, withoutProperty, withProperty } from '../support/forge.ts';

/** A device tree for a board, its root's properties in the order that is given. */
const boardTree = (properties: Readonly<Record<string, PropertyInput>>): Uint8Array =>
  writeBlob(makeTree(makeNode('', properties, [makeNode('chosen', { compatible: 'below,the-root' })])));

const kernel = imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' });

interface Configuration {
  readonly name: string;
  readonly compatible?: PropertyInput;
  readonly fdt?: string;
  readonly signed?: false;
}

interface Shape {
  readonly configurations: readonly Configuration[];
  readonly default?: string;
  /** Device trees by image name. */
  readonly trees?: Readonly<Record<string, Readonly<Record<string, PropertyInput>>>>;
  readonly properties?: Readonly<Record<string, PropertyInput>>;
}

async function fitOf({ configurations, default: standard, trees = {}, properties = {} }: Shape) {
  const images = Object.entries(trees).map(([name, root]) =>
    imageNode(name, { data: boardTree(root), type: 'flat_dt', ...properties }),
  );
  const nodes = configurations.map(({ name, compatible, fdt, signed }) =>
    makeNode(
      name,
      {
        kernel: 'kernel-1',
        ...(fdt !== undefined && { fdt }),
        ...(compatible !== undefined && { compatible }),
      },
      signed === false ? [] : [signatureNode()],
    ),
  );
  const built = await goodFit(goodTree({ images: [kernel, ...images], configurations: nodes }));
  const fit =
    standard === undefined
      ? withoutProperty('/configurations', 'default')(built.fit)
      : withProperty('/configurations', 'default', standard)(built.fit);
  return { fit, control: built.control };
}

/** What boots by each target for a board; a reason where nothing does. */
function choices(fit: Uint8Array, control: Uint8Array, board: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    targetNames.map((target) => {
      const { choice, faults, verdict } = checkFit(fit, control, { target, board });
      return [target, choice.boots?.split('/').at(-1) ?? `${verdict}: ${faults.at(-1)?.message ?? ''}`];
    }),
  );
}

const everywhere = (name: string): Record<string, string> => Object.fromEntries(targetNames.map((one) => [one, name]));

describe('the configuration for a board', async () => {
  const own = await fitOf({
    configurations: [
      { name: 'conf-1', compatible: 'acme,board' },
      { name: 'conf-2', compatible: ['acme,board-2', 'acme,board'] },
      { name: 'conf-3', compatible: 'acme,board-3' },
    ],
    default: 'conf-3',
  });

  test.each<readonly [board: readonly string[], name: string]>([
    [['acme,board'], 'conf-1'],
    [['acme,board-2'], 'conf-2'],
    [['acme,board-2', 'acme,board'], 'conf-2'],
    [['acme,board', 'acme,board-2'], 'conf-1'],
    [['acme,board-9', 'acme,board-3', 'acme,board'], 'conf-3'],
    [['acme,boar'], 'conf-3'],
  ])('%j gets %s', (board, name) => {
    const got = choices(own.fit, own.control, board);
    // 2023.01 has no way back to the default.
    const none =
      board[0] === 'acme,boar' ? { 'u-boot@2023.01': expect.stringContaining('does not fall back') as string } : {};
    expect(got).toEqual({ ...everywhere(name), ...none });
  });

  test('is the first that fits equally well, and since 2026.10 the default if it does', async () => {
    const { fit, control } = await fitOf({
      configurations: [
        { name: 'conf-1', compatible: 'acme,board' },
        { name: 'conf-2', compatible: 'acme,board' },
      ],
      default: 'conf-2',
    });
    expect(choices(fit, control, ['acme,board'])).toEqual({
      'u-boot@2023.01': 'conf-1',
      'u-boot@2025.10': 'conf-1',
      'u-boot@2026.04': 'conf-1',
      'u-boot@2026.10': 'conf-2',
      strict: 'conf-2',
    });
    expect(choices(fit, control, ['x', 'acme,board'])['u-boot@2026.10']).toBe('conf-2');
  });

  test('is a better one than the default', async () => {
    const { fit, control } = await fitOf({
      configurations: [
        { name: 'conf-1', compatible: 'acme,board' },
        { name: 'conf-2', compatible: 'acme,board-2' },
      ],
      default: 'conf-1',
    });
    expect(choices(fit, control, ['acme,board-2', 'acme,board'])).toEqual(everywhere('conf-2'));
  });

  test('without a compatible of its own has that of the root of its first fdt', async () => {
    const { fit, control } = await fitOf({
      configurations: [
        { name: 'conf-1', fdt: 'fdt-1' },
        { name: 'conf-2', fdt: 'fdt-2' },
        { name: 'conf-3', fdt: 'fdt-2', compatible: 'acme,other' },
      ],
      default: 'conf-1',
      trees: {
        'fdt-1': { model: 'a', compatible: ['acme,board-1', 'acme,board'] },
        'fdt-2': { compatible: 'acme,board-2' },
      },
    });
    const aligned = { 'u-boot@2023.01': 'conf-2', 'u-boot@2025.10': 'conf-2' };
    // Where the tree happens to lie decides for the releases that want it aligned.
    const got = choices(fit, control, ['acme,board-2']);
    expect(got).toMatchObject(aligned);
    expect(choices(fit, control, ['below,the-root'])['u-boot@2025.10']).toBe('conf-1');
    expect(choices(fit, control, ['acme,other'])).toEqual(everywhere('conf-3'));
  });

  test.each([
    ['gzip', 'conf-1'],
    ['none', 'conf-2'],
    ['', 'conf-1'],
  ])('reads no fdt whose compression is said to be %j', async (compression, name) => {
    const { fit, control } = await fitOf({
      configurations: [{ name: 'conf-1' }, { name: 'conf-2', fdt: 'fdt-1' }],
      default: 'conf-1',
      trees: { 'fdt-1': { compatible: 'acme,board' } },
      properties: { compression },
    });
    expect(choices(fit, control, ['acme,board'])['u-boot@2025.10']).toBe(name);
  });

  test('reads no fdt that does not say how it is compressed', async () => {
    const { fit, control } = await fitOf({
      configurations: [{ name: 'conf-1' }, { name: 'conf-2', fdt: 'fdt-1' }],
      default: 'conf-1',
      trees: { 'fdt-1': { compatible: 'acme,board' } },
    });
    const silent = withoutProperty('/images/fdt-1', 'compression')(fit);
    expect(choices(silent, control, ['acme,board'])['u-boot@2025.10']).toBe('conf-1');
  });

  test('reads an fdt in the tree only where it is aligned to eight, since 2026.04', async () => {
    const { fit, control } = await fitOf({
      configurations: [{ name: 'conf-1' }, { name: 'conf-2', fdt: 'fdt-1' }],
      default: 'conf-1',
      trees: { 'fdt-1': { compatible: 'acme,board' } },
    });
    // A description that is four bytes longer, with its padding, moves the data by four.
    const at = (image: Uint8Array): number =>
      checkFit(image, control, { configuration: 'conf-2' }).configurations[0]!.images.find(
        ({ type }) => type === 'flat_dt',
      )!.data!.start % 8;
    const moved = forge(fit, (editor) => editor.setProperty(editor.root, 'description', encodeValue('test more')));
    expect(new Set([at(fit), at(moved)])).toEqual(new Set([0, 4]));
    const [aligned, unaligned] = at(fit) === 0 ? [fit, moved] : [moved, fit];
    expect(choices(aligned, control, ['acme,board'])).toEqual(everywhere('conf-2'));
    expect(choices(unaligned, control, ['acme,board'])).toEqual({
      'u-boot@2023.01': 'conf-2',
      'u-boot@2025.10': 'conf-2',
      'u-boot@2026.04': 'conf-1',
      'u-boot@2026.10': 'conf-1',
      strict: 'conf-1',
    });
  });

  test('reads a fdt of a file as it reads one in memory', async () => {
    const { fit, control } = await fitOf({
      configurations: [{ name: 'conf-1' }, { name: 'conf-2', fdt: 'fdt-1' }],
      default: 'conf-1',
      trees: { 'fdt-1': { compatible: 'acme,board' } },
    });
    const options = { target: 'u-boot@2025.10', board: ['acme,board'] } as const;
    expect(checkFit(fromBytes(fit, 'x.itb'), control, options).choice).toEqual(checkFit(fit, control, options).choice);
  });

  test.each<readonly [string, (tree: Uint8Array) => Uint8Array]>([
    ['cut off', (tree) => tree.slice(0, 50)],
    ['with another magic', (tree) => tree.with(0, 0)],
    ['empty', () => new Uint8Array(0)],
  ])('has no compatible of an fdt that is %s', async (_name, change) => {
    const { fit, control } = await fitOf({
      configurations: [{ name: 'conf-1' }, { name: 'conf-2', fdt: 'fdt-1' }],
      default: 'conf-1',
      trees: { 'fdt-1': { compatible: 'acme,board' } },
    });
    const spoilt = forge(fit, (editor) => {
      const node = editor.get('/images/fdt-1');
      editor.setProperty(node, 'data', change(node.property('data')!.value));
    });
    expect(choices(spoilt, control, ['acme,board'])['u-boot@2025.10']).toBe('conf-1');
  });

  test('takes no text that is not ended', async () => {
    const { fit, control } = await fitOf({
      configurations: [{ name: 'conf-1' }, { name: 'conf-2', compatible: new TextEncoder().encode('a,b\0acme,board') }],
      default: 'conf-1',
    });
    expect(choices(fit, control, ['acme,board'])['u-boot@2025.10']).toBe('conf-1');
    expect(choices(fit, control, ['a,b'])['u-boot@2025.10']).toBe('conf-2');
  });
});

describe('without a default', async () => {
  const { fit, control } = await fitOf({
    configurations: [{ name: 'conf-1' }, { name: 'conf-2', compatible: 'acme,board' }],
  });

  test.each(targetNames)('nothing is verified for %s unless the board is named', (target) => {
    expect(checkFit(fit, control, { target })).toMatchObject({
      verdict: 'not-verified',
      choice: { boots: undefined, by: undefined, default: undefined },
      faults: [
        {
          code: 'fit/not-verified',
          context: { reason: { text: expect.stringContaining("there is no 'default'") as string } },
        },
      ],
    });
    expectFault(() => verifyFit(fit, control, { target }), 'fit/not-verified');
    const known = verifyFit(fit, control, { target, board: ['acme,board'] });
    expect(bootedConfiguration(known).path).toBe('/configurations/conf-2');
    expect(known.choice).toMatchObject({ by: 'board', board: ['acme,board'] });
    expect(verifyFit(fit, control, { target, configuration: 'conf-1' }).choice.by).toBe('name');
    expectFault(() => verifyFit(fit, control, { target, board: ['acme,other'] }), 'fit/configuration', {
      path: '/configurations:default',
    });
  });

  test('a report of which nobody knows what boots has no booted configuration', () => {
    expectFault(() => bootedConfiguration(checkFit(fit, control)), 'fit/not-verified');
  });

  test('a configuration that nobody has is not found', () => {
    expectFault(() => verifyFit(fit, control, { configuration: 'conf-9' }), 'fit/configuration', {
      path: '/configurations/conf-9',
    });
  });
});

describe('without a board', async () => {
  const shape = {
    configurations: [
      { name: 'conf-1' },
      { name: 'conf-2', compatible: 'acme,board' },
      { name: 'conf-3', compatible: 'acme,board' },
      { name: 'conf-4' },
    ],
    default: 'conf-1',
  } as const;
  const unsigned = (name: string) =>
    fitOf({
      ...shape,
      configurations: shape.configurations.map((one) => (one.name === name ? { ...one, signed: false } : one)),
    });
  const verdicts = async (name: string): Promise<Record<FitTarget, string>> => {
    const { fit, control } = await unsigned(name);
    return Object.fromEntries(
      targetNames.map((target) => [target, checkFit(fit, control, { target }).verdict]),
    ) as Record<FitTarget, string>;
  };

  test.each([
    ['conf-1', 'refused', 'refused'],
    ['conf-2', 'refused', 'refused'],
    ['conf-3', 'verified', 'refused'],
    ['conf-4', 'verified', 'refused'],
  ])('%s unsigned: U-Boot would say %s, strict %s', async (name, loader, strict) => {
    const loaders = Object.fromEntries(targetNames.map((target) => [target, target === 'strict' ? strict : loader]));
    expect(await verdicts(name)).toEqual(loaders);
  });

  test('says what boards would choose', async () => {
    const { fit, control } = await fitOf(shape);
    expect(checkFit(fit, control).choice).toEqual({
      board: [],
      boots: '/configurations/conf-1',
      by: 'default',
      default: '/configurations/conf-1',
      bestMatch: [{ compatible: 'acme,board', path: '/configurations/conf-2' }],
    });
  });

  test('strict checks for a board what any release would choose for it', async () => {
    const { fit, control } = await fitOf({
      configurations: [
        { name: 'conf-1', compatible: 'acme,board', signed: false },
        { name: 'conf-2', compatible: 'acme,board' },
      ],
      default: 'conf-2',
    });
    const board = ['acme,board'];
    expect(checkFit(fit, control, { board, target: 'u-boot@2026.10' }).verdict).toBe('verified');
    expect(checkFit(fit, control, { board, target: 'u-boot@2026.04' }).verdict).toBe('refused');
    expect(checkFit(fit, control, { board })).toMatchObject({
      verdict: 'refused',
      choice: { boots: '/configurations/conf-2' },
    });
  });

  test('an unsigned configuration beside the one for the board matters to nobody', async () => {
    const { fit, control } = await unsigned('conf-1');
    const board = ['acme,board'];
    expect(checkFit(fit, control, { board, target: 'u-boot@2026.10' }).verdict).toBe('verified');
  });
});

test('a default that names no configuration is refused unless a board fits', async () => {
  const { fit, control } = await fitOf({
    configurations: [{ name: 'conf-1', compatible: 'acme,board' }],
    default: 'conf-9',
  });
  expectFault(() => verifyFit(fit, control), 'fit/configuration', { path: '/configurations:default' });
  expect(verifyFit(fit, control, { board: ['acme,board'] }).verdict).toBe('verified');
  expectFault(() => verifyFit(fit, control, { board: ['x'] }), 'fit/configuration', {
    reason: "there is no configuration 'conf-9'",
  });
});

test('no key is no trust, whatever the board', async () => {
  const { fit } = await fitOf({ configurations: [{ name: 'conf-1', compatible: 'acme,board' }], default: 'conf-1' });
  expect(checkFit(fit, trustKeys([]), { board: ['acme,board'] }).verdict).toBe('not-verified');
});
