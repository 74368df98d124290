import { samePublicKey } from '../../../src/crypto/index.ts';
import {
  Editor,
  encodeValue,
  makeNode,
  type NodeItem,
  type PropertyInput,
  readBlob,
} from '../../../src/devicetree/index.ts';
import {
  buildFit,
  type ConfigurationReport,
  checkFit,
  type FitNode,
  type FitTarget,
  openFit,
  readTrust,
} from '../../../src/fit/index.ts';
import { isSignatureNode } from '../../../src/fit/internal.ts';
import { descend } from '../../../src/fit/node.ts';
import {
  emptyControl,
  goodFit,
  goodTree,
  hashNode,
  imageNode,
  sample,
  signatureNode,
  testSigning,
} from '../../support/fit.ts';
import { copyNode, forge } from '../../support/forge.ts';
import type { Attempt, Format } from '../format.ts';
import { demand, digestOf, judgeMeaning, orRefused } from '../judge.ts';
import { fixedSigner, rsaKey } from '../keys.ts';
import { mutateBytes } from '../mutate.ts';
import type { Random } from '../random.ts';

/** Targets that discover what has to be signed; the older ones trust a list that nobody signed (CVE-2026-46728). */
const TARGETS: readonly [FitTarget, ...FitTarget[]] = ['strict', 'u-boot@2026.10', 'u-boot@2026.04'];

interface Genuine {
  readonly fit: Uint8Array;
  readonly control: Uint8Array;
}

/**
 * An image tree that verifies makes a device do what one of its genuine configurations makes it do: the same images with
 * the same bytes, addresses and every other signed word.
 */
export const fitFormat: Format = {
  name: 'fit',
  async prepare() {
    const genuine = await genuineFits();
    const meanings = genuine.map(
      ({ fit, control }) => new Set(TARGETS.flatMap((target) => meaningsOf(fit, control, target))),
    );
    const all = genuine.map(({ fit }) => fit);
    return (random): Attempt => {
      const index = random.below(genuine.length);
      const { fit, control } = genuine[index]!;
      const input = alter(fit, random, all);
      const target = random.pick(TARGETS);
      return { input, judge: () => judgeMeaning(() => meaningsOf(input, control, target), meanings[index]!) };
    };
  },
};

/** A control tree that was altered trusts the genuine key, or does not verify the genuine image. */
export const controlFormat: Format = {
  name: 'control',
  async prepare() {
    const genuine = await genuineFits();
    const key = rsaKey().public;
    return (random): Attempt => {
      const { fit, control } = random.pick(genuine)!;
      const input = alter(
        control,
        random,
        genuine.map((one) => one.control),
      );
      const judge = () => {
        const report = orRefused(() => checkFit(fit, input));
        if (report?.verdict !== 'verified') return 'refused' as const;
        const required = readTrust(input).keys.filter((one) => one.required === 'conf');
        demand(
          required.some((one) => samePublicKey(one.publicKey, key)),
          'verified by a key that did not sign',
        );
        return 'accepted' as const;
      };
      return { input, judge };
    };
  },
};

async function genuineFits(): Promise<Genuine[]> {
  const twoConfigurations = goodTree({
    configurations: ['conf-1', 'conf-2'].map((name, i) =>
      makeNode(name, { kernel: i === 0 ? 'kernel-1' : 'tee-1', fdt: 'fdt-1' }, [signatureNode({ padding: 'pss' })]),
    ),
  });
  const cipher = makeNode('cipher', { algo: 'aes256', 'key-name-hint': 'k', 'iv-name-hint': 'v' });
  const ciphered = goodTree({
    images: [
      imageNode('kernel-1', { data: sample(300, 5), type: 'kernel', os: 'linux', load: 4 }, [hashNode(), cipher]),
    ],
    configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode()])],
  });
  const signing = testSigning({ signerFor: async () => fixedSigner(rsaKey(), 'dev') });
  const options = { signing, control: emptyControl(), timestamp: 1_700_000_000 };
  const external = await buildFit(goodTree(), { ...options, external: {} });
  return [
    await goodFit(goodTree(), signing),
    await goodFit(twoConfigurations, signing),
    await goodFit(ciphered, signing),
    { fit: external.fit, control: external.control! },
  ];
}

/** What each verified configuration makes a device do. */
function meaningsOf(input: Uint8Array, control: Uint8Array, target: FitTarget): string[] {
  const { configurations } = checkFit(input, control, { target });
  const { root } = openFit(input);
  return configurations.filter(({ verified }) => verified).map(meaningOf);

  function meaningOf({ path, images }: ConfigurationReport): string {
    const loaded = images.map(({ path: image, data }) => {
      const bytes = data === undefined ? undefined : input.subarray(data.start, data.start + data.size);
      const found = descend(root, image);
      const below = [...(found?.children() ?? [])].filter((child) => !isSignatureNode(child));
      return [image, bytes && digestOf(bytes), wordsOf(found), ...below.map(wordsOf)].join(' ');
    });
    return [path, wordsOf(descend(root, path)), ...loaded].join('\n');
  }
}

