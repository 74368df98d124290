import { utf8Text } from '../binary/index.ts';
import { isPem, parseCertificate, parsePem, parsePublicKey } from '../pki/index.ts';
import {
  addCertificate,
  addDeviceTree,
  addKey,
  addRootHash,
  fileId,
  purposeKeyId,
  purposes,
  rootHashId,
  TrustGraph,
} from '../trust/index.ts';
import { fingerprintOf } from '../trust/internal.ts';
import { attempt } from './attempt.ts';
import { addIssuers, addSignatures, type Demand, rootHashIn } from './evidence-certificate.ts';
import { COMPANION_MAX_BYTES, type FileEvidence, readAll, type SharedEvidence } from './evidence-file.ts';
import { addFip } from './evidence-fip.ts';
import { addFit } from './evidence-fit.ts';
import { addLoader } from './evidence-loader.ts';
import { addPinnedImage, addTreeClaims, addTrees, type FitPin } from './evidence-verity.ts';
import { type FileKind, type Inspection, isControlTree, type Opened } from './inspection.ts';
import { UBOOT_MAX_BYTES } from './uboot.ts';

/** Everything that files say of each other, checked; who is trusted is no part of it. */
export interface Evidence {
  readonly graph: TrustGraph;
  /** In the order in which the files were given. */
  readonly files: readonly FileEvidence[];
}

/** How far the files are looked at: whether data has its digests takes as long as the data is large. */
export type Depth = 'firmware' | 'images' | 'data';

export interface EvidenceOptions {
  readonly depth?: Depth;
  /** Root hashes that a person trusts: trees with another one that no file names are not read. */
  readonly rootHashes?: readonly string[];
}

/**
 * Holds files against each other: firmware, image trees, hash trees, data and signatures against the keys, certificates,
 * control trees and root hashes among them. The order in which they are given changes nothing.
 */
export async function collectEvidence(
  opened: readonly Opened[],
  { depth = 'data', rootHashes = [] }: EvidenceOptions = {},
): Promise<Evidence> {
  const files = nameFiles(opened);
  const sorted = files.toSorted(
    (a, b) => compareFiles(a.opened.inspection, b.opened.inspection) || compare(a.name, b.name),
  );
  const ofKind = (...kinds: readonly FileKind[]): FileEvidence[] =>
    sorted.filter((file) => kinds.includes(file.opened.inspection.kind));
  const shared: SharedEvidence = {
    graph: new TrustGraph(),
    keys: [],
    controls: [],
    certificates: [],
    rootHashes: new Set(),
    trusted: new Set(rootHashes),
  };
  for (const file of sorted) addContent(shared, file);
  for (const file of ofKind('fip')) await addFip(shared, file);
  if (depth === 'firmware') return finish(shared, files);
  shared.controls.sort((a, b) => compare(a.id, b.id));
  const pins: FitPin[] = [];
  const demands: Demand[] = [];
  for (const fit of ofKind('fit')) {
    const { rootHashes, certificates } = addFit(shared, fit);
    pins.push(...rootHashes.map((pin) => ({ fit, pin })));
    for (const { rootHash } of rootHashes) {
      shared.rootHashes.add(rootHash);
      demands.push({ rootHash, certificates: certificates.map(({ der }) => der) });
    }
    for (const { der, image } of certificates) shared.certificates.push({ der, label: `${image} of ${fit.name}` });
  }
  addIssuers(shared);
  addSignatures(shared, ofKind('pkcs7'), demands);
  for (const pin of pins) addPinnedImage(shared, pin);
  if (depth === 'data') addTrees(shared, ofKind('verity'), ofKind('unknown', 'u-boot'), pins);
  else addTreeClaims(shared, ofKind('verity'));
  return finish(shared, files);
}

/** A key has a node for each use that was made of it. */
function finish({ graph, keys }: SharedEvidence, files: readonly FileEvidence[]): Evidence {
  const known = new Set(graph.nodes.map(({ id }) => id));
  for (const file of files) {
    const isKey = file.opened.inspection.kind.endsWith('-key');
    const key = isKey ? keys.find(({ path }) => path === file.name) : undefined;
    if (key === undefined) continue;
    const uses = purposes.map((purpose) => purposeKeyId(purpose, fingerprintOf(key.publicKey)));
    file.uses.push(...uses.filter((id) => known.has(id)));
  }
  return { graph, files };
}

