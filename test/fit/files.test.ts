import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeNode } from '../../src/devicetree/index.ts';
import { OpenFiles, openFitFile, signersIn, signFitFile, writeParts } from '../../src/fit/files.node.ts';
import { buildFit, verifyFit } from '../../src/fit/index.ts';
import { printPrivateKey } from '../../src/pki/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { emptyControl, goodTree, imageNode, keyFor, sample, signatureNode } from '../support/fit.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fit-files-'));
  await writeFile(join(folder, 'dev.key'), printPrivateKey(await keyFor('dev')), { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const signingIn = () => ({
  signerFor: signersIn({ folder }),
  time: 1_700_000_000,
  signer: { name: 'factory', version: '1' },
  require: true,
});

/** An image tree without signatures; its kernel is a file of its own. */
async function unsigned(name: string, size: number, configurations = [conf([signatureNode()])]): Promise<string> {
  const kernel = await open(at('kernel'), 'w');
  await kernel.write(sample(4096, 9), 0, 4096, size - 4096);
  await kernel.close();
  using files = new OpenFiles();
  const images = [
    imageNode('kernel-1', { data: files.read(at('kernel')), type: 'kernel', os: 'linux' }),
    imageNode('fdt-1', { data: sample(102, 2), type: 'flat_dt' }),
  ];
  const built = await buildFit(goodTree({ images, configurations }), { content: files.content, external: {} });
  await writeParts(at(name), built.parts, files.content);
  return at(name);
}

const conf = (children: Parameters<typeof makeNode>[2]) =>
  makeNode('conf-1', { kernel: 'kernel-1', fdt: 'fdt-1' }, children);

describe('an image tree in a file', () => {
  test('of 200 MB is signed and verified, its data streamed', async () => {
    const input = await unsigned('large.itb', 200_000_000);
    const told: (readonly [number, number])[] = [];
    const written = await signFitFile(input, at('signed.itb'), {
      signing: signingIn(),
      control: emptyControl(),
      external: {},
      progress: (done, total) => void told.push([done, total]),
    });
    expect(written.signatures.map(({ path }) => path)).toEqual(['/configurations/conf-1/signature-1']);
    expect(written.size).toBe((await stat(at('signed.itb'))).size);
    expect(told.at(-1)).toEqual([written.size, written.size]);
    using signed = openFitFile(at('signed.itb'));
    expect(signed.fit.size).toBe(written.size);
    expect(verifyFit(signed.source, written.control!).verdict).toBe('verified');
  });

  test('is signed in place', async () => {
    const input = await unsigned('place.itb', 8192);
    const { control } = await signFitFile(input, input, { signing: signingIn(), control: emptyControl() });
    using signed = openFitFile(input);
    expect(verifyFit(signed.source, control!).verdict).toBe('verified');
  });

  test('without a signature node is refused, and nothing is written', async () => {
    const input = await unsigned('none.itb', 8192, [conf([])]);
    const before = await readdir(folder);
    await expectFaultAsync(() => signFitFile(input, at('x.itb'), { signing: signingIn() }), 'fit/not-verified', {
      what: input,
    });
    expect(await readdir(folder)).toEqual(before);
  });

  test('whose key is not in the folder is refused, and nothing is written', async () => {
    const input = await unsigned('other.itb', 8192, [conf([signatureNode({ 'key-name-hint': 'other' })])]);
    const before = await readdir(folder);
    await expectFaultAsync(() => signFitFile(input, at('x.itb'), { signing: signingIn() }), 'crypto/key-missing', {
      key: at('other.key'),
    });
    expect(await readdir(folder)).toEqual(before);
  });
});
