import { equalBytes, hexText } from '../binary/index.ts';
import { describeKey, describeScheme, hash, isWeakHash, type PublicKey, samePublicKey } from '../crypto/index.ts';
import { Fault, isFault, type Reason } from '../fault.ts';
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
  ChainReport,
  ChainSource,
  ImageLink,
  KeyLink,
  RootAnchor,
} from './chain-report.ts';
import type { ChainCertificate } from './chains.ts';
import { type ImageTable, wordOf } from './images.ts';
import { certificateFlaw, digestFlaw, type LoaderProfile } from './loader-profile.ts';
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
      note: 'nothing vouches for it',
    }));
  const reasons = [
    ...walk.reasons,
    ...unsigned.filter(({ allowed }) => !allowed).map(({ image, note }) => `${image}: ${note}`),
  ];
  if (walk.verified === 0) reasons.push('there is nothing that could be verified');
  const { accepted, findings } = walk.surveyor.result();
  const verdict = walk.refused > 0 ? 'refused' : reasons.length > 0 ? 'not-verified' : 'verified';
  const acceptedBy = verdict === 'verified' ? accepted : [];
  return { verdict, roots, counters: walk.counters, unsigned, acceptedBy, findings, reasons };
}

/** A key that may sign, or why there is none. */
type SigningKey = { readonly key: PublicKey | RootAnchor } | { readonly why: string };