/** Adds what is a node by its content, wherever it lies: keys, certificates, control trees, root hashes, boot loaders. */
function addContent(shared: SharedEvidence, file: FileEvidence): void {
  const { inspection, source } = file.opened;
  const { name } = file;
  const { graph } = shared;
  if (source.size > (inspection.kind === 'u-boot' ? UBOOT_MAX_BYTES : COMPANION_MAX_BYTES)) return;
  const stand = (...nodes: readonly string[]): void => {
    file.subject.push(nodes[0]!);
    file.parts.push(nodes[0]!);
    file.anchors.push(...nodes);
  };
  switch (inspection.kind) {
    case 'public-key':
    case 'private-key': {
      const key = attempt(() => parsePublicKey(readAll(source), name));
      if (key === undefined) return;
      shared.keys.push({ path: name, publicKey: key });
      stand(addKey(graph, key, { label: name, file: name }));
      return;
    }
    case 'certificate': {
      const der = derOf(readAll(source), name);
      const certificate = attempt(() => parseCertificate(der, name));
      if (certificate === undefined) return;
      shared.certificates.push({ label: name, der });
      shared.keys.push({ path: name, publicKey: certificate.publicKey });
      stand(
        addCertificate(graph, der, { label: name, file: name }),
        addKey(graph, certificate.publicKey, { label: name, file: name }),
      );
      return;
    }
    case 'root-hash': {
      const rootHash = rootHashIn(utf8Text(readAll(source)));
      if (rootHash === undefined) return;
      shared.rootHashes.add(rootHash);
      graph.add({ id: rootHashId(rootHash), kind: 'root-hash', label: name, file: name });
      stand(addRootHash(graph, rootHash));
      return;
    }
    case 'devicetree': {
      if (!isControlTree(inspection)) return;
      const bytes = readAll(source);
      const id = addDeviceTree(graph, bytes, { label: name, file: name });
      shared.controls.push({ id, label: name, bytes });
      stand(id);
      return;
    }
    case 'u-boot': {
      const loader = addLoader(shared, file, { id: file.id, file: name, offset: 0 }, readAll(source));
      if (loader?.control === undefined) return;
      graph.add({ id: file.id, kind: 'file', label: name, file: name });
      stand(file.id, loader.control);
      return;
    }
    case 'fip':
    case 'fit':
    case 'verity':
    case 'pkcs7':
    case 'devicetree-source':
    case 'pem':
    case 'unknown':
      return;
  }
}

function derOf(input: Uint8Array, name: string): Uint8Array {
  if (!isPem(input)) return input;
  const blocks = attempt(() => parsePem(utf8Text(input), name)) ?? [];
  return blocks.find(({ label }) => label === 'CERTIFICATE')?.der ?? input;
}

/** Names by which verdicts tell files apart; a name that is there again gets a number, by what is in the files. */
function nameFiles(opened: readonly Opened[]): FileEvidence[] {
  const names = new Map<Opened, string>();
  const used = new Map<string, number>();
  for (const one of opened.toSorted((a, b) => compareFiles(a.inspection, b.inspection))) {
    const { name } = one.inspection;
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    names.set(one, count === 1 ? name : `${name} (${count})`);
  }
  return opened.map((one) => {
    const name = names.get(one) ?? one.inspection.name;
    return {
      opened: one,
      name,
      id: fileId(name),
      subject: [],
      anchors: [],
      uses: [],
      parts: [],
      missing: [],
      cautions: [],
      targets: [],
      tree: undefined,
      blocks: undefined,
    };
  });
}

/** By name, and where names are equal by content, so that the order of opening is of no matter. */
const compareFiles = (a: Inspection, b: Inspection): number =>
  compare(a.name, b.name) || a.size - b.size || compare(digestOf(a), digestOf(b));

const digestOf = ({ digests }: Inspection): string => digests.map(({ value }) => value).join();

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
