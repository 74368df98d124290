import { concatBytes, viewOf } from '../../binary/index.ts';
import { Fault } from '../../fault.ts';
import { latin1, latin1Bytes } from '../latin1.ts';
import { deviceTreeMessage } from '../messages.ts';
import { encodeValue } from '../tree.ts';
import { childNamed, type Labels } from './labels.ts';
import { type LiveNode, LiveProperty, liveNodes, type Marker } from './live.ts';
import type { Phandles } from './phandles.ts';

/**
 * Adds `/__symbols__` (or `/aliases`) with the path of every label.
 *
 * @param phandles gives each labelled node a phandle, so that overlays can refer to it
 * @returns labels that the node named already, which were left as they are
 */
export function addLabelNode(root: LiveNode, name: string, phandles: Phandles | undefined): string[] {
  const labelled = liveNodes(root).filter((node) => node.labels.length > 0);
  if (labelled.length === 0) return [];
  const known: string[] = [];
  const symbols = childNamed(root, name);
  for (const node of labelled) {
    for (const label of node.labels) {
      if (symbols.property(label) === undefined) {
        symbols.properties.push(new LiveProperty(label, latin1Bytes(`${node.path}\0`), [mark('string')]));
      } else {
        known.push(label);
      }
    }
    phandles?.of(node);
  }
  return known;
}

/** Adds `/__fixups__` for references that lead out of an overlay, and `/__local_fixups__` for those within it. */
export function addFixupNodes(root: LiveNode, labels: Labels): void {
  const references: { readonly node: LiveNode; readonly property: LiveProperty; readonly marker: Marker }[] = [];
  for (const node of liveNodes(root)) {
    for (const property of node.properties) {
      for (const marker of property.markers) {
        if (marker.kind === 'phandle') references.push({ node, property, marker });
      }
    }
  }
  const outward = references.filter(({ marker }) => labels.find(marker.ref) === undefined);
  const inward = references.filter(({ marker }) => labels.find(marker.ref) !== undefined);
  if (outward.length > 0) {
    const fixups = childNamed(root, '__fixups__');
    for (const { node, property, marker } of outward) addFixup(fixups, node, property, marker);
  }
  if (inward.length > 0) {
    const fixups = childNamed(root, '__local_fixups__');
    for (const { node, property, marker } of inward) addLocalFixup(fixups, node, property, marker.offset);
  }
}

function addFixup(fixups: LiveNode, node: LiveNode, property: LiveProperty, { ref, offset }: Marker): void {
  const { path } = node;
  if (ref.includes('/')) {
    const reason = deviceTreeMessage('devicetree/path-fixup', { ref: `{${ref}}` });
    throw new Fault('devicetree/value', { path: `${path}:${property.name}`, offset: 0, reason });
  }
  if (path.includes(':') || property.name.includes(':')) {
    throw new Fault('devicetree/name', { path, offset: 0, reason: deviceTreeMessage('devicetree/colon') });
  }
  append(fixups, ref, latin1Bytes(`${path}:${property.name}:${offset}\0`), 'string');
}

function addLocalFixup(fixups: LiveNode, node: LiveNode, property: LiveProperty, offset: number): void {
  const names: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) names.unshift(at.name);
  const place = names.reduce(childNamed, fixups);
  append(place, property.name, encodeValue(offset), 'u32');
}

/** Adds to a list unless it is in it. */
function append(node: LiveNode, name: string, entry: Uint8Array, kind: 'string' | 'u32'): void {
  const property = node.property(name);
  if (property === undefined) {
    node.properties.push(new LiveProperty(name, entry, [mark(kind)]));
    return;
  }
  if (has(property.value, entry, kind)) return;
  property.markers.push({ ...mark(kind), offset: property.value.byteLength });
  property.value = concatBytes([property.value, entry]);
}

function has(list: Uint8Array, entry: Uint8Array, kind: 'string' | 'u32'): boolean {
  if (kind === 'string') return `\0${latin1(list)}`.includes(`\0${latin1(entry)}`);
  const wanted = viewOf(entry).getUint32(0);
  for (let at = 0; at + 4 <= list.byteLength; at += 4) if (viewOf(list).getUint32(at) === wanted) return true;
  return false;
}

const mark = (kind: Marker['kind']): Marker => ({ kind, offset: 0, ref: '' });
