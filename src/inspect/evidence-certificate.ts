import { equalBytes } from '../binary/index.ts';
import { type Fault, isFault } from '../fault.ts';
import { parseCertificate, parseDetached, verifyCertificate } from '../pki/index.ts';
import { keyIdentifier } from '../pki/internal.ts';
import { addPurposeKey, addRootHashSignature, certificateId, nameKey, type VerityFile } from '../trust/index.ts';
import { fingerprintOf } from '../trust/internal.ts';
import { parseRootHash, type RootHash, verifyRootHash } from '../verity/index.ts';
import { attempt } from './attempt.ts';
import { type FileEvidence, readAll, type SharedEvidence } from './evidence-file.ts';
import { inspectMessage } from './messages.ts';

/**
 * Adds which keys signed which certificates. That a certificate is signed by its own key says nothing: whoever made it
 * could do that. A key of its own file does not count, the same key in another file does.
 */
export function addIssuers({ graph, keys, certificates }: SharedEvidence): void {
  for (const { der, label } of certificates) {
    const certificate = attempt(() => parseCertificate(der, label));
    if (certificate === undefined) continue;
    for (const { path, publicKey } of keys) {
      const own = fingerprintOf(publicKey) === fingerprintOf(certificate.publicKey);
      if (own && path === label) continue;
      if (attempt(() => verifyCertificate(certificate, publicKey))?.kind !== 'good') continue;
      const from = addPurposeKey(graph, 'certificate', publicKey);
      const to = certificateId(der);
      graph.check({ from, to, kind: 'signature', state: 'checked', by: nameKey(publicKey) });
    }
  }
}

/** A root hash with the certificates that the image tree which names it demands a signature by. */
export interface Demand {
  readonly rootHash: string;
  readonly certificates: readonly Uint8Array[];
}

/**
 * Adds the signatures of root hashes. One that is by no certificate over no root hash is refused by the certificate that it
 * names; and where an image tree pins that certificate, so is its root hash, unless another signature is good.
 */
export function addSignatures(
  shared: SharedEvidence,
  files: readonly FileEvidence[],
  demands: readonly Demand[],
): void {
  const signed = new Set<string>();
  const orphans: FileEvidence[] = [];
  for (const file of files) {
    shared.graph.add({ id: file.id, kind: 'file', label: file.name, file: file.name });
    file.subject.push(file.id);
    file.parts.push(file.id);
    const good = [...shared.rootHashes].flatMap((rootHash) =>
      shared.certificates
        .filter(({ der }) => tryOne(file, rootHash, der) === undefined)
        .map(({ der }) => ({ rootHash, der })),
    );
    for (const { rootHash, der } of good) {
      signed.add(`${rootHash} ${certificateId(der)}`);
      addRootHashSignature(shared.graph, { rootHash, certificate: der, signature: placeOf(file) });
    }
    if (good.length === 0) orphans.push(file);
  }
  for (const file of orphans) addOrphan(shared, file, demands, signed);
}

function addOrphan(
  { graph, certificates, rootHashes }: SharedEvidence,
  file: FileEvidence,
  demands: readonly Demand[],
  signed: ReadonlySet<string>,
): void {
  const named = certificates.filter(({ der }) => isNamed(file, der));
  if (rootHashes.size === 0) file.missing.push(inspectMessage('inspect/judge-no-root-hash'));
  if (named.length === 0) file.missing.push(inspectMessage('inspect/judge-no-certificate'));
  for (const { der } of named) {
    const own = demands.filter((demand) =>
      demand.certificates.some((one) => certificateId(one) === certificateId(der)),
    );
    const open = own.filter(({ rootHash }) => !signed.has(`${rootHash} ${certificateId(der)}`));
    for (const { rootHash } of open) refuseBy(file, rootHash, der, true);
    if (open.length === 0) for (const rootHash of rootHashes) refuseBy(file, rootHash, der, false);
  }

  function refuseBy(one: FileEvidence, rootHash: string, der: Uint8Array, demanded: boolean): void {
    const fault = tryOne(one, rootHash, der);
    if (fault === undefined) return;
    if (demanded) {
      addRootHashSignature(graph, { rootHash, certificate: der, signature: placeOf(one) }, fault);
      return;
    }
    const by = nameKey(parseCertificate(der).publicKey);
    graph.check({ from: certificateId(der), to: one.id, kind: 'signature', state: 'refused', by, reason: fault });
  }
}

const placeOf = ({ id, name }: FileEvidence): VerityFile => ({ id, label: name, file: name });

/** `undefined` where the certificate's key signed the root hash. */
function tryOne({ opened }: FileEvidence, rootHash: string, certificate: Uint8Array): Fault | undefined {
  try {
    verifyRootHash({ rootHash: rootHash as RootHash, signature: readAll(opened.source), certificate });
    return undefined;
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
}

/** Whether a signature says that it is by a certificate. */
function isNamed({ opened, name }: FileEvidence, der: Uint8Array): boolean {
  const message = attempt(() => parseDetached(readAll(opened.source), name));
  const certificate = attempt(() => parseCertificate(der, name));
  if (message === undefined || certificate === undefined) return false;
  const { issuer, serial, publicKey } = certificate;
  return message.signers.some(({ who }) =>
    who.kind === 'issuer'
      ? who.serial === serial && equalBytes(who.issuer, issuer.der)
      : equalBytes(who.id, keyIdentifier(publicKey)),
  );
}

/** Digits of each algorithm: the root hash itself does not say by which it is. */
const ALGORITHMS = [
  ['sha256', 64],
  ['sha512', 128],
  ['sha384', 96],
  ['sha1', 40],
  ['sha224', 56],
] as const;

/** A root hash by its digits; `undefined` for other text. */
export function rootHashIn(text: string): RootHash | undefined {
  const digits = text.trim().toLowerCase();
  const algorithm = ALGORITHMS.find(([, length]) => length === digits.length)?.[0];
  return algorithm === undefined ? undefined : attempt(() => parseRootHash(digits, algorithm));
}
