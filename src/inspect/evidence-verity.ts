import { type ByteSource, equalBytes, hexText } from '../binary/index.ts';
import { Fault, isFault, verbatim } from '../fault.ts';
import {
  addExpectedParameters,
  addHashTree,
  addRootHash,
  type ExpectedRootHash,
  fitNodeId,
  partId,
  rootHashId,
  type TreeOutcome,
  type VerityFile,
} from '../trust/index.ts';
import {
  checkTree,
  geometryOf,
  type RootHash,
  SuperblockLayout,
  startsSuperblock,
  type TreeReport,
  type VerityParameters,
  verifyVerity,
} from '../verity/index.ts';
import { digestSizeOf, openSubject, type Subject, treeFault } from '../verity/internal.ts';
import { type FileEvidence, refuseFile, type SharedEvidence } from './evidence-file.ts';
import type { VerityPlace } from './inspection.ts';
import { inspectMessage } from './messages.ts';

/** What an image tree pins of a dm-verity device. */
export interface FitPin {
  /** The image tree. */
  readonly fit: FileEvidence;
  readonly pin: ExpectedRootHash;
}

/** Bytes that are hashed at once may come from a file of any size; these are read to see whether they belong together. */
const SAMPLES = 64;

/**
 * Adds every hash tree with its data, held against the root hash that it has: where a file or an image tree names that one,
 * it is vouched for; where they name others, they refuse it. Data is what fits the tree best.
 */
export function addTrees(
  shared: SharedEvidence,
  trees: readonly FileEvidence[],
  data: readonly FileEvidence[],
  pins: readonly FitPin[],
): void {
  const places = trees.flatMap((file) => {
    const place = placeOf(shared, file);
    return place === undefined ? [] : [{ file, place }];
  });
  const pairs = pairUp(places, data);
  const own = new Map(places.map((one) => [one, ownRootHash(one, pairs.get(one.file))]));
  const found = new Set(own.values());
  for (const [{ file, place }, rootHash] of own) {
    const partner = pairs.get(file);
    if (rootHash === undefined) continue;
    // Nothing is hashed in vain: what nobody names or trusts says nothing of its data, good or bad.
    const isNamed = shared.rootHashes.has(rootHash) || shared.trusted.has(rootHash);
    addTree(shared, { file, place, partner, rootHash, isNamed });
    const wanted = [...shared.rootHashes].filter(
      (one) => one.length === rootHash.length && !found.has(one as RootHash),
    );
    if (!isNamed) addUnnamed(shared, file, place, rootHash, wanted);
    for (const { fit, pin } of pins.filter((one) => one.pin.device?.rootHash === rootHash)) {
      const { parameters: got, treeOffset } = place;
      addExpectedParameters(shared.graph, fit.id, treeId(file, place), { expected: pin.device!, got, treeOffset });
    }
  }
}

/** Adds hash trees as what root hashes may be of: nobody looked. */
export function addTreeClaims({ graph, rootHashes }: SharedEvidence, trees: readonly FileEvidence[]): void {
  for (const { id, name, subject } of trees) {
    subject.push(id);
    graph.add({ id, kind: 'hash-tree', label: name, file: name });
    for (const rootHash of rootHashes)
      addHashTree(graph, rootHash, { tree: { id, label: name, file: name }, data: undefined }, 'claimed');
  }
}

/** Adds the image of an image tree that a dm-verity node pins: its data is followed by the hash tree. */
export function addPinnedImage({ graph }: SharedEvidence, { fit, pin }: FitPin): void {
  if (pin.within === undefined) return;
  const { verity, place } = pin.within;
  const image = partOf(fit.opened.source, place.start, place.size);
  const file: VerityFile = { id: fitNodeId(fit.id, pin.image), label: pin.image, file: fit.name };
  const dataEnd = verity.parameters.dataBlocks * verity.parameters.dataBlockSize;
  const superblock = hasSuperblock(image, dataEnd);
  let fault: Fault | undefined;
  try {
    const hashOffset = superblock ? dataEnd : verity.treeOffset;
    const { parameters, rootHash } = verity;
    verifyVerity({ data: image, hash: image, hashOffset, superblock, rootHash, parameters });
  } catch (error) {
    if (!isFault(error)) throw error;
    fault = error;
  }
  addHashTree(graph, pin.rootHash, { tree: file, data: undefined }, { tree: fault, data: undefined });
}

