import { hexText } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { parseCertificate } from '../pki/index.ts';
import type { TableDevice, VerityParameters } from '../verity/index.ts';
import type { TrustGraph } from './graph.ts';
import { certificateId, rootHashId } from './ids.ts';
import { nameKey, shorten } from './key.ts';

/** Where a hash tree, its data or a signature lies. */
export interface VerityFile {
  readonly id: string;
  readonly label: string;
  readonly file: string;
  readonly range?: { readonly offset: number; readonly size: number };
}

/** What came of checking a tree and its data against a root hash: what is bad in each, by its first fault. */
export interface TreeOutcome {
  /** The hash blocks, and whatever kept them from being read. */
  readonly tree: Fault | undefined;
  /** The data blocks. `undefined` also where no data was there to be checked: then leave `data` out. */
  readonly data: Fault | undefined;
}

/** Adds a root hash by its digits. */
export const addRootHash = (graph: TrustGraph, rootHash: string): string =>
  graph.add({ id: rootHashId(rootHash), kind: 'root-hash', label: shorten(`root hash ${rootHash.toLowerCase()}`) });

/** Adds a root hash that a file holds as text: who trusts the file trusts the hash. */
export function addRootHashFile(graph: TrustGraph, file: VerityFile, rootHash: string): string {
  const from = graph.add({ ...file, kind: 'file' });
  const to = addRootHash(graph, rootHash);
  graph.check({ from, to, kind: 'names', state: 'checked', by: `root hash ${rootHash}` });
  return to;
}

/** Adds root hash → hash tree → data, as far as they were checked; `claimed` where they were not. */
export function addHashTree(
  graph: TrustGraph,
  rootHash: string,
  files: { readonly tree: VerityFile; readonly data: VerityFile | undefined },
  outcome: TreeOutcome | 'claimed',
): void {
  const root = addRootHash(graph, rootHash);
  const by = `root hash ${rootHash}`;
  const tree = graph.add({ ...files.tree, kind: 'hash-tree' });
  graph.check({
    from: root,
    to: tree,
    kind: 'hash-tree',
    by,
    ...(outcome === 'claimed' ? { state: outcome } : stateOf(outcome.tree)),
  });
  if (files.data === undefined) return;
  const data = graph.add({ ...files.data, kind: 'data' });
  graph.check({
    from: tree,
    to: data,
    kind: 'hash-tree',
    by,
    ...(outcome === 'claimed' ? { state: outcome } : stateOf(outcome.data ?? outcome.tree)),
  });
}

/**
 * Refuses a hash tree whose superblock does not say what a signed table pins: other parameters let another device pass
 * under the same root hash, with hash blocks for data.
 */
export function addExpectedParameters(
  graph: TrustGraph,
  from: string,
  tree: string,
  {
    expected,
    got,
    treeOffset,
  }: { readonly expected: TableDevice; readonly got: VerityParameters; readonly treeOffset: number },
): void {
  const [name] = differences(expected, got, treeOffset);
  if (name === undefined) return;
  const reason = new Fault('verity/superblock-mismatch', {
    path: 'hash',
    offset: treeOffset,
    want: name.want,
    got: name.got,
  });
  graph.check({ from, to: tree, kind: 'names', state: 'refused', by: `root hash ${expected.rootHash}`, reason });
}

function differences(
  { parameters, treeOffset: expectedOffset }: TableDevice,
  got: VerityParameters,
  treeOffset: number,
): { want: string; got: string }[] {
  const rows: readonly (readonly [name: string, want: string | number, got: string | number])[] = [
    ['format', parameters.format, got.format],
    ['algorithm', parameters.algorithm, got.algorithm],
    ['data block size', parameters.dataBlockSize, got.dataBlockSize],
    ['hash block size', parameters.hashBlockSize, got.hashBlockSize],
    ['data blocks', parameters.dataBlocks, got.dataBlocks],
    ['salt', hexText(parameters.salt), hexText(got.salt)],
    ['tree offset', expectedOffset, treeOffset],
  ];
  return rows
    .filter(([, want, have]) => want !== have)
    .map(([name, want, have]) => ({ want: `${name} ${want}`, got: `${name} ${have}` }));
}

/** Adds a certificate by its bytes, with the first place in which it was found. */
export function addCertificate(
  graph: TrustGraph,
  der: Uint8Array,
  place: { readonly label?: string; readonly file?: string } = {},
): string {
  const { label = parseCertificate(der).subject.text || 'certificate', file } = place;
  return graph.add({ id: certificateId(der), kind: 'certificate', label, ...(file === undefined ? {} : { file }) });
}

/** Adds certificate → signature → root hash; a fault where the signature is none by this certificate. */
export function addRootHashSignature(
  graph: TrustGraph,
  signed: { readonly rootHash: string; readonly certificate: Uint8Array; readonly signature: VerityFile },
  fault?: Fault,
): void {
  const certificate = addCertificate(graph, signed.certificate);
  const signature = graph.add({ ...signed.signature, kind: 'file' });
  const rootHash = addRootHash(graph, signed.rootHash);
  const by = nameKey(parseCertificate(signed.certificate).publicKey);
  graph.check({ from: certificate, to: signature, kind: 'signature', by, ...stateOf(fault) });
  if (fault === undefined) {
    const named = `root hash ${signed.rootHash}`;
    graph.check({ from: signature, to: rootHash, kind: 'names', state: 'checked', by: named });
  } else graph.check({ from: certificate, to: rootHash, kind: 'signature', state: 'refused', by, reason: fault });
}

const stateOf = (fault: Fault | undefined) =>
  fault === undefined ? ({ state: 'checked' } as const) : ({ state: 'refused', reason: fault } as const);
