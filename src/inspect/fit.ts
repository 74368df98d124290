import { type Fault, faultMessage, isFault, type Message } from '../fault.ts';
import {
  checkFit,
  type DataPlace,
  type Fit,
  type FitNode,
  type FitReport,
  type LintFinding,
  lintFit,
  locateData,
  openFit,
  readVerityNode,
  trustKeys,
  type VerityNode,
} from '../fit/index.ts';
import { coverageOf, isHashNode, isSignatureNode, textOf } from '../fit/internal.ts';
import { verifyVerity } from '../verity/index.ts';
import type { ParseInside } from './fip.ts';
import type { Piece, ProtectedRange } from './inspection.ts';
import { inspectMessage } from './messages.ts';
import { remedyOf } from './remedy.ts';
import type { Scope } from './scope.ts';
import { inspectTree } from './verity.ts';

/** Digests are computed in passing up to this much input; a larger one says what it claims until it is verified. */
const HASHED_IN_PASSING_BYTES = 64 * 1024 * 1024;

/** What an image tree adds to the device tree that it is: external data, what hashes and signatures range, lint. */
export function inspectFit(
  scope: Scope,
  tree: Piece,
  parseInside: ParseInside,
): { readonly piece: Piece; readonly summary: Message } {
  const children = [tree];
  try {
    const fit = openFit(scope.part);
    const images = [...(fit.root.child('images')?.children() ?? [])];
    const configurations = [...(fit.root.child('configurations')?.children() ?? [])];
    for (const image of images) children.push(...inspectImage(scope, fit, image, parseInside));
    for (const configuration of configurations) protectConfiguration(scope, fit, configuration);
    // Private keys are looked for in files of every kind.
    for (const finding of lintFit(fit, undefined, { readsData: false })) addLint(scope, fit.root, finding);
    if (scope.part.size <= HASHED_IN_PASSING_BYTES) check(scope);
    const description = textOf(fit.root, 'description');
    return {
      piece: whole(scope, children),
      summary: summaryOf(images.length, configurations.length, description),
    };
  } catch (error) {
    scope.halt(error);
    return { piece: whole(scope, children), summary: inspectMessage('inspect/is-fit-damaged') };
  }
}

/** The tree alone, or with the data behind it. */
const whole = (scope: Scope, children: readonly Piece[]): Piece => {
  if (children.length === 1)
    return { ...children[0]!, name: scope.path || 'FIT', type: 'fit', doc: 'flattened image tree' };
  const size = scope.part.size;
  return scope.piece(scope.path || 'FIT', 0, size, {
    type: 'fit',
    doc: 'image tree with external data',
    children: children.toSorted((a, b) => a.offset - b.offset),
  });
};

function inspectImage(scope: Scope, fit: Fit, image: FitNode, parseInside: ParseInside): Piece[] {
  let place: DataPlace;
  try {
    place = locateData(fit, image, { strict: false });
  } catch (error) {
    scope.halt(error);
    return [];
  }
  const range = { offset: place.start, size: place.size, part: image.path };
  for (const node of image.children()) {
    if (isHashNode(node)) scope.protect({ ...range, kind: 'hashed', by: node.path, state: 'claimed' });
    if (isSignatureNode(node)) {
      const by = textOf(node, 'key-name-hint') ?? node.path;
      scope.protect({ ...range, kind: 'signed', by, state: 'claimed' });
    }
  }
  if (place.kind === 'embedded') return [];
  const inner = scope.inner(image.path, place.start, place.size);
  const doc = textOf(image, 'description') ?? 'external data';
  const tree = inspectVerityNode(inner, image);
  if (tree !== undefined) return [inner.piece(image.path, 0, place.size, { type: 'verity', doc, children: tree })];
  const inside = parseInside(inner);
  return [
    inside === undefined
      ? inner.piece(image.path, 0, place.size, { type: 'image', doc })
      : { ...inside, name: image.path, doc },
  ];
}

