import { describe, expect, test } from 'vitest';
import { concatBytes, equalBytes } from '../../src/binary/index.ts';
import { ecPrivateKey, generateEc } from '../../src/crypto/index.ts';
import { writeInteger } from '../../src/crypto/internal.ts';
import { Editor, encodeValue, findNode, Header, makeNode, readBlob } from '../../src/devicetree/index.ts';
import { Fault, type FaultCode } from '../../src/fault.ts';
import { addKeyNode, buildFit, checkFit, type FitTarget, fitHashes, verifyFit } from '../../src/fit/index.ts';
import { keySigner } from '../../src/pki/index.ts';
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
import {
  copyNode,
  forge,
  signNarrowly,
  withImagesInside,
  withNodeTwice,
  withoutProperty,
  withProperty,
  withStructure,
  word,
} from '../support/forge.ts';

const SIGNATURE = '/configurations/conf-1/signature-1';
const good = await goodFit();
const twin = await goodFit(
  goodTree({
    images: [
      imageNode('kernel-1', { data: sample(3001, 9), type: 'kernel', os: 'linux', load: 0x80000, entry: 0x80000 }),
      imageNode('fdt-1', { data: sample(102, 8), type: 'flat_dt' }),
      imageNode('tee-1', { data: sample(999, 7), type: 'standalone', load: 0x8400000 }),
    ],
  }),
);
const external = await buildFit(
  goodTree({
    images: [
      imageNode('kernel-1', { data: sample(512, 1), type: 'kernel', os: 'linux' }),
      imageNode('fdt-1', { data: sample(512, 2), type: 'flat_dt' }),
      imageNode('tee-1', { data: sample(64, 3), type: 'standalone' }),
    ],
  }),
  { signing: testSigning(), control: emptyControl(), external: {} },
);

type Attack = readonly [name: string, make: () => Uint8Array, code: FaultCode, path?: RegExp];

/** Puts an image with a right digest, but of the attacker's choice, in the place of another. */
function replaceImage(editor: Editor, path: string, data = sample(3001, 66)): void {
  editor.setProperty(editor.get(path), 'data', data);
  editor.setProperty(editor.get(`${path}/hash-1`), 'value', fitHashes.sha256.create().update(data).digest());
}

function replaceData(editor: Editor, path: string): void {
  editor.setProperty(editor.get(path), 'data', sample(3001, 66));
}

