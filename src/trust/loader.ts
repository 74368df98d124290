import type { TrustGraph } from './graph.ts';
import { deviceTreeId, partId } from './ids.ts';

/** A device tree in a boot loader. */
export interface LoaderTree {
  readonly bytes: Uint8Array;
  /** Bytes from the start of the loader. */
  readonly offset: number;
  /** Whether it is the one that the loader reads its keys from. */
  readonly control: boolean;
}

/** The boot loader that holds them: an image of a FIP, or a file of its own. */
export interface LoaderPlace {
  readonly id: string;
  /** The file that it lies in, and where it starts there. */
  readonly file: string;
  readonly offset: number;
}

/**
 * Adds the device trees that a boot loader holds. The one that it reads is the same node as a file with the same bytes;
 * any other is a part of the loader that vouches for nothing. Gives the control tree's id, where there is one.
 */
export function addLoaderTrees(
  graph: TrustGraph,
  loader: LoaderPlace,
  trees: readonly LoaderTree[],
): string | undefined {
  for (const { bytes, offset, control } of trees) {
    const range = { offset: loader.offset + offset, size: bytes.byteLength };
    const at = `device tree at 0x${range.offset.toString(16)}`;
    const id = control
      ? addDeviceTree(graph, bytes, { label: 'control device tree', file: loader.file, range })
      : graph.add({ id: partId(loader.id, at), kind: 'device-tree', label: at, file: loader.file, range });
    graph.check({ from: loader.id, to: id, kind: 'contains', state: 'checked', by: at });
  }
  const control = trees.find((tree) => tree.control);
  return control === undefined ? undefined : deviceTreeId(control.bytes);
}

/** Adds a device tree by its bytes. The first place stays: files of their own are added before the loaders that hold them. */
export function addDeviceTree(
  graph: TrustGraph,
  bytes: Uint8Array,
  place: { readonly label: string; readonly file: string; readonly range?: { offset: number; size: number } },
): string {
  return graph.add({ id: deviceTreeId(bytes), kind: 'device-tree', ...place });
}
