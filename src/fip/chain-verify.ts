import { equalBytes, hexText } from '../binary/index.ts';
import { describeKey, describeScheme, hash, isWeakHash, type PublicKey, samePublicKey } from '../crypto/index.ts';
import {
  Fault,
  type FaultCode,
  type Faults,
  faultMessage,
  isFault,
  type Message,
  messageFrom,
  verbatim,
} from '../fault.ts';
import { verifyCertificate } from '../pki/index.ts';
import {
  type CertifiedCounter,
  type ChainCertificateContent,
  type ChainStatement,
  countersOf,
  parseChainCertificate,
  slotFlaw,
} from './chain-certificate.ts';
import type {
  CertificateLink,
  ChainPolicy,
  ChainReason,
  ChainReport,
  ChainSource,
  ImageLink,
  KeyLink,
  RootAnchor,
} from './chain-report.ts';
import type { ChainCertificate } from './chains.ts';
import { type ImageTable, wordOf } from './images.ts';
import { certificateFlaw, digestFlaw, type LoaderProfile } from './loader-profile.ts';
import { fipMessage } from './messages.ts';
import { Surveyor } from './profile-survey.ts';
import type { FipEntry } from './toc.ts';
import type { Uuid } from './uuid.ts';

/** A certificate is a few kilobytes; a larger entry in its place is none. */
const MAX_CERTIFICATE_BYTES = 1 << 16;

/**
 * Verifies every entry of a FIP as the loaders do: from the roots, each key taken from the certificate that vouches
 * for it, never from the one that it signs. Only a FIP in which every entry is vouched for is `verified`.
 */
export async function verifyChain(source: ChainSource, policy: ChainPolicy): Promise<ChainReport> {
  const walk = new Walk(source, policy);
  const roots: KeyLink[] = [];
  for (const root of policy.chain.roots) roots.push(await walk.root(root));
  const unsigned = source.entries
    .filter(({ uuid }) => !walk.seen.has(uuid))
    .map((entry) => ({
      image: wordOf(policy.table, entry.uuid),
      uuid: entry.uuid,
      allowed: policy.allowed?.has(entry.uuid) === true,
      note: fipMessage('fip/unprotected'),
    }));
  const reasons = [
    ...walk.reasons,
    ...unsigned.filter(({ allowed }) => !allowed).map(({ image, note }) => ({ image, reason: note })),
  ];
  if (walk.verified === 0) reasons.push({ image: undefined, reason: fipMessage('fip/nothing-verified') });
  const { accepted, findings } = walk.surveyor.result();
  const verdict = walk.refused > 0 ? 'refused' : reasons.length > 0 ? 'not-verified' : 'verified';
  const acceptedBy = verdict === 'verified' ? accepted : [];
  return { verdict, roots, counters: walk.counters, unsigned, acceptedBy, findings, reasons };
}

/** A key that may sign, or why there is none. */
type SigningKey = { readonly key: PublicKey | RootAnchor } | { readonly why: Message };

class Walk {
  /** Entries that the chain speaks of, verified or not. */
  readonly seen = new Set<Uuid>();
  readonly reasons: ChainReason[] = [];
  readonly counters: CertifiedCounter[] = [];
  readonly surveyor = new Surveyor();
  refused = 0;
  verified = 0;
  readonly #source: ChainSource;
  readonly #policy: ChainPolicy;

  constructor(source: ChainSource, policy: ChainPolicy) {
    this.#source = source;
    this.#policy = policy;
  }

