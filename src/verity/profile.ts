import { Fault, type Message } from '../fault.ts';
import { type LinuxRelease, parseLinuxRelease } from '../pki/index.ts';
import { printLinuxRelease } from '../pki/internal.ts';
import { verityMessage } from './messages.ts';

/** A program that will open a device: what is made for it must be what it takes. */
export type Profile =
  | { readonly kind: 'linux'; readonly release: LinuxRelease; readonly pageSize: number }
  | { readonly kind: 'systemd'; readonly version: number };

/** Page sizes of the processors that Linux runs on, in bytes, by how a profile spells them. */
const PAGES: Readonly<Record<string, number>> = { '4k': 4096, '16k': 16_384, '64k': 65_536 };
/** The page size of a Linux of which nothing is said. */
export const PAGE_SIZE = 4096;
/** The oldest releases that the tables know: dm-verity's signatures, and systemd.verity_root_options=. */
const OLDEST = { linux: { major: 5, minor: 4 }, systemd: 248 } as const;

/**
 * The profile that text names: `linux@6.1`, `linux@6.12:64k` for pages of 64 KiB, `systemd@252`. `verity/profile` where
 * it names none.
 */
export function parseProfile(text: string): Profile {
  const refuse = (reason: Message): Fault => new Fault('verity/profile', { text, reason });
  const [, program, version = '', page] = /^(linux|systemd)@([\d.]+)(?::(\w+))?$/.exec(text) ?? [];
  if (program === 'systemd' && page === undefined && /^\d{1,4}$/.test(version)) {
    if (Number(version) >= OLDEST.systemd) return { kind: 'systemd', version: Number(version) };
    throw refuse(verityMessage('verity/systemd-too-old', { oldest: OLDEST.systemd }));
  }
  const release = program === 'linux' ? parseLinuxRelease(version) : undefined;
  const pageSize = page === undefined ? PAGE_SIZE : PAGES[page];
  if (release === undefined || pageSize === undefined) {
    throw refuse(verityMessage('verity/profile-form'));
  }
  const { major, minor } = OLDEST.linux;
  if (release.major > major || (release.major === major && release.minor >= minor))
    return { kind: 'linux', release, pageSize };
  throw refuse(verityMessage('verity/linux-too-old', { oldest: printLinuxRelease(OLDEST.linux) }));
}

/** The profile as `parseProfile` takes it. */
export function printProfile(profile: Profile): string {
  if (profile.kind === 'systemd') return `systemd@${profile.version}`;
  const page = Object.entries(PAGES).find(([, size]) => size === profile.pageSize)?.[0];
  return `linux@${printLinuxRelease(profile.release)}${profile.pageSize === PAGE_SIZE || page === undefined ? '' : `:${page}`}`;
}

/** The releases of Linux among profiles, or `supported` where none is named: what a signature is held to. */
export function releasesOf(profiles: readonly Profile[]): 'supported' | readonly LinuxRelease[] {
  const releases = profiles.flatMap((profile) => (profile.kind === 'linux' ? [profile.release] : []));
  return releases.length === 0 ? 'supported' : releases;
}
