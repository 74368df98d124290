/** How a loader that is built with FIT_BEST_MATCH finds the configuration for its board (`fit_conf_find_compat`). */
export interface BestMatchRules {
  /** Takes the default where no configuration fits (since 2025.04); before, it boots nothing then. */
  readonly fallback: boolean;
  /** Of configurations that fit equally well, the first, or the default if it is among them (since 2026.10). */
  readonly ties: 'first' | 'default';
  /** Reads the `compatible` of an fdt only at a multiple of this: its libfdt refuses unaligned trees since 2026.04. */
  readonly fdtAlignment: 1 | 8;
}

/** What one verifier of image trees does where verifiers differ. */
interface TargetRules {
  /** Takes the signed nodes from `hashed-nodes`, which is not signed itself (CVE-2026-46728), or discovers them. */
  readonly signedSet: 'recorded' | 'discovered';
  /** Refuses what the format leaves open to attack, though no U-Boot does: SHA-1, checksums as hashes, data given twice. */
  readonly strict: boolean;
  /** Makes the kernel's parameters for a root file system of the dm-verity nodes of the configuration's loadables. */
  readonly verityNodes: boolean;
  readonly bestMatch: BestMatchRules;
}

/** The verifiers whose verdict can be had, the oldest first. */
export const targets = {
  'u-boot@2023.01': {
    signedSet: 'recorded',
    strict: false,
    verityNodes: false,
    bestMatch: { fallback: false, ties: 'first', fdtAlignment: 1 },
  },
  'u-boot@2025.10': {
    signedSet: 'recorded',
    strict: false,
    verityNodes: false,
    bestMatch: { fallback: true, ties: 'first', fdtAlignment: 1 },
  },
  'u-boot@2026.04': {
    signedSet: 'discovered',
    strict: false,
    verityNodes: false,
    bestMatch: { fallback: true, ties: 'first', fdtAlignment: 8 },
  },
  'u-boot@2026.10': {
    signedSet: 'discovered',
    strict: false,
    verityNodes: true,
    bestMatch: { fallback: true, ties: 'default', fdtAlignment: 8 },
  },
  // The choice of the newest release; what the others would choose has to verify as well.
  strict: {
    signedSet: 'discovered',
    strict: true,
    verityNodes: true,
    bestMatch: { fallback: true, ties: 'default', fdtAlignment: 8 },
  },
} as const satisfies Readonly<Record<string, TargetRules>>;

/** The name of a verifier whose verdict can be had. */
export type FitTarget = keyof typeof targets;

/** The names of the verifiers whose verdict can be had. */
export const targetNames = Object.keys(targets) as readonly FitTarget[];

/** The target that a person means: with or without `u-boot@`; `undefined` where there is none. */
export function targetOf(name: string): FitTarget | undefined {
  return targetNames.find((target) => target === name || target === `u-boot@${name}`);
}