const attacks: readonly Attack[] = [
  [
    'CVE-2020-10648: the configuration cloned with its signature, another kernel, the default changed',
    () =>
      forge(good.fit, (editor) => {
        const evil = copyNode(editor, editor.get('/images/kernel-1'), editor.get('/images'), 'kernel-2');
        replaceImage(editor, evil.path);
        const parent = editor.get('/configurations');
        const copy = copyNode(editor, editor.get('/configurations/conf-1'), parent, 'conf-2');
        editor.setProperty(copy, 'kernel', encodeValue('kernel-2'));
        editor.setProperty(parent, 'default', encodeValue('conf-2'));
      }),
    'fit/signature',
    /^\/configurations\/conf-2/,
  ],
  ...(['kernel-1@evil', 'kernel-1@0'] as const).map(
    (name): Attack => [
      `CVE-2021-27097: ${name} before kernel-1`,
      () =>
        forge(good.fit, (editor) => {
          copyNode(editor, editor.get('/images/kernel-1'), editor.get('/images'), name);
        }),
      'fit/unit-address',
      /^\/images\/kernel-1@/,
    ],
  ),
  [
    'CVE-2021-27097: kernel-1@evil after kernel-1',
    () =>
      forge(good.fit, (editor) => {
        const images = editor.get('/images');
        const old = editor.get('/images/kernel-1');
        copyNode(editor, old, images, 'spare');
        editor.rename(old, 'kernel-1@evil');
        editor.rename(editor.get('/images/spare'), 'kernel-1');
      }),
    'fit/unit-address',
    /^\/images\/kernel-1@evil/,
  ],
  [
    'CVE-2021-27097: a second images@1',
    () => forge(good.fit, (editor) => void copyNode(editor, editor.get('/images'), editor.root, 'images@1')),
    'fit/unit-address',
    /^\/images@1/,
  ],
  [
    'CVE-2021-27097: a second conf-1@1',
    () =>
      forge(good.fit, (editor) => {
        copyNode(editor, editor.get('/configurations/conf-1'), editor.get('/configurations'), 'conf-1@1');
      }),
    'fit/unit-address',
  ],
  [
    'CVE-2021-27097: a hash node hash-1@1',
    () => forge(good.fit, (editor) => editor.rename(editor.get('/images/kernel-1/hash-1'), 'hash-1@1')),
    'fit/unit-address',
  ],
  [
    'CVE-2021-27138: two roots',
    () => withStructure(good.fit, (old) => [old.subarray(0, -4), word(1, 0, 2), word(9)]),
    'devicetree/structure',
  ],
  [
    'CVE-2021-27138: a root before the root',
    () => withStructure(good.fit, (old) => [word(1, 0, 2), old]),
    'devicetree/structure',
  ],
  [
    'CVE-2021-27138: a root with a name',
    () => withStructure(good.fit, (old) => [word(1), encodeValue('abc'), old.subarray(8)]),
    'devicetree/name',
  ],
  ['CVE-2021-27138: a root after the end', () => withStructure(good.fit, (old) => [old, old]), 'devicetree/structure'],
  [
    'CVE-2026-46728: /images cloned inside itself, hashed-nodes re-pointed, the kernel replaced',
    () => cloneImages(good.fit),
    'fit/signature',
  ],
  ['hashed-strings of 0', () => withProperty(SIGNATURE, 'hashed-strings', [0, 0])(good.fit), 'fit/signature'],
  ['hashed-strings too short', () => hashedStrings(-16), 'fit/signature'],
  ['hashed-strings one less', () => hashedStrings(-1), 'fit/signature'],
  ['hashed-strings one more', () => hashedStrings(1), 'fit/signature'],
  [
    'hashed-strings over-long',
    () => withProperty(SIGNATURE, 'hashed-strings', [0, 0xffffffff])(good.fit),
    'fit/signature',
  ],
  [
    'hashed-strings that start later',
    () => withProperty(SIGNATURE, 'hashed-strings', [1, 0x80])(good.fit),
    'fit/signature',
  ],
  ['hashed-strings of one cell', () => withProperty(SIGNATURE, 'hashed-strings', 0)(good.fit), 'fit/signature'],
  ['hashed-strings absent', () => withoutProperty(SIGNATURE, 'hashed-strings')(good.fit), 'fit/signature'],
  [
    'the kernel of another signed image',
    () => forge(good.fit, (editor) => transplant(editor, twin.fit, '/images/kernel-1')),
    'fit/signature',
  ],
  [
    'the signature of another image',
    () => forge(good.fit, (editor) => copyValue(editor, twin.fit, SIGNATURE)),
    'fit/signature',
  ],
  ['the signature stripped', () => withoutProperty(SIGNATURE, 'value')(good.fit), 'fit/signature'],
  [
    'the signature node removed',
    () => forge(good.fit, (editor) => editor.deleteNode(editor.get(SIGNATURE))),
    'fit/signature',
    /^\/configurations\/conf-1$/,
  ],
  [
    'the kernel replaced',
    () => forge(good.fit, (editor) => replaceData(editor, '/images/kernel-1')),
    'fit/hash-mismatch',
  ],
  [
    'the kernel and its digest replaced',
    () => forge(good.fit, (editor) => replaceImage(editor, '/images/kernel-1')),
    'fit/signature',
  ],
  [
    'the loadable and its digest replaced',
    () => forge(good.fit, (editor) => replaceImage(editor, '/images/tee-1')),
    'fit/signature',
  ],
  [
    'a hash node removed',
    () => forge(good.fit, (editor) => editor.deleteNode(editor.get('/images/fdt-1/hash-1'))),
    'fit/signature',
  ],
  [
    'a hash node added',
    () => forge(good.fit, (editor) => void editor.addNode(editor.get('/images/fdt-1'), 'hash-2')),
    'fit/signature',
  ],
  [
    'the algorithm of a hash changed',
    () => withProperty('/images/fdt-1/hash-1', 'algo', 'crc32')(good.fit),
    'fit/signature',
  ],
  [
    'a node added to a signed image',
    () => forge(good.fit, (editor) => void editor.addNode(editor.get('/images/fdt-1'), 'x')),
    'fit/signature',
  ],
  [
    'a node added to the root',
    () => forge(good.fit, (editor) => void editor.addNode(editor.root, 'x')),
    'fit/signature',
  ],
  [
    'a property added to a signed image',
    () => withProperty('/images/kernel-1', 'vendor,x', 1)(good.fit),
    'fit/signature',
  ],
  [
    'a property added to the configuration',
    () => withProperty('/configurations/conf-1', 'ramdisk', 'tee-1')(good.fit),
    'fit/signature',
  ],
  ['the load address changed', () => withProperty('/images/kernel-1', 'load', 0x80004)(good.fit), 'fit/signature'],
  [
    'the type of an image changed',
    () => withProperty('/images/tee-1', 'type', 'firmware  ')(good.fit),
    'fit/signature',
  ],
  [
    'the reference to the kernel changed',
    () => withProperty('/configurations/conf-1', 'kernel', 'tee-1')(good.fit),
    'fit/signature',
  ],
  [
    'a reference to no image',
    () => withProperty('/configurations', 'default', 'conf-9')(good.fit),
    'fit/configuration',
  ],
  ['two signed properties in another order', () => reorder(good.fit, '/images/kernel-1', 'load'), 'fit/signature'],
  ['a signed property twice', () => twice(good.fit, '/images/kernel-1', 'load'), 'fit/duplicate', /kernel-1:load$/],
  ['an unsigned property twice', () => twice(good.fit, '/configurations', 'default'), 'fit/duplicate'],
  ['an image twice', () => withNodeTwice(good.fit, '/images/kernel-1'), 'fit/duplicate'],
  ['the configurations twice', () => withNodeTwice(good.fit, '/configurations'), 'fit/duplicate'],
  ['NOPs in a signed node', () => nopsIn(good.fit, '/images/kernel-1'), 'fit/signature'],
  [
    'a signed property made NOPs',
    () => forge(good.fit, (editor) => void editor.nopProperty(editor.get('/images/kernel-1'), 'load')),
    'fit/signature',
  ],
  [
    'a configuration that nobody signed beside the default',
    () => unsignedConfiguration(good.fit),
    'fit/signature',
    /conf-9/,
  ],
  [
    'the algorithm of the signature weakened',
    () => withProperty(SIGNATURE, 'algo', 'sha1,rsa2048')(good.fit),
    'fit/signature',
  ],
  [
    'the algorithm of the signature for another key',
    () => withProperty(SIGNATURE, 'algo', 'sha256,rsa4096')(good.fit),
    'fit/signature',
  ],
  [
    'the algorithm of the signature for ECDSA',
    () => withProperty(SIGNATURE, 'algo', 'sha256,ecdsa256')(good.fit),
    'fit/signature',
  ],
  ['an unknown algorithm', () => withProperty(SIGNATURE, 'algo', 'sha256,none')(good.fit), 'fit/algorithm'],
  ['an algorithm without a key', () => withProperty(SIGNATURE, 'algo', 'sha256')(good.fit), 'fit/algorithm'],
  ['another padding', () => withProperty(SIGNATURE, 'padding', 'pss')(good.fit), 'fit/signature'],
  ['an unknown padding', () => withProperty(SIGNATURE, 'padding', 'none')(good.fit), 'fit/algorithm'],
  ['a signature of 0', () => withProperty(SIGNATURE, 'value', new Uint8Array(256))(good.fit), 'fit/signature'],
  ['a signature of 1', () => withProperty(SIGNATURE, 'value', writeInteger(1n, 256))(good.fit), 'fit/signature'],
  [
    'a signature of all ones',
    () => withProperty(SIGNATURE, 'value', new Uint8Array(256).fill(255))(good.fit),
    'fit/signature',
  ],
  ['an empty signature', () => withProperty(SIGNATURE, 'value', new Uint8Array(0))(good.fit), 'fit/signature'],
  ['a signature cut short', () => forge(good.fit, (editor) => resizeValue(editor, 255)), 'fit/signature'],
  ['a signature with a byte more', () => forge(good.fit, (editor) => resizeValue(editor, 257)), 'fit/signature'],
  ['external data swapped', () => forge(external.fit, swapOffsets), 'fit/hash-mismatch'],
  [
    'external data at a negative offset',
    () => withProperty('/images/kernel-1', 'data-offset', 0xffffff00)(external.fit),
    'fit/data',
  ],
  [
    'external data out of bounds',
    () => withProperty('/images/kernel-1', 'data-size', 0x7fffffff)(external.fit),
    'fit/data',
  ],
  [
    'external data in the tree',
    () =>
      withProperty(
        '/images/kernel-1',
        'data-position',
        0,
      )(withoutProperty('/images/kernel-1', 'data-offset')(external.fit)),
    'fit/data',
  ],
  ['external data cut off', () => external.fit.subarray(0, -1), 'fit/data'],
  [
    'external data shortened',
    () => withProperty('/images/kernel-1', 'data-size', 511)(external.fit),
    'fit/hash-mismatch',
  ],
  [
    'an evil data beside a good offset',
    () => withProperty('/images/kernel-1', 'data', sample(512, 66))(external.fit),
    'fit/data',
  ],
  [
    'a data-position beside a data-offset',
    () => withProperty('/images/kernel-1', 'data-position', 0x4000)(external.fit),
    'fit/data',
  ],
  ['no data at all', () => withoutProperty('/images/kernel-1', 'data')(good.fit), 'fit/data'],
  ['the tree truncated', () => good.fit.subarray(0, -1), 'binary/truncated'],
  ['another version', () => header(good.fit, { version: 16, lastCompatibleVersion: 18 }), 'devicetree/header'],
  ['a strings block out of bounds', () => header(good.fit, { stringsOffset: 0xfffffff0 }), 'devicetree/header'],
  ['a structure block out of bounds', () => header(good.fit, { structureSize: 0xfffffff0 }), 'devicetree/header'],
  ['a structure block that overlaps the strings', () => header(good.fit, { stringsOffset: 0x40 }), 'devicetree/header'],
  ['a total size beyond the file', () => header(good.fit, { totalSize: 0x7fffffff }), 'binary/truncated'],
  ['a total size of 0', () => header(good.fit, { totalSize: 0 }), 'devicetree/header'],
  ['200 nodes deep', () => deepTree(good.fit, 200), 'fit/limit'],
];

