import type { SignatureScheme } from '../../../src/crypto/index.ts';
import {
  buildFip,
  knownImages,
  readFip,
  resolveImage,
  signFip,
  verifyChain,
  verifyFipTrailer,
} from '../../../src/fip/index.ts';
import { wordOf } from '../../../src/fip/internal.ts';
import { makeSample, replaced, sourceOf } from '../../fip/chain-sample.ts';
import { sample } from '../../support/fit.ts';
import { mutateDer } from '../der.ts';
import type { Attempt, Format } from '../format.ts';
import { demand, digestOf, judgeMeaning, orRefused, orRefusedLater } from '../judge.ts';
import { ecKey, fixedSigner, rsaKey } from '../keys.ts';
import { mutateBytes } from '../mutate.ts';

/** A FIP whose signature at the end verifies is the one that was signed, to the last byte before the signature. */
export const trailerFormat: Format = {
  name: 'trailer',
  async prepare() {
    const plain = buildFip([
      { uuid: resolveImage(knownImages, 'soc-fw'), data: sample(100, 1) },
      { uuid: resolveImage(knownImages, 'nt-fw'), data: sample(77, 2) },
    ]);
    const rsa = fixedSigner(rsaKey(), 'rsa');
    const ec = fixedSigner(ecKey('trailer'), 'ec');
    const rows = [
      { signer: rsa, scheme: { kind: 'rsa-pkcs1', hash: 'sha256' } },
      { signer: rsa, scheme: { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 } },
      { signer: ec, scheme: { kind: 'ecdsa', hash: 'sha256' } },
    ] as const satisfies readonly { readonly scheme: SignatureScheme; readonly signer: unknown }[];
    const genuine: { fip: Uint8Array; row: (typeof rows)[number]; meanings: ReadonlySet<string> }[] = [];
    for (const row of rows) {
      const fip = await signFip(plain, row);
      genuine.push({ fip, row, meanings: new Set(meaningOf(fip, row)) });
    }
    const all = genuine.map(({ fip }) => fip);
    return (random): Attempt => {
      const { fip, row, meanings } = random.pick(genuine)!;
      const input = mutateBytes(fip, random, all);
      return { input, judge: () => judgeMeaning(() => meaningOf(input, row), meanings) };
    };

    function meaningOf(input: Uint8Array, { signer, scheme }: (typeof rows)[number]): string[] {
      const { signedSize } = verifyFipTrailer(input, signer.publicKey, scheme);
      return [digestOf(input.subarray(0, signedSize))];
    }
  },
};

/** In a FIP that a chain of trust verifies, every image is the one that was signed in its place. */
export const certificatesFormat: Format = {
  name: 'tbbr',
  async prepare() {
    const samples = [await makeSample('tbbr', { makeKey: ecKey }), await makeSample('dualroot', { makeKey: ecKey })];
    return (random): Attempt => {
      const one = random.pick(samples)!;
      const names = one.content.chain.certificates.map(({ image }) => image);
      const payload = random.chance(4);
      const image = random.pick(payload ? [...one.payloads.keys()] : names) ?? 'nt-fw';
      const old = one.images.find(({ uuid }) => wordOf(knownImages, uuid) === image)?.data ?? new Uint8Array(9);
      const other = random.pick(one.images)?.data ?? old;
      const data = random.chance(20)
        ? undefined
        : random.chance(8)
          ? other
          : payload
            ? mutateBytes(old, random)
            : mutateDer(old, random);
      const images = replaced(one, { [image]: data?.length === 0 ? undefined : data });
      const whole = buildFip(images);
      const input = random.chance(4) ? mutateBytes(whole, random) : whole;
      const judge = async () => {
        const report = await orRefusedLater(async () => verifyChain(sourceOf(readFip(input)), one.policy));
        if (report?.verdict !== 'verified') return 'refused' as const;
        for (const { uuid, data: got } of readFip(input).images) {
          const word = wordOf(knownImages, uuid);
          if (names.includes(word)) continue;
          const want = one.images.find((candidate) => candidate.uuid === uuid)?.data;
          demand(want !== undefined && digestOf(want) === digestOf(got), `${word} is another than was signed`);
        }
        return 'accepted' as const;
      };
      return { input, judge };
    };
  },
};

/** Any bytes are a FIP or a fault; a FIP is written back as it was, but for what lies between its images. */
export const fipFormat: Format = {
  name: 'fip',
  prepare() {
    const genuine = buildFip(
      ['soc-fw', 'nt-fw', 'tos-fw', 'hw-config'].map((word, i) => ({
        uuid: resolveImage(knownImages, word),
        data: sample(40 + i, i),
      })),
    );
    return (random): Attempt => {
      const input = mutateBytes(genuine, random);
      const judge = () => {
        const fip = orRefused(() => readFip(input));
        if (fip === undefined) return 'refused' as const;
        const again = readFip(buildFip(fip.images, { flags: fip.toc.flags }));
        demand(
          again.images.every((image, i) => digestOf(image.data) === digestOf(fip.images[i]?.data ?? new Uint8Array())),
          'written back with other images',
        );
        return 'accepted' as const;
      };
      return { input, judge };
    };
  },
};
