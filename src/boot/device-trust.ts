import { parseHex } from '../binary/index.ts';
import type { PublicKey, SignatureScheme } from '../crypto/index.ts';
import { Fault, isFault } from '../fault.ts';
import type { ChainReport, PackedImage } from '../fip/index.ts';
import { type FitReport, readTrust } from '../fit/index.ts';
import {
  addChainReport,
  addExpectedRootHashes,
  addFitReport,
  addHashTree,
  addKeyHash,
  addLoaderTrees,
  addRootHashSignature,
  addTrailer,
  deviceTreeId,
  type ExpectedRootfs,
  fileId,
  findExpectedRootHashes,
  fipImageId,
  keyHashId,
  rootHashId,
  type TrustData,
  TrustGraph,
  trustData,
} from '../trust/index.ts';
import { type ArtifactNames, LOADER_IMAGE } from './artifact.ts';
import { bootMessage } from './messages.ts';

/** Where the hash of the root of trust public key comes from: what a person named, or a record beside the files. */
export type AnchorOption = { readonly named: string } | 'recorded';

/** What a device establishes as it boots, as a graph: from the hash in its fuses to the last block of the root file system. */
export class DeviceTrust {
  readonly #graph: TrustGraph = new TrustGraph();
  readonly #names: ArtifactNames;
  readonly #rotpk: string;
  /** What has to be reached from the anchor for the chain to be verified. */
  readonly #subjects = new Set<string>();

  constructor(names: ArtifactNames, rotpk: string, anchor: AnchorOption) {
    this.#names = names;
    this.#rotpk = rotpk;
    const label = `the device's fuses: sha256 ${rotpk}`;
    const fuses = this.#graph.add({ id: keyHashId(rotpk), kind: 'key-hash', label });
    if (anchor !== 'recorded') this.#graph.anchor({ node: fuses, named: anchor.named });
    this.#subjects.add(fileId(names.firmware));
  }

  /** The key file is not the one whose hash the device holds. */
  otherKey(reason: Fault): void {
    const { firmwareKey } = this.#names;
    const file = this.#graph.add({ id: fileId(firmwareKey), kind: 'file', label: firmwareKey, file: firmwareKey });
    const from = addKeyHash(this.#graph, this.#rotpk);
    this.#graph.check({ from, to: file, kind: 'digest', state: 'refused', by: `sha256:${this.#rotpk}`, reason });
    this.#subjects.add(file);
  }

  trailer(
    images: readonly PackedImage[],
    outcome: { readonly key: PublicKey } & (
      | { readonly scheme: SignatureScheme; readonly signedSize: number }
      | { readonly fault: Fault }
    ),
  ): void {
    addTrailer(this.#graph, this.#fip(images), outcome);
  }

  certificates(images: readonly PackedImage[], report: ChainReport): void {
    const digest = parseHex(this.#rotpk)!;
    addChainReport(
      this.#graph,
      this.#fip(images),
      report,
      new Map([['rot-key', { kind: 'hash', hash: 'sha256', digest }]]),
    );
  }

  /** The control tree of the boot loader. */
  control(loader: PackedImage, control: Uint8Array): void {
    const { firmware } = this.#names;
    const place = { id: fipImageId(fileId(firmware), LOADER_IMAGE), file: firmware, offset: loader.offset };
    const offset = control.byteOffset - loader.data.byteOffset;
    addLoaderTrees(this.#graph, place, [{ bytes: control, offset, control: true }]);
  }

  kernel(control: Uint8Array, report: FitReport | Fault): void {
    const { kernel } = this.#names;
    const { keys } = readTrust(control);
    this.#subjects.add(
      addFitReport(this.#graph, { id: fileId(kernel), label: kernel, tree: deviceTreeId(control), keys, report }),
    );
  }

  expectedRootfs(fit: Uint8Array, report: FitReport, { device }: ExpectedRootfs): void {
    const { kernel } = this.#names;
    addExpectedRootHashes(this.#graph, { id: fileId(kernel), label: kernel }, findExpectedRootHashes(fit), [report]);
    this.#subjects.add(rootHashId(device.rootHash));
  }

  rootHashSignature({ device, certificate }: ExpectedRootfs, fault?: Fault): void {
    const { rootfsSignature: file } = this.#names;
    const signature = { id: fileId(file), label: file, file };
    addRootHashSignature(this.#graph, { rootHash: device.rootHash, certificate, signature }, fault);
    this.#subjects.add(signature.id);
  }

  /** What came of checking the hash tree and its data: a fault lies in the data where it names a data block. */
  tree({ device, image }: ExpectedRootfs, fault?: Fault): void {
    const { kernel, rootfs, rootfsTree } = this.#names;
    const place = (file: string, what: string) => ({
      id: `${fileId(file)}#${what}`,
      label: `${what} of ${image!.path}`,
      file,
    });
    const files =
      image === undefined
        ? {
            tree: { id: fileId(rootfsTree), label: rootfsTree, file: rootfsTree },
            data: { id: fileId(rootfs), label: rootfs, file: rootfs },
          }
        : { tree: place(kernel, 'hash tree'), data: place(kernel, 'data') };
    const inData = fault !== undefined && isFault(fault, 'verity/data-block');
    const outcome = { tree: inData ? undefined : fault, data: inData ? fault : undefined, checked: undefined };
    addHashTree(this.#graph, device.rootHash, files, outcome);
    for (const { id } of [files.tree, files.data]) this.#subjects.add(id);
  }

  /** What is established so far. */
  get data(): TrustData {
    return trustData(this.#graph, [...this.#subjects]);
  }

  /** The fault for something that runs although checked edges do not lead to it. */
  unreached(): Fault {
    const lost = this.data.nodes.find(({ id, standing }) => this.#subjects.has(id) && !GOOD.has(standing));
    return new Fault('boot/missing-link', {
      stage: 'rootfs',
      what: bootMessage('boot/unprotected', { label: lost?.label ?? bootMessage('boot/the-chain') }),
    });
  }

  #fip(images: readonly PackedImage[]) {
    const { firmware } = this.#names;
    return { id: fileId(firmware), label: firmware, entries: images };
  }
}

const GOOD: ReadonlySet<string> = new Set(['anchored', 'verified', 'consistent']);
