import { concatBytes, fromBytes } from '../../../src/binary/index.ts';
import { makeNode, makeTree, writeBlob } from '../../../src/devicetree/index.ts';
import { buildFip, knownImages, resolveImage } from '../../../src/fip/index.ts';
import { parseSignatureAlgorithm, preloadHeader, verifyPreload } from '../../../src/fit/index.ts';
import { inspect, type Piece } from '../../../src/inspect/index.ts';
import { writePrivateKey } from '../../../src/pki/index.ts';
import { readUBoot } from '../../../src/uboot/index.ts';
import { formatVerity } from '../../../src/verity/index.ts';
import { emptyControl, sample } from '../../support/fit.ts';
import { noise, SALT, UUID } from '../../verity/sample.ts';
import type { Attempt, Format } from '../format.ts';
import { demand, digestOf, judgeMeaning, orRefused } from '../judge.ts';
import { ecKey, fixedSigner, rsaKey } from '../keys.ts';
import { mutateBytes } from '../mutate.ts';

interface Range {
  readonly offset: number;
  readonly size: number;
}

const isRange = ({ offset, size }: Range, end: number): boolean => offset >= 0 && size >= 0 && offset + size <= end;

const liesWithin = (piece: Range & { readonly children: readonly Piece[] }, end: number): boolean =>
  isRange(piece, end) && piece.children.every((child) => liesWithin(child, end));

function files(): Uint8Array[] {
  const control = emptyControl();
  const fip = buildFip([{ uuid: resolveImage(knownImages, 'nt-fw'), data: concatBytes([sample(300, 1), control]) }]);
  const { hash } = formatVerity({
    data: noise(40 * 512),
    salt: SALT,
    uuid: UUID,
    dataBlockSize: 512,
    hashBlockSize: 512,
  });
  const fit = writeBlob(
    makeTree(
      makeNode('', {}, [
        makeNode('images', {}, [makeNode('k', { data: fip, type: 'kernel' })]),
        makeNode('configurations', { default: 'c' }, [makeNode('c', { kernel: 'k' })]),
      ]),
    ),
  );
  return [
    control,
    fip,
    hash,
    fit,
    writePrivateKey(ecKey('any')),
    new TextEncoder().encode('/dts-v1/; / { a = <1>; };'),
  ];
}

/** Nothing in a file makes the inspector throw, and what it names lies within the file. */
export const inspectFormat: Format = {
  name: 'inspect',
  prepare() {
    const genuine = files();
    return (random): Attempt => {
      const input = mutateBytes(random.pick(genuine)!, random, genuine);
      const judge = () => {
        const { root, size, stop } = inspect(fromBytes(input, 'x'), 'x');
        demand(liesWithin(root, size), 'a piece outside of the file');
        return stop === undefined ? ('accepted' as const) : ('refused' as const);
      };
      return { input, judge };
    };
  },
};

/** Any bytes are a U-Boot binary or a fault, and the trees in it lie apart, within it. */
export const loaderFormat: Format = {
  name: 'uboot',
  prepare() {
    const control = emptyControl();
    const code = concatBytes([
      sample(2000, 1),
      new TextEncoder().encode('\0U-Boot 2026.04 (Apr 01 2026 - 00:00:00 +0000)\0Verifying Hash Integrity\0'),
      sample(1000, 2),
    ]);
    const genuine = [concatBytes([code, control]), concatBytes([code, control, sample(96, 3), control]), code];
    return (random): Attempt => {
      const input = mutateBytes(random.pick(genuine)!, random, [...genuine, control]);
      const judge = () => {
        const read = orRefused(() => readUBoot(input));
        if (read === undefined) return 'refused' as const;
        demand(
          read.trees.every((tree) => isRange(tree, input.length)),
          'a tree outside of the binary',
        );
        return read.trees.length === 0 ? ('refused' as const) : ('accepted' as const);
      };
      return { input, judge };
    };
  },
};

/** A file that a pre-load header vouches for holds the image that was signed. */
export const preloadFormat: Format = {
  name: 'preload',
  async prepare() {
    const image = sample(700, 1);
    const rows = [
      { key: rsaKey(), algo: 'sha256,rsa2048', padding: undefined },
      { key: rsaKey(), algo: 'sha256,rsa2048', padding: 'pss' },
      { key: ecKey('preload'), algo: 'sha256,ecdsa256', padding: undefined },
    ].map(({ key, algo, padding }) => ({
      key,
      algorithm: parseSignatureAlgorithm(algo, padding, { path: '', offset: 0 }),
    }));
    const genuine: { file: Uint8Array; row: (typeof rows)[number] }[] = [];
    for (const row of rows) {
      const header = await preloadHeader(fromBytes(image, 'i'), {
        signer: fixedSigner(row.key, 'k'),
        algorithm: row.algorithm,
        headerSize: 1024,
      });
      genuine.push({ file: concatBytes([header, image]), row });
    }
    const meanings = new Set([digestOf(image)]);
    return (random): Attempt => {
      const { file, row } = random.pick(genuine)!;
      const input = mutateBytes(
        file,
        random,
        genuine.map((one) => one.file),
      );
      const judge = () =>
        judgeMeaning(() => {
          const { start, size } = verifyPreload(fromBytes(input, 'x'), row.key.public, row.algorithm);
          return [digestOf(input.subarray(start, start + size))];
        }, meanings);
      return { input, judge };
    };
  },
};