function placeOf(shared: SharedEvidence, file: FileEvidence): VerityPlace | undefined {
  const { inspection } = file.opened;
  file.subject.push(file.id);
  if (inspection.verity !== undefined) return inspection.verity;
  const reason = inspection.stop?.message ?? verbatim('');
  refuseFile(
    shared,
    file,
    new Fault('verity/superblock', { path: file.name, offset: inspection.stop?.offset ?? 0, reason }),
  );
  return undefined;
}

/** The root hash that a tree has: the digest of its top block, or of its one data block. */
function ownRootHash(
  { file, place }: { readonly file: FileEvidence; readonly place: VerityPlace },
  data: FileEvidence | undefined,
): RootHash | undefined {
  const { parameters } = place;
  const { levels } = geometryOf(parameters);
  const top = levels.at(-1);
  const source = dataOf(file, place, data);
  try {
    if (top === undefined)
      return source === undefined ? undefined : digestAt(source, 0, parameters.dataBlockSize, parameters);
    return digestAt(file.opened.source, place.treeOffset + top.offset, parameters.hashBlockSize, parameters);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

function digestAt(source: ByteSource, offset: number, size: number, parameters: VerityParameters): RootHash {
  const block = new Uint8Array(size);
  source.readInto(offset, block);
  return hexText(digesterFor(parameters).digest(block)) as RootHash;
}

/** Opening a tree makes its digester; what lies in it is not looked at. */
function digesterFor(parameters: VerityParameters): Subject['digester'] {
  const nothing: ByteSource = { size: Number.MAX_SAFE_INTEGER, readInto: () => undefined };
  const rootHash = '0'.repeat(2 * digestSizeOf(parameters.algorithm));
  return openSubject({ data: nothing, hash: nothing, superblock: false, rootHash, parameters }).digester;
}

/** The tree and its data, where both are in one file a part each. */
const treeId = ({ id }: FileEvidence, { dataHere }: VerityPlace): string => (dataHere ? partId(id, 'tree') : id);

interface TreeEvidence extends PlacedTree {
  readonly partner: FileEvidence | undefined;
  readonly rootHash: RootHash;
  /** Whether any file, or a person, names the root hash. */
  readonly isNamed: boolean;
}

function addTree({ graph }: SharedEvidence, { file, place, partner, rootHash, isNamed }: TreeEvidence): void {
  const { dataHere, hashOffset, parameters } = place;
  const source = dataOf(file, place, partner);
  const tree: VerityFile = { id: treeId(file, place), label: file.name, file: file.name };
  const range = { offset: 0, size: dataSize(place) };
  const owner = dataHere ? file : partner;
  file.parts.push(rootHashId(rootHash), tree.id);
  if (source === undefined || owner === undefined) {
    graph.add({ ...tree, kind: 'hash-tree' });
    file.missing.push(inspectMessage('inspect/judge-no-data'));
    return;
  }
  const data: VerityFile = {
    id: dataHere ? partId(file.id, 'data') : owner.id,
    label: owner.name,
    file: owner.name,
    range,
  };
  if (isNamed) {
    const outcome = check({
      data: source,
      hash: file.opened.source,
      hashOffset,
      superblock: true,
      rootHash,
      parameters,
    });
    file.tree = outcome.report;
    if (outcome.report !== undefined) {
      const blocks = { rootHash: rootHashId(rootHash), report: outcome.report };
      file.blocks = blocks;
      owner.blocks = blocks;
    }
    addHashTree(graph, rootHash, { tree, data }, outcome);
  } else addHashTree(graph, rootHash, { tree, data }, 'claimed');
  if (dataHere) graph.add({ id: file.id, kind: 'file', label: file.name, file: file.name, parts: [tree.id, data.id] });
  else {
    // A tree is no more than a list of digests: what is judged is the tree with its data.
    file.subject.push(data.id);
    owner.subject.push(data.id);
    owner.parts.push(rootHashId(rootHash), data.id);
  }
  file.parts.push(data.id);
}

function check(options: Parameters<typeof openSubject>[0]): TreeOutcome & { readonly report: TreeReport | undefined } {
  try {
    const subject = openSubject(options);
    const report = checkTree(subject);
    const first = (area: 'data' | 'hash'): Fault | undefined => {
      const bad = report.bad.find((one) => one.area === area);
      return bad === undefined ? undefined : treeFault(subject, bad);
    };
    return { tree: first('hash'), data: first('data'), report };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { tree: error, data: undefined, report: undefined };
  }
}

/** A tree whose root hash nobody names: it says so itself, which is a claim; who names another one refuses it. */
function addUnnamed(
  { graph }: SharedEvidence,
  file: FileEvidence,
  place: VerityPlace,
  rootHash: RootHash,
  wanted: readonly string[],
): void {
  const tree = treeId(file, place);
  const by = `root hash ${rootHash}`;
  graph.check({ from: tree, to: addRootHash(graph, rootHash), kind: 'names', state: 'claimed', by });
  const { levels } = geometryOf(place.parameters);
  const top = levels.at(-1);
  const offset = place.treeOffset + (top?.offset ?? 0);
  const size = place.parameters.hashBlockSize;
  for (const want of wanted) {
    const context = { path: 'hash', offset, size, block: 0, level: levels.length, want, got: rootHash };
    const reason = new Fault('verity/root-hash', context);
    graph.check({
      from: rootHashId(want),
      to: tree,
      kind: 'hash-tree',
      state: 'refused',
      by: `root hash ${want}`,
      reason,
    });
  }
  if (wanted.length === 0) file.missing.push(inspectMessage('inspect/judge-no-root-hash-for', { rootHash }));
}

const dataSize = ({ parameters }: VerityPlace): number => parameters.dataBlocks * parameters.dataBlockSize;

const dataOf = (
  file: FileEvidence,
  { dataHere }: VerityPlace,
  partner: FileEvidence | undefined,
): ByteSource | undefined => (dataHere ? file.opened.source : partner?.opened.source);

interface PlacedTree {
  readonly file: FileEvidence;
  readonly place: VerityPlace;
}

/**
 * Which data is whose: a file of which most samples have the digests of the tree. Where there is none, a file of the very
 * size that belongs to no other tree: it is data that was altered beyond recognition.
 */
function pairUp(trees: readonly PlacedTree[], data: readonly FileEvidence[]): ReadonlyMap<FileEvidence, FileEvidence> {
  const apart = trees.filter(({ place }) => !place.dataHere);
  const pairs = new Map<FileEvidence, FileEvidence>();
  for (const { file, place } of apart) {
    const scores = data
      .filter(({ opened }) => opened.source.size >= dataSize(place))
      .map((one) => ({ one, score: likeness(one.opened.source, file.opened.source, place) }));
    const best = scores.toSorted((a, b) => b.score - a.score)[0];
    if (best !== undefined && best.score > 0.5) pairs.set(file, best.one);
  }
  const taken = new Set(pairs.values());
  for (const { file, place } of apart) {
    if (pairs.has(file)) continue;
    const free = data.filter((one) => !taken.has(one) && one.opened.source.size === dataSize(place));
    const scores = free.map((one) => ({ one, score: likeness(one.opened.source, file.opened.source, place) }));
    const best = scores.toSorted((a, b) => b.score - a.score)[0];
    if (best !== undefined) pairs.set(file, best.one);
  }
  return pairs;
}

/** The share of sampled data blocks whose digest stands where it has to stand. */
function likeness(data: ByteSource, hash: ByteSource, { parameters, treeOffset }: VerityPlace): number {
  const { levels, digestsPerBlock, digestSize, stride } = geometryOf(parameters);
  const [lowest] = levels;
  if (lowest === undefined) return 0;
  const digester = digesterFor(parameters);
  const count = Math.min(SAMPLES, parameters.dataBlocks);
  const block = new Uint8Array(parameters.dataBlockSize);
  const want = new Uint8Array(digestSize);
  let same = 0;
  try {
    for (let i = 0; i < count; i++) {
      const index = Math.floor((i * parameters.dataBlocks) / count);
      data.readInto(index * parameters.dataBlockSize, block);
      const entry = Math.floor(index / digestsPerBlock) * parameters.hashBlockSize + (index % digestsPerBlock) * stride;
      hash.readInto(treeOffset + lowest.offset + entry, want);
      if (equalBytes(digester.digest(block), want)) same += 1;
    }
  } catch (error) {
    if (!isFault(error)) throw error;
  }
  return same / count;
}

function hasSuperblock(image: ByteSource, offset: number): boolean {
  if (offset > image.size - SuperblockLayout.size) return false;
  const head = new Uint8Array(SuperblockLayout.size);
  image.readInto(offset, head);
  return startsSuperblock(head);
}

const partOf = (source: ByteSource, start: number, size: number): ByteSource => ({
  size,
  readInto: (offset, target) => source.readInto(start + offset, target),
});