describe('an attack on a good image is refused', () => {
  test.each(attacks.map((attack) => [attack[0], attack] as const))('%s', (_name, [, make, code, path]) => {
    const fit = make();
    const control = attackControl(fit);
    let fault: unknown;
    try {
      verifyFit(fit, control);
    } catch (error) {
      fault = error;
    }
    if (!(fault instanceof Fault)) throw fault ?? new Error('it was verified');
    const place = fault.context as { readonly path?: string; readonly offset?: number };
    expect({ code: fault.code, message: fault.message }).toMatchObject({ code });
    if (path !== undefined) expect(place.path).toMatch(path);
    expect(place.offset).toBeTypeOf('number');
  });

  test('an unsigned loadable replaced, under a signature that left it out', async () => {
    const narrow = await signNarrowly(good.fit, '/configurations/conf-1', [
      '/',
      '/configurations/conf-1',
      '/images/kernel-1',
      '/images/kernel-1/hash-1',
    ]);
    const evil = forge(narrow, (editor) => replaceImage(editor, '/images/tee-1'));
    expect(verdicts(evil)).toEqual({
      'u-boot@2023.01': 'verified',
      'u-boot@2025.10': 'verified',
      'u-boot@2026.04': 'refused',
      'u-boot@2026.10': 'refused',
      strict: 'refused',
    });
  });

  test('a dm-verity root hash under a signature that left it out', async () => {
    const image = imageNode('root-1', { data: sample(64, 4), type: 'filesystem' }, [
      hashNode(),
      makeNode('dm-verity', { algo: 'sha256', digest: sample(32, 1) }),
    ]);
    const kernel = imageNode('kernel-1', { data: sample(64, 5), type: 'kernel', os: 'linux' });
    const configuration = makeNode('conf-1', { kernel: 'kernel-1', loadables: 'root-1' }, [signatureNode()]);
    const whole = await goodFit(goodTree({ images: [kernel, image], configurations: [configuration] }));
    expect(verifyFit(whole.fit, whole.control).configurations[0]!.coverage!.nodes).toContain(
      '/images/root-1/dm-verity',
    );
    const evil = withProperty('/images/root-1/dm-verity', 'digest', sample(32, 2))(whole.fit);
    expect(checkFit(evil, whole.control).verdict).toBe('refused');
    const paths = [
      '/',
      '/configurations/conf-1',
      '/images/kernel-1',
      '/images/kernel-1/hash-1',
      '/images/root-1',
      '/images/root-1/hash-1',
    ];
    const narrow = await signNarrowly(whole.fit, '/configurations/conf-1', paths);
    expect(verdicts(narrow, whole.control)).toMatchObject({ 'u-boot@2025.10': 'verified', strict: 'refused' });
  });

  test('CVE-2026-46728 is what U-Boot before 2026.04 accepts', async () => {
    expect(verdicts(cloneImages(good.fit))).toEqual({
      'u-boot@2023.01': 'verified',
      'u-boot@2025.10': 'verified',
      'u-boot@2026.04': 'refused',
      'u-boot@2026.10': 'refused',
      strict: 'refused',
    });
  });

  test.each(['crc32', 'crc16-ccitt', 'md5'])('a signed configuration over an image with %s alone', async (algo) => {
    const images = [imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }, [hashNode(algo)])];
    const configurations = [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode()])];
    const built = await goodFit(goodTree({ images, configurations }));
    expect(checkFit(built.fit, built.control).faults.map(({ code }) => code)).toEqual(['fit/unprotected']);
    expect(checkFit(built.fit, built.control, { target: 'u-boot@2026.10' })).toMatchObject({
      verdict: 'not-verified',
      faults: [
        { code: 'fit/not-verified', context: { what: { code: 'fit/data-of', values: { path: '/images/kernel-1' } } } },
      ],
    });
  });
});

