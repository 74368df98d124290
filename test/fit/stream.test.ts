import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteSource, concatBytes, equalBytes, fromBytes } from '../../src/binary/index.ts';
import { makeNode } from '../../src/devicetree/index.ts';
import { buildFit, Content, checkFit, locateData, openFit, signFit, verifyFit } from '../../src/fit/index.ts';
import { expectFault, expectFaultAsync, onlyFaults } from '../support/fault.ts';
import { emptyControl, goodFit, goodTree, imageNode, sample, signatureNode, testSigning } from '../support/fit.ts';

const MIB = 1 << 20;

/** Counts what is read of an array. */
function counted(bytes: Uint8Array): ByteSource & { readonly read: () => number } {
  const source = fromBytes(bytes, 'fit');
  let total = 0;
  return {
    size: source.size,
    readInto(offset, target) {
      total += target.length;
      source.readInto(offset, target);
    },
    read: () => total,
  };
}

/** A tree with one large kernel beside small images. */
const largeTree = (data: Uint8Array) =>
  goodTree({
    images: [
      imageNode('kernel-1', { data, type: 'kernel', os: 'linux' }),
      imageNode('fdt-1', { data: sample(102, 2), type: 'flat_dt' }),
    ],
    configurations: [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, [signatureNode()])],
  });

