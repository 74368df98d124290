import { utf8Text } from '../binary/index.ts';
import { Fault, isFault } from '../fault.ts';
import { checkFit, type FitReport, readTrust, type Target, type Trust, targetNames, trustKeys } from '../fit/index.ts';
import { isPem, parseCertificate, parsePem, parsePublicKey, verifyCertificate } from '../pki/index.ts';
import { checkVerity, parseRootHashFile, type Source, type TreeReport, verifyRootHash } from '../verity/index.ts';
import { attempt } from './attempt.ts';
import type { Cover, Inspection, Opened } from './inspection.ts';
import { judgeFip, type NamedKey } from './judge-fip.ts';
import { pinsOf } from './pins.ts';
import { phrase, type Said, saidOf, words } from './said.ts';
import { nothing, refused, type Stage, type Verdict } from './verdict.ts';

/** A FIP and small companions are read whole; this is what a typed array holds everywhere. */
const WHOLE_MAX_BYTES = 512 * 1024 * 1024;
const COMPANION_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Judges a file by what lies beside it: a control device tree, keys, certificates, a root hash and its signature.
 * Without any of these the verdict is `not-verified`, never good.
 */
export async function judge(subject: Opened, beside: readonly Opened[]): Promise<Verdict> {
  const trust = gather(beside);
  switch (subject.inspection.kind) {
    case 'fit':
      return judgeFit(subject, trust);
    case 'fip':
      if (subject.source.size > WHOLE_MAX_BYTES) return nothing('judge/too-large');
      return await judgeFip(readAll(subject.source), trust.keys);
    case 'verity':
      return judgeVerity(subject, trust, beside);
    case 'certificate':
      return judgeCertificate(subject, trust);
    case 'pkcs7':
      return judgeSignature(subject, trust);
    case 'devicetree':
    case 'devicetree-source':
    case 'pem':
    case 'private-key':
    case 'public-key':
    case 'root-hash':
    case 'u-boot':
    case 'unknown':
      return nothing('judge/nothing-to-verify', subject.inspection.summary);
  }
}

interface Gathered {
  readonly control: Uint8Array | undefined;
  readonly keys: readonly NamedKey[];
  readonly certificates: readonly { readonly path: string; readonly der: Uint8Array }[];
  readonly rootHashes: readonly { readonly path: string; readonly text: string }[];
  readonly signatures: readonly { readonly path: string; readonly der: Uint8Array }[];
}

function gather(beside: readonly Opened[]): Gathered {
  const small = beside
    .filter(({ source }) => source.size <= COMPANION_MAX_BYTES)
    .map(({ inspection, source }) => ({
      path: inspection.name,
      kind: inspection.kind,
      control: isControl(inspection),
      bytes: readAll(source),
    }));
  const ofKind = (...kinds: readonly Inspection['kind'][]) => small.filter(({ kind }) => kinds.includes(kind));
  const control = small.find((one) => one.control);
  const keys = ofKind('public-key', 'private-key', 'certificate').flatMap(({ path, bytes }) => {
    const publicKey = attempt(() => parsePublicKey(bytes, path));
    return publicKey === undefined ? [] : [{ path, publicKey }];
  });
  const certificates = ofKind('certificate').flatMap(({ path, bytes }) => {
    const der = isPem(bytes)
      ? parsePem(utf8Text(bytes), path).find(({ label }) => label === 'CERTIFICATE')?.der
      : bytes;
    return der === undefined ? [] : [{ path, der }];
  });
  const trees = beside.filter(({ inspection }) => inspection.kind === 'fit').map(pinsOf);
  return {
    control: control?.bytes,
    keys,
    certificates: [...certificates, ...trees.flatMap((tree) => tree.certificates)],
    rootHashes: [
      ...ofKind('root-hash').map(({ path, bytes }) => ({ path, text: utf8Text(bytes) })),
      ...trees.flatMap(({ rootHashes }) => rootHashes),
    ],
    signatures: ofKind('pkcs7').map(({ path, bytes }) => ({ path, der: bytes })),
  };
}

/** A device tree with a signature node holds the keys of a boot loader. */
const isControl = ({ kind, summary: { from } }: Inspection): boolean =>
  kind === 'devicetree' && from.kind === 'phrase' && from.id === 'is/control-tree';

