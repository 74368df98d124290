import { describe, expect, test } from 'vitest';
import { type ByteSource, fromBytes } from '../../src/binary/index.ts';
import { findNode, makeNode, readBlob, writeBlob } from '../../src/devicetree/index.ts';
import { addKeyNode, checkFit, openFit } from '../../src/fit/index.ts';
import { fitMessage } from '../../src/fit/messages.ts';
import { readNode } from '../../src/fit/node.ts';
import { DataDigests } from '../../src/fit/verify-hash.ts';
import { WorkBudget } from '../../src/fit/work-budget.ts';
import { expectFault } from '../support/fault.ts';
import { emptyControl, goodFit, goodTree, hashNode, imageNode, keyFor, sample, signatureNode } from '../support/fit.ts';
import { copyNode, forge, withProperty } from '../support/forge.ts';

const kernel = imageNode('kernel-1', { data: sample(5000, 1), type: 'kernel', os: 'linux' }, [
  ...Array.from({ length: 20 }, (_, i) => hashNode('sha256', `hash-${i}`)),
  hashNode('sha512', 'hash-x'),
  hashNode('crc32', 'hash-y'),
]);
const configuration = makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode()]);
const good = await goodFit(goodTree({ images: [kernel], configurations: [configuration] }));

/** An input that counts what is read of some range. */
function counted(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly source: ByteSource; readonly read: () => number } {
  const inner = fromBytes(bytes, 'counted');
  let count = 0;
  return {
    source: {
      size: inner.size,
      readInto(offset, target) {
        count += Math.max(0, Math.min(offset + target.length, to) - Math.max(offset, from));
        inner.readInto(offset, target);
      },
    },
    read: () => count,
  };
}

/** The good image with data of 1 MiB, which a reader of files leaves where it is. */
async function large() {
  const data = sample(1 << 20, 1);
  const hashes = Array.from({ length: 8 }, (_, i) => hashNode('sha256', `hash-${i}`));
  const image = imageNode('kernel-1', { data, type: 'kernel', os: 'linux' }, [...hashes, hashNode('sha1', 'hash-x')]);
  const built = await goodFit(goodTree({ images: [image], configurations: [configuration] }));
  const { valueStart } = findNode(readBlob(built.fit).root, '/images/kernel-1')!.properties.find(
    ({ name }) => name === 'data',
  )!.place!;
  // Of its second half: what lies next to the structure is read with it.
  const to = valueStart + data.length;
  return { ...built, start: valueStart, from: to - data.length / 2, to };
}

describe('the data of an image', async () => {
  const { fit, control, start, from, to } = await large();

  test('is read once for each algorithm, however many hash nodes there are', () => {
    const { source, read } = counted(fit, from, to);
    const { verdict, configurations } = checkFit(source, control);
    expect([verdict, configurations[0]!.images[0]!.hashes.length]).toEqual(['verified', 9]);
    expect(read()).toBe(2 * (to - from));
  });

  test('is not read where the signature was refused', () => {
    const altered = withProperty('/images/kernel-1', 'type', 'kernex')(fit);
    const { source, read } = counted(altered, from, to);
    const { verdict, configurations, faults } = checkFit(source, control);
    expect(verdict).toBe('refused');
    expect(faults.map(({ code }) => code)).toEqual(['fit/signature']);
    expect(configurations[0]!.images[0]).toMatchObject({ hashed: false, hashes: [], data: { start } });
    expect(read()).toBe(0);
  });

  test('is read where no key is required: a page shows whether it is whole', () => {
    const { configurations } = checkFit(fit, emptyControl());
    expect(configurations[0]!.images[0]).toMatchObject({ hashed: true });
  });

  test('is not read where the shape of the tree was refused', () => {
    const altered = forge(fit, (editor) => void copyNode(editor, editor.get('/images/kernel-1'), editor.root, 'x@1'));
    expect(checkFit(altered, control).configurations[0]!.images[0]).toMatchObject({ hashed: false });
  });
});

test('an image that a refused and a good configuration share is hashed for the good one', async () => {
  const conf = (name: string) => makeNode(name, { kernel: 'kernel-1' }, [signatureNode()]);
  const built = await goodFit(goodTree({ images: [kernel], configurations: [conf('conf-1'), conf('conf-2')] }));
  const altered = withProperty('/configurations/conf-1', 'description', 'added')(built.fit);
  const { configurations } = checkFit(altered, built.control);
  expect(configurations.map(({ verified, images }) => [verified, images[0]!.hashed])).toEqual([
    [false, false],
    [true, true],
  ]);
});

