import { createHash, generateEc, type HashName, hash, type PrivateKey } from '../../src/crypto/index.ts';
import {
  type ChainCertificate,
  type ChainContent,
  type ChainName,
  type ChainPolicy,
  type ChainReport,
  type ChainSource,
  type CounterName,
  chains,
  type Fip,
  type FipImage,
  issueChainCertificate,
  knownImages,
  parseUuid,
  type RootAnchor,
  resolveImage,
  type Uuid,
  verifyChain,
} from '../../src/fip/index.ts';
import { inTableOrder } from '../../src/fip/internal.ts';
import { keySigner } from '../../src/pki/index.ts';

/** A chain of trust with everything in it: images, keys, certificates. */
export interface Sample {
  readonly content: ChainContent;
  readonly keys: ReadonlyMap<string, PrivateKey>;
  /** By option; secure partitions are `sp-pkg1` … */
  readonly payloads: ReadonlyMap<string, Uint8Array>;
  readonly images: readonly FipImage[];
  readonly policy: ChainPolicy;
}

export const notBefore = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
export const notAfter = new Date(notBefore.getTime() + 7300 * 86_400_000);

/** The UUID of an image; secure partitions have one of their own. */
export function uuidOf(image: string): Uuid {
  const partition = /^sp-pkg(\d)$/.exec(image)?.[1];
  if (partition !== undefined) return parseUuid(`0${partition}000000-0000-4000-8000-000000000000`);
  return resolveImage(knownImages, image);
}

export async function makeSample(
  name: ChainName,
  options: {
    readonly makeKey?: (key: string) => PrivateKey;
    readonly hash?: HashName;
    readonly change?: (content: ChainContent) => Partial<ChainContent>;
  } = {},
): Promise<Sample> {
  const chain = chains[name];
  const makeKey = options.makeKey ?? (() => generateEc('P-256'));
  const keys = new Map(Object.keys(chain.keys).map((key) => [key, makeKey(key)]));
  const digestName = options.hash ?? 'sha256';
  const named = chain.certificates.flatMap(({ extensions }) => extensions.filter(({ kind }) => kind === 'hash'));
  const payloads = new Map(
    named.flatMap((extension) =>
      extension.kind === 'hash' ? [[extension.image, new TextEncoder().encode(`the ${extension.image}`)] as const] : [],
    ),
  );
  const base: ChainContent = {
    chain,
    hash: digestName,
    signers: new Map([...keys].map(([key, value]) => [key, keySigner(value, key)])),
    digests: new Map([...payloads].map(([image, data]) => [image, hash(digestName, data)])),
    counters: new Map<CounterName, number>([
      ['tfw-nvctr', 5],
      ['ntfw-nvctr', 6],
      ['ccafw-nvctr', 7],
    ]),
    notBefore,
    notAfter,
    serial: () => 1n << 63n,
  };
  const content = { ...base, ...options.change?.(base) };
  const images: FipImage[] = [...payloads].map(([image, data]) => ({ uuid: uuidOf(image), data }));
  for (const row of chain.certificates)
    images.push({ uuid: uuidOf(row.image), data: await issueChainCertificate(row, content) });
  const anchors = new Map<string, RootAnchor>(
    chain.roots.map((root) => [root, { kind: 'key', key: keys.get(root)!.public }]),
  );
  const policy: ChainPolicy = { chain, table: knownImages, anchors, counters: new Map() };
  return { content, keys, payloads, images: inTableOrder(knownImages, images), policy };
}

/** The certificate of this name in a chain. */
export function rowOf({ content }: Sample, image: string): ChainCertificate {
  return content.chain.certificates.find((row) => row.image === image)!;
}

/** The images with those of `changes` in place, added or, where undefined, taken out. */
export function replaced(sample: Sample, changes: Readonly<Record<string, Uint8Array | undefined>>): FipImage[] {
  const uuids = new Set(Object.keys(changes).map(uuidOf));
  const kept = sample.images.filter(({ uuid }) => !uuids.has(uuid));
  const added = Object.entries(changes).flatMap(([image, data]) =>
    data === undefined ? [] : [{ uuid: uuidOf(image), data }],
  );
  return inTableOrder(knownImages, [...kept, ...added]);
}

export const dataOf = (sample: Sample, image: string): Uint8Array =>
  sample.images.find(({ uuid }) => uuid === uuidOf(image))!.data;

/** A FIP in memory as the verifier's source. */
export function sourceOf({ images }: Pick<Fip, 'images'>): ChainSource {
  const data = (uuid: Uuid): Uint8Array => images.find((image) => image.uuid === uuid)!.data;
  return {
    entries: images,
    read: async ({ uuid }) => data(uuid),
    digest: async ({ uuid }, name) => createHash(name).update(data(uuid)).digest(),
  };
}

/** Verifies images as they would stand in a FIP. */
export function verifyImages(
  sample: Sample,
  images: readonly FipImage[],
  policy: Partial<ChainPolicy> = {},
): Promise<ChainReport> {
  const packed = images.map((image, i) => ({ ...image, offset: 1000 + i, size: image.data.length, flags: 0n }));
  const table = { toc: { flags: 0n, entries: packed, size: 0, end: 0 }, images: packed };
  return verifyChain(sourceOf(table), { ...sample.policy, ...policy });
}