function judgeFit({ source }: Opened, { control, keys }: Gathered): Verdict {
  if (control === undefined && keys.length === 0) return nothing('judge/no-control');
  try {
    const trust: Trust = control === undefined ? trustKeys(keys) : readTrust(control);
    const reports = targetNames.map((target) => reportFor(source, trust, target));
    const strict = reports.find(({ target }) => target === 'strict')?.report;
    if (strict === undefined) throw new Error('strict is a target');
    if (strict instanceof Fault) return refused(phrase('stage/fit'), saidOf(strict));
    const targets = reports
      .filter(({ target }) => target !== 'strict')
      .map(({ target, report }) => accepts(target, report));
    const stages: Stage[] = [stageOfFaults(strict), ...strict.configurations.flatMap(stagesOfConfiguration)];
    return { verdict: strict.verdict, stages, targets, covers: coversOf(strict), tree: undefined };
  } catch (error) {
    return refused(phrase('stage/control'), messageOf(error));
  }
}

function reportFor(
  source: Source,
  trust: Trust,
  target: Target,
): { readonly target: Target; readonly report: FitReport | Fault } {
  try {
    return { target, report: checkFit(source, trust, { target }) };
  } catch (error) {
    if (error instanceof Fault) return { target, report: error };
    throw error;
  }
}

function accepts(target: string, report: FitReport | Fault) {
  if (report instanceof Fault) return { target, accepts: false, reason: saidOf(report) };
  const [first] = report.faults;
  const reason = first === undefined ? undefined : saidOf(first);
  return { target, accepts: report.verdict === 'verified', reason };
}

const stageOfFaults = (report: FitReport): Stage => ({
  name: phrase('stage/fit'),
  verdict: report.verdict,
  reasons: report.faults.map(saidOf),
});

function stagesOfConfiguration(configuration: FitReport['configurations'][number]): Stage[] {
  const { path, verified, signatures, images } = configuration;
  const good = signatures.filter(({ goodKeys }) => goodKeys.length > 0);
  const reasons = [
    ...good.map((signature) => phrase('judge/signature-by', signature.algorithm, signature.goodKeys.join(', '))),
    ...signatures.flatMap(({ failures }) =>
      failures.map(({ key, reason }) => phrase('judge/because', key, words(reason))),
    ),
  ];
  const own: Stage = {
    name: words(path),
    verdict: verified ? 'verified' : good.length > 0 ? 'refused' : 'not-verified',
    reasons,
  };
  const ofImages = images.map(({ path: image, hashes, hashed }): Stage => {
    const bad = hashes.filter((hash) => !hash.good);
    const verdict = bad.length > 0 ? 'refused' : hashes.length > 0 && good.length > 0 ? 'verified' : 'not-verified';
    const compared = hashes.map(({ path: node, algorithm, good: same }) =>
      phrase(same ? 'judge/matches' : 'judge/differs', node, algorithm),
    );
    return { name: words(image), verdict, reasons: hashed ? compared : [phrase('judge/not-hashed')] };
  });
  return [own, ...ofImages];
}

function coversOf(report: FitReport): Cover[] {
  return report.configurations.flatMap(({ signatures, coverage, images }) => {
    const by = signatures.find(({ goodKeys }) => goodKeys.length > 0)?.goodKeys[0] ?? '';
    const signed = (coverage?.regions ?? []).map(
      ({ start, end }): Cover => ({ offset: start, size: end - start, kind: 'signed', by, state: 'good' }),
    );
    const hashed = images.flatMap(({ data, hashes }) =>
      data === undefined
        ? []
        : hashes.map(
            ({ path, good }): Cover => ({
              offset: data.start,
              size: data.size,
              kind: 'hashed',
              by: path,
              state: good ? 'good' : 'bad',
            }),
          ),
    );
    return [...signed, ...hashed];
  });
}

function judgeVerity({ inspection, source }: Opened, trust: Gathered, beside: readonly Opened[]): Verdict {
  const place = inspection.verity;
  const given = trust.rootHashes[0];
  if (place === undefined) {
    const stop = inspection.stop === undefined ? [] : [inspection.stop.message];
    return refused(phrase('stage/superblock'), ...stop);
  }
  if (given === undefined) return nothing('judge/no-root-hash');
  const { parameters, hashOffset, dataHere } = place;
  const needed = parameters.dataBlocks * parameters.dataBlockSize;
  const data = dataHere
    ? source
    : beside.find(({ inspection: { kind }, source: { size } }) => kind === 'unknown' && size >= needed)?.source;
  if (data === undefined) return nothing('judge/no-data');
  try {
    const rootHash = parseRootHashFile(given.text, parameters.algorithm, given.path);
    const tree = checkVerity({ data, hash: source, hashOffset, superblock: true, rootHash, parameters });
    const { dataBlocks, hashBlocks } = tree.checked;
    const reasons =
      tree.bad.length === 0 ? [phrase('judge/tree-good', dataBlocks, hashBlocks)] : tree.bad.map(badBlocks);
    const stage: Stage = { name: phrase('stage/tree'), verdict: tree.verdict, reasons };
    const signature = judgeRootHash(rootHash, trust);
    const verdict = signature.some((one) => one.verdict === 'refused') ? 'refused' : tree.verdict;
    return {
      verdict,
      stages: [...signature, stage],
      targets: [],
      covers: verityCovers(inspection.covers, tree, dataHere),
      tree,
    };
  } catch (error) {
    return refused(phrase('stage/tree'), messageOf(error));
  }
}

