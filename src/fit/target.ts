/** What one verifier of image trees does where verifiers differ. */
interface TargetRules {
  /** Takes the signed nodes from `hashed-nodes`, which is not signed itself (CVE-2026-46728), or discovers them. */
  readonly signedSet: 'recorded' | 'discovered';
  /** Refuses what the format leaves open to attack, though no U-Boot does: checksums as hashes, data given twice. */
  readonly strict: boolean;
  /** Makes the kernel's parameters for a root file system of the dm-verity nodes of the configuration's loadables. */
  readonly verityNodes: boolean;
}

/** The verifiers whose verdict can be had. */
export const targets = {
  'u-boot@2023.01': { signedSet: 'recorded', strict: false, verityNodes: false },
  'u-boot@2025.10': { signedSet: 'recorded', strict: false, verityNodes: false },
  'u-boot@2026.04': { signedSet: 'discovered', strict: false, verityNodes: false },
  'u-boot@2026.10': { signedSet: 'discovered', strict: false, verityNodes: true },
  strict: { signedSet: 'discovered', strict: true, verityNodes: true },
} as const satisfies Readonly<Record<string, TargetRules>>;

export type Target = keyof typeof targets;

export const targetNames = Object.keys(targets) as readonly Target[];

/** The target that a person means: with or without `u-boot@`; `undefined` where there is none. */
export function targetOf(name: string): Target | undefined {
  return targetNames.find((target) => target === name || target === `u-boot@${name}`);
}
