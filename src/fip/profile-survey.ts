import { describeKey, type HashName, type PublicKey } from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import type { ChainCertificateContent } from './chain-certificate.ts';
import { certificateFlaw, digestFlaw, type LoaderProfile, loaderProfiles } from './loader-profile.ts';
import { fipMessage } from './messages.ts';

/** What is wrong with a chain of trust as a whole, although each of its links holds. */
export interface LoaderBuildFinding {
  readonly rule: 'no-loader-build' | 'unusual-loader-build';
  readonly message: Message;
  readonly remedy: Message;
}

/** Which builds of a loader take a chain of trust. */
export interface ProfileSurvey {
  /** Those that take every certificate and image that was asked about. */
  readonly accepted: readonly LoaderProfile[];
  readonly findings: readonly LoaderBuildFinding[];
}

/** Asks builds of a loader about one certificate and image after the other. */
export class Surveyor {
  readonly #flaws = new Map<LoaderProfile, Message>();
  readonly #made = new Set<string>();

  /** Tells of a certificate, and of the key that it is verified with. */
  certificate(image: string, content: ChainCertificateContent, signer: PublicKey): void {
    this.#made.add(describeKey(signer)).add(content.certificate.scheme.hash);
    this.#ask(image, (profile) => certificateFlaw(profile, content, signer));
  }

  /** Tells of an image, and of the hash of the digest that a certificate has for it. */
  image(image: string, hash: HashName): void {
    this.#made.add(hash);
    this.#ask(image, (profile) => digestFlaw(profile, hash));
  }

  /** Why a build refuses what it was asked about first; `undefined` where it takes everything. */
  flawOf(profile: LoaderProfile): Message | undefined {
    return this.#flaws.get(profile);
  }

  result(): ProfileSurvey {
    if (this.#made.size === 0) return { accepted: [], findings: [] };
    const accepted = loaderProfiles.filter((profile) => !this.#flaws.has(profile));
    const made = [...this.#made].join(', ');
    if (accepted.length === 0) {
      const message = fipMessage('fip/no-loader-build', { mixed: made });
      return { accepted, findings: [{ rule: 'no-loader-build', message, remedy: REMEDY }] };
    }
    if (accepted.some(({ usual }) => usual)) return { accepted, findings: [] };
    const message = fipMessage('fip/unusual-loader-build', { mixed: made });
    return { accepted, findings: [{ rule: 'unusual-loader-build', message, remedy: REMEDY }] };
  }

  #ask(image: string, flawIn: (profile: LoaderProfile) => Message | undefined): void {
    for (const profile of loaderProfiles) {
      if (this.#flaws.has(profile)) continue;
      const flaw = flawIn(profile);
      if (flaw !== undefined) this.#flaws.set(profile, fipMessage('fip/build-flaw', { image, reason: flaw }));
    }
  }
}

const REMEDY = fipMessage('fip/loader-build-remedy');

/** Faults `fip/chain` where a build refuses what a surveyor asked it about. */
export function assertChainAccepted(surveyor: Surveyor, profile: LoaderProfile): void {
  const flaw = surveyor.flawOf(profile);
  if (flaw !== undefined)
    throw new Fault('fip/chain', {
      what: 'the chain',
      reason: fipMessage('fip/refused-by-build', { profile: profile.name, reason: flaw }),
    });
}
