import type { HashName, PublicKey } from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import type { CertifiedCounter } from './chain-certificate.ts';
import type { ChainOfTrust, CounterName } from './chains.ts';
import type { ImageTable } from './images.ts';
import type { LoaderProfile } from './loader-profile.ts';
import { fipMessage } from './messages.ts';
import type { LoaderBuildFinding } from './profile-survey.ts';
import type { FipEntry } from './toc.ts';
import type { Uuid } from './uuid.ts';

/** What the device itself holds of a root key: the key, or a hash of its SubjectPublicKeyInfo. */
export type RootAnchor =
  | { readonly kind: 'key'; readonly key: PublicKey }
  | { readonly kind: 'hash'; readonly hash: HashName; readonly digest: Uint8Array };

/** A FIP as the verifier sees it: entries, and their bytes or digests when it asks for them. */
export interface ChainSource {
  readonly entries: readonly FipEntry[];
  /** All bytes of an entry; asked for certificates alone. */
  read(entry: FipEntry): Promise<Uint8Array>;
  digest(entry: FipEntry, hash: HashName): Promise<Uint8Array>;
}

/** By what a chain of trust is verified. */
export interface ChainPolicy {
  readonly chain: ChainOfTrust;
  readonly table: ImageTable;
  /** By the name of the root key. A root without an anchor vouches for nothing. */
  readonly anchors: ReadonlyMap<string, RootAnchor>;
  /** Counters as the device has them; a certificate with a lower one is refused. */
  readonly counters: ReadonlyMap<CounterName, number>;
  /** The build of the loader that has to take the chain; what it refuses is refused. */
  readonly profile?: LoaderProfile | undefined;
  /** Entries that are known to be unsigned, and wanted so: what no certificate in the FIP is there to vouch for. */
  readonly allowed?: ReadonlySet<Uuid>;
}

/** Good, bad, or not looked at since what vouches for it is missing or bad. */
export type LinkStatus = 'verified' | 'refused' | 'not-verified';

/** An image for which a certificate vouches by its hash. */
export interface ImageLink {
  readonly image: string;
  /** The entry's, where it is here. */
  readonly uuid?: Uuid;
  readonly status: LinkStatus | 'not-here';
  readonly note: Message;
}

/** A certificate in a chain of trust, with what it vouches for. */
export interface CertificateLink {
  readonly image: string;
  readonly status: LinkStatus | 'not-here';
  readonly note: Message;
  readonly images: readonly ImageLink[];
  readonly keys: readonly KeyLink[];
}

/** A key, with the certificates that it signed. */
export interface KeyLink {
  readonly key: string;
  readonly note: Message;
  readonly certificates: readonly CertificateLink[];
}

/** What verifying a chain of trust found. */
export interface ChainReport {
  readonly verdict: LinkStatus;
  readonly roots: readonly KeyLink[];
  /** What verified certificates say of counters, in the order in which they were verified. */
  readonly counters: readonly CertifiedCounter[];
  /** Entries that nothing vouches for. */
  readonly unsigned: readonly {
    readonly image: string;
    readonly uuid: Uuid;
    readonly allowed: boolean;
    readonly note: Message;
  }[];
  /** The loader builds that take a chain that is verified, of all that are known. */
  readonly acceptedBy: readonly LoaderProfile[];
  /** What does not change the verdict, and may keep a board from booting. */
  readonly findings: readonly LoaderBuildFinding[];
  /** Why the verdict is not `verified`; the first is the first link that fails. */
  readonly reasons: readonly ChainReason[];
}

/** Why an entry, or the FIP as a whole, is not verified. */
export interface ChainReason {
  /** The entry; `undefined` for the FIP as a whole. */
  readonly image: string | undefined;
  readonly reason: Message;
}

/**
 * Why certificates that disagree on a counter do not go together; `undefined` where they agree. TF-A raises a counter at
 * the first certificate that it reads, and then refuses a lower one (drivers/auth/auth_mod.c, auth_nvctr): a device that
 * keeps its counters boots such a chain once or never. And so tfw-nvctr is always a number that the root key signed, as
 * on Arm's platforms: trusted-key-cert carries it.
 */
export function counterConflict(counters: readonly CertifiedCounter[]): Message | undefined {
  for (const first of counters) {
    const other = counters.find(({ counter, value }) => counter === first.counter && value !== first.value);
    if (other === undefined) continue;
    return fipMessage('fip/counter-conflict', {
      counter: first.counter,
      first: first.value,
      certificate: first.certificate,
      second: other.value,
      other: other.certificate,
    });
  }
  return undefined;
}

/** Faults `fip/chain` with the first link that does not hold, unless everything was verified. */
export function assertVerified(report: ChainReport): void {
  if (report.verdict === 'verified') return;
  const [{ image = 'the FIP', reason } = { reason: fipMessage('fip/no-entries') }] = report.reasons;
  throw new Fault('fip/chain', {
    what: image,
    reason: report.verdict === 'refused' ? reason : fipMessage('fip/not-verified', { reason }),
  });
}
