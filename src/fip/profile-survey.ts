import { describeKey, type HashName, type PublicKey } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import type { ChainCertificateContent } from './chain-certificate.ts';
import { certificateFlaw, digestFlaw, type LoaderProfile, loaderProfiles } from './loader-profile.ts';

/** What is wrong with a chain of trust as a whole, although each of its links holds. */
export interface LoaderBuildFinding {
  readonly rule: 'no-loader-build' | 'unusual-loader-build';
  readonly message: string;
  readonly remedy: string;
}

/** Which builds of a loader take a chain of trust. */
export interface ProfileSurvey {
  /** Those that take every certificate and image that was asked about. */
  readonly accepted: readonly LoaderProfile[];
  readonly findings: readonly LoaderBuildFinding[];
}

/** Asks builds of a loader about one certificate and image after the other. */
export class Surveyor {
  readonly #flaws = new Map<LoaderProfile, string>();
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
  flawOf(profile: LoaderProfile): string | undefined {
    return this.#flaws.get(profile);
  }

  result(): ProfileSurvey {
    if (this.#made.size === 0) return { accepted: [], findings: [] };
    const accepted = loaderProfiles.filter((profile) => !this.#flaws.has(profile));
    const made = [...this.#made].join(', ');
    if (accepted.length === 0) {
      const message = `no build of TF-A takes this chain, which mixes ${made}`;
      return { accepted, findings: [{ rule: 'no-loader-build', message, remedy: REMEDY }] };
    }
    if (accepted.some(({ usual }) => usual)) return { accepted, findings: [] };
    const message =
      `only builds of TF-A with TF_MBEDTLS_KEY_ALG=rsa+ecdsa take this chain, which mixes ${made}: ` +
      'no value of KEY_ALG makes one';
    return { accepted, findings: [{ rule: 'unusual-loader-build', message, remedy: REMEDY }] };
  }

  #ask(image: string, flawIn: (profile: LoaderProfile) => string | undefined): void {
    for (const profile of loaderProfiles) {
      if (this.#flaws.has(profile)) continue;
      const flaw = flawIn(profile);
      if (flaw !== undefined) this.#flaws.set(profile, `${image}: ${flaw}`);
    }
  }
}

const REMEDY =
  'a build has one hash, and RSA or one curve: make every key of the kind and size, and every digest and signature ' +
  "with the hash, that the board's build has";

/** Faults `fip/chain` where a build refuses what a surveyor asked it about. */
export function assertChainAccepted(surveyor: Surveyor, profile: LoaderProfile): void {
  const flaw = surveyor.flawOf(profile);
  if (flaw !== undefined) throw new Fault('fip/chain', { what: `${profile.name} refuses the chain`, reason: flaw });
}