test('an image that was altered spoils every configuration that refers to it', async () => {
  const conf = (name: string) => makeNode(name, { kernel: 'kernel-1' }, [signatureNode()]);
  const images = [imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' })];
  const built = await goodFit(goodTree({ images, configurations: [conf('conf-1'), conf('conf-2')] }));
  const altered = forge(built.fit, (editor) => replaceData(editor, '/images/kernel-1'));
  const { configurations, faults } = checkFit(altered, built.control);
  expect(configurations.map(({ verified }) => verified)).toEqual([false, false]);
  expect(faults.map(({ code }) => code)).toEqual(['fit/hash-mismatch']);
});

describe('what the format leaves free is accepted', () => {
  test.each<readonly [string, (fit: Uint8Array) => Uint8Array]>([
    ['hashed-nodes of garbage', withProperty(SIGNATURE, 'hashed-nodes', sample(40, 1))],
    ['hashed-nodes absent', withoutProperty(SIGNATURE, 'hashed-nodes')],
    [
      'hashed-nodes of 100,000 names',
      withProperty(SIGNATURE, 'hashed-nodes', new Uint8Array(200_000).fill(0x61).fill(0, 199_999)),
    ],
    ['NOPs in an unsigned node', (fit) => nopsIn(fit, '/configurations')],
    [
      'an image that no configuration refers to',
      (fit) =>
        forge(fit, (editor) => void copyNode(editor, editor.get('/images/tee-1'), editor.get('/images'), 'spare')),
    ],
    ['a comment in the signature', withProperty(SIGNATURE, 'comment', 'hello')],
  ])('%s', (_name, change) => {
    expect(checkFit(change(good.fit), good.control)).toMatchObject({ verdict: 'verified', faults: [] });
  });

  test('the default switched to another signed configuration: no signature can prevent it', async () => {
    const conf = (name: string, kernel: string) => makeNode(name, { kernel }, [signatureNode()]);
    const images = ['kernel-1', 'kernel-2'].map((name, i) =>
      imageNode(name, { data: sample(64, i), type: 'kernel', os: 'linux' }),
    );
    const built = await goodFit(
      goodTree({ images, configurations: [conf('conf-1', 'kernel-1'), conf('conf-2', 'kernel-2')] }),
    );
    const switched = withProperty('/configurations', 'default', 'conf-2')(built.fit);
    expect(checkFit(switched, built.control).verdict).toBe('verified');
  });
});

describe('keys', () => {
  test('two required keys: all, any, and a typing mistake', async () => {
    const { public: other } = await keyFor('other');
    const both = addKeyNode(good.control, { publicKey: other, hint: 'other', hash: 'sha256', required: 'conf' });
    expect(checkFit(good.fit, both).faults).toMatchObject([
      { code: 'fit/signature', context: { key: '/signature/key-other' } },
    ]);
    expect(checkFit(good.fit, withMode('any')(both)).verdict).toBe('verified');
    expect(checkFit(good.fit, withMode('all')(both)).verdict).toBe('refused');
    expect(() => verifyFit(good.fit, withMode('any ')(both))).toThrow(/required-mode/);
  });

  test.each([
    ['misspelt', 'cnf', 'fit/key-node'],
    ['of an unknown kind', 'configuration', 'fit/key-node'],
  ])('required %s', (_name, required, code) => {
    const control = withProperty('/signature/key-dev', 'required', required)(good.control);
    expect(() => verifyFit(good.fit, control)).toThrow(expect.objectContaining({ code }));
  });

  test('required missing: nothing is verified', () => {
    const control = withoutProperty('/signature/key-dev', 'required')(good.control);
    expect(() => verifyFit(good.fit, control)).toThrow(expect.objectContaining({ code: 'fit/not-verified' }));
  });

  test('only image signatures required: configurations stay free, so nothing is verified', async () => {
    const control = withProperty('/signature/key-dev', 'required', 'image')(good.control);
    expect(() => verifyFit(good.fit, control)).toThrow(expect.objectContaining({ code: 'fit/not-verified' }));
  });

  test.each([
    ['rsa,r-squared', 'fit/key-node'],
    ['rsa,n0-inverse', 'fit/key-node'],
    ['rsa,num-bits', 'fit/key-node'],
  ] as const)('a %s that does not follow from the modulus', (name, code) => {
    const value = findNode(readBlob(good.control).root, '/signature/key-dev')!
      .properties.find((one) => one.name === name)!
      .value.slice();
    value[value.length - 1]! ^= 1;
    const control = withProperty('/signature/key-dev', name, value)(good.control);
    expect(() => verifyFit(good.fit, control)).toThrow(expect.objectContaining({ code }));
  });

  test('an exponent of 1, with which every signature verifies', () => {
    const control = withProperty('/signature/key-dev', 'rsa,exponent', 1n)(good.control);
    expect(() => verifyFit(good.fit, control)).toThrow(expect.objectContaining({ code: 'crypto/key-unfit' }));
  });
});

describe('ECDSA', async () => {
  const key = generateEc('P-256');
  const signing = testSigning({ signerFor: async () => keySigner(key, 'ec') });
  const configurations = [
    makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, [
      signatureNode({ algo: 'sha256,ecdsa256', 'key-name-hint': 'ec' }),
    ]),
  ];
  const ec = await goodFit(goodTree({ configurations }), signing);
  const value = findNode(readBlob(ec.fit).root, SIGNATURE)!.properties.find(({ name }) => name === 'value')!.value;

  test('verifies', () => {
    expect(verifyFit(ec.fit, ec.control).verdict).toBe('verified');
  });

  test.each<readonly [string, Uint8Array]>([
    ['r = s = 0', new Uint8Array(64)],
    ['r = 0', concatBytes([new Uint8Array(32), value.subarray(32)])],
    ['s = 0', concatBytes([value.subarray(0, 32), new Uint8Array(32)])],
    ['r and s at the order', new Uint8Array(64).fill(255)],
    [
      'DER instead of r‖s',
      concatBytes([
        Uint8Array.of(0x30, 0x44, 0x02, 0x20),
        value.subarray(0, 32),
        Uint8Array.of(0x02, 0x20),
        value.subarray(32),
      ]),
    ],
  ])('%s', (_name, forged) => {
    const fit = withProperty(SIGNATURE, 'value', forged)(ec.fit);
    expect(() => verifyFit(fit, ec.control)).toThrow(expect.objectContaining({ code: 'fit/signature' }));
  });

  test('a key whose point is not on the curve', () => {
    const control = withProperty('/signature/ec', 'ecdsa,y-point', sample(32, 1))(ec.control);
    expect(() => verifyFit(ec.fit, control)).toThrow(expect.objectContaining({ code: 'crypto/key-unfit' }));
  });

  test('a coordinate of the wrong length', () => {
    const control = withProperty('/signature/ec', 'ecdsa,y-point', sample(31, 1))(ec.control);
    expect(() => verifyFit(ec.fit, control)).toThrow(expect.objectContaining({ code: 'fit/key-node' }));
  });

  test.each(['P-384', 'P-521'] as const)('%s verifies, coordinates whole', async (curve) => {
    const other = ecPrivateKey(curve, 12345n);
    const algo = curve === 'P-384' ? 'sha384,ecdsa384' : 'sha512,secp521r1';
    const tree = goodTree({ configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode({ algo })])] });
    const built = await goodFit(tree, testSigning({ signerFor: async () => keySigner(other, curve) }));
    expect(verifyFit(built.fit, built.control).verdict).toBe('verified');
  });
});

