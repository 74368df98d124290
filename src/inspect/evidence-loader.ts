import { addLoaderTrees, type LoaderPlace } from '../trust/index.ts';
import { readUBoot, type UBootBinary } from '../uboot/index.ts';
import { attempt } from './attempt.ts';
import type { FileEvidence, SharedEvidence } from './evidence-file.ts';
import { inspectMessage } from './messages.ts';
import { UBOOT_MAX_BYTES } from './uboot.ts';

/**
 * Adds the device trees of a boot loader. The one that it reads is a control tree for image trees; where the bytes do not
 * tell which that is, none is. Gives its id and what was read.
 */
export function addLoader(
  { graph, controls }: SharedEvidence,
  { cautions, name }: FileEvidence,
  place: LoaderPlace,
  input: Uint8Array,
): { readonly control: string | undefined; readonly binary: UBootBinary } | undefined {
  if (input.byteLength > UBOOT_MAX_BYTES) return undefined;
  const binary = attempt(() => readUBoot(input));
  if (binary === undefined) return undefined;
  if (binary.capabilities.some(({ id, answer }) => (id === 'fit' || id === 'fit-signature') && answer === 'no')) {
    cautions.push(inspectMessage('inspect/missing-loader-cannot-verify', { file: name }));
  }
  const found = binary.control.kind === 'found' ? binary.control.tree : undefined;
  const trees = binary.trees
    .filter(({ damage, within }) => damage === undefined && within === undefined)
    .concat(found?.within === undefined ? [] : [found])
    .map((tree) => ({
      bytes: input.subarray(tree.offset, tree.offset + tree.size),
      offset: tree.offset,
      control: tree.offset === found?.offset,
    }));
  const control = addLoaderTrees(graph, place, trees);
  const bytes = trees.find((tree) => tree.control)?.bytes;
  if (control !== undefined && bytes !== undefined && !controls.some(({ id }) => id === control)) {
    controls.push({ id: control, label: place.file, bytes });
  }
  return { control, binary };
}
