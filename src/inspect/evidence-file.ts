import type { ByteSource } from '../binary/index.ts';
import type { PublicKey } from '../crypto/index.ts';
import { isFault, type Message } from '../fault.ts';
import type { TrustGraph } from '../trust/index.ts';
import type { TreeReport } from '../verity/index.ts';
import type { Opened } from './inspection.ts';
import type { Verdict } from './verdict.ts';

/** An opened file and what it adds to the graph. */
export interface FileEvidence {
  readonly opened: Opened;
  /** What verdicts call it: two of one name have numbers. */
  readonly name: string;
  readonly id: string;
  /** The nodes whose verdict is the file's: it alone, or what it holds. */
  readonly subject: string[];
  /** The nodes that are trusted with the file; empty where it is nothing that a person trusts as it is. */
  readonly anchors: string[];
  /** The uses of a key: each is a node of its own. */
  readonly uses: string[];
  /** The nodes that are told of, in the order of a boot. */
  readonly parts: string[];
  /** Why nothing could be checked, as far as it is not in the graph. */
  readonly missing: Message[];
  /** What a person should know although every check holds: a boot loader that verifies nothing. */
  readonly cautions: Message[];
  targets: Verdict['targets'];
  tree: TreeReport | undefined;
  /** What came of its blocks, where it holds data of a hash tree: and the node of the root hash. */
  blocks: { readonly rootHash: string; readonly report: TreeReport } | undefined;
}

/** A key and the file that it is in. */
export interface HeldKey {
  readonly path: string;
  readonly publicKey: PublicKey;
}

/** A control device tree that is a node of the graph. */
interface KnownControlTree {
  readonly id: string;
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** A certificate that is a node of the graph. */
interface HeldCertificate {
  readonly label: string;
  readonly der: Uint8Array;
}

/** What files are held against. Gathered from all of them before any is judged, so that their order is of no matter. */
export interface SharedEvidence {
  readonly graph: TrustGraph;
  readonly keys: HeldKey[];
  readonly controls: KnownControlTree[];
  readonly certificates: HeldCertificate[];
  /** Root hashes that a file or an image tree names. */
  readonly rootHashes: Set<string>;
  /** Root hashes that a person trusts. */
  readonly trusted: ReadonlySet<string>;
}

/** Firmware and small companions are read whole; this is what a typed array holds everywhere. */
export const WHOLE_MAX_BYTES = 512 * 1024 * 1024;
export const COMPANION_MAX_BYTES = 4 * 1024 * 1024;

/** All bytes of a source, in an array of their own. */
export function readAll(source: ByteSource): Uint8Array {
  const output = new Uint8Array(source.size);
  if (source.size > 0) source.readInto(0, output);
  return output;
}

/** Refuses a file that cannot be read as what it is. */
export function refuseFile({ graph }: SharedEvidence, { id, name }: FileEvidence, error: unknown): void {
  if (!isFault(error)) throw error;
  graph.add({ id, kind: 'file', label: name, file: name });
  // What is broken in itself needs nobody to refuse it.
  graph.check({ from: id, to: id, kind: 'contains', state: 'refused', by: name, reason: error });
}