const withMode = (mode: string) => withProperty('/signature', 'required-mode', mode);

function verdicts(fit: Uint8Array, control = good.control): Record<string, string> {
  const names: readonly FitTarget[] = [
    'u-boot@2023.01',
    'u-boot@2025.10',
    'u-boot@2026.04',
    'u-boot@2026.10',
    'strict',
  ];
  return Object.fromEntries(names.map((target) => [target, checkFit(fit, control, { target }).verdict]));
}

/** The control tree of the fixture that an attack started from. */
function attackControl(fit: Uint8Array): Uint8Array {
  const isExternal = fit.length > 600 && equalBytes(fit.subarray(-64, -63), external.fit.subarray(-64, -63));
  return isExternal ? external.control! : good.control;
}

/** CVE-2026-46728: the record pointed at copies of the images, the real kernel replaced. */
function cloneImages(fit: Uint8Array): Uint8Array {
  const { children } = findNode(readBlob(fit).root, '/images')!;
  return forge(withImagesInside(fit), (editor) => {
    replaceImage(editor, '/images/kernel-1');
    const nodes = children.flatMap(({ name }) => [`/images/images/${name}`, `/images/images/${name}/hash-1`]);
    editor.setProperty(editor.get(SIGNATURE), 'hashed-nodes', encodeValue(['/', '/configurations/conf-1', ...nodes]));
  });
}

