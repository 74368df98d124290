import type { ByteSource } from '../binary/index.ts';
import { Fault, faultMessage, textOf } from '../fault.ts';
import {
  checkFit,
  type FitReport,
  type FitTarget,
  readTrust,
  type SignatureKeyName,
  type TrustedKey,
  type TrustedKeys,
  targetNames,
  trustKeys,
} from '../fit/index.ts';
import { fitsAlgorithm } from '../fit/internal.ts';
import {
  addExpectedRootHashes,
  addFitReport,
  type ExpectedRootHashes,
  findExpectedRootHashes,
  fitNodeId,
  partId,
} from '../trust/index.ts';
import type { FileEvidence, SharedEvidence } from './evidence-file.ts';
import { inspectMessage } from './messages.ts';

/**
 * Adds an image tree, held against every control tree and the keys of all files, and what it pins. Gives its pins.
 */
export function addFit(shared: SharedEvidence, file: FileEvidence): ExpectedRootHashes {
  const { graph, controls, keys } = shared;
  const { source } = file.opened;
  file.subject.push(file.id);
  const reports: FitReport[] = [];
  const outcomes: { readonly trust: TrustedKeys; readonly report: FitReport | Fault }[] = [];
  for (const { id, bytes } of controls) {
    const trust = attemptTrust(bytes);
    const report = trust instanceof Fault ? trust : reportOf(source, trust);
    const known = trust instanceof Fault ? [] : trust.keys;
    addFitReport(graph, { id: file.id, label: file.name, tree: id, keys: known, report });
    if (!(trust instanceof Fault)) outcomes.push({ trust, report });
    if (!(report instanceof Fault)) reports.push(report);
  }
  const held = holdAgainstKeys(source, keys, controls.length === 0);
  if (held !== undefined) {
    addFitReport(graph, { id: file.id, label: file.name, tree: undefined, keys: held.trust.keys, report: held.report });
    outcomes.push(held);
    if (!(held.report instanceof Fault)) reports.push(held.report);
  }
  graph.add({ id: file.id, kind: 'file', label: file.name, file: file.name });
  if (outcomes.length === 0) {
    addClaims(shared, file);
    file.missing.push(
      keys.length === 0
        ? inspectMessage('inspect/judge-no-control')
        : inspectMessage('inspect/judge-no-fit-key', { keys: keys.map(({ path }) => path).join(', ') }),
    );
  }
  file.parts.push(...partsOf(file.id, reports));
  file.targets = targetsOf(source, outcomes);
  const pins = findExpectedRootHashes(source);
  addExpectedRootHashes(graph, { id: file.id, label: file.name }, pins, reports);
  return pins;
}

/** Who is said to have signed it, where nothing is open that could tell. */
function addClaims({ graph }: SharedEvidence, { id, opened }: FileEvidence): void {
  const hints = new Set(
    opened.inspection.protectedRanges.filter(({ kind }) => kind === 'signed').map(({ by }) => textOf(by)),
  );
  for (const hint of hints) {
    const from = graph.add({ id: partId(id, `key ${hint}`), kind: 'key', label: hint });
    graph.check({ from, to: id, kind: 'signature', state: 'claimed', by: hint });
  }
}

function attemptTrust(bytes: Uint8Array): TrustedKeys | Fault {
  try {
    return readTrust(bytes);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function reportOf(source: ByteSource, trust: TrustedKeys, target: FitTarget = 'strict'): FitReport | Fault {
  try {
    return checkFit(source, trust, { target });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/**
 * One of the keys of all files is enough: which of them is for image trees nobody said. Where none signed, those refuse it
 * that could have, unless a control tree says more.
 */
function holdAgainstKeys(
  source: ByteSource,
  keys: SharedEvidence['keys'],
  alone: boolean,
): { readonly trust: TrustedKeys; readonly report: FitReport | Fault } | undefined {
  if (keys.length === 0) return undefined;
  const report = reportOf(source, { ...trustKeys(keys), mode: 'any' });
  if (report instanceof Fault) return alone ? { trust: { ...trustKeys(keys), mode: 'any' }, report } : undefined;
  const signatures = report.configurations.flatMap((one) => one.signatures);
  const good = new Set(signatures.flatMap(({ goodKeys }) => goodKeys));
  if (good.size === 0 && !alone) return undefined;
  const kinds = new Set(signatures.map(({ algorithm }) => algorithm.split(',')[1] as SignatureKeyName));
  const counted = trustKeys(keys).keys.filter((key: TrustedKey) =>
    good.size > 0 ? good.has(key.path) : [...kinds].some((kind) => fitsAlgorithm(key.publicKey, kind)),
  );
  if (counted.length === 0) return undefined;
  const trust: TrustedKeys = { keys: counted, mode: 'any' };
  return { trust, report: reportOf(source, trust) };
}

const partsOf = (id: string, reports: readonly FitReport[]): string[] => {
  const paths = reports.flatMap(({ configurations }) =>
    configurations.flatMap(({ path, images }) => [path, ...images.map((image) => image.path)]),
  );
  return [...new Set(paths)].map((path) => fitNodeId(id, path));
};

/** What each U-Boot would do, by the first control tree that accepts it, else by the first. */
function targetsOf(
  source: ByteSource,
  outcomes: readonly { readonly trust: TrustedKeys; readonly report: FitReport | Fault }[],
): FileEvidence['targets'] {
  const accepted = outcomes.find(({ report }) => !(report instanceof Fault) && report.verdict === 'verified');
  const { trust } = accepted ?? outcomes[0] ?? {};
  if (trust === undefined) return [];
  return targetNames
    .filter((target) => target !== 'strict')
    .map((target) => {
      const report = reportOf(source, trust, target);
      if (report instanceof Fault) return { target, accepts: false, reason: faultMessage(report) };
      const [first] = report.faults;
      return { target, accepts: report.verdict === 'verified', reason: first && faultMessage(first) };
    });
}
