import { describe, expect, test } from 'vitest';
import { makeNode } from '../../src/devicetree/index.ts';
import { checkFit, type FitTarget, targetNames } from '../../src/fit/index.ts';
import { goodFit, goodTree, hashNode, imageNode, sample, signatureNode } from '../support/fit.ts';
import { forge, signNarrowly, withoutProperty } from '../support/forge.ts';

const CONFIGURATION = '/configurations/conf-1';

/** What binds data to a signature, and a signature to a configuration: by hash, for every target. */
const signed = (properties = {}) => makeNode('conf-1', { kernel: 'kernel-1' }, [signatureNode(properties)]);

const kernelWith = (...algorithms: readonly string[]) =>
  imageNode(
    'kernel-1',
    { data: sample(64, 1), type: 'kernel', os: 'linux' },
    algorithms.map((said, i) => {
      const [algo, ignore] = said.split(' ignored ');
      return makeNode(`hash-${i}`, { algo: algo!, ...(ignore !== undefined && { 'uboot-ignore': IGNORED[ignore]! }) });
    }),
  );

/** Values of `uboot-ignore`: one cell other than 0 is heeded, anything else is not. */
const IGNORED: Readonly<Record<string, number | readonly number[]>> = { 0: 0, 1: 1, 256: 256, '1 1': [1, 1] };

type Row = readonly [hashes: readonly string[], recorded: string, discovered: string, strict: string, allowed: string];

/** A good image, or one without a hash, which no signer of ours makes. */
async function imageWith(hashes: readonly string[]): Promise<{ fit: Uint8Array; control: Uint8Array }> {
  const images = [kernelWith(...(hashes.length === 0 ? ['sha256'] : hashes))];
  const { fit, control } = await goodFit(goodTree({ images, configurations: [signed()] }));
  if (hashes.length > 0) return { fit, control };
  const bare = forge(fit, (editor) => editor.deleteNode(editor.get('/images/kernel-1/hash-0')));
  return { fit: await signNarrowly(bare, CONFIGURATION, ['/', CONFIGURATION, '/images/kernel-1']), control };
}

describe('the hashes of an image', () => {
  test.each<Row>([
    [['sha256'], 'verified', 'verified', 'verified', 'verified'],
    [['sha384'], 'verified', 'verified', 'verified', 'verified'],
    [['sha512'], 'verified', 'verified', 'verified', 'verified'],
    [['sha1'], 'verified', 'verified', 'fit/unprotected', 'verified'],
    [['sha1', 'sha256'], 'verified', 'verified', 'verified', 'verified'],
    [['md5'], 'fit/not-verified', 'fit/not-verified', 'fit/unprotected', 'fit/unprotected'],
    [['crc32'], 'fit/not-verified', 'fit/not-verified', 'fit/unprotected', 'fit/unprotected'],
    [['crc16-ccitt'], 'fit/not-verified', 'fit/not-verified', 'fit/unprotected', 'fit/unprotected'],
    [['md5', 'crc32'], 'fit/not-verified', 'fit/not-verified', 'fit/unprotected', 'fit/unprotected'],
    [['md5', 'sha1'], 'verified', 'verified', 'fit/unprotected', 'verified'],
    [['crc32', 'sha512'], 'verified', 'verified', 'verified', 'verified'],
    [[], 'fit/not-verified', 'fit/unprotected', 'fit/unprotected', 'fit/unprotected'],
    [['sha256 ignored 1'], 'fit/not-verified', 'fit/not-verified', 'fit/unprotected', 'fit/unprotected'],
    [['sha256 ignored 256'], 'fit/not-verified', 'fit/not-verified', 'fit/unprotected', 'fit/unprotected'],
    [['sha256 ignored 1', 'crc32'], 'fit/not-verified', 'fit/not-verified', 'fit/unprotected', 'fit/unprotected'],
    [['sha256 ignored 1', 'sha256'], 'verified', 'verified', 'verified', 'verified'],
    [['sha256 ignored 0'], 'verified', 'verified', 'verified', 'verified'],
    [['sha256 ignored 1 1'], 'verified', 'verified', 'verified', 'verified'],
  ])('%j', async (hashes, recorded, discovered, strict, allowed) => {
    const { fit, control } = await imageWith(hashes);
    const found = (target: FitTarget, allowSha1 = false): string => {
      const { verdict, faults } = checkFit(fit, control, { target, allowSha1 });
      expect(faults.length).toBe(verdict === 'verified' ? 0 : 1);
      return faults[0]?.code ?? verdict;
    };
    expect(Object.fromEntries(targetNames.map((target) => [target, found(target)]))).toEqual({
      'u-boot@2023.01': recorded,
      'u-boot@2025.10': recorded,
      'u-boot@2026.04': discovered,
      'u-boot@2026.10': discovered,
      strict,
    });
    expect(found('strict', true)).toBe(allowed);
  });

  test('an image that binds nothing is bound by a signature of its own, for those that require one', async () => {
    const image = imageNode('kernel-1', { data: sample(64, 1), type: 'kernel', os: 'linux' }, [
      hashNode('crc32'),
      signatureNode(),
    ]);
    const built = await goodFit(
      goodTree({ images: [image], configurations: [makeNode('conf-1', { kernel: 'kernel-1' })] }),
    );
    expect(checkFit(built.fit, built.control, { target: 'u-boot@2026.10' }).verdict).toBe('verified');
  });
});

describe('a configuration signature over SHA-1', async () => {
  const { fit, control } = await goodFit(
    goodTree({ images: [kernelWith('sha256')], configurations: [signed({ algo: 'sha1,rsa2048' })] }),
  );

  test.each(targetNames)('%s', (target) => {
    const { verdict, faults } = checkFit(fit, control, { target });
    expect(verdict).toBe(target === 'strict' ? 'refused' : 'verified');
    if (target !== 'strict') return;
    expect(faults).toMatchObject([
      {
        code: 'fit/signature',
        context: {
          path: '/configurations/conf-1/signature-1',
          reason: { code: 'fit/sha1-signature' },
        },
      },
    ]);
  });

  test('is taken where it is allowed', () => {
    expect(checkFit(fit, control, { allowSha1: true })).toMatchObject({ verdict: 'verified', faults: [] });
  });

  test('does not stand in the way of one over SHA-256 beside it', async () => {
    const nodes = [signatureNode({ algo: 'sha1,rsa2048', 'key-name-hint': 'old' }), signatureNode({}, 'signature-2')];
    const both = await goodFit(
      goodTree({ images: [kernelWith('sha256')], configurations: [makeNode('conf-1', { kernel: 'kernel-1' }, nodes)] }),
    );
    expect(checkFit(both.fit, (await goodFit()).control).verdict).toBe('verified');
  });
});

test('a configuration that names no image boots nothing', async () => {
  const good = await goodFit(goodTree({ images: [kernelWith('sha256')], configurations: [signed()] }));
  const { control } = good;
  const empty = withoutProperty(CONFIGURATION, 'kernel')(good.fit);
  const fit = await signNarrowly(empty, CONFIGURATION, ['/', CONFIGURATION]);
  for (const target of targetNames) {
    expect(checkFit(fit, control, { target })).toMatchObject({
      verdict: 'refused',
      faults: [{ code: 'fit/configuration', context: { path: '/configurations/conf-1' } }],
    });
  }
});