function hashedStrings(by: number): Uint8Array {
  const { value } = findNode(readBlob(good.fit).root, SIGNATURE)!.properties.find(
    ({ name }) => name === 'hashed-strings',
  )!;
  const size = new DataView(value.buffer, value.byteOffset).getUint32(4);
  return withProperty(SIGNATURE, 'hashed-strings', [0, size + by])(good.fit);
}

function transplant(editor: Editor, from: Uint8Array, path: string): void {
  const donor = new Editor(from);
  for (const { name, value } of donor.get(path).properties()) editor.setProperty(editor.get(path), name, value);
  copyValue(editor, from, `${path}/hash-1`);
}

function copyValue(editor: Editor, from: Uint8Array, path: string): void {
  editor.setProperty(editor.get(path), 'value', new Editor(from).get(path).property('value')!.value);
}

function resizeValue(editor: Editor, size: number): void {
  const room = new Uint8Array(size);
  room.set(editor.get(SIGNATURE).property('value')!.value.subarray(0, size));
  editor.setProperty(editor.get(SIGNATURE), 'value', room);
}

function swapOffsets(editor: Editor): void {
  const [kernel, fdt] = ['/images/kernel-1', '/images/fdt-1'].map((path) => editor.get(path)) as [
    ReturnType<Editor['get']>,
    ReturnType<Editor['get']>,
  ];
  const [a, b] = [kernel, fdt].map((node) => node.property('data-offset')!.value.slice()) as [Uint8Array, Uint8Array];
  editor.setProperty(kernel, 'data-offset', b);
  editor.setProperty(fdt, 'data-offset', a);
}

