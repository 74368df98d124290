import type { PublicKey } from '../crypto/index.ts';
import type { Fault } from '../fault.ts';
import type { ConfigurationReport, FitReport, ImageReport, TrustedKey } from '../fit/index.ts';
import { bindsData, isFitHash } from '../fit/internal.ts';
import { parseCertificate } from '../pki/index.ts';
import type { ExpectedRootHashes } from './expected-rootfs.ts';
import type { TrustGraph } from './graph.ts';
import { partId } from './ids.ts';
import { addPurposeKey, nameKey, shorten } from './key.ts';
import { addCertificate, addRootHash } from './verity.ts';

/** An image tree, the keys that it was held against, and what came of it. */
export interface FitEvidence {
  /** The id of its file, and what a person calls it. */
  readonly id: string;
  readonly label: string;
  /** The control device tree that the keys stand in, which is a node already; without one each key speaks for itself. */
  readonly tree: string | undefined;
  readonly keys: readonly TrustedKey[];
  /** Or the fault for which the image tree could not be read at all. */
  readonly report: FitReport | Fault;
}

/**
 * Adds what a verifier found of an image tree: control tree → key node → configuration → images. The image tree is all of
 * the configurations that it was asked for, with their images. What keeps a configuration from booting is refused by the
 * control tree: a required key that did not sign, a digest that differs, a structure that boot loaders disagree on.
 * Where no key is required, signatures are claims. Gives the image tree's id.
 */
export function addFitReport(graph: TrustGraph, evidence: FitEvidence): string {
  const { id, label, report } = evidence;
  const keys = new Map(evidence.keys.map((key) => [key.path, addFitKey(graph, evidence, key)]));
  // The tree speaks for all of its keys; they repeat a refusal, since a person may have named one of them alone.
  const from = [...(evidence.tree === undefined ? [] : [evidence.tree]), ...keys.values()];
  if (report instanceof Error) {
    graph.add({ id, kind: 'file', label, file: label });
    refuse(graph, from, id, report);
    return id;
  }
  const walk = new FitWalk(graph, evidence, report, { keys, from });
  const parts = report.configurations.flatMap((configuration) => walk.configuration(configuration));
  if (report.faults.some(({ code }) => code === 'fit/not-verified')) parts.push(addOpenQuestion(graph, evidence));
  graph.add({ id, kind: 'file', label, file: label, parts: [...new Set(parts)] });
  walk.refuseRest();
  return id;
}

/** What keeps an image tree from being verified although nothing is wrong: that no key is required, or what boots is not known. */
const addOpenQuestion = (graph: TrustGraph, { id, label }: FitEvidence): string =>
  graph.add({ id: partId(id, 'what-boots'), kind: 'configuration', label: `what boots of ${label}`, file: label });

/**
 * Adds what an image tree pins. It speaks for itself as a whole: where one of its configurations is refused, it pins
 * nothing. What it says where no signature reaches, in an image of no configuration that was checked or in a node that the
 * signature leaves out, is a claim.
 *
 * @param reports every report of the image tree; none where nothing could be checked
 */