  async root(name: string): Promise<KeyLink> {
    const anchor = this.#policy.anchors.get(name);
    const trust: SigningKey =
      anchor === undefined ? { why: fipMessage('fip/no-anchor-for', { key: name }) } : { key: anchor };
    const note =
      anchor === undefined
        ? fipMessage('fip/no-anchor')
        : fipMessage('fip/trusted', { anchor: describeAnchor(anchor) });
    return { key: name, note, certificates: await this.#certificatesOf(name, trust) };
  }

  async #certificatesOf(key: string, trust: SigningKey): Promise<CertificateLink[]> {
    const links: CertificateLink[] = [];
    for (const row of this.#policy.chain.certificates.filter(({ signedBy }) => signedBy === key))
      links.push(await this.#certificate(row, trust));
    return links.filter(isWorthShowing);
  }

  async #certificate(row: ChainCertificate, trust: SigningKey): Promise<CertificateLink> {
    const entry = this.#entryOf(row.image);
    if (entry === undefined)
      return this.#without(row, 'not-here', fipMessage('fip/certificate-absent', { certificate: row.image }));
    this.seen.add(entry.uuid);
    const handle = await this.#keyHandle(row, entry);
    if (handle !== undefined) {
      this.#note('not-verified', row.image, handle);
      return {
        ...(await this.#without(
          row,
          'not-verified',
          fipMessage('fip/certificate-is-handle', { certificate: row.image }),
        )),
        note: handle,
      };
    }
    if ('why' in trust) {
      this.#note('not-verified', row.image, trust.why);
      return {
        ...(await this.#without(
          row,
          'not-verified',
          fipMessage('fip/certificate-not-verified', { certificate: row.image }),
        )),
        note: trust.why,
      };
    }
    try {
      const content = await this.#authenticate(row, entry, trust.key);
      this.verified += 1;
      this.counters.push(...countersOf(row.image, content));
      return await this.#follow(row, content);
    } catch (error) {
      // A disk that fails says nothing of the certificate.
      if (!(error instanceof Fault) || isFault(error, 'file/read')) throw error;
      const reason = reasonOf(error, row.image);
      this.#note('refused', row.image, reason);
      return {
        ...(await this.#without(row, 'refused', fipMessage('fip/certificate-refused', { certificate: row.image }))),
        note: reason,
      };
    }
  }

