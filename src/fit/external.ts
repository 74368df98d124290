import { alignUp } from '../binary/index.ts';
import { type Editor, encodeValue } from '../devicetree/index.ts';
import { MAX_CELL } from '../devicetree/internal.ts';
import { Fault } from '../fault.ts';
import { fitMessage } from './messages.ts';
import { editNode, shownText } from './node.ts';
import { EXTERNAL_ALIGNMENT, type Fit, locateData } from './open.ts';

/** Where external data goes. */
export interface ExternalOptions {
  /** Offset of the first data from the start of the file; behind the tree where it is 0 or not given (mkimage -p). */
  readonly position?: number | undefined;
  /** Multiple at which the tree ends and data starts; by default 4, for device trees 8 (mkimage -B). */
  readonly alignment?: number | undefined;
}

/** What follows the tree in the file: data, and the zeros between. */
export interface ExternalData {
  /** Zeros between the end of the tree and the first data. */
  readonly gap: number;
  readonly parts: readonly { readonly data: Uint8Array; readonly padding: number }[];
}

/** Kernels take a device tree in place, which must be aligned so (mkimage's `fit_extract_data`). */
const FLAT_DT_ALIGNMENT = 8;

/**
 * Takes the data of every image out of a tree, which is shrunk to what it needs: `mkimage -E`.
 *
 * @param treeAlignment whether device trees are aligned to eight by default, as mkimage does since 2025.10
 * @throws Fault `fit/option`, `fit/limit` where data lies beyond 4 GiB
 */
export function externalise(
  editor: Editor,
  { position = 0, alignment }: ExternalOptions,
  treeAlignment: boolean,
): ExternalData {
  if (alignment !== undefined && (alignment < 1 || (alignment & (alignment - 1)) !== 0)) {
    throw new Fault('fit/option', { option: 'alignment', reason: fitMessage('fit/alignment', { alignment }) });
  }
  const parts: { data: Uint8Array; padding: number }[] = [];
  let offset = 0;
  for (const image of editNode(editor.root).child('images')?.children() ?? []) {
    const data = image.property('data')?.value;
    if (data === undefined) continue;
    const isTree = treeAlignment && shownText(image, 'type') === 'flat_dt';
    const multiple = alignment ?? (isTree ? FLAT_DT_ALIGNMENT : EXTERNAL_ALIGNMENT);
    const before = parts.at(-1);
    if (before !== undefined) {
      before.padding = alignUp(before.data.byteLength, multiple) - before.data.byteLength;
      offset += before.data.byteLength + before.padding;
    }
    editor.deleteProperty(image.item, 'data');
    const [name, start] = position > 0 ? ['data-position', position + offset] : ['data-offset', offset];
    // Both properties are one cell each, and what does not fit would come back as the start of the file.
    if (Math.max(start, data.byteLength) > MAX_CELL) {
      const what = fitMessage('fit/external-place', { start: start.toString(16), size: data.byteLength });
      throw new Fault('fit/limit', { path: image.path, offset: 0, what, limit: MAX_CELL });
    }
    editor.setProperty(image.item, name, encodeValue(start));
    editor.setProperty(image.item, 'data-size', encodeValue(data.byteLength));
    parts.push({ data, padding: alignUp(data.byteLength, multiple) - data.byteLength });
  }
  const treeSize = alignUp(editor.size, Math.max(alignment ?? 0, EXTERNAL_ALIGNMENT));
  editor.resize(treeSize);
  if (position > 0 && position < treeSize) {
    const reason = fitMessage('fit/position-in-tree', { position: position.toString(16), size: treeSize.toString(16) });
    throw new Fault('fit/option', { option: 'position', reason });
  }
  return { gap: position > 0 ? position - treeSize : 0, parts };
}

/**
 * Puts external data back into the tree, so that it can be hashed and signed again. `keepPlace` leaves the properties
 * that said where it was, as mkimage before 2025.10 does; they then contradict the tree.
 */
export function internalise(
  fit: Fit,
  editor: Editor,
  options: { readonly keepPlace: boolean; readonly viewOf: (start: number, size: number) => Uint8Array },
): void {
  for (const image of fit.root.child('images')?.children() ?? []) {
    if (image.property('data-size') === undefined) continue;
    const place = locateData(fit, image, { strict: false });
    if (place.kind !== 'external') continue;
    const item = editor.get(image.path);
    editor.setProperty(item, 'data', options.viewOf(place.start, place.size));
    if (options.keepPlace) continue;
    for (const name of ['data-offset', 'data-position', 'data-size']) editor.deleteProperty(item, name);
  }
}
