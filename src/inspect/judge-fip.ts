import { concatBytes } from '../binary/index.ts';
import {
  describeKey,
  describeScheme,
  type HashName,
  hash,
  type PublicKey,
  type SignatureScheme,
} from '../crypto/index.ts';
import { isFault } from '../fault.ts';
import {
  type Anchor,
  type CertificateLink,
  type ChainReport,
  type ChainSource,
  chains,
  type Entry,
  knownImages,
  readToc,
  type Toc,
  verifyChain,
  verifyFipTrailer,
  wordOf,
} from '../fip/index.ts';
import type { Cover } from './inspection.ts';
import { phrase, type Said, saidOf, words } from './said.ts';
import { nothing, refused, type Stage, type Verdict } from './verdict.ts';

/** A key and the file that it came from. */
export interface NamedKey {
  readonly path: string;
  readonly publicKey: PublicKey;
}

/** Judges a FIP in memory by its chain of trust where it carries certificates, else by the signature at its end. */
export async function judgeFip(input: Uint8Array, keys: readonly NamedKey[]): Promise<Verdict> {
  if (keys.length === 0) return nothing('judge/no-key');
  try {
    const toc = readToc(input);
    return toc.entries.some((entry) => isCertificate(input, entry))
      ? await judgeChain(input, toc, keys)
      : judgeTrailer(input, keys);
  } catch (error) {
    if (isFault(error)) return refused(phrase('stage/toc'), saidOf(error));
    throw error;
  }
}

/** A signature at the end stands in a certificate's place; DER starts with a long SEQUENCE. */
const isCertificate = (input: Uint8Array, { uuid, offset }: Entry): boolean =>
  wordOf(knownImages, uuid).endsWith('cert') && input[offset] === 0x30 && input[offset + 1] === 0x82;

/** The schemes in which a signature at the end of a FIP is tried: the file does not say which it is. */
const SIGNING_HASHES: readonly HashName[] = ['sha256', 'sha384', 'sha512'];

function schemesFor(key: PublicKey): SignatureScheme[] {
  if (key.kind === 'ec') return SIGNING_HASHES.map((name) => ({ kind: 'ecdsa', hash: name }));
  return SIGNING_HASHES.flatMap((name) => [
    { kind: 'rsa-pkcs1', hash: name },
    { kind: 'rsa-pss', hash: name, saltLength: 'any' },
  ]);
}

function judgeTrailer(input: Uint8Array, keys: readonly NamedKey[]): Verdict {
  let first: Said | undefined;
  for (const { path, publicKey } of keys) {
    for (const scheme of schemesFor(publicKey)) {
      try {
        const { signedSize } = verifyFipTrailer(input, publicKey, scheme);
        const cover: Cover = { offset: 0, size: signedSize, kind: 'signed', by: path, state: 'good' };
        const reason = phrase('judge/trailer-good', describeScheme(scheme), path, signedSize);
        const stage: Stage = { name: phrase('stage/trailer'), verdict: 'verified', reasons: [reason] };
        return { verdict: 'verified', stages: [stage], targets: [], covers: [cover], tree: undefined };
      } catch (error) {
        if (!isFault(error)) throw error;
        first ??= saidOf(error);
      }
    }
  }
  const names = keys.map(({ path, publicKey }) => `${path} (${describeKey(publicKey)})`).join(', ');
  return refused(phrase('stage/trailer'), phrase('judge/trailer-bad', first ?? '', names));
}

/** Tries every published chain with every key at every root: the file says neither. */
async function judgeChain(input: Uint8Array, toc: Toc, keys: readonly NamedKey[]): Promise<Verdict> {
  const source = sourceOf(input, toc);
  const reports: ChainReport[] = [];
  for (const chain of Object.values(chains)) {
    const anchors = new Map<string, Anchor>();
    const verify = (with_: ReadonlyMap<string, Anchor>): Promise<ChainReport> =>
      verifyChain(source, { chain, table: knownImages, anchors: with_, counters: new Map() });
    for (const root of chain.roots) {
      for (const { publicKey } of keys) {
        const anchor: Anchor = { kind: 'key', key: publicKey };
        const report = await verify(new Map([[root, anchor]]));
        if (verifiedIn(report) > 0) anchors.set(root, anchor);
      }
    }
    reports.push(await verify(anchors));
  }
  const best = reports.toSorted((a, b) => verifiedIn(b) - verifiedIn(a))[0];
  return best === undefined ? nothing('judge/no-chain') : verdictOf(best, input, toc);
}

function sourceOf(input: Uint8Array, toc: Toc): ChainSource {
  const bytesOf = ({ offset, size }: Entry): Uint8Array => input.subarray(offset, offset + size);
  return {
    entries: toc.entries,
    read: (entry) => Promise.resolve(concatBytes([bytesOf(entry)])),
    digest: (entry, name) => Promise.resolve(hash(name, bytesOf(entry))),
  };
}

/** Certificates of a report with the key that signs each, parents before children. */
function* certificatesOf(
  links: ChainReport['roots'],
): Generator<{ readonly key: string; readonly link: CertificateLink }> {
  for (const { key, certificates } of links) {
    for (const link of certificates) {
      yield { key, link };
      yield* certificatesOf(link.keys);
    }
  }
}

const verifiedIn = (report: ChainReport): number =>
  [...certificatesOf(report.roots)].filter(({ link }) => link.status === 'verified').length;

function verdictOf(report: ChainReport, input: Uint8Array, toc: Toc): Verdict {
  const stages: Stage[] = [];
  const covers: Cover[] = [];
  const cover = (image: string, kind: Cover['kind'], by: string, good: boolean): void => {
    const entry = toc.entries.find(({ uuid }) => wordOf(knownImages, uuid) === image);
    if (entry === undefined || entry.offset + entry.size > input.byteLength) return;
    covers.push({ offset: entry.offset, size: entry.size, kind, by, state: good ? 'good' : 'bad' });
  };
  for (const { key, link } of certificatesOf(report.roots)) {
    if (link.status === 'not-here') continue;
    stages.push({
      name: words(link.image),
      verdict: link.status,
      reasons: [...noted(link.note), phrase('judge/signed-by', key)],
    });
    if (link.status !== 'not-verified') cover(link.image, 'signed', key, link.status === 'verified');
    for (const { image, status, note } of link.images) {
      if (status === 'not-here') continue;
      stages.push({
        name: words(image),
        verdict: status,
        reasons: [...noted(note), phrase('judge/hash-in', link.image)],
      });
      if (status !== 'not-verified') cover(image, 'hashed', link.image, status === 'verified');
    }
  }
  const unsigned = report.unsigned.map(
    ({ image, note }): Stage => ({ name: words(image), verdict: 'not-verified', reasons: noted(note) }),
  );
  const summary: Stage = { name: phrase('stage/chain'), verdict: report.verdict, reasons: report.reasons.map(words) };
  return { verdict: report.verdict, stages: [summary, ...stages, ...unsigned], targets: [], covers, tree: undefined };
}

const noted = (note: string): Said[] => (note === '' ? [] : [words(note)]);
