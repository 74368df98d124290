import type { FitReport, TrustedKey } from '../../fit/index.ts';
import {
  addDeviceTree,
  addFitReport,
  addKey,
  deviceTreeId,
  fileId,
  keyId,
  type TrustData,
  TrustGraph,
  trustData,
} from '../../trust/index.ts';

/** A file of `--key`, and what stands in it. */
export interface NamedKeys {
  readonly file: string;
  /** The control device tree, where the keys stand in one. */
  readonly tree: Uint8Array | undefined;
  readonly keys: readonly TrustedKey[];
}

/**
 * What the keys that a person named vouch for in an image tree. A control tree is an anchor as a whole; of several files
 * each key is one. Keys that are merely known are none.
 */
export function trustOf(
  file: string,
  report: FitReport,
  named: readonly NamedKeys[],
  known: readonly TrustedKey[],
): TrustData {
  const graph = new TrustGraph();
  const [only] = named;
  const tree = named.length === 1 && known.length === 0 ? only?.tree : undefined;
  if (tree !== undefined && only !== undefined) {
    const node = addDeviceTree(graph, tree, { label: `control tree ${only.file}`, file: only.file });
    graph.anchor({ node, named: `--key ${only.file}` });
  } else {
    for (const one of named) {
      for (const { publicKey, path } of one.keys) {
        addKey(graph, publicKey, { label: path, file: one.file });
        graph.anchor({ node: keyId(publicKey), named: `--key ${one.file}` });
      }
    }
  }
  const keys = [...named.flatMap((one) => one.keys), ...known];
  const id = fileId(file);
  addFitReport(graph, { id, label: file, tree: tree && deviceTreeId(tree), keys, report });
  return trustData(graph, [id]);
}
