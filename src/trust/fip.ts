import { hexText } from '../binary/index.ts';
import { describeScheme, type PublicKey, type SignatureScheme } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import {
  type CertificateLink,
  type ChainReport,
  type FipEntry,
  type ImageLink,
  type ImageTable,
  type KeyLink,
  knownImages,
  type RootAnchor,
  TRAILER_UUID,
  type Uuid,
} from '../fip/index.ts';
import { wordOf } from '../fip/internal.ts';
import type { CheckState, TrustGraph } from './graph.ts';
import { heldKeyId, partId, purposeKeyId } from './ids.ts';
import { addKeyHash, addRootKey, nameKey, shorten } from './key.ts';

/** A FIP as a file of the graph. */
export interface FipEvidence {
  readonly id: string;
  readonly label: string;
  readonly entries: readonly FipEntry[];
  /** What its images are called; every known one where it is not given. */
  readonly table?: ImageTable;
}

/** What a key says of the signature at the end of a FIP: that it is good, or the fault. */
export type TrailerOutcome = { readonly key: PublicKey } & (
  | { readonly scheme: SignatureScheme; readonly signedSize: number }
  | { readonly fault: Fault }
);

/** Adds a FIP with a signature at its end: hash in fuses → key → FIP → its images. Gives the FIP's id. */
export function addTrailer(graph: TrustGraph, file: FipEvidence, outcome: TrailerOutcome): string {
  const root = addRootKey(graph, outcome.key);
  const check = { from: root, to: file.id, kind: 'signature', by: nameKey(outcome.key) } as const;
  if ('fault' in outcome) {
    graph.add({ id: file.id, kind: 'file', label: file.label, file: file.label });
    graph.check({ ...check, state: 'refused', reason: outcome.fault });
  } else {
    const range = { offset: 0, size: outcome.signedSize };
    graph.add({ id: file.id, kind: 'file', label: file.label, file: file.label, range });
    graph.check({ ...check, state: 'checked', by: `${nameKey(outcome.key)} (${describeScheme(outcome.scheme)})` });
  }
  for (const entry of file.entries.filter(({ uuid }) => uuid !== TRAILER_UUID)) {
    const id = addEntry(graph, file, entry.uuid, 'image');
    graph.check({ from: file.id, to: id, kind: 'contains', state: 'checked', by: file.label });
  }
  return file.id;
}

/**
 * Adds a FIP with a chain of certificates: hash in fuses → root key → certificate → keys and images. The FIP is all of
 * its entries, but for those that were allowed to be unsigned. Gives the FIP's id.
 *
 * @param anchors what `verifyChain` was given, by the name of the root key
 */
export function addChainReport(
  graph: TrustGraph,
  file: FipEvidence,
  report: ChainReport,
  anchors: ReadonlyMap<string, RootAnchor>,
): string {
  const walk = new ChainWalk(graph, file);
  for (const root of report.roots) walk.certificates(addRoot(graph, file, root, anchors.get(root.key)), root);
  const allowed = new Set<Uuid>(report.unsigned.filter((one) => one.allowed).map(({ uuid }) => uuid));
  const parts = file.entries
    .filter(({ uuid }) => !allowed.has(uuid))
    .map(({ uuid }) => addEntry(graph, file, uuid, walk.seen.has(uuid) ? 'certificate' : 'image'));
  return graph.add({ id: file.id, kind: 'file', label: file.label, file: file.label, parts });
}

/** A root without an anchor is a key that nobody knows. */
function addRoot(graph: TrustGraph, file: FipEvidence, { key: root }: KeyLink, anchor: RootAnchor | undefined): string {
  if (anchor === undefined) return graph.add({ id: partId(file.id, root), kind: 'key', label: root, file: file.label });
  if (anchor.kind === 'key') return addRootKey(graph, anchor.key, root);
  const digest = hexText(anchor.digest);
  const label = shorten(`${root} ${anchor.hash}:${digest}`);
  const id = graph.add({ id: purposeKeyId(root, digest, anchor.hash), kind: 'key', label });
  if (anchor.hash === 'sha256') {
    const held = graph.add({ id: heldKeyId(digest), kind: 'key', label });
    graph.check({ from: held, to: id, kind: 'names', state: 'checked', by: `sha256:${digest}` });
  }
  const from = addKeyHash(graph, digest, anchor.hash, root);
  graph.check({ from, to: id, kind: 'digest', state: 'checked', by: `${anchor.hash}:${digest}` });
  return id;
}

class ChainWalk {
  /** Entries that are certificates. */
  readonly seen = new Set<Uuid>();
  readonly #graph: TrustGraph;
  readonly #file: FipEvidence;

  constructor(graph: TrustGraph, file: FipEvidence) {
    this.#graph = graph;
    this.#file = file;
  }

  certificates(key: string, { note, key: name, certificates }: KeyLink): void {
    for (const link of certificates) {
      const uuid = uuidOf(this.#file, link.image);
      if (link.status === 'not-here' || uuid === undefined) continue;
      this.seen.add(uuid);
      const certificate = addEntry(this.#graph, this.#file, uuid, 'certificate');
      this.#check(key, certificate, 'signature', link, `${name} ${note.text}`);
      this.#contents(certificate, link);
    }
  }

  #contents(certificate: string, link: CertificateLink): void {
    for (const image of link.images) {
      const uuid = image.uuid ?? uuidOf(this.#file, image.image);
      if (image.status === 'not-here' || uuid === undefined) continue;
      this.#check(certificate, addEntry(this.#graph, this.#file, uuid, 'image'), 'digest', image, image.note.text);
    }
    for (const below of link.keys) {
      const label = shorten(`${below.key} ${below.note.text}`);
      const id = partId(this.#file.id, below.key);
      const key = this.#graph.add({ id, kind: 'key', label, file: this.#file.label });
      const state = link.status === 'verified' ? 'checked' : 'claimed';
      this.#graph.check({ from: certificate, to: key, kind: 'names', state, by: below.note.text });
      this.certificates(key, below);
    }
  }

  #check(from: string, to: string, kind: 'signature' | 'digest', link: CertificateLink | ImageLink, by: string): void {
    if (link.status === 'not-here') return;
    const refused = link.status === 'refused';
    const reason = refused ? { reason: new Fault('fip/chain', { what: link.image, reason: link.note }) } : {};
    this.#graph.check({ from, to, kind, state: STATES[link.status], by: refused ? link.image : by, ...reason });
  }
}

const STATES: Readonly<Record<'verified' | 'refused' | 'not-verified', CheckState>> = {
  verified: 'checked',
  refused: 'refused',
  'not-verified': 'claimed',
};

/** The id of an image in a FIP, by its name or UUID. */
export const fipImageId = (file: string, image: string): string => partId(file, image);

function addEntry(
  graph: TrustGraph,
  { id, label, entries, table }: FipEvidence,
  uuid: Uuid,
  kind: 'image' | 'certificate',
): string {
  const name = wordOf(table ?? knownImages, uuid);
  const entry = entries.find((one) => one.uuid === uuid);
  const range = entry === undefined ? {} : { range: { offset: entry.offset, size: entry.size } };
  return graph.add({ id: fipImageId(id, name), kind, label: name, file: label, ...range });
}

const uuidOf = ({ entries, table }: FipEvidence, image: string): Uuid | undefined =>
  entries.find(({ uuid }) => wordOf(table ?? knownImages, uuid) === image)?.uuid;
