import { utf8Text } from '../binary/index.ts';
import { describeKey, describeScheme, type HashName, type PublicKey, type SignatureScheme } from '../crypto/index.ts';
import { Fault, isFault } from '../fault.ts';
import { verifyFipTrailer } from '../fip/index.ts';
import { checkFit, type FitReport, readTrust, type Target, type Trust, targetNames, trustKeys } from '../fit/index.ts';
import { isPem, parseCertificate, parsePem, parsePublicKey, verifyCertificate } from '../pki/index.ts';
import { checkVerity, parseRootHashFile, type Source, type TreeReport, verifyRootHash } from '../verity/index.ts';
import type { Cover, Inspection } from './inspection.ts';

/** A file with what is known of it. */
export interface Opened {
  readonly inspection: Inspection;
  readonly source: Source;
}

/** One step of a verdict, in the order in which a board would take it. */
export interface Stage {
  readonly name: string;
  readonly verdict: 'verified' | 'refused' | 'not-verified';
  /** Why, or by what. */
  readonly reasons: readonly string[];
}

/** What a file is worth to a board that has these keys. */
export interface Verdict {
  /** `verified` only where something was checked and all of it is good. */
  readonly verdict: Stage['verdict'];
  readonly stages: readonly Stage[];
  /** Which U-Boot versions would accept it; empty for what U-Boot does not verify. */
  readonly targets: readonly { readonly target: string; readonly accepts: boolean; readonly reason: string }[];
  /** Replace the inspection's covers where there are any: these were checked. */
  readonly covers: readonly Cover[];
  /** Bad blocks of a verity tree. */
  readonly tree: TreeReport | undefined;
}

/** A FIP and small companions are read whole; this is what a typed array holds everywhere. */
const WHOLE_MAX_BYTES = 512 * 1024 * 1024;
const COMPANION_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Judges a file by what lies beside it: a control device tree, keys, certificates, a root hash and its signature.
 * Without any of these the verdict is `not-verified`, never good.
 */
export function judge(subject: Opened, beside: readonly Opened[]): Verdict {
  const trust = gather(beside);
  switch (subject.inspection.kind) {
    case 'fit':
      return judgeFit(subject, trust);
    case 'fip':
      return judgeFip(subject, trust);
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
    case 'unknown':
      return nothing(`a file of this kind (${subject.inspection.summary}) carries nothing to verify`);
  }
}

interface NamedKey {
  readonly path: string;
  readonly publicKey: PublicKey;
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
      summary: inspection.summary,
      bytes: readAll(source),
    }));
  const ofKind = (...kinds: readonly Inspection['kind'][]) => small.filter(({ kind }) => kinds.includes(kind));
  const control = small.find(({ kind, summary }) => kind === 'devicetree' && summary.includes('keys'));
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
  return {
    control: control?.bytes,
    keys,
    certificates,
    rootHashes: ofKind('root-hash').map(({ path, bytes }) => ({ path, text: utf8Text(bytes) })),
    signatures: ofKind('pkcs7').map(({ path, bytes }) => ({ path, der: bytes })),
  };
}

