import { describe, expect, test } from 'vitest';
import { concatBytes, viewOf } from '../../src/binary/index.ts';
import { signDigest } from '../../src/crypto/index.ts';
import { type Editor, encodeValue, findNode, makeNode, readBlob } from '../../src/devicetree/index.ts';
import { Fault } from '../../src/fault.ts';
import {
  addKeyNode,
  checkFit,
  type FitReport,
  type FitTarget,
  fitHashes,
  targetNames,
  targets,
} from '../../src/fit/index.ts';
import { blobTokens, bytesOf, signedDigest, signedTokens } from '../../src/fit/region.ts';
import { emptyControl, goodFit, goodTree, hashNode, imageNode, keyFor, sample, signatureNode } from '../support/fit.ts';
import {
  copyNode,
  forge,
  withImagesInside,
  withNodeTwice,
  withProperty,
  withStructure,
  word,
} from '../support/forge.ts';

/**
 * Every attack, for every target, with every or any required key, under none, one or all of the signatures: what was
 * found, where, and for which reason.
 */
const CONFIGURATION = '/configurations/conf-1';
const HINTS = ['dev', 'other'] as const;
const SIGNED = { none: [], one: ['dev'], all: HINTS } as const;
type Signed = keyof typeof SIGNED;
const MODES = ['all', 'any'] as const;
type Mode = (typeof MODES)[number];

const images = [
  imageNode('kernel-1', { data: sample(301, 1), type: 'kernel', os: 'linux', load: 0x80000, entry: 0x80000 }, [
    hashNode(),
    makeNode('cipher', { algo: 'aes256', 'key-name-hint': 'aes', iv: sample(16, 1) }),
  ]),
  imageNode('fdt-1', { data: sample(102, 2), type: 'flat_dt' }, [hashNode('sha256'), hashNode('sha512', 'hash-2')]),
  imageNode('root-1', { data: sample(99, 3), type: 'filesystem' }, [
    hashNode(),
    makeNode('dm-verity', { algo: 'sha256', digest: sample(32, 1) }),
  ]),
];

async function fitOf(signed: Signed): Promise<Uint8Array> {
  const nodes = SIGNED[signed].map((hint, i) => signatureNode({ 'key-name-hint': hint }, `signature-${i + 1}`));
  const properties = { kernel: 'kernel-1', fdt: 'fdt-1', loadables: 'root-1' };
  const built = await goodFit(goodTree({ images, configurations: [makeNode('conf-1', properties, nodes)] }));
  // The data of the cipher node is made up: it is not encrypted, so that the hash is of what is there.
  return built.fit;
}

async function controlOf(mode: Mode): Promise<Uint8Array> {
  let control = emptyControl();
  for (const hint of HINTS) {
    const { public: publicKey } = await keyFor(hint);
    control = addKeyNode(control, { publicKey, hint, hash: 'sha256', required: 'conf' });
  }
  return withProperty('/signature', 'required-mode', mode)(control);
}

const fits = { none: await fitOf('none'), one: await fitOf('one'), all: await fitOf('all') };
const controls = { all: await controlOf('all'), any: await controlOf('any') };

/** A fault: its code, where it is, and what it says. */
type Expected = readonly [code: string, path: RegExp, message: RegExp];
/** What a target makes of an image whose signatures are as they should be. */
type Outcome = 'verified' | Expected;