/** Moves a property to the front of its node. */
function reorder(fit: Uint8Array, path: string, name: string): Uint8Array {
  return forge(fit, (editor) => {
    const { value } = editor.get(path).property(name)!;
    editor.deleteProperty(editor.get(path), name);
    editor.setProperty(editor.get(path), name, value.slice());
  });
}

/** Adds a property of a name that its node has already. */
function twice(fit: Uint8Array, path: string, name: string): Uint8Array {
  const node = findNode(readBlob(fit).root, path)!;
  const { place } = node.properties.find((property) => property.name === name)!;
  const { structureOffset } = readBlob(fit).header;
  const [start, end] = [place!.start - structureOffset, place!.end - structureOffset];
  return withStructure(fit, (old) => [old.subarray(0, end), old.subarray(start, end), old.subarray(end)]);
}

function nopsIn(fit: Uint8Array, path: string): Uint8Array {
  const { nameStart } = findNode(readBlob(fit).root, path)!.place!;
  const { structureOffset } = readBlob(fit).header;
  const name = path.split('/').at(-1)!;
  const at = nameStart - structureOffset + 4 * Math.ceil((name.length + 1) / 4);
  return withStructure(fit, (old) => [old.subarray(0, at), word(4, 4), old.subarray(at)]);
}

function unsignedConfiguration(fit: Uint8Array): Uint8Array {
  return forge(fit, (editor) => {
    const node = editor.addNode(editor.get('/configurations'), 'conf-9');
    editor.setProperty(node, 'kernel', encodeValue('kernel-1'));
  });
}

function header(fit: Uint8Array, change: Partial<Header>): Uint8Array {
  const output = fit.slice();
  output.set(Header.encode({ ...Header.decode(fit), ...change }));
  return output;
}

function deepTree(fit: Uint8Array, depth: number): Uint8Array {
  return forge(fit, (editor) => {
    let node = editor.addNode(editor.get('/images'), 'deep');
    for (let i = 0; i < depth; i++) node = editor.addNode(node, 'n');
  });
}