describe('data that stays where it is', () => {
  const data = sample(MIB + 5, 1);

  test.each([
    ['embedded', undefined],
    ['outside', {}],
  ])('%s: the same bytes as from memory', async (_name, external) => {
    const options = { timestamp: 5, signing: testSigning(), control: emptyControl(), external };
    const memory = await buildFit(largeTree(data), options);
    const content = new Content();
    const streamed = await buildFit(largeTree(content.placeholder(fromBytes(data, 'kernel'))), { ...options, content });
    expect(equalBytes(streamed.fit, memory.fit)).toBe(true);
    expect(verifyFit(counted(memory.fit), memory.control!).verdict).toBe('verified');

    const again = new Content();
    const resigned = await signFit(counted(memory.fit), { ...options, content: again });
    expect(equalBytes(resigned.fit, (await signFit(memory.fit, options)).fit)).toBe(true);
  });

  test('an encrypted image is the same bytes as from memory', async () => {
    const cipher = { keyFor: () => ({ key: sample(16, 8), iv: sample(16, 9) }) };
    const node = makeNode('cipher', { algo: 'aes128', 'key-name-hint': 'k', 'iv-name-hint': 'v' });
    const tree = (value: Uint8Array) =>
      goodTree({
        images: [imageNode('kernel-1', { data: value, type: 'kernel' }, [node])],
        configurations: [makeNode('conf-1', { kernel: 'kernel-1' })],
      });
    const content = new Content();
    const streamed = await buildFit(tree(content.placeholder(fromBytes(data, 'kernel'))), { cipher, content });
    expect(equalBytes(streamed.fit, (await buildFit(tree(data), { cipher })).fit)).toBe(true);
    const [image] = openFit(streamed.fit).root.child('images')!.children();
    const clear = createDecipheriv('aes-128-cbc', sample(16, 8), sample(16, 9));
    const opened = Buffer.concat([clear.update(image!.property('data')!.value), clear.final()]);
    expect(equalBytes(opened, data)).toBe(true);
  });

  test('a listing reads the tree and not its data', async () => {
    const { fit } = await buildFit(largeTree(data));
    const source = counted(fit);
    const opened = openFit(source);
    expect(opened.root.child('images')!.child('kernel-1')!.property('data')!.value.length).toBe(data.length);
    expect(source.read()).toBeLessThan(MIB);
    const { value } = opened.root.child('images')!.child('kernel-1')!.property('data')!;
    expect(equalBytes(opened.content.bytes(value), data)).toBe(true);
  });

  test('a tree that is not sound faults from a source as from memory', async () => {
    const { fit, control } = await goodFit();
    fc.assert(
      fc.property(fc.nat(fit.length - 1), fc.nat(255), (offset, byte) => {
        const altered = fit.slice();
        altered[offset] = byte;
        const outcome = (input: Uint8Array | ByteSource): string => {
          try {
            const { verdict, faults } = checkFit(input, control);
            return JSON.stringify([verdict, faults.map(({ code, message }) => [code, message])]);
          } catch (error) {
            return String(error);
          }
        };
        expect(outcome(fromBytes(altered, 'fit'))).toBe(outcome(altered));
      }),
      { numRuns: 300 },
    );
  });

  test('data beyond four gibibytes is refused: its place does not fit into the cell', async () => {
    const content = new Content();
    const zeros: ByteSource = { size: 0xffff_f000, readInto: (_offset, target) => void target.fill(0) };
    const images = [
      makeNode('kernel-1', { data: content.placeholder(zeros), type: 'kernel' }),
      makeNode('fdt-1', { data: sample(102, 2), type: 'flat_dt' }),
    ];
    const tree = goodTree({ images, configurations: [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' })] });
    await expectFaultAsync(() => buildFit(tree, { content, external: { position: 0x1000 } }), 'fit/limit', {
      path: '/images/fdt-1',
    });
  });

  test('gigabytes of zeros before data that has a fixed position are not held in memory', async () => {
    const content = new Content();
    const position = 0xf000_0000;
    const built = await buildFit(goodTree(), { content, external: { position } });
    const source = joined(built.parts.map((part) => content.source(part)));
    const opened = openFit(source);
    const place = locateData(opened, opened.root.child('images')!.child('kernel-1')!, { strict: true });
    expect([place.start, source.size > position]).toEqual([position, true]);
    expect(built.parts.every((part) => part.byteLength < MIB || content.hasPlaceholder(part))).toBe(true);
  });

  test('four gibibytes outside the tree are signed, verified and taken out piece by piece', async () => {
    const size = 0xffff_f000;
    let largest = 0;
    const zeros: ByteSource = {
      size,
      readInto(_offset, target) {
        largest = Math.max(largest, target.length);
        target.fill(0);
      },
    };
    const content = new Content();
    const position = 0x1000;
    const images = [
      imageNode('fdt-1', { data: sample(102, 2), type: 'flat_dt' }),
      imageNode('kernel-1', { data: content.placeholder(zeros), type: 'kernel', os: 'linux' }),
    ];
    const configurations = [makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, [signatureNode()])];
    const built = await buildFit(goodTree({ images, configurations }), {
      content,
      signing: testSigning(),
      control: emptyControl(),
      external: { position },
    });
    const source = joined(built.parts.map((part) => content.source(part)));
    expect(verifyFit(source, built.control!).verdict).toBe('verified');
    const opened = openFit(source);
    const place = locateData(opened, opened.root.child('images')!.child('kernel-1')!, { strict: true });
    let taken = 0;
    for (const piece of opened.pieces(place)) taken += piece.length;
    expect([place.start, place.size, taken]).toEqual([position + 104, size, size]);
    expect(largest).toBeLessThanOrEqual(MIB);
    const short = { ...source, size: source.size - MIB };
    expectFault(() => verifyFit(short, built.control!), 'fit/data');
    // Hashed twice, on a machine that may have other things to do.
  }, 300_000);
});

/** Sources one after the other. */
function joined(sources: readonly ByteSource[]): ByteSource {
  let size = 0;
  const places = sources.map((source) => {
    const start = size;
    size += source.size;
    return { source, start, end: size };
  });
  return {
    size,
    readInto(offset, target) {
      for (const { source, start, end } of places) {
        const from = Math.max(offset, start);
        const to = Math.min(offset + target.length, end);
        if (from < to) source.readInto(from - start, target.subarray(from - offset, to - offset));
      }
    },
  };
}

describe('mutations', async () => {
  const good = await goodFit();
  const outside = await buildFit(goodTree(), { signing: testSigning(), control: emptyControl(), external: {} });

  test.each([
    ['embedded', good.fit, good.control],
    ['external', outside.fit, outside.control!],
  ] as const)('%s: cut, doubled, moved and overwritten pieces give a verdict or a fault', (_name, fit, control) => {
    const place = fc.nat(fit.length - 1);
    fc.assert(
      fc.property(
        place,
        place,
        fc.nat(64),
        fc.uint8Array({ maxLength: 16 }),
        fc.nat(3),
        (from, to, size, bytes, kind) => {
          const piece = fit.subarray(from, from + size);
          const mutant = concatBytes(
            kind === 0
              ? [fit.subarray(0, from), fit.subarray(from + size)]
              : kind === 1
                ? [fit.subarray(0, to), piece, fit.subarray(to)]
                : kind === 2
                  ? [fit.subarray(0, to), piece, fit.subarray(Math.min(fit.length, to + size))]
                  : [fit.subarray(0, to), bytes, fit.subarray(Math.min(fit.length, to + bytes.length))],
          );
          onlyFaults(() => checkFit(mutant, control));
          onlyFaults(() => checkFit(fit, mutant));
        },
      ),
      { numRuns: 300 },
    );
  });
});
