import { concatBytes } from '../binary/index.ts';
import { type HashName, hash, type PublicKey, type SignatureScheme } from '../crypto/index.ts';
import { type Fault, isFault } from '../fault.ts';
import {
  type CertificateLink,
  type ChainOfTrust,
  type ChainReport,
  type ChainSource,
  chains,
  type FipEntry,
  findTrailer,
  knownImages,
  type RootAnchor,
  readToc,
  resolveImage,
  type Toc,
  TRAILER_UUID,
  verifyChain,
  verifyFipTrailer,
} from '../fip/index.ts';
import { wordOf } from '../fip/internal.ts';
import { parseCertificate } from '../pki/index.ts';
import { addChainReport, addTrailer, type FipEvidence, fipImageId, partId, type TrustGraph } from '../trust/index.ts';
import { attempt } from './attempt.ts';
import {
  type FileEvidence,
  type HeldKey,
  readAll,
  refuseFile,
  type SharedEvidence,
  WHOLE_MAX_BYTES,
} from './evidence-file.ts';
import { addLoader } from './evidence-loader.ts';
import { inspectMessage } from './messages.ts';

/** The image of a FIP that verifies image trees. */
const LOADER_IMAGE = 'nt-fw';

/** Adds a FIP by its chain of certificates where it has one, else by the signature at its end, and the control tree in it. */
export async function addFip(shared: SharedEvidence, file: FileEvidence): Promise<void> {
  const { source } = file.opened;
  file.subject.push(file.id);
  if (source.size > WHOLE_MAX_BYTES) {
    shared.graph.add({ id: file.id, kind: 'file', label: file.name, file: file.name });
    file.missing.push(inspectMessage('inspect/judge-too-large'));
    return;
  }
  const input = readAll(source);
  try {
    const toc = readToc(input);
    const fip: FipEvidence = { id: file.id, label: file.name, entries: toc.entries };
    const withCertificates = toc.entries.some((entry) => isCertificate(input, entry));
    if (withCertificates) await addChain(shared, fip, input);
    else addSignature(shared, file, fip, input);
    file.parts.push(...toc.entries.map(({ uuid }) => fipImageId(file.id, wordOf(knownImages, uuid))));
    addLoaderOf(shared, file, toc, input);
  } catch (error) {
    refuseFile(shared, file, error);
  }
}

/** A signature at the end stands in a certificate's place; DER starts with a long SEQUENCE. */
const isCertificate = (input: Uint8Array, { uuid, offset }: FipEntry): boolean =>
  wordOf(knownImages, uuid).endsWith('cert') && input[offset] === 0x30 && input[offset + 1] === 0x82;

function addLoaderOf(shared: SharedEvidence, file: FileEvidence, { entries }: Toc, input: Uint8Array): void {
  const entry = entries.find(({ uuid }) => uuid === resolveImage(knownImages, LOADER_IMAGE));
  if (entry === undefined) return;
  const id = fipImageId(file.id, LOADER_IMAGE);
  const { offset, size } = entry;
  addLoader(shared, file, { id, file: file.name, offset }, input.subarray(offset, offset + size));
}

/** The schemes in which a signature at the end of a FIP is tried: the file does not say which it is. */
const SIGNING_HASHES: readonly HashName[] = ['sha256', 'sha384', 'sha512'];

function schemesFor(key: PublicKey): SignatureScheme[] {
  if (key.kind === 'ec') return SIGNING_HASHES.map((name) => ({ kind: 'ecdsa', hash: name }));
  return SIGNING_HASHES.flatMap((name) => [
    { kind: 'rsa-pkcs1', hash: name },
    { kind: 'rsa-pss', hash: name, saltLength: 'any' },
  ]);
}

/** By the keys of all files: one that made it vouches for it; where none did, those refuse it that could have. */
function addSignature({ graph, keys }: SharedEvidence, file: FileEvidence, fip: FipEvidence, input: Uint8Array): void {
  graph.add({ id: file.id, kind: 'file', label: file.name, file: file.name });
  const outcomes = keys.map(({ publicKey }) => ({ publicKey, ...trySchemes(input, publicKey) }));
  const good = outcomes.filter(({ scheme }) => scheme !== undefined);
  for (const { publicKey: key, scheme, signedSize } of good) {
    if (scheme !== undefined && signedSize !== undefined) addTrailer(graph, fip, { key, scheme, signedSize });
  }
  if (good.length > 0) return;
  addUnchecked(graph, file, fip);
  for (const { publicKey: key, fault } of outcomes) {
    if (fault !== undefined && couldHaveSigned(input, key)) addTrailer(graph, fip, { key, fault });
  }
  file.missing.push(
    keys.length === 0
      ? inspectMessage('inspect/judge-no-key')
      : inspectMessage('inspect/judge-no-such-key', { keys: namesOf(keys) }),
  );
}