describe('what is looked at is bounded', () => {
  const many = (count: number) => {
    const value = new Uint8Array(256).fill(1);
    return writeBlob(
      goodTree({
        images: [imageNode('kernel-1', { data: sample(8, 1), type: 'kernel' }, [])],
        configurations: [
          makeNode(
            'conf-1',
            { kernel: 'kernel-1' },
            Array.from({ length: count }, (_, i) =>
              signatureNode({ value, 'hashed-strings': [0, 0] }, `signature-${i}`),
            ),
          ),
        ],
      }),
    );
  };

  test('32 signatures of one configuration are tried', () => {
    const { configurations } = checkFit(many(32), good.control);
    expect(configurations[0]!.signatures).toHaveLength(32);
  });

  test('33 are refused, and none of them is tried', () => {
    const { verdict, faults, configurations } = checkFit(many(33), good.control);
    expect([verdict, configurations[0]!.signatures]).toEqual(['refused', []]);
    expect(faults[0]).toMatchObject({
      code: 'fit/limit',
      context: { path: '/configurations/conf-1/signature-32', what: { code: 'fit/signatures' }, limit: 32 },
    });
  });

  test('signatures under all keys of a control tree', async () => {
    const { public: publicKey } = await keyFor('dev');
    const place = { path: '/x', offset: 1 };
    const work = new WorkBudget(1);
    for (let i = 0; i < 8192; i++) work.trySignature(place, publicKey);
    expectFault(() => work.trySignature(place, publicKey), 'fit/limit', { limit: 8192, path: '/x', offset: 1 });
  });

  test('a key on a curve counts eight times and more', () => {
    const place = { path: '/x', offset: 1 };
    const tries = (curve: 'P-256' | 'P-521'): number => {
      const work = new WorkBudget(1);
      for (let i = 0; ; i++) {
        try {
          work.trySignature(place, { kind: 'ec', curve, x: 1n, y: 1n });
        } catch {
          return i;
        }
      }
    };
    expect([tries('P-256'), tries('P-521')]).toEqual([1024, 240]);
  });

  test('data that images share in part', () => {
    const fit = openFit(good.fit);
    const digests = new DataDigests(fit);
    const node = readNode(readBlob(good.fit).root);
    const place = (start: number) => ({ kind: 'external', start, size: fit.size - start }) as const;
    const shared = () => {
      for (let start = 0; start < 100; start++) digests.digest(place(start), 'sha256', node);
    };
    expectFault(shared, 'fit/limit', { what: 'the number of bytes of data hashed', limit: fit.size * 8 });
    expect(digests.digest(place(0), 'sha256', node)).toHaveLength(32);
  });

  test('what signatures cover', () => {
    const work = new WorkBudget(1);
    work.hashSigned({ path: '/x', offset: 1 }, 1 << 30);
    expectFault(() => work.hashSigned({ path: '/x', offset: 1 }, 1), 'fit/limit', {
      what: 'the number of bytes hashed for signatures',
    });
  });
});

test('a signature is tried under the key that it names first, and under no other once it is good', async () => {
  let control = emptyControl();
  for (const hint of ['a', 'b', 'dev']) {
    const { public: publicKey } = await keyFor(hint);
    control = addKeyNode(control, { publicKey, hint, hash: 'sha256' });
  }
  const [signature] = checkFit(good.fit, control).configurations[0]!.signatures;
  expect(signature!.goodKeys).toEqual(['/signature/key-dev']);
  expect(signature!.failures).toEqual(
    ['b', 'a'].map((hint) => ({
      key: `/signature/key-${hint}`,
      decodes: undefined,
      reason: fitMessage('fit/other-key'),
    })),
  );
});

test('two nodes of one key both vouch', async () => {
  const { public: publicKey } = await keyFor('dev');
  const control = addKeyNode(good.control, { publicKey, hint: 'again', hash: 'sha256', required: 'conf' });
  expect(checkFit(good.fit, control)).toMatchObject({ verdict: 'verified', faults: [] });
});
