import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, fromBytes, utf8 } from '../../src/binary/index.ts';
import { generateRsa } from '../../src/crypto/index.ts';
import { makeNode } from '../../src/devicetree/index.ts';
import { textOf } from '../../src/fault.ts';
import { buildFit } from '../../src/fit/index.ts';
import {
  type FileKind,
  type Inspection,
  inspect,
  type Piece,
  plain,
  printInspection,
} from '../../src/inspect/index.ts';
import { printPrivateKey, writePrivateKey } from '../../src/pki/index.ts';
import { goodTree, hashNode, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';
import { type SampleImages, sampleImages } from '../support/images.ts';

let samples: SampleImages;
beforeAll(async () => {
  samples = await sampleImages();
});

const kinds: readonly (readonly [keyof SampleImages, FileKind, RegExp])[] = [
  ['fip', 'fip', /3 images/],
  ['fit', 'fit', /3 images, 1 configuration: "test"/],
  ['control', 'devicetree', /device tree with keys/],
  ['dtb', 'devicetree', /^device tree$/],
  ['verity', 'verity', /dm-verity image, sha256, 200 blocks of 4096 bytes, 2 levels/],
  ['certificate', 'certificate', /certificate of CN=demo root/],
  ['rootHashSignature', 'pkcs7', /serial 7/],
  ['publicKey', 'public-key', /public key, /],
  ['publicKeyPem', 'public-key', /public key, /],
  ['rootHash', 'root-hash', /root hash/],
];

const cuttable = ['fip', 'fit', 'control', 'dtb', 'certificate', 'rootHashSignature', 'publicKeyPem'] as const;

describe('inspect', () => {
  test.each(kinds)('%s', (name, kind, summary) => {
    const inspection = look(bytesOf(name));
    expect(inspection.kind).toBe(kind);
    expect(inspection.summary.text).toMatch(summary);
    expect(inspection.stop).toBeUndefined();
    expect(inspection.root.size).toBe(bytesOf(name).length);
    checkNesting(inspection.root, bytesOf(name).length);
  });

  test('names every field of a layout, with its documentation', () => {
    const header = find(look(samples.fip).root, 'header');
    expect(header?.children.map(({ name }) => name)).toEqual(['name', 'serialNumber', 'flags']);
    expect(header?.children[2]?.doc).toMatch(/platform/);
  });

  test('looks into the images of a FIP', () => {
    expect(find(look(samples.fip).root, 'hw-config')?.type).toBe('fdt');
    expect(find(look(samples.fip).root, 'model')?.value).toBe('"board"');
  });

  test('draws and checks the hash tree of an image with a dm-verity node', async () => {
    const data = sample(200 * 4096, 3);
    const shape = { algo: 'sha256', 'data-block-size': 4096, 'hash-block-size': 4096 };
    const images = [
      imageNode('rootfs', { data, type: 'filesystem' }, [hashNode(), makeNode('dm-verity', shape)]),
      imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }),
    ];
    const configurations = [makeNode('conf-1', { kernel: 'kernel-1', loadables: 'rootfs' }, [signatureNode()])];
    const { fit } = await buildFit(goodTree({ images, configurations }), {
      signing: testSigning(),
      external: { alignment: 4096 },
    });
    const whole = look(fit);
    const image = find(whole.root, '/images/rootfs')!;
    expect(image.children.map(({ name, size }) => [name, size])).toEqual([
      ['data', 200 * 4096],
      ['level 1', 4096],
      ['level 0', 2 * 4096],
    ]);
    const states = ({ protectedRanges }: Inspection): string[] =>
      protectedRanges
        .filter(({ kind, by }) => kind === 'hashed' && !textOf(by).endsWith('hash-1'))
        .map(({ by, state }) => `${textOf(by)} ${state}`);
    expect(states(whole)).toEqual(['/images/rootfs/dm-verity matches', 'level 1 matches', 'level 0 matches']);
    const altered = fit.slice();
    altered[image.offset + 7 * 4096]! ^= 1;
    const bad = look(altered);
    expect(states(bad)).toEqual(['/images/rootfs/dm-verity bad', 'level 1 bad', 'level 0 bad']);
    const [finding] = bad.findings.filter(({ code }) => code.startsWith('verity/'));
    expect(finding).toMatchObject({ code: 'verity/data-block', offset: image.offset + 7 * 4096 });
  });

  test('says what vouches for which bytes', () => {
    const { protectedRanges } = look(samples.fit);
    const data = protectedRanges.filter(({ kind }) => kind === 'hashed');
    expect(data.map(({ by, size, state }) => [textOf(by), size, state])).toEqual([
      ['/images/kernel-1/hash-1', 3001, 'matches'],
      ['/images/fdt-1/hash-1', 102, 'matches'],
      ['/images/tee-1/hash-1', 999, 'matches'],
    ]);
    const signed = protectedRanges.filter(
      ({ kind, by, state }) => kind === 'signed' && by === 'dev' && state === 'claimed',
    );
    expect(signed.length).toBeGreaterThan(3);
    expect(look(samples.fip).protectedRanges).toMatchObject([{ kind: 'signed', offset: 0, state: 'claimed' }]);
    expect(look(samples.certificate).protectedRanges).toMatchObject([
      { kind: 'signed', by: 'CN=demo root', state: 'claimed' },
    ]);
  });

  test('an altered image: its hash node no longer vouches for it', () => {
    const altered = samples.fit.slice();
    const kernel = look(samples.fit).protectedRanges.find(({ by }) => by === '/images/kernel-1/hash-1')!;
    altered[kernel.offset + 10]! ^= 1;
    const { protectedRanges, findings } = look(altered);
    expect(protectedRanges.find(({ by }) => by === '/images/kernel-1/hash-1')?.state).toBe('bad');
    expect(findings.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('a cut device tree gives the tree as far as it goes, and the place', () => {
    const structure = find(look(samples.dtb).root, 'structure')!.offset;
    const cut = look(samples.dtb.subarray(0, structure + 40));
    expect(cut.stop).toMatchObject({ code: 'binary/truncated' });
    expect(cut.stop!.offset).toBeGreaterThan(structure);
    expect(find(cut.root, 'structure')?.children[0]?.name).toBe('/');
  });

  test('a device tree source: nodes and properties with their places in the text', () => {
    const text = '// board\n/dts-v1/;\n/ {\n  model = "x";\n  cpus { cells = <1 2>; };\n};\n';
    const { kind, root, stop } = look(utf8(text));
    expect([kind, stop]).toEqual(['devicetree-source', undefined]);
    const cells = find(root, 'cells')!;
    expect(text.slice(cells.offset, cells.offset + cells.size)).toMatch(/^cells = <1 2>/);
    expect(cells.value).toBe('<0x1 0x2>');
    checkNesting(root, text.length);
  });

  test('a device tree source that does not compile: the line and the place', () => {
    const text = '/dts-v1/;\n/ {\n  model = ;\n};\n';
    const { stop, findings } = look(utf8(text));
    expect(stop).toMatchObject({ code: 'devicetree/source', offset: text.indexOf('= ;') + 2 });
    expect(findings[0]).toMatchObject({ level: 'error', path: 'line 3' });
  });

  test('finds private keys in files of every kind, and says where', async () => {
    const key = await generateRsa(2048);
    const pem = utf8(printPrivateKey(key));
    const images = [imageNode('kernel-1', { data: concatBytes([sample(3000, 1), pem]), type: 'kernel' })];
    const { fit } = await buildFit(goodTree({ images, configurations: [makeNode('c', { kernel: 'kernel-1' })] }));
    const disk = concatBytes([new Uint8Array(1 << 20), writePrivateKey(key), sample(512, 1)]);
    const secretsIn = (bytes: Uint8Array) =>
      look(bytes).findings.filter(({ code }) => code === 'inspect/private-key' || code === 'fit/lint/private-key');
    expect(secretsIn(fit)).toMatchObject([{ level: 'error', offset: Buffer.from(fit).indexOf('-----BEGIN') }]);
    expect(secretsIn(disk)).toMatchObject([
      {
        level: 'error',
        offset: 1 << 20,
        message: { text: expect.stringContaining('(PKCS#8 DER) lies at 0x100000') },
      },
    ]);
    // The key file itself is no image that holds one.
    expect(secretsIn(pem)).toMatchObject([{ level: 'warning', offset: 0 }]);
    for (const name of Object.keys(samples))
      expect([name, secretsIn(bytesOf(name as keyof SampleImages))]).toEqual([name, []]);
  });

  test('bytes of no known kind get digests and the nearest guess', () => {
    const program = look(concatBytes([utf8('\x7fELF'), new Uint8Array(100)]));
    expect(program).toMatchObject({ kind: 'unknown', summary: { text: 'an ELF program' } });
    const damaged = samples.dtb.slice();
    damaged[0] = 0xd1;
    expect(look(damaged).summary.text).toMatch(/device tree whose first bytes are damaged/);
    expect(look(new Uint8Array(0)).summary.text).toBe('an empty file');
    expect(look(utf8('abc')).digests.find(({ algorithm }) => algorithm === 'sha256')?.value).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  test('text from a file is escaped for a terminal', () => {
    expect(plain('a\u001b[31mb\u202ec')).toBe('a\\u{1b}[31mb\\u{202e}c');
    for (const name of Object.keys(samples) as (keyof SampleImages)[]) {
      for (const line of printInspection(look(bytesOf(name)), { depth: 9 })) expect(plain(line)).toBe(line);
    }
  });

  test('law: a file that was cut anywhere gives a tree within its bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cuttable), fc.double({ min: 0, max: 1, noNaN: true }), (name, part) => {
        const whole = bytesOf(name);
        const cut = whole.subarray(0, Math.floor(part * whole.length));
        checkNesting(look(cut).root, cut.length);
      }),
      { numRuns: 150 },
    );
  });

  test('law: a file with altered bytes never crashes or hangs', () => {
    const edit = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...cuttable), fc.array(edit, { minLength: 1, maxLength: 6 }), (name, edits) => {
        const altered = bytesOf(name).slice();
        for (const [at, value] of edits) altered[at % Math.min(altered.length, 4096)] = value;
        checkNesting(look(altered).root, altered.length);
      }),
      { numRuns: 300 },
    );
  });
});

const look = (input: Uint8Array): Inspection => inspect(fromBytes(input, 'file'), 'file');

const bytesOf = (name: keyof SampleImages): Uint8Array => {
  const value = samples[name];
  return typeof value === 'string' ? utf8(`${value}\n`) : value;
};

function find(piece: Piece, name: string): Piece | undefined {
  if (piece.name === name) return piece;
  for (const child of piece.children) {
    const found = find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkNesting(piece: Piece, end: number, start = 0): void {
  const inside = piece.offset >= start && piece.size >= 0 && piece.offset + piece.size <= end;
  if (!inside) throw new Error(`${piece.name} at ${piece.offset}+${piece.size} leaves ${start}…${end}`);
  for (const child of piece.children) checkNesting(child, piece.offset + piece.size, piece.offset);
}