export function addExpectedRootHashes(
  graph: TrustGraph,
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

/** The id of a configuration or an image by its path. */
export const fitNodeId = (file: string, path: string): string => partId(file, path);

/** A key node of the control tree, or a key that was named for signing image trees. */
function addFitKey(graph: TrustGraph, { tree }: FitEvidence, { path, publicKey }: TrustedKey): string {
  if (tree === undefined) return addPurposeKey(graph, 'kernel', publicKey);
  const id = graph.add({ id: partId(tree, path), kind: 'key', label: path });
  graph.check({ from: tree, to: id, kind: 'contains', state: 'checked', by: path });
  return id;
}

interface Verifiers {
  /** Ids by the path that reports name. */
  readonly keys: ReadonlyMap<string, string>;
  /** Everything that refuses what is wrong with the image tree itself. */
  readonly from: readonly string[];
}

class FitWalk {
  readonly #graph: TrustGraph;
  readonly #evidence: FitEvidence;
  readonly #report: FitReport;
  readonly #verifiers: Verifiers;
  /** Faults that no configuration or image has taken yet. */
  readonly #rest: Set<Fault>;

  constructor(graph: TrustGraph, evidence: FitEvidence, report: FitReport, verifiers: Verifiers) {
    this.#graph = graph;
    this.#evidence = evidence;
    this.#report = report;
    this.#verifiers = verifiers;
    // That nothing is required is no refusal: it leaves signatures claims.
    this.#rest = new Set(report.faults.filter(({ code }) => code !== 'fit/not-verified'));
  }

  /** Gives the ids of a configuration and its images. */
  configuration(configuration: ConfigurationReport): string[] {
    const { path, signatures, images, verified } = configuration;
    const { label } = this.#evidence;
    const id = this.#graph.add({ id: this.#id(path), kind: 'configuration', label: path, file: label });
    const demanded = this.#evidence.keys.some(({ required }) => required === 'conf');
    const good = signatures.flatMap(({ goodKeys }) => goodKeys);
    const state = demanded ? 'checked' : 'claimed';
    for (const key of good) this.#check(this.#key(key).id, id, 'signature', state, nameKey(this.#key(key).publicKey));
    // Older boot loaders check images alone where no key is required for configurations.
    if (verified && !demanded) this.#accept(this.#verifiers.from, id);
    for (const fault of this.#take(path)) this.#refuse(fault, id);
    return [id, ...images.map((image) => this.#image(id, image))];
  }

  /** What is wrong with the image tree as a whole. */
  refuseRest(): void {
    for (const fault of this.#rest) this.#refuse(fault, this.#evidence.id);
  }

  #image(configuration: string, { path, type, data, hashes, signatures, bound }: ImageReport): string {
    const range = data === undefined ? {} : { range: { offset: data.start, size: data.size } };
    const id = this.#graph.add({
      id: this.#id(path),
      kind: type === 'flat_dt' ? 'device-tree' : 'image',
      label: path,
      file: this.#evidence.label,
      ...range,
    });
    const faults = this.#take(path);
    let digest = false;
    for (const { path: node, algorithm, ignored } of hashes.filter(({ good }) => good)) {
      const binds = !ignored && isFitHash(algorithm) && bindsData(algorithm);
      digest ||= binds;
      this.#check(configuration, id, 'digest', binds ? 'checked' : 'claimed', `${algorithm} ${node}`);
    }
    for (const key of signatures.flatMap(({ goodKeys }) => goodKeys)) {
      this.#check(this.#key(key).id, id, 'signature', 'checked', nameKey(this.#key(key).publicKey));
    }
    // Bound by a signature of its own, with no digest that a configuration could vouch for it by.
    if (!digest && bound && faults.length === 0) this.#accept([configuration], id);
    for (const fault of faults) {
      this.#refuse(fault, id);
      refuse(this.#graph, [configuration], id, fault);
    }
    return id;
  }

  #accept(from: readonly string[], to: string): void {
    for (const one of from) this.#check(one, to, 'names', 'checked', `the rules of ${this.#report.target}`);
  }

  /** A required key that did not sign is the control tree's to refuse, or the key's own; anything else everybody's. */
  #refuse(fault: Fault, to: string): void {
    const key = this.#verifiers.keys.get(keyOf(fault));
    const from = key === undefined ? this.#verifiers.from : [this.#evidence.tree ?? key];
    refuse(this.#graph, from, to, fault);
  }

  /** The faults of a path and of what is below it. Those of an image are of every configuration that refers to it. */
  #take(path: string): Fault[] {
    const own = this.#report.faults.filter((fault) => fault.code !== 'fit/not-verified' && liesIn(fault, path));
    for (const fault of own) this.#rest.delete(fault);
    return own;
  }

  #key(path: string): { readonly id: string; readonly publicKey: PublicKey } {
    const key = this.#evidence.keys.find((one) => one.path === path);
    const id = this.#verifiers.keys.get(path);
    if (key === undefined || id === undefined) throw new Error(`a report on ${path}, which is none of the keys`);
    return { id, publicKey: key.publicKey };
  }

  #check(from: string, to: string, kind: 'signature' | 'digest' | 'names', state: 'checked' | 'claimed', by: string) {
    this.#graph.check({ from, to, kind, state, by });
  }

  #id(path: string): string {
    return partId(this.#evidence.id, path);
  }
}

function refuse(graph: TrustGraph, from: readonly string[], to: string, reason: Fault): void {
  const key = keyOf(reason);
  for (const one of from) {
    graph.check({ from: one, to, kind: 'signature', state: 'refused', by: key || reason.code, reason });
  }
}

function liesIn({ context }: Fault, path: string): boolean {
  if (!('path' in context)) return false;
  const rest = context.path.startsWith(path) ? context.path.slice(path.length) : undefined;
  return rest !== undefined && (rest === '' || rest.startsWith('/') || rest.startsWith(':'));
}

/** The key that a fault names; empty where it names none. */
const keyOf = ({ context }: Fault): string => ('key' in context && typeof context.key === 'string' ? context.key : '');