/** A node's name and properties but for those that place data, which nobody signs and a digest binds. */
function wordsOf(node: FitNode | undefined): string {
  const words = [...(node?.properties() ?? [])]
    .filter(({ name }) => !/^data(-size|-offset|-position)?$/.test(name))
    .map(({ name, value }) => `${name}=${digestOf(value)}`);
  return `${node?.name ?? ''} ${words.join(' ')}`;
}

/** An image tree as an attacker would alter it: its nodes and properties, or its bytes. */
function alter(fit: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  if (random.chance(3)) return mutateBytes(fit, random, others);
  const changed = orRefused(() =>
    forge(fit, (editor) => {
      for (let count = 1 + random.below(3); count > 0; count--) changeTree(editor, random);
    }),
  );
  const output = changed ?? fit;
  return random.chance(8) ? mutateBytes(output, random, others) : output;
}

function changeTree(editor: Editor, random: Random): void {
  const nodes = allNodes(editor.root);
  const node = random.pick(nodes) ?? editor.root;
  const other = random.pick(nodes) ?? editor.root;
  const property = random.pick([...node.properties()]);
  const names = nodes.map(({ name }) => name);
  switch (random.below(10)) {
    case 0:
      if (node !== editor.root) editor.rename(node, newName(random, names));
      break;
    case 1:
      if (node !== editor.root) editor.deleteNode(node);
      break;
    case 2:
      if (!isWithin(node, other)) copyNode(editor, other, node, random.chance(2) ? other.name : newName(random, names));
      break;
    case 3:
      if (property !== undefined) editor.deleteProperty(node, property.name);
      break;
    case 4:
      if (property !== undefined) editor.setProperty(node, property.name, newValue(random, names, property.value));
      break;
    case 5:
      editor.setProperty(node, random.pick(PROPERTIES), newValue(random, names, new Uint8Array(4)));
      break;
    case 6:
      if (property !== undefined) editor.setProperty(other, property.name, property.value);
      break;
    case 7:
      if (property !== undefined) editor.nopProperty(node, property.name);
      break;
    case 8:
      editor.addNode(node, newName(random, names));
      break;
    case 9:
      if (property !== undefined) editor.setProperty(node, property.name, mutateBytes(property.value, random));
      break;
  }
}

const PROPERTIES = [
  'data',
  'data-size',
  'data-offset',
  'data-position',
  'load',
  'entry',
  'type',
  'os',
  'compression',
  'kernel',
  'fdt',
  'ramdisk',
  'loadables',
  'firmware',
  'script',
  'default',
  'algo',
  'value',
  'padding',
  'hashed-nodes',
  'hashed-strings',
  'required',
  'required-mode',
  'key-name-hint',
  'compatible',
  'sign-images',
  'description',
  '#address-cells',
  'data-size-unciphered',
  'rsa,exponent',
  'rsa,modulus',
  'rsa,num-bits',
] as const;

const WORDS = [
  'hash-1',
  'signature-1',
  'cipher',
  'dm-verity',
  'images',
  'configurations',
  'kernel-1',
  'kernel-1@1',
  'conf-1',
  'conf-9',
  'x',
  'hash',
  'signature',
  '',
  'required',
  'any',
  'all',
  'conf',
  'image',
  'sha1,rsa2048',
  'sha256,rsa2048',
  'crc32',
  'pss',
  'none',
  'gzip',
] as const;

const newName = (random: Random, names: readonly string[]): string =>
  random.pick([random.pick(names) ?? '', random.pick(WORDS), `${random.pick(names) ?? ''}@${random.below(3)}`]);

function newValue(random: Random, names: readonly string[], old: Uint8Array): Uint8Array {
  const inputs: readonly [PropertyInput, ...PropertyInput[]] = [
    random.pick(names) ?? '',
    random.pick(WORDS),
    random.word(),
    random.below(5000),
    [random.pick(names) ?? '', random.pick(names) ?? ''],
    random.bytes(random.below(64)),
    mutateBytes(old, random),
  ];
  return encodeValue(random.pick(inputs));
}

const allNodes = (node: NodeItem): NodeItem[] => [node, ...[...node.children()].flatMap(allNodes)];
const isWithin = (node: NodeItem, above: NodeItem): boolean => allNodes(above).includes(node);

/** Any bytes are a tree or a fault; a tree is written back as one that reads the same. */
export const treeFormat: Format = {
  name: 'dtb',
  async prepare() {
    const genuine = (await genuineFits()).flatMap(({ fit, control }) => [fit, control]);
    return (random): Attempt => {
      const input = alter(random.pick(genuine)!, random, genuine);
      const judge = () => {
        const blob = orRefused(() => readBlob(input));
        if (blob === undefined) return 'refused' as const;
        const again = new Editor(blob.bytes).bytes();
        demand(digestOf(again) === digestOf(new Editor(again).bytes()), 'an editor writes a tree in two ways');
        return 'accepted' as const;
      };
      return { input, judge };
    };
  },
};