/** Data and hash tree of an image whose dm-verity node holds the root hash; checked in passing where they are small. */
function inspectVerityNode(inner: Scope, image: FitNode): Piece[] | undefined {
  try {
    const node = readVerityNode(image);
    if (node === undefined) return undefined;
    const first = inner.context.protectedRanges.length;
    const pieces = inspectTree(inner, { ...node, dataHere: true }, node.path);
    if (inner.part.size <= HASHED_IN_PASSING_BYTES) checkTree(inner, node, first);
    return pieces.toSorted((a, b) => a.offset - b.offset);
  } catch (error) {
    inner.halt(error);
    return undefined;
  }
}

function checkTree(inner: Scope, node: VerityNode, firstRange: number): void {
  const { parameters, rootHash, treeOffset: hashOffset } = node;
  let state: ProtectedRange['state'] = 'matches';
  try {
    const whole = inner.part;
    verifyVerity({ data: whole, hash: whole, hashOffset, superblock: false, rootHash, parameters });
  } catch (error) {
    if (!isFault(error)) throw error;
    state = 'bad';
    inner.find(findingOf(error));
  }
  const { protectedRanges } = inner.context;
  for (let i = firstRange; i < protectedRanges.length; i++) protectedRanges[i] = { ...protectedRanges[i]!, state };
}

function protectConfiguration(scope: Scope, fit: Fit, configuration: FitNode): void {
  const signatures = [...configuration.children()].filter(isSignatureNode);
  for (const node of signatures) {
    const by = textOf(node, 'key-name-hint') ?? node.path;
    try {
      for (const { start, end } of coverageOf(fit, configuration, node, 'strict').regions) {
        const range = { offset: start, size: end - start, part: configuration.path };
        scope.protect({ ...range, kind: 'signed', by, state: 'claimed' });
      }
    } catch (error) {
      scope.halt(error);
    }
  }
}

function addLint(scope: Scope, root: FitNode, { id, level, path, found, why, remedy }: LintFinding): void {
  const [nodePath = ''] = path.split(':');
  let node: FitNode | undefined = root;
  for (const name of nodePath.split('/')) if (name !== '') node = node?.child(name);
  scope.find({
    level,
    code: `fit/lint/${id}`,
    path,
    offset: node?.offset ?? 0,
    message: inspectMessage('inspect/lint', { found, why }),
    remedy,
  });
}

/** The verdict without keys: shape and digests. That no key was given is the caller's doing, and no finding. */
function check(scope: Scope): void {
  const report = checkFit(scope.part, trustKeys([]));
  markHashes(scope, report);
  for (const fault of report.faults) {
    if (fault.code !== 'fit/not-verified') scope.find(findingOf(fault));
  }
}

function summaryOf(images: number, configurations: number, description: string | undefined): Message {
  const counts = { images, configurations };
  if (description === undefined) return inspectMessage('inspect/is-fit', counts);
  return inspectMessage('inspect/is-fit-described', { ...counts, description: JSON.stringify(description) });
}

/** Tells the protectedRanges of digests that were computed apart from those that the file merely claims. */
function markHashes(scope: Scope, report: FitReport): void {
  const hashes = report.configurations.flatMap(({ images }) => images.flatMap((image) => image.hashes));
  for (const { path, good } of hashes) {
    const at = scope.context.protectedRanges.findIndex((range) => range.kind === 'hashed' && range.by === path);
    const range = scope.context.protectedRanges[at];
    if (range !== undefined) scope.context.protectedRanges[at] = { ...range, state: good ? 'matches' : 'bad' };
  }
}

/** A fault as a finding with what to do about it. */
function findingOf(fault: Fault) {
  const { path = '', offset = 0 } = fault.context as { path?: string; offset?: number };
  return {
    level: 'error',
    code: fault.code,
    path,
    offset,
    message: faultMessage(fault),
    remedy: remedyOf(fault.code),
  } as const;
}
