import type { Message } from '../fault.ts';
import { pkiMessage } from './messages.ts';

/** A release of Linux: `6.1`. */
export interface LinuxRelease {
  readonly major: number;
  readonly minor: number;
}

/** The releases whose verdict a caller wants: some of them, or `supported`: every one from 5.15 on. */
export type LinuxReleases = 'supported' | readonly LinuxRelease[];

/** From a release on, up to and without another one; `undefined` where it never ended. */
type ReleaseRange = readonly [from: string, until?: string];

/** Something in a signed message, or in a certificate, that some releases take and others refuse. */
export interface LinuxRule {
  readonly what: Message;
  /** Where it is taken; nowhere if empty. */
  readonly taken: readonly ReleaseRange[];
  /** The file of Linux that decides. */
  readonly source: string;
}

/** The first release with root_hash_sig_key_desc: before it no dm-verity checked a signature. */
const FIRST = '5.4';
/** The oldest release whose verdict counts where the caller names none. */
const OLDEST_SUPPORTED = '5.15';

const PARSER = 'crypto/asymmetric_keys/pkcs7_parser.c';
const CERTIFICATE = 'crypto/asymmetric_keys/x509_cert_parser.c';

/**
 * What Linux takes of a PKCS#7 message (`pkcs7_parse_message`) and of the certificates in it and in its keyrings, where
 * releases differ or where no release takes what the standard allows. Hashes must be built into the kernel besides.
 */
export const linuxRules = {
  rsa: { what: pkiMessage('pki/linux-rsa'), taken: [[FIRST]], source: PARSER },
  sha1: { what: pkiMessage('pki/linux-sha1'), taken: [[FIRST, '6.7'], ['6.9']], source: PARSER },
  sha224: { what: pkiMessage('pki/linux-sha224'), taken: [[FIRST]], source: PARSER },
  sha256: { what: pkiMessage('pki/linux-sha256'), taken: [[FIRST]], source: PARSER },
  sha384: { what: pkiMessage('pki/linux-sha384'), taken: [[FIRST]], source: PARSER },
  sha512: { what: pkiMessage('pki/linux-sha512'), taken: [[FIRST]], source: PARSER },
  ecdsa: { what: pkiMessage('pki/linux-ecdsa'), taken: [['5.14']], source: PARSER },
  'ecdsa-certificate': { what: pkiMessage('pki/linux-ecdsa-certificate'), taken: [['5.13']], source: CERTIFICATE },
  p521: { what: pkiMessage('pki/linux-p521'), taken: [['6.10']], source: CERTIFICATE },
  curve: { what: pkiMessage('pki/linux-curve'), taken: [], source: CERTIFICATE },
  'rsa-size': {
    what: pkiMessage('pki/linux-rsa-size'),
    taken: [],
    source: 'crypto/rsa.c, rsa_check_key_length',
  },
  'signature-oid': {
    what: pkiMessage('pki/linux-signature-oid'),
    taken: [],
    source: PARSER,
  },
  pss: { what: pkiMessage('pki/linux-pss'), taken: [], source: PARSER },
} as const satisfies Readonly<Record<string, LinuxRule>>;

/** The name of a rule by which Linux judges a signed message. */
export type LinuxRuleName = keyof typeof linuxRules;

/** A rule by which releases refuse something, and which: `Linux before 5.14`. */
export interface LinuxRefusal {
  readonly rule: LinuxRuleName;
  readonly what: Message;
  readonly releases: Message;
}

/** The release that text names, `6.1`; `undefined` where it names none. */
export function parseLinuxRelease(text: string): LinuxRelease | undefined {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})$/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

export const printLinuxRelease = ({ major, minor }: LinuxRelease): string => `${major}.${minor}`;

/** Negative where the first release is the older one. */
const compareLinux = (a: LinuxRelease, b: LinuxRelease): number => a.major - b.major || a.minor - b.minor;

/** The rules by which one of the releases refuses what is used. */
export function linuxRefusals(used: Iterable<LinuxRuleName>, releases: LinuxReleases): LinuxRefusal[] {
  return [...new Set(used)].flatMap((rule) => {
    const { what, taken }: LinuxRule = linuxRules[rule];
    const refusing =
      releases === 'supported' ? !alwaysTaken(taken) : releases.some((release) => !takes(taken, release));
    return refusing ? [{ rule, what, releases: refusingReleases(taken) }] : [];
  });
}

/** The releases that refuse what is taken in some: `Linux before 5.14`, `Linux from 6.7 to before 6.9`, `every Linux`. */
export function refusingReleases(taken: readonly ReleaseRange[]): Message {
  const parts: Message[] = [];
  let from: string | undefined = FIRST;
  for (const [start, end] of taken) {
    if (from !== undefined && from !== start) {
      const isFirst: boolean = from === FIRST;
      parts.push(
        isFirst
          ? pkiMessage('pki/releases-before', { until: start })
          : pkiMessage('pki/releases-between', { from, until: start }),
      );
    }
    from = end;
  }
  if (from === FIRST) return pkiMessage('pki/releases-all');
  if (from !== undefined) parts.push(pkiMessage('pki/releases-from', { from }));
  if (parts.length === 0) return pkiMessage('pki/releases-none');
  return pkiMessage('pki/releases', {
    releases: parts.reduce((first, second) => pkiMessage('pki/releases-and', { first, second })),
  });
}

/** Whether a release lies in one of the ranges. */
const takes = (taken: readonly ReleaseRange[], release: LinuxRelease): boolean =>
  taken.some(([from, until]) => isFrom(release, from) && (until === undefined || !isFrom(release, until)));

/** Whether every supported release lies in one range. */
function alwaysTaken(taken: readonly ReleaseRange[]): boolean {
  return taken.some(([from, until]) => until === undefined && isFrom(releaseOf(OLDEST_SUPPORTED), from));
}

const isFrom = (release: LinuxRelease, from: string): boolean => compareLinux(release, releaseOf(from)) >= 0;

function releaseOf(text: string): LinuxRelease {
  const release = parseLinuxRelease(text);
  if (release === undefined) throw new Error(`${text} is no release`);
  return release;
}