function badBlocks({ level, first, blocks, kind }: TreeReport['bad'][number]): Said {
  const how = phrase(`judge/${kind}`);
  const where = blocks > 1 ? ([first, first + blocks - 1, how] as const) : ([first, how, ''] as const);
  if (level === undefined) return phrase(blocks > 1 ? 'judge/data-bad-many' : 'judge/data-bad', ...where);
  return phrase(blocks > 1 ? 'judge/level-bad-many' : 'judge/level-bad', ...where, level);
}

/** Bad blocks of data that lies in another file are no bytes of this one. */
function verityCovers(covers: readonly Cover[], tree: TreeReport, dataHere: boolean): Cover[] {
  const bad = [...tree.bad, ...tree.unproven]
    .filter(({ area }) => dataHere || area === 'hash')
    .map(({ offset, size, area }): Cover => ({ offset, size, kind: 'hashed', by: area, state: 'bad' }));
  return [...covers.map((cover): Cover => ({ ...cover, state: 'good' })), ...bad];
}

/** The signature of a root hash by a certificate that lies beside it, where there is one. */
function judgeRootHash(
  rootHash: ReturnType<typeof parseRootHashFile>,
  { signatures, certificates }: Gathered,
): Stage[] {
  return signatures.map(({ path, der }) => {
    const failures: Said[] = [];
    for (const certificate of certificates) {
      try {
        const { hash } = verifyRootHash({ rootHash, signature: der, certificate: certificate.der });
        const reasons = [phrase('judge/root-hash-signed', hash, certificate.path)];
        return { name: words(path), verdict: 'verified', reasons };
      } catch (error) {
        failures.push(phrase('judge/because', certificate.path, messageOf(error)));
      }
    }
    if (failures.length > 0) return { name: words(path), verdict: 'refused', reasons: failures };
    return { name: words(path), verdict: 'not-verified', reasons: [phrase('judge/no-certificate')] };
  });
}

function judgeSignature({ inspection, source }: Opened, trust: Gathered): Verdict {
  const given = trust.rootHashes[0];
  if (given === undefined) return nothing('judge/no-root-hash');
  const rootHash = attempt(() => parseRootHashFile(given.text, 'sha256', given.path));
  if (rootHash === undefined) return nothing('judge/no-sha256', given.path);
  const stages = judgeRootHash(rootHash, { ...trust, signatures: [{ path: inspection.name, der: readAll(source) }] });
  return { verdict: stages[0]?.verdict ?? 'not-verified', stages, targets: [], covers: [], tree: undefined };
}

function judgeCertificate({ inspection, source }: Opened, { keys }: Gathered): Verdict {
  if (keys.length === 0) return nothing('judge/no-issuer');
  const input = readAll(source);
  const der = isPem(input) ? parsePem(utf8Text(input), inspection.name)[0]?.der : input;
  const certificate = attempt(() => parseCertificate(der ?? input, inspection.name));
  if (certificate === undefined) return refused(words(inspection.name), phrase('judge/no-such-certificate'));
  const name = words(certificate.subject.text);
  const reasons: Said[] = [];
  for (const { path, publicKey } of keys) {
    const verdict = attempt(() => verifyCertificate(certificate, publicKey));
    if (verdict?.kind === 'good') {
      const stage: Stage = { name, verdict: 'verified', reasons: [phrase('judge/signed-by', path)] };
      const covers = inspection.covers.map((cover): Cover => ({ ...cover, by: path, state: 'good' }));
      return { verdict: 'verified', stages: [stage], targets: [], covers, tree: undefined };
    }
    reasons.push(
      verdict === undefined ? phrase('judge/unusable', path) : phrase('judge/because', path, words(verdict.reason)),
    );
  }
  return refused(name, ...reasons);
}

function readAll(source: Source): Uint8Array {
  const output = new Uint8Array(source.size);
  if (source.size > 0) source.readInto(0, output);
  return output;
}

function messageOf(error: unknown): Said {
  if (isFault(error)) return saidOf(error);
  throw error;
}