class Walk {
  /** Entries that the chain speaks of, verified or not. */
  readonly seen = new Set<Uuid>();
  readonly reasons: string[] = [];
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
    const trust: SigningKey = anchor === undefined ? { why: `no trust anchor for ${name} was given` } : { key: anchor };
    const note = anchor === undefined ? 'no trust anchor' : `trusted: ${describeAnchor(anchor)}`;
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
      return this.#without(row, 'not-here', `${row.image}, which would vouch for it, is not here`);
    this.seen.add(entry.uuid);
    const handle = await this.#keyHandle(row, entry);
    if (handle !== undefined) {
      this.#note('not-verified', row.image, handle);
      return { ...(await this.#without(row, 'not-verified', `${row.image} is a key handle`)), note: handle };
    }
    if ('why' in trust) {
      this.#note('not-verified', row.image, trust.why);
      return { ...(await this.#without(row, 'not-verified', `${row.image} is not verified`)), note: trust.why };
    }
    try {
      const content = await this.#authenticate(row, entry, trust.key);
      this.verified += 1;
      this.counters.push(...countersOf(row.image, content));
      return await this.#follow(row, content);
    } catch (error) {
      // A disk that fails says nothing of the certificate.
      if (!(error instanceof Fault) || isFault(error, 'file/read')) throw error;
      this.#note('refused', row.image, error.message);
      return { ...(await this.#without(row, 'refused', `${row.image} is refused`)), note: error.message };
    }
  }

  /** Signature first, then what the certificate says: nothing of it counts before that. */
  async #authenticate(
    row: ChainCertificate,
    entry: FipEntry,
    trusted: PublicKey | RootAnchor,
  ): Promise<ChainCertificateContent> {
    if (entry.size > MAX_CERTIFICATE_BYTES) throw chainFault(row.image, `${entry.size} bytes are no certificate`);
    const content = parseChainCertificate(await this.#source.read(entry), row.image);
    const { certificate } = content;
    if (certificate.scheme.kind === 'rsa-pkcs1')
      throw chainFault(row.image, 'signed with PKCS#1 v1.5, where PSS is meant');
    const key = certificateKey(row, content, trusted);
    const verdict = verifyCertificate(certificate, key);
    if (verdict.kind === 'bad') throw chainFault(row.image, verdict.reason);
    const flaw = slotFlaw(row, content);
    if (flaw !== undefined) throw chainFault(row.image, flaw);
    const unfit = this.#unfit((profile) => certificateFlaw(profile, content, key));
    if (unfit !== undefined) throw chainFault(row.image, unfit);
    this.surveyor.certificate(row.image, content, key);
    for (const statement of content.statements) this.#assertCounter(row, statement);
    return content;
  }

  /** What the build that has to take the chain has against a part of it. */
  #unfit(flawIn: (profile: LoaderProfile) => string | undefined): string | undefined {
    const { profile } = this.#policy;
    const flaw = profile === undefined ? undefined : flawIn(profile);
    return flaw === undefined ? undefined : `refused by ${profile?.name}: ${flaw}`;
  }

  #assertCounter(row: ChainCertificate, statement: ChainStatement): void {
    if (statement.kind !== 'counter') return;
    const floor = this.#policy.counters.get(statement.counter) ?? 0;
    if (statement.value >= floor) return;
    throw chainFault(row.image, `rolled back: ${statement.counter} is ${statement.value}, the device is at ${floor}`);
  }

  async #follow(row: ChainCertificate, content: ChainCertificateContent): Promise<CertificateLink> {
    const images: ImageLink[] = [];
    const keys: KeyLink[] = [];
    const notes = [describeScheme(content.certificate.scheme)];
    for (const statement of content.statements) {
      if (statement.kind === 'counter') notes.push(`${statement.counter} ${statement.value}`);
      else if (statement.kind === 'hash') images.push(await this.#image(row, statement));
      else if (statement.key !== row.signedBy && !this.#policy.chain.roots.includes(statement.key))
        keys.push({
          key: statement.key,
          note: `${describeKey(statement.publicKey)} ${fingerprint(statement.publicKeyInfo)}`,
          certificates: await this.#certificatesOf(statement.key, { key: statement.publicKey }),
        });
    }
    return {
      image: row.image,
      status: 'verified',
      note: notes.join(', '),
      images: images.filter(({ note }) => note !== ''),
      keys,
    };
  }

  async #image(row: ChainCertificate, statement: ChainStatement & { readonly kind: 'hash' }): Promise<ImageLink> {
    const { image, digest, absent } = statement;
    const entry = await this.#entryOfHash(image, statement);
    if (entry === undefined) return { image, status: 'not-here', note: absent ? '' : 'vouched for, not in this FIP' };
    this.seen.add(entry.uuid);
    const refuse = (note: string): ImageLink => {
      this.#note('refused', image, note);
      return { image, uuid: entry.uuid, status: 'refused', note };
    };
    if (absent) return refuse(`${row.image} has a digest of zeros for it: it vouches for no image`);
    if (isWeakHash(digest.hash)) return refuse(`${row.image} vouches for it with ${digest.hash}, which is too weak`);
    const unfit = this.#unfit((profile) => digestFlaw(profile, digest.hash));
    if (unfit !== undefined) return refuse(unfit);
    this.surveyor.image(image, digest.hash);
    const got = await this.#source.digest(entry, digest.hash);
    if (!equalBytes(got, digest.digest))
      return refuse(`${digest.hash} ${hexText(got)}, ${row.image} vouches for ${hexText(digest.digest)}`);
    this.verified += 1;
    return { image, uuid: entry.uuid, status: 'verified', note: `${digest.hash} ${hexText(got)}` };
  }

  /** What hangs on a certificate that cannot be followed: entries that are here are not verified. */
  async #without(row: ChainCertificate, status: CertificateLink['status'], why: string): Promise<CertificateLink> {
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
          note: 'unknown',
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
  async #keyHandle(row: ChainCertificate, entry: FipEntry): Promise<string | undefined> {
    if (!row.image.endsWith('-fw-key-cert') || entry.size !== 4) return undefined;
    const bytes = await this.#source.read(entry);
    return `a handle of a key in the security engine (0x${hexText(bytes.toReversed())}), which only the device can follow`;
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

  #note(status: 'refused' | 'not-verified', image: string, reason: string): void {
    if (status === 'refused') this.refused += 1;
    // A fault names its place itself, an element of the certificate too.
    const named = [':', '.', ' at '].some((next) => reason.startsWith(`${image}${next}`));
    this.reasons.push(named ? reason : `${image}: ${reason}`);
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
  if (!matches) throw chainFault(row.image, `signed by another root: ${fingerprint(certificate.publicKeyInfo)}`);
  const own = statements.find((statement) => statement.kind === 'key' && statement.key === row.signedBy);
  if (own?.kind === 'key' && !samePublicKey(own.publicKey, certificate.publicKey))
    throw chainFault(row.image, `it names another ${row.signedBy} than the one that signed it`);
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

const chainFault = (what: string, reason: Reason): Fault => new Fault('fip/chain', { what, reason });
