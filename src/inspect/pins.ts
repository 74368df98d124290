import { utf8Text } from '../binary/index.ts';
import { findNode, findProperty, readBlob, type TreeNode } from '../devicetree/index.ts';
import { type DataPlace, type Fit, type FitNode, locateData, openFit, readVerityNode } from '../fit/index.ts';
import { attempt } from './attempt.ts';
import type { Opened } from './inspection.ts';
import { phrase } from './said.ts';

/** What an image tree pins for the stage after it: on the command lines of its device trees, in its dm-verity nodes. */
export interface Pins {
  readonly rootHashes: readonly { readonly path: string; readonly text: string }[];
  /** Certificates that vouch for root hashes, DER. */
  readonly certificates: readonly { readonly path: string; readonly der: Uint8Array }[];
}

/** Device trees have kilobytes; larger data is no device tree that pins anything. */
const TREE_MAX_BYTES = 4 * 1024 * 1024;
/** `dm-mod.create=` holds `… verity VERSION DATA HASH BLOCK BLOCK COUNT START ALGORITHM ROOT SALT`. */
const TABLE = / verity (?:\S+ ){8}([0-9a-f]{32,128}) (?:-|[0-9a-f]+)/;
const CERTIFICATE_PROPERTY = 'bootwright,verity-certificate';

/** Looks into every device tree that an image tree carries; whether anybody signed it is that tree's own verdict. */
export const pinsOf = ({ inspection, source }: Opened): Pins => pinsIn(source, inspection.name);

function pinsIn(source: Opened['source'], name: string): Pins {
  const rootHashes: { path: string; text: string }[] = [];
  const certificates: { path: string; der: Uint8Array }[] = [];
  const fit = attempt(() => openFit(source));
  if (fit === undefined) return { rootHashes, certificates };
  const images = [...(fit.root.child('images')?.children() ?? [])];
  for (const image of images) {
    const node = attempt(() => readVerityNode(image));
    if (node !== undefined)
      rootHashes.push({ path: phrase('judge/in-node', node.path, name).text, text: node.rootHash });
  }
  for (const tree of treesOf(fit, images)) {
    const chosen = attempt(() => findNode(readBlob(tree).root, '/chosen'));
    if (chosen === undefined) continue;
    const text = rootHashOf(chosen);
    const path = phrase('judge/in-command-line', name).text;
    if (text !== undefined) rootHashes.push({ path, text });
    const der = findProperty(chosen, CERTIFICATE_PROPERTY)?.value;
    if (der !== undefined) certificates.push({ path: phrase('judge/in-tree', name).text, der });
  }
  return { rootHashes, certificates };
}

/** The root hashes alone. */
export const rootHashesIn = (source: Opened['source']): string[] =>
  pinsIn(source, '').rootHashes.map(({ text }) => text);

function rootHashOf(chosen: TreeNode): string | undefined {
  const line = findProperty(chosen, 'bootargs')?.value;
  return line === undefined ? undefined : TABLE.exec(utf8Text(line))?.[1];
}

function treesOf(fit: Fit, images: readonly FitNode[]): Uint8Array[] {
  const places = images.flatMap((image) => attempt(() => locateData(fit, image, { strict: false })) ?? []);
  return places.filter(({ size }) => size <= TREE_MAX_BYTES).flatMap((place) => treeAt(fit, place));
}

function treeAt(fit: Fit, place: DataPlace): Uint8Array[] {
  const output = new Uint8Array(place.size);
  let at = 0;
  for (const piece of fit.pieces(place)) {
    output.set(piece, at);
    at += piece.byteLength;
  }
  return output[0] === 0xd0 && output[1] === 0x0d ? [output] : [];
}