  /** Signature first, then what the certificate says: nothing of it counts before that. */
  async #authenticate(
    row: ChainCertificate,
    entry: FipEntry,
    trusted: PublicKey | RootAnchor,
  ): Promise<ChainCertificateContent> {
    if (entry.size > MAX_CERTIFICATE_BYTES)
      throw chainFault(row.image, fipMessage('fip/not-a-certificate', { size: entry.size }));
    const content = parseChainCertificate(await this.#source.read(entry), row.image);
    const { certificate } = content;
    if (certificate.scheme.kind === 'rsa-pkcs1') throw chainFault(row.image, fipMessage('fip/pkcs1-signature'));
    const key = certificateKey(row, content, trusted);
    const verdict = verifyCertificate(certificate, key);
    if (verdict.kind === 'bad') throw chainFault(row.image, messageFrom(verdict.reason));
    const flaw = slotFlaw(row, content);
    if (flaw !== undefined) throw chainFault(row.image, flaw);
    const unfit = this.#unfit((profile) => certificateFlaw(profile, content, key));
    if (unfit !== undefined) throw chainFault(row.image, unfit);
    this.surveyor.certificate(row.image, content, key);
    for (const statement of content.statements) this.#assertCounter(row, statement);
    return content;
  }

  /** What the build that has to take the chain has against a part of it. */
  #unfit(flawIn: (profile: LoaderProfile) => Message | undefined): Message | undefined {
    const { profile } = this.#policy;
    const flaw = profile === undefined ? undefined : flawIn(profile);
    return flaw === undefined
      ? undefined
      : fipMessage('fip/refused-by-build', { profile: profile?.name ?? '', reason: flaw });
  }

  #assertCounter(row: ChainCertificate, statement: ChainStatement): void {
    if (statement.kind !== 'counter') return;
    const { counter, value } = statement;
    const minimum = this.#policy.counters.get(counter) ?? 0;
    if (value < minimum) throw chainFault(row.image, fipMessage('fip/rolled-back', { counter, value, minimum }));
  }

  async #follow(row: ChainCertificate, content: ChainCertificateContent): Promise<CertificateLink> {
    const images: ImageLink[] = [];
    const keys: KeyLink[] = [];
    const notes = [describeScheme(content.certificate.scheme)];
    for (const statement of content.statements) {
      if (statement.kind === 'counter') notes.push(`${statement.counter} ${statement.value}`);
      else if (statement.kind === 'hash') images.push(...(await this.#image(row, statement)));
      else if (statement.key !== row.signedBy && !this.#policy.chain.roots.includes(statement.key))
        keys.push({
          key: statement.key,
          note: verbatim(`${describeKey(statement.publicKey)} ${fingerprint(statement.publicKeyInfo)}`),
          certificates: await this.#certificatesOf(statement.key, { key: statement.publicKey }),
        });
    }
    return {
      image: row.image,
      status: 'verified',
      note: verbatim(notes.join(', ')),
      images,
      keys,
    };
  }

  /** No link where the certificate says that there is no such image, and there is none. */
  async #image(row: ChainCertificate, statement: ChainStatement & { readonly kind: 'hash' }): Promise<ImageLink[]> {
    const { image, digest, absent } = statement;
    const entry = await this.#entryOfHash(image, statement);
    if (entry === undefined) return absent ? [] : [{ image, status: 'not-here', note: fipMessage('fip/image-absent') }];
    this.seen.add(entry.uuid);
    const refuse = (note: Message): ImageLink[] => {
      this.#note('refused', image, note);
      return [{ image, uuid: entry.uuid, status: 'refused', note }];
    };
    if (absent) return refuse(fipMessage('fip/zero-digest', { certificate: row.image }));
    if (isWeakHash(digest.hash))
      return refuse(fipMessage('fip/weak-digest', { certificate: row.image, hash: digest.hash }));
    const unfit = this.#unfit((profile) => digestFlaw(profile, digest.hash));
    if (unfit !== undefined) return refuse(unfit);
    this.surveyor.image(image, digest.hash);
    const got = await this.#source.digest(entry, digest.hash);
    if (!equalBytes(got, digest.digest)) {
      const want = hexText(digest.digest);
      return refuse(
        fipMessage('fip/other-digest', { hash: digest.hash, got: hexText(got), certificate: row.image, want }),
      );
    }
    this.verified += 1;
    return [{ image, uuid: entry.uuid, status: 'verified', note: verbatim(`${digest.hash} ${hexText(got)}`) }];
  }

  /** What hangs on a certificate that cannot be followed: entries that are here are not verified. */
  async #without(row: ChainCertificate, status: CertificateLink['status'], why: Message): Promise<CertificateLink> {
    const images: ImageLink[] = [];
    const keys: KeyLink[] = [];
    for (const extension of row.extensions) {
      if (extension.kind === 'hash') {
        const entry = this.#entryOf(extension.image);
        if (entry === undefined || this.seen.has(entry.uuid)) continue;
        // Where a certificate is here it counts, good or bad; where none is, an image may be excepted.
        if (status === 'not-here' && this.#policy.allowed?.has(entry.uuid) === true) continue;
        this.seen.add(entry.uuid);
        this.#note('not-verified', extension.image, why);
        images.push({ image: extension.image, uuid: entry.uuid, status: 'not-verified', note: why });
      }
      if (
        extension.kind === 'key' &&
        extension.key !== row.signedBy &&
        !this.#policy.chain.roots.includes(extension.key)
      )
        keys.push({
          key: extension.key,
          note: fipMessage('fip/unknown-key'),
          certificates: await this.#certificatesOf(extension.key, { why }),
        });
    }
    return {
      image: row.image,
      status,
      note: why,
      images,
      keys: keys.filter(({ certificates }) => certificates.length > 0),
    };
  }

  /** NXP's S32G keeps keys in its security engine: four bytes in a key certificate's place name one (BSP 40 and later). */
  async #keyHandle(row: ChainCertificate, entry: FipEntry): Promise<Message | undefined> {
    if (!row.image.endsWith('-fw-key-cert') || entry.size !== 4) return undefined;
    const bytes = await this.#source.read(entry);
    return fipMessage('fip/key-handle', { handle: hexText(bytes.toReversed()) });
  }

  #entryOf(image: string): FipEntry | undefined {
    const uuid = uuidOf(this.#policy.table, image);
    return this.#source.entries.find((entry) => entry.uuid === uuid);
  }

  /** Secure partitions have UUIDs of their own: their packages are found by what the certificate says of them. */
  async #entryOfHash(
    image: string,
    { digest }: ChainStatement & { readonly kind: 'hash' },
  ): Promise<FipEntry | undefined> {
    if (!image.startsWith('sp-pkg')) return this.#entryOf(image);
    for (const entry of this.#source.entries) {
      if (this.seen.has(entry.uuid) || wordOf(this.#policy.table, entry.uuid) !== entry.uuid) continue;
      if (equalBytes(await this.#source.digest(entry, digest.hash), digest.digest)) return entry;
    }
    return undefined;
  }

  #note(status: 'refused' | 'not-verified', image: string, reason: Message): void {
    if (status === 'refused') this.refused += 1;
    this.reasons.push({ image, reason });
  }
}

/** A root's own key stands in the certificate that it signs, and the device knows its hash; any other key comes from above. */
function certificateKey(
  row: ChainCertificate,
  { certificate, statements }: ChainCertificateContent,
  trusted: PublicKey | RootAnchor,
): PublicKey {
  if (!isAnchor(trusted)) return trusted;
  const matches =
    trusted.kind === 'key'
      ? samePublicKey(trusted.key, certificate.publicKey)
      : equalBytes(hash(trusted.hash, certificate.publicKeyInfo), trusted.digest);
  if (!matches)
    throw chainFault(row.image, fipMessage('fip/other-root', { fingerprint: fingerprint(certificate.publicKeyInfo) }));
  const own = statements.find((statement) => statement.kind === 'key' && statement.key === row.signedBy);
  if (own?.kind === 'key' && !samePublicKey(own.publicKey, certificate.publicKey))
    throw chainFault(row.image, fipMessage('fip/other-key-named', { key: row.signedBy }));
  return certificate.publicKey;
}

const isAnchor = (trusted: PublicKey | RootAnchor): trusted is RootAnchor =>
  trusted.kind === 'key' || trusted.kind === 'hash';

const isWorthShowing = ({ status, images, keys }: CertificateLink): boolean =>
  status !== 'not-here' || images.length > 0 || keys.length > 0;

function uuidOf(table: ImageTable, image: string): Uuid | undefined {
  return table.find(({ option }) => option === image)?.uuid;
}

const describeAnchor = (anchor: RootAnchor): string =>
  anchor.kind === 'key' ? describeKey(anchor.key) : `${anchor.hash} ${hexText(anchor.digest)}`;

const fingerprint = (publicKeyInfo: Uint8Array): string => `sha256 ${hexText(hash('sha256', publicKeyInfo))}`;

const chainFault = (what: string, reason: Message): Fault => new Fault('fip/chain', { what, reason });

/** Why a certificate is refused. Its name stands beside the reason, so that paths within it start there. */
function reasonOf(fault: Fault, certificate: string): Message {
  if (isFault(fault, 'fip/chain') && fault.context.what === certificate) return messageFrom(fault.context.reason);
  if (!('path' in fault.context) || !fault.context.path.startsWith(certificate)) return faultMessage(fault);
  const path = fault.context.path.slice(certificate.length).replace(/^[.:]/, '');
  return faultMessage(new Fault(fault.code, { ...fault.context, path } as Faults[FaultCode]));
}