function judgeFit({ source }: Opened, { control, keys }: Gathered): Verdict {
  if (control === undefined && keys.length === 0) return nothing('no control device tree and no key lies beside it');
  try {
    const trust: Trust = control === undefined ? trustKeys(keys) : readTrust(control);
    const reports = targetNames.map((target) => reportFor(source, trust, target));
    const strict = reports.find(({ target }) => target === 'strict')?.report;
    if (strict === undefined || strict instanceof Fault) return refused('image tree', strict?.message ?? '');
    const targets = reports
      .filter(({ target }) => target !== 'strict')
      .map(({ target, report }) => accepts(target, report));
    const stages: Stage[] = [stageOfFaults(strict), ...strict.configurations.flatMap(stagesOfConfiguration)];
    return { verdict: strict.verdict, stages, targets, covers: coversOf(strict), tree: undefined };
  } catch (error) {
    return refused('control device tree', messageOf(error));
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
  if (report instanceof Fault) return { target, accepts: false, reason: report.message };
  return { target, accepts: report.verdict === 'verified', reason: report.faults[0]?.message ?? '' };
}

const stageOfFaults = (report: FitReport): Stage => ({
  name: 'image tree',
  verdict: report.verdict,
  reasons: report.faults.map(({ message }) => message),
});

function stagesOfConfiguration(configuration: FitReport['configurations'][number]): Stage[] {
  const { path, verified, signatures, images } = configuration;
  const good = signatures.filter(({ goodKeys }) => goodKeys.length > 0);
  const reasons = [
    ...good.map((signature) => `${signature.algorithm} by ${signature.goodKeys.join(', ')}`),
    ...signatures.flatMap(({ failures }) => failures.map(({ key, reason }) => `${key}: ${reason}`)),
  ];
  const own: Stage = {
    name: path,
    verdict: verified ? 'verified' : good.length > 0 ? 'refused' : 'not-verified',
    reasons,
  };
  const ofImages = images.map(({ path: image, hashes }): Stage => {
    const bad = hashes.filter((hash) => !hash.good);
    const verdict = bad.length > 0 ? 'refused' : hashes.length > 0 && good.length > 0 ? 'verified' : 'not-verified';
    return {
      name: image,
      verdict,
      reasons: hashes.map((hash) => `${hash.path}: ${hash.algorithm} ${hash.good ? 'matches' : 'does not match'}`),
    };
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

/** The schemes in which a signature at the end of a FIP is tried: the file does not say which it is. */
const SIGNING_HASHES: readonly HashName[] = ['sha256', 'sha384', 'sha512'];

function schemesFor(key: PublicKey): SignatureScheme[] {
  if (key.kind === 'ec') return SIGNING_HASHES.map((hash) => ({ kind: 'ecdsa', hash }));
  return SIGNING_HASHES.flatMap((hash) => [
    { kind: 'rsa-pkcs1', hash },
    { kind: 'rsa-pss', hash, saltLength: 'any' },
  ]);
}

function judgeFip({ source }: Opened, { keys }: Gathered): Verdict {
  if (keys.length === 0) return nothing('no key lies beside it');
  if (source.size > WHOLE_MAX_BYTES) return nothing('it is too large to be verified here');
  const input = readAll(source);
  let first: string | undefined;
  for (const { path, publicKey } of keys) {
    for (const scheme of schemesFor(publicKey)) {
      try {
        const { signedSize } = verifyFipTrailer(input, publicKey, scheme);
        const cover: Cover = { offset: 0, size: signedSize, kind: 'signed', by: path, state: 'good' };
        const stage: Stage = {
          name: 'signature at the end',
          verdict: 'verified',
          reasons: [`${describeScheme(scheme)} by ${path}, over ${signedSize} bytes`],
        };
        return { verdict: 'verified', stages: [stage], targets: [], covers: [cover], tree: undefined };
      } catch (error) {
        first ??= messageOf(error);
      }
    }
  }
  const names = keys.map(({ path, publicKey }) => `${path} (${describeKey(publicKey)})`).join(', ');
  return refused('signature at the end', `${first ?? ''}; tried ${names}`);
}

function judgeVerity({ inspection, source }: Opened, trust: Gathered, beside: readonly Opened[]): Verdict {
  const place = inspection.verity;
  const given = trust.rootHashes[0];
  if (place === undefined) return refused('superblock', inspection.stop?.message ?? '');
  if (given === undefined) return nothing('no root hash lies beside it');
  const { parameters, hashOffset, dataHere } = place;
  const needed = parameters.dataBlocks * parameters.dataBlockSize;
  const data = dataHere
    ? source
    : beside.find(({ inspection: { kind }, source: { size } }) => kind === 'unknown' && size >= needed)?.source;
  if (data === undefined) return nothing('the data does not lie beside its hash tree');
  try {
    const rootHash = parseRootHashFile(given.text, parameters.algorithm, given.path);
    const tree = checkVerity({ data, hash: source, hashOffset, superblock: true, rootHash, parameters });
    const reasons = tree.bad.map(
      ({ area, level, first, blocks, kind }) =>
        `${level === undefined ? area : `level ${level}`}: block ${first}${blocks > 1 ? ` and ${blocks - 1} more` : ''} ${kind}`,
    );
    const good = `${tree.checked.dataBlocks} data blocks and ${tree.checked.hashBlocks} hash blocks match`;
    const stage: Stage = { name: 'hash tree', verdict: tree.verdict, reasons: reasons.length === 0 ? [good] : reasons };
    const signature = judgeRootHash(rootHash, trust);
    const verdict = signature.some((one) => one.verdict === 'refused') ? 'refused' : tree.verdict;
    return { verdict, stages: [...signature, stage], targets: [], covers: verityCovers(inspection.covers, tree), tree };
  } catch (error) {
    return refused('hash tree', messageOf(error));
  }
}

function verityCovers(covers: readonly Cover[], tree: TreeReport): Cover[] {
  const bad = [...tree.bad, ...tree.unproven].map(
    ({ offset, size, area }): Cover => ({ offset, size, kind: 'hashed', by: area, state: 'bad' }),
  );
  return [...covers.map((cover): Cover => ({ ...cover, state: 'good' })), ...bad];
}

/** The signature of a root hash by a certificate that lies beside it, where there is one. */
function judgeRootHash(
  rootHash: ReturnType<typeof parseRootHashFile>,
  { signatures, certificates }: Gathered,
): Stage[] {
  return signatures.map(({ path, der }) => {
    const failures: string[] = [];
    for (const certificate of certificates) {
      try {
        const { hash } = verifyRootHash({ rootHash, signature: der, certificate: certificate.der });
        return { name: path, verdict: 'verified', reasons: [`root hash signed with ${hash} by ${certificate.path}`] };
      } catch (error) {
        failures.push(`${certificate.path}: ${messageOf(error)}`);
      }
    }
    if (failures.length > 0) return { name: path, verdict: 'refused', reasons: failures };
    return { name: path, verdict: 'not-verified', reasons: ['no certificate lies beside it'] };
  });
}

function judgeSignature({ inspection, source }: Opened, trust: Gathered): Verdict {
  const given = trust.rootHashes[0];
  if (given === undefined) return nothing('no root hash lies beside it');
  const rootHash = attempt(() => parseRootHashFile(given.text, 'sha256', given.path));
  if (rootHash === undefined) return nothing(`${given.path} is no root hash of SHA-256`);
  const stages = judgeRootHash(rootHash, { ...trust, signatures: [{ path: inspection.name, der: readAll(source) }] });
  return { verdict: stages[0]?.verdict ?? 'not-verified', stages, targets: [], covers: [], tree: undefined };
}

function judgeCertificate({ inspection, source }: Opened, { keys }: Gathered): Verdict {
  if (keys.length === 0) return nothing('no key of an issuer lies beside it');
  const input = readAll(source);
  const der = isPem(input) ? parsePem(utf8Text(input), inspection.name)[0]?.der : input;
  const certificate = attempt(() => parseCertificate(der ?? input, inspection.name));
  if (certificate === undefined) return refused(inspection.name, 'it is no certificate that can be read');
  const reasons: string[] = [];
  for (const { path, publicKey } of keys) {
    const verdict = attempt(() => verifyCertificate(certificate, publicKey));
    if (verdict?.kind === 'good') {
      const stage: Stage = { name: certificate.subject.text, verdict: 'verified', reasons: [`signed by ${path}`] };
      const covers = inspection.covers.map((cover): Cover => ({ ...cover, by: path, state: 'good' }));
      return { verdict: 'verified', stages: [stage], targets: [], covers, tree: undefined };
    }
    reasons.push(`${path}: ${verdict?.reason ?? 'cannot be used'}`);
  }
  return refused(certificate.subject.text, ...reasons);
}

const nothing = (reason: string): Verdict => ({
  verdict: 'not-verified',
  stages: [{ name: 'nothing was checked', verdict: 'not-verified', reasons: [reason] }],
  targets: [],
  covers: [],
  tree: undefined,
});

const refused = (name: string, ...reasons: readonly string[]): Verdict => ({
  verdict: 'refused',
  stages: [{ name, verdict: 'refused', reasons }],
  targets: [],
  covers: [],
  tree: undefined,
});

function readAll(source: Source): Uint8Array {
  const output = new Uint8Array(source.size);
  if (source.size > 0) source.readInto(0, output);
  return output;
}

function messageOf(error: unknown): string {
  if (isFault(error)) return error.message;
  throw error;
}

function attempt<T>(probe: () => T): T | undefined {
  try {
    return probe();
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}