/** A signature that no key is there for is a claim, and so is everything that it protectedRanges. */
function addUnchecked(graph: TrustGraph, { id, name }: FileEvidence, { entries }: FipEvidence): void {
  const by = 'signature at the end';
  const from = graph.add({ id: partId(id, 'signature'), kind: 'key', label: by, file: name });
  graph.check({ from, to: id, kind: 'signature', state: 'claimed', by });
  for (const { uuid, offset, size } of entries.filter((entry) => entry.uuid !== TRAILER_UUID)) {
    const label = wordOf(knownImages, uuid);
    const image = fipImageId(id, label);
    graph.add({ id: image, kind: 'image', label, file: name, range: { offset, size } });
    graph.check({ from: id, to: image, kind: 'contains', state: 'checked', by: name });
  }
}

const namesOf = (keys: readonly HeldKey[]): string => keys.map(({ path }) => path).join(', ');

interface Tried {
  readonly scheme?: SignatureScheme;
  readonly signedSize?: number;
  readonly fault?: Fault | undefined;
}

function trySchemes(input: Uint8Array, key: PublicKey): Tried {
  let fault: Fault | undefined;
  for (const scheme of schemesFor(key)) {
    try {
      return { scheme, signedSize: verifyFipTrailer(input, key, scheme).signedSize };
    } catch (error) {
      if (!isFault(error)) throw error;
      fault ??= error;
    }
  }
  return { fault };
}

/** A key with signatures of the size that is there. */
const couldHaveSigned = (input: Uint8Array, key: PublicKey): boolean =>
  attempt(() => findTrailer(readToc(input), key)) !== undefined;

/**
 * Adds the published chain that fits best. A root's own key stands in the certificate that it signs, and so says which
 * hash has to be in the fuses: nothing but the FIP is needed to see whether it holds together.
 */
async function addChain({ graph }: SharedEvidence, fip: FipEvidence, input: Uint8Array): Promise<void> {
  const source = sourceOf(input, fip.entries);
  let best: { readonly report: ChainReport; readonly anchors: ReadonlyMap<string, RootAnchor> } | undefined;
  for (const chain of Object.values(chains)) {
    const anchors = await anchorsFor(chain, source, input);
    const report = await verify(source, chain, anchors);
    if (best === undefined || verifiedIn(report) > verifiedIn(best.report)) best = { report, anchors };
  }
  if (best !== undefined) addChainReport(graph, fip, best.report, best.anchors);
}

const verify = (
  source: ChainSource,
  chain: ChainOfTrust,
  anchors: ReadonlyMap<string, RootAnchor>,
): Promise<ChainReport> => verifyChain(source, { chain, table: knownImages, anchors, counters: new Map() });

/** For each root the key in the certificates that it should have signed: of several the one by which most verifies. */
async function anchorsFor(
  chain: ChainOfTrust,
  source: ChainSource,
  input: Uint8Array,
): Promise<ReadonlyMap<string, RootAnchor>> {
  const anchors = new Map<string, RootAnchor>();
  for (const root of chain.roots) {
    let most = -1;
    for (const anchor of candidatesFor(chain, root, source, input)) {
      const count = verifiedIn(await verify(source, chain, new Map([[root, anchor]])));
      if (count <= most) continue;
      most = count;
      anchors.set(root, anchor);
    }
  }
  return anchors;
}

function candidatesFor(
  { certificates }: ChainOfTrust,
  root: string,
  { entries }: ChainSource,
  input: Uint8Array,
): RootAnchor[] {
  const found = new Map<string, RootAnchor>();
  for (const { image } of certificates.filter(({ signedBy }) => signedBy === root)) {
    const entry = entries.find(({ uuid }) => wordOf(knownImages, uuid) === image);
    if (entry === undefined || entry.size > CERTIFICATE_MAX_BYTES) continue;
    const der = input.subarray(entry.offset, entry.offset + entry.size);
    const info = attempt(() => parseCertificate(der, image).publicKeyInfo);
    if (info === undefined) continue;
    const digest = hash('sha256', info);
    found.set(digest.join(), { kind: 'hash', hash: 'sha256', digest });
  }
  return [...found.values()];
}

/** A certificate has a few kilobytes. */
const CERTIFICATE_MAX_BYTES = 1 << 16;

function sourceOf(input: Uint8Array, entries: readonly FipEntry[]): ChainSource {
  const bytesOf = ({ offset, size }: FipEntry): Uint8Array => input.subarray(offset, offset + size);
  return {
    entries,
    read: (entry) => Promise.resolve(concatBytes([bytesOf(entry)])),
    digest: (entry, name) => Promise.resolve(hash(name, bytesOf(entry))),
  };
}

const verifiedIn = (report: ChainReport): number =>
  [...certificatesOf(report.roots)].filter(({ status }) => status === 'verified').length;

function* certificatesOf(links: ChainReport['roots']): Generator<CertificateLink> {
  for (const { certificates } of links) {
    for (const link of certificates) {
      yield link;
      yield* certificatesOf(link.keys);
    }
  }
}