interface Attack {
  readonly name: string;
  readonly make: (fit: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  /** For targets that find out what is signed. */
  readonly discovered: Outcome;
  /** For those that take it from the signature; as the others where it is not given. */
  readonly recorded?: Outcome;
  /** As `discovered` where it is not given. */
  readonly strict?: Outcome;
}

const signatures = (editor: Editor) =>
  [...editor.get(CONFIGURATION).children()].filter(({ name }) => name.startsWith('signature'));

/** The same change to every signature that there is. */
const eachSignature =
  (change: (editor: Editor, path: string) => void) =>
  (fit: Uint8Array): Uint8Array =>
    forge(fit, (editor) => {
      for (const { path } of signatures(editor)) change(editor, path);
    });

const setEach = (name: string, value: Parameters<typeof encodeValue>[0]) =>
  eachSignature((editor, path) => editor.setProperty(editor.get(path), name, encodeValue(value)));

const edit = (change: (editor: Editor) => void) => (fit: Uint8Array) => forge(fit, change);

/** Signs as a signer would that says something else of the strings, or covers other nodes. */
async function signAgain(
  fit: Uint8Array,
  options: { strings?: readonly [start: number, size: number]; leaveOut?: string },
): Promise<Uint8Array> {
  const keys = new Map(await Promise.all(HINTS.map(async (hint) => [hint as string, await keyFor(hint)] as const)));
  return forge(fit, (editor) => {
    for (const { path } of signatures(editor)) {
      const node = () => editor.get(path);
      const record = new TextDecoder().decode(node().property('hashed-nodes')!.value).slice(0, -1).split('\0');
      const paths = record.filter((one) => one !== options.leaveOut);
      const [start, size] = options.strings ?? [0, viewOf(node().property('hashed-strings')!.value).getUint32(4)];
      editor.setProperty(node(), 'hashed-nodes', encodeValue(paths));
      editor.setProperty(node(), 'hashed-strings', encodeValue([start, size]));
      const blob = readBlob(editor.bytes());
      const { stringsOffset } = blob.header;
      const strings = blob.bytes.subarray(stringsOffset, stringsOffset + size);
      const digest = signedDigest('sha256', bytesOf(signedTokens(blobTokens(blob), paths)), strings);
      const hint = new TextDecoder().decode(node().property('key-name-hint')!.value).slice(0, -1);
      editor.setProperty(node(), 'value', signDigest(keys.get(hint)!, { kind: 'rsa-pkcs1', hash: 'sha256' }, digest));
    }
  });
}

const stringsSize = (fit: Uint8Array): number => {
  const [first] = findNode(readBlob(fit).root, CONFIGURATION)!.children;
  const value = first?.properties.find(({ name }) => name === 'hashed-strings')?.value;
  return value === undefined ? 0 : viewOf(value).getUint32(4);
};

function replaceImage(editor: Editor, path: string): void {
  const data = sample(301, 66);
  editor.setProperty(editor.get(path), 'data', data);
  editor.setProperty(editor.get(`${path}/hash-1`), 'value', fitHashes.sha256.create().update(data).digest());
}

/** The configuration and its signatures under another name, with another kernel, and the default (CVE-2020-10648). */
function cloneConfiguration(editor: Editor): void {
  const evil = copyNode(editor, editor.get('/images/kernel-1'), editor.get('/images'), 'kernel-2');
  replaceImage(editor, evil.path);
  const parent = editor.get('/configurations');
  const copy = copyNode(editor, editor.get(CONFIGURATION), parent, 'conf-2');
  editor.setProperty(copy, 'kernel', encodeValue('kernel-2'));
  editor.setProperty(editor.get('/configurations'), 'default', encodeValue('conf-2'));
}

/** CVE-2026-46728: the images inside themselves, the record pointed at the copies, the real kernel replaced. */
function cloneImages(fit: Uint8Array): Uint8Array {
  return forge(withImagesInside(fit), (editor) => {
    replaceImage(editor, '/images/kernel-1');
    for (const { path } of signatures(editor)) {
      const record = editor.get(path).property('hashed-nodes')!.value;
      const paths = new TextDecoder().decode(record).slice(0, -1).split('\0');
      const moved = paths.map((one) => one.replace(/^\/images\//, '/images/images/'));
      editor.setProperty(editor.get(path), 'hashed-nodes', encodeValue(moved));
    }
  });
}

const OTHER_BYTES: Expected = ['fit/signature', /conf-1\/signature-1$/, /this key signed other bytes: their digest/];

const attacks: readonly Attack[] = [
  {
    name: 'CVE-2020-10648: the configuration cloned, with another kernel',
    make: edit(cloneConfiguration),
    discovered: ['fit/signature', /^\/configurations\/conf-2\/signature-1$/, /this key signed other bytes/],
    recorded: [
      'fit/signature',
      /^\/configurations\/conf-2\/signature-1$/,
      /'hashed-nodes' does not list the configuration/,
    ],
  },
  {
    name: 'CVE-2021-27097: kernel-1@evil',
    make: edit(
      (editor) => void copyNode(editor, editor.get('/images/kernel-1'), editor.get('/images'), 'kernel-1@evil'),
    ),
    discovered: ['fit/unit-address', /^\/images\/kernel-1@evil$/, /'@' is not allowed/],
  },
  {
    name: 'CVE-2021-27138: two roots',
    make: (fit) => withStructure(fit, (old) => [old.subarray(0, -4), word(1, 0, 2), word(9)]),
    discovered: ['devicetree/structure', /./, /./],
  },
  {
    name: 'CVE-2026-46728: the images inside themselves',
    make: cloneImages,
    discovered: OTHER_BYTES,
    recorded: 'verified',
  },
  {
    name: 'hashed-nodes of garbage',
    make: setEach('hashed-nodes', 'x'),
    discovered: 'verified',
    recorded: ['fit/signature', /signature-1$/, /does not list the configuration itself/],
  },
  {
    name: 'hashed-nodes absent',
    make: eachSignature((editor, path) => void editor.deleteProperty(editor.get(path), 'hashed-nodes')),
    discovered: 'verified',
    recorded: ['fit/signature', /signature-1$/, /there is no 'hashed-nodes'/],
  },
  {
    name: 'hashed-nodes that leave out an image',
    make: (fit) => signAgain(fit, { leaveOut: '/images/root-1' }),
    discovered: OTHER_BYTES,
    recorded: 'verified',
  },
  ...(
    [
      '/images/kernel-1/cipher',
      '/images/kernel-1/hash-1',
      '/images/fdt-1/hash-2',
      '/images/root-1/dm-verity',
      '/',
    ] as const
  ).map(
    (path): Attack => ({
      name: `a signature that leaves out ${path}`,
      make: (fit) => signAgain(fit, { leaveOut: path }),
      discovered: OTHER_BYTES,
      recorded: 'verified',
    }),
  ),
  ...(
    [
      ['/images/kernel-1/cipher', 'iv'],
      ['/images/root-1/dm-verity', 'digest'],
      ['/images/fdt-1/hash-2', 'algo'],
      ['/images/kernel-1', 'load'],
      ['/', 'description'],
      [CONFIGURATION, 'loadables'],
    ] as const
  ).map(
    ([path, name]): Attack => ({
      name: `${name} of ${path} changed`,
      make: edit((editor) => {
        const value = editor.get(path).property(name)!.value.slice();
        value[0]! ^= 1;
        editor.setProperty(editor.get(path), name, value);
      }),
      discovered: OTHER_BYTES,
    }),
  ),
  {
    name: 'hashed-strings absent',
    make: eachSignature((editor, path) => void editor.deleteProperty(editor.get(path), 'hashed-strings')),
    discovered: ['fit/signature', /signature-1$/, /there is no 'hashed-strings'/],
  },
  {
    name: 'hashed-strings of one cell',
    make: setEach('hashed-strings', 0),
    discovered: ['fit/signature', /signature-1:hashed-strings$/, /is not two cells/],
  },
  {
    name: 'hashed-strings of three cells',
    make: (fit) => setEach('hashed-strings', [0, stringsSize(fit), 0])(fit),
    discovered: ['fit/signature', /signature-1:hashed-strings$/, /is not two cells/],
  },
  {
    name: 'hashed-strings that start later, signed as if they did not',
    make: (fit) => signAgain(fit, { strings: [1, stringsSize(fit)] }),
    discovered: ['fit/signature', /signature-1:hashed-strings$/, /do not begin at the start/],
  },
  {
    name: 'hashed-strings that reach one byte past the block, signed so',
    make: (fit) => signAgain(fit, { strings: [0, readBlob(fit).header.stringsSize + 1] }),
    discovered: ['fit/signature', /signature-1:hashed-strings$/, /bytes of the strings block are signed, but it has/],
  },
  {
    name: 'hashed-strings that reach the end of the block, signed so',
    make: (fit) => signAgain(fit, { strings: [0, readBlob(fit).header.stringsSize] }),
    discovered: 'verified',
  },
  { name: 'hashed-strings of nothing', make: setEach('hashed-strings', [0, 0]), discovered: OTHER_BYTES },
  {
    name: 'the value stripped',
    make: eachSignature((editor, path) => void editor.deleteProperty(editor.get(path), 'value')),
    discovered: ['fit/signature', /signature-1$/, /the signature node has no value: nobody signed it/],
  },
  {
    name: 'a signature of zeros',
    make: setEach('value', new Uint8Array(256)),
    discovered: ['fit/signature', /signature-1$/, /altered, or another key made it/],
  },
  {
    name: 'a signature of one',
    make: setEach('value', new Uint8Array(256).fill(1, 255)),
    discovered: ['fit/signature', /signature-1$/, /altered, or another key made it/],
  },
  {
    name: 'a signature above the modulus',
    make: setEach('value', new Uint8Array(256).fill(255)),
    discovered: ['fit/signature', /signature-1$/, /not smaller than the modulus/],
  },
  {
    name: 'a signature that is too long',
    make: eachSignature((editor, path) => {
      const { value } = editor.get(path).property('value')!;
      editor.setProperty(editor.get(path), 'value', Uint8Array.from([...value, 0]));
    }),
    discovered: ['fit/signature', /signature-1$/, /has 257 bytes, but rsa2048 signatures have 256/],
  },
  {
    name: 'another hash named',
    make: setEach('algo', 'sha512,rsa2048'),
    discovered: ['fit/signature', /signature-1$/, /the key node allows sha256, but the signature uses sha512/],
  },
  {
    name: 'SHA-1 named',
    make: setEach('algo', 'sha1,rsa2048'),
    discovered: ['fit/signature', /signature-1$/, /the key node allows sha256, but the signature uses sha1/],
    strict: ['fit/signature', /signature-1$/, /SHA-1 digest, which strict refuses/],
  },
  {
    name: 'another kind of key named',
    make: setEach('algo', 'sha256,rsa4096'),
    discovered: ['fit/signature', /signature-1$/, /for another kind of key, rsa4096/],
  },
  { name: 'no algorithm', make: setEach('algo', 'none'), discovered: ['fit/algorithm', /signature-1$/, /'none'/] },
  {
    name: 'another padding named',
    make: setEach('padding', 'pss'),
    discovered: ['fit/signature', /signature-1$/, /these bytes with PKCS#1 v1.5 padding/],
  },
  { name: 'no padding', make: setEach('padding', 'none'), discovered: ['fit/algorithm', /signature-1$/, /'none'/] },
  {
    name: 'the kernel replaced',
    make: edit((editor) => editor.setProperty(editor.get('/images/kernel-1'), 'data', sample(301, 66))),
    discovered: ['fit/hash-mismatch', /^\/images\/kernel-1\/hash-1$/, /sha256 is/],
  },
  {
    name: 'the kernel and its digest replaced',
    make: edit((editor) => replaceImage(editor, '/images/kernel-1')),
    discovered: OTHER_BYTES,
  },
  {
    name: 'a digest with a byte more',
    make: edit((editor) => {
      const { value } = editor.get('/images/root-1/hash-1').property('value')!;
      editor.setProperty(editor.get('/images/root-1/hash-1'), 'value', Uint8Array.from([...value, 0]));
    }),
    discovered: OTHER_BYTES,
  },
  {
    name: 'a node of the configuration added',
    make: edit((editor) => void editor.addNode(editor.get(CONFIGURATION), 'x')),
    discovered: OTHER_BYTES,
  },
  {
    name: 'an image twice',
    make: (fit) => withNodeTwice(fit, '/images/kernel-1'),
    discovered: ['fit/duplicate', /^\/images\/kernel-1$/, /a second node/],
  },
  {
    name: 'a node between the images of the configuration',
    make: edit((editor) => void copyNode(editor, editor.get('/images/root-1'), editor.get('/images'), 'spare')),
    discovered: 'verified',
  },
  {
    name: 'another default',
    make: edit((editor) => editor.setProperty(editor.get('/configurations'), 'default', encodeValue('conf-9'))),
    discovered: ['fit/configuration', /^\/configurations:default$/, /there is no configuration 'conf-9'/],
  },
  {
    name: 'no default',
    make: edit((editor) => void editor.deleteProperty(editor.get('/configurations'), 'default')),
    discovered: ['fit/not-verified', /^$/, /there is no 'default'/],
  },
  {
    name: 'data given twice',
    make: (fit) => {
      const pointed = forge(fit, (editor) => {
        editor.setProperty(editor.get('/images/root-1'), 'data-size', encodeValue(4));
        editor.setProperty(editor.get('/images/root-1'), 'data-offset', encodeValue(0));
      });
      return concatBytes([pointed, new Uint8Array(8)]);
    },
    discovered: ['fit/hash-mismatch', /^\/images\/root-1\/hash-1$/, /sha256 is/],
    strict: ['fit/data', /^\/images\/root-1$/, /more than one way/],
  },
];

/** What an attack comes to for a target, a mode and the signatures that there are. */
function expectedOf(attack: Attack, target: FitTarget, mode: Mode, signed: Signed): Outcome | 'unsigned' {
  const { signedSet, strict } = targets[target];
  const outcome = strict
    ? (attack.strict ?? attack.discovered)
    : signedSet === 'recorded'
      ? (attack.recorded ?? attack.discovered)
      : attack.discovered;
  const enough = signed === 'all' || (signed === 'one' && mode === 'any');
  if (enough) return outcome;
  return 'unsigned';
}

function reportOf(fit: Uint8Array, mode: Mode, target: FitTarget): Pick<FitReport, 'verdict' | 'faults'> {
  try {
    return checkFit(fit, controls[mode], { target });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { verdict: 'refused', faults: [error] };
  }
}

const hits = (faults: readonly Fault[], [code, path, message]: Expected): boolean =>
  faults.some((fault) => {
    const { path: where = '' } = fault.context as { readonly path?: string };
    return fault.code === code && path.test(where) && message.test(fault.message);
  });

const shown = (faults: readonly Fault[]): string => faults.map((fault) => `${fault.code} ${fault.message}`).join('\n');

describe.each(targetNames)('%s', (target) => {
  describe.each(MODES)('required-mode %s', (mode) => {
    test.each<readonly [Signed, 'verified' | Expected]>([
      ['none', ['fit/signature', /^\/configurations\/conf-1$/, /there is no signature by this key/]],
      [
        'one',
        mode === 'any'
          ? 'verified'
          : [
              'fit/signature',
              /signature-1$/,
              /key-other: the key 'dev' .* made the signature, but 'other' .* is required/,
            ],
      ],
      ['all', 'verified'],
    ])('not attacked, signed by %s', (signed, expected) => {
      const { verdict, faults } = reportOf(fits[signed], mode, target);
      if (expected === 'verified') expect({ verdict, faults }).toEqual({ verdict: 'verified', faults: [] });
      else {
        expect(verdict).toBe('refused');
        expect(hits(faults, expected), shown(faults)).toBe(true);
      }
    });

    describe.each(Object.keys(SIGNED) as Signed[])('signed by %s', (signed) => {
      test.each(attacks.map((attack) => [attack.name, attack] as const))('%s', async (_name, attack) => {
        if (signed === 'none' && attack.make(fits.one) instanceof Promise) return;
        const expected = expectedOf(attack, target, mode, signed);
        const { verdict, faults } = reportOf(await attack.make(fits[signed]), mode, target);
        if (expected === 'unsigned') expect(verdict, shown(faults)).not.toBe('verified');
        else if (expected === 'verified') expect({ verdict, faults }).toEqual({ verdict: 'verified', faults: [] });
        else {
          expect(verdict, shown(faults)).toBe(expected[0] === 'fit/not-verified' ? 'not-verified' : 'refused');
          expect(hits(faults, expected), shown(faults)).toBe(true);
        }
      });
    });
  });
});
