import type { Fault } from '../../fault.ts';
import {
  addCertificate,
  addHashTree,
  addRootHash,
  addRootHashSignature,
  fileId,
  rootHashId,
  type TrustData,
  TrustGraph,
  trustData,
} from '../../trust/index.ts';
import type { TreeReport } from '../../verity/index.ts';

/** What was checked, and what the person who asked named. */
export interface VerityEvidence {
  readonly data: string;
  readonly hash: string;
  readonly rootHash: string;
  /** The flags by which the root hash was named. */
  readonly named: string;
  readonly report: Pick<TreeReport, 'verdict' | 'bad'>;
  /** The first thing that is wrong. */
  readonly fault: Fault | undefined;
  /** A signature of the root hash, which was verified. */
  readonly signed: { readonly file: string; readonly certificate: Uint8Array; readonly named: string } | undefined;
}

/** The root hash that a person named, the hash tree and the data under it; the certificate that signed it where one did. */
export function trustOf({ data, hash, rootHash, named, report, fault, signed }: VerityEvidence): TrustData {
  const graph = new TrustGraph();
  const root = addRootHash(graph, rootHash);
  graph.anchor({ node: root, named });
  if (signed !== undefined) {
    const { file, certificate } = signed;
    graph.anchor({ node: addCertificate(graph, certificate), named: signed.named });
    addRootHashSignature(graph, { rootHash, certificate, signature: { id: fileId(file), label: file, file } });
  }
  const isBad = (area: 'data' | 'hash'): boolean => report.bad.some((one) => one.area === area);
  const inTree = isBad('hash') || (report.verdict === 'refused' && !isBad('data'));
  const files = {
    tree: { id: `${fileId(hash)}#tree`, label: `hash tree of ${hash}`, file: hash },
    data: { id: `${fileId(data)}#data`, label: data, file: data },
  };
  const outcome = { tree: inTree ? fault : undefined, data: isBad('data') ? fault : undefined };
  addHashTree(graph, rootHash, files, outcome);
  return trustData(graph, [rootHashId(rootHash), files.tree.id, files.data.id]);
}
