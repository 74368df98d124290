import { type ByteSource, utf8Text } from '../binary/index.ts';
import { findNode, findProperty, readBlob, type TreeNode } from '../devicetree/index.ts';
import { isFault } from '../fault.ts';
import {
  type DataPlace,
  type Fit,
  type FitNode,
  type FitReport,
  locateData,
  openFit,
  readVerityNode,
  type VerityNode,
} from '../fit/index.ts';
import { parseCertificate } from '../pki/index.ts';
import { parseDmTable, type TableDevice } from '../verity/index.ts';
import { nameKey, shorten, type Trust } from './key.ts';
import { addCertificate, addRootHash } from './verity.ts';

/** What an image tree says of the stage after it. */
export interface ExpectedRootHashes {
  readonly rootHashes: readonly ExpectedRootHash[];
  readonly certificates: readonly ExpectedCertificate[];
}

/** A root hash that an image names. */
export interface ExpectedRootHash {
  /** Path of the image whose bytes say so, and of the node where a node says so. */
  readonly image: string;
  readonly node: string | undefined;
  readonly rootHash: string;
  /** Every parameter, where a table gives them. */
  readonly device: TableDevice | undefined;
  /** The parameters of a dm-verity node, and where the data with its tree lies. */
  readonly within: { readonly verity: VerityNode; readonly place: DataPlace } | undefined;
}

/** A certificate that an image names. */
export interface ExpectedCertificate {
  readonly image: string;
  /** DER. */
  readonly der: Uint8Array;
}

/** Device trees have kilobytes; larger data is no device tree that pins anything. */
const TREE_MAX_BYTES = 4 * 1024 * 1024;
/** A verity line of a device-mapper table on a command line: `START SECTORS verity …`, which a comma or a quote ends. */
const TABLE = /\d+ \d+ verity [^,;"\0]+/g;
/** systemd's own parameters. */
const ROOT_HASH = /(?:^|[\s"])(?:roothash|usrhash)=([0-9a-fA-F]{32,128})(?=[\s"\0]|$)/g;
const CERTIFICATE_PROPERTY = 'bootwright,verity-certificate';

/**
 * Reads what every image of an image tree pins: root hashes on the command lines of device trees and in dm-verity nodes,
 * and the certificates for signatures of root hashes. Whether anybody signed any of it is not looked at.
 */
export function findExpectedRootHashes(source: Uint8Array | ByteSource): ExpectedRootHashes {
  const rootHashes: ExpectedRootHash[] = [];
  const certificates: ExpectedCertificate[] = [];
  const fit = attempt(() => openFit(source));
  for (const image of fit?.root.child('images')?.children() ?? []) {
    const place = attempt(() => locateData(fit!, image, { strict: false }));
    const verity = attempt(() => readVerityNode(image));
    if (verity !== undefined && place !== undefined) rootHashes.push(inNode(image, verity, place));
    const chosen = place === undefined ? undefined : chosenOf(fit!, place);
    if (chosen === undefined) continue;
    rootHashes.push(...onCommandLine(image, chosen));
    const der = findProperty(chosen, CERTIFICATE_PROPERTY)?.value;
    if (der !== undefined && attempt(() => parseCertificate(der)) !== undefined)
      certificates.push({ image: image.path, der });
  }
  return { rootHashes, certificates };
}

/**
 * Adds what an image tree pins. It speaks for itself as a whole: where one of its configurations is refused, it pins
 * nothing. What it says where no signature reaches, in an image of no configuration that was checked or in a node that the
 * signature leaves out, is a claim.
 *
 * @param reports every report of the image tree; none where nothing could be checked
 */
export function addExpectedRootHashes(
  graph: Trust,
  { id, label }: { readonly id: string; readonly label: string },
  { rootHashes, certificates }: ExpectedRootHashes,
  reports: readonly FitReport[],
): void {
  graph.add({ id, kind: 'file', label, file: label });
  for (const { image, node, rootHash } of rootHashes) {
    const to = addRootHash(graph, rootHash);
    const by = `${node ?? image} of ${label}`;
    graph.check({ from: id, to, kind: 'names', state: stateOf(reports, image, node), by });
  }
  for (const { image, der } of certificates) {
    const key = parseCertificate(der).publicKey;
    const to = addCertificate(graph, der, { label: shorten(`certificate ${nameKey(key)}`), file: label });
    graph.check({ from: id, to, kind: 'names', state: stateOf(reports, image), by: `${image} of ${label}` });
  }
}

/** Signed means: by every report's configurations that were checked, at least one has the image and covers the node. */
function stateOf(reports: readonly FitReport[], image: string, node?: string): 'checked' | 'claimed' {
  const users = reports.flatMap(({ configurations }) =>
    configurations.filter(({ images }) => images.some(({ path }) => path === image)),
  );
  const signed = users.some(
    ({ coverage }) => coverage !== undefined && (node === undefined || coverage.nodes.includes(node)),
  );
  return signed ? 'checked' : 'claimed';
}

const inNode = (image: FitNode, verity: VerityNode, place: DataPlace): ExpectedRootHash => ({
  image: image.path,
  node: verity.path,
  rootHash: verity.rootHash,
  device: undefined,
  within: { verity, place },
});

function onCommandLine(image: FitNode, chosen: TreeNode): ExpectedRootHash[] {
  const bytes = findProperty(chosen, 'bootargs')?.value;
  if (bytes === undefined) return [];
  const line = utf8Text(bytes);
  const common = { image: image.path, node: undefined, within: undefined };
  const tables = [...line.matchAll(TABLE)].flatMap(([text]) => attempt(() => parseDmTable(text)) ?? []);
  const words = [...line.matchAll(ROOT_HASH)].map((match) => (match[1] ?? '').toLowerCase());
  return [
    ...tables.map((device) => ({ ...common, rootHash: device.rootHash, device })),
    ...words.map((rootHash) => ({ ...common, rootHash, device: undefined })),
  ];
}

function chosenOf(fit: Fit, place: DataPlace): TreeNode | undefined {
  if (place.size > TREE_MAX_BYTES) return undefined;
  const bytes = new Uint8Array(place.size);
  let at = 0;
  for (const piece of fit.pieces(place)) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  if (bytes[0] !== 0xd0 || bytes[1] !== 0x0d) return undefined;
  return attempt(() => findNode(readBlob(bytes).root, '/chosen'));
}

/** What cannot be read pins nothing; a fault in it is another verifier's to tell. */
function attempt<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}
