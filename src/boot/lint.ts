import { isHashName, isWeakHash, keyBits, samePublicKey } from '../crypto/index.ts';
import type { FindingLevel } from '../fault.ts';
import type { ChainContents } from './contents.ts';
import { entriesOf } from './counters.ts';
import { type Acceptance, acceptances, unsignedBytes } from './explain.ts';
import { loaderRules } from './loader.ts';
import type { ChainStage } from './report.ts';

/** Something about a chain that verifies and yet is not as it should be. */
export interface ChainFinding {
  readonly id: string;
  /** `error`: a device would not do what the verdict says, or a secret gets out. */
  readonly level: FindingLevel;
  readonly stage: ChainStage;
  readonly file: string;
  readonly message: string;
  /** How to fix it. */
  readonly remedy: string;
}

/** One thing to look for: `check` gives a message for each place where it is found. */
interface Rule extends Pick<ChainFinding, 'id' | 'level' | 'stage' | 'remedy'> {
  readonly file: (chain: ChainContents) => string;
  readonly check: (chain: ChainContents) => readonly string[];
}

const firmware = ({ names }: ChainContents): string => names.firmware;
const kernel = ({ names }: ChainContents): string => names.kernel;
const rootfs = ({ names }: ChainContents): string => names.rootfs;

/** Everything that lint looks for; documentation and SARIF are made of the same rows. */
export const chainRules: readonly Rule[] = [
  {
    id: 'chain/no-rollback-counter',
    level: 'warning',
    stage: 'kernel',
    file: kernel,
    check: ({ kernelCounter = 0 }) =>
      kernelCounter === 0 ? ['an older image by the same key boots as well as this one'] : [],
    remedy:
      'set `rollback` in the manifest, raise it with every security fix, and let devices keep the highest they saw',
  },
  {
    id: 'chain/no-firmware-counter',
    level: 'warning',
    stage: 'firmware',
    file: firmware,
    check: ({ kernelCounter = 0, firmwareRollback: { counters, kernelLimit } }) => {
      if (kernelCounter === 0) return [];
      const zero = entriesOf(counters).filter(([, value]) => value === 0);
      return [
        ...zero.map(
          ([name]) =>
            `the kernel has counter ${kernelCounter} and ${name} none: older firmware boots, and with it what its keys sign`,
        ),
        ...(kernelLimit === undefined
          ? ['the firmware sets no limit to the counter of a kernel, so no device keeps it']
          : []),
      ];
    },
    remedy:
      'build the firmware again with `rollback`, whose number is the counter of firmware and kernel, or with `rollback.firmware`',
  },
  {
    id: 'chain/kernel-limit-above',
    level: 'note',
    stage: 'firmware',
    file: firmware,
    check: ({ kernelCounter = 0, firmwareRollback: { kernelLimit = 0 } }) =>
      kernelLimit > kernelCounter
        ? [
            `the firmware allows kernels up to ${kernelLimit}, and this one has ${kernelCounter}: whoever has the kernel key can raise devices to ${kernelLimit}, which then refuse it`,
          ]
        : [],
    remedy:
      'keep `rollback.kernel-limit` as low as releases without new firmware need; a kernel with that counter boots on such devices',
  },
  {
    id: 'chain/shared-key',
    level: 'warning',
    stage: 'firmware',
    file: firmware,
    check: ({ firmwareKey, kernelKeys, rootfsKey }) => {
      const others = [...kernelKeys.map(({ publicKey }) => publicKey), rootfsKey];
      return others.some((key) => samePublicKey(key, firmwareKey))
        ? ['the root of trust key signs later stages too']
        : [];
    },
    remedy: 'give each stage a key of its own: the root of trust key then stays offline between firmware releases',
  },
  {
    id: 'chain/other-keys',
    level: 'warning',
    stage: 'firmware',
    file: firmware,
    check: ({ kernelKeys, chosen }) => {
      const signers = new Set(chosen.signatures.flatMap(({ goodKeys }) => goodKeys));
      return kernelKeys
        .filter(({ path }) => !signers.has(path))
        .map(({ path, required }) => `the control tree holds ${path} too (required for ${required ?? 'nothing'})`);
    },
    remedy:
      'take keys that no release is signed with out of `control-dtb`: a development key there boots on every device',
  },
  {
    id: 'chain/short-key',
    level: 'note',
    stage: 'firmware',
    file: firmware,
    check: ({ firmwareKey }) =>
      firmwareKey.kind === 'rsa' && keyBits(firmwareKey) < 3072
        ? [`RSA of ${keyBits(firmwareKey)} bits, in fuses for the life of the device`]
        : [],
    remedy: 'use rsa3072, rsa4096 or P-256 where the boot ROM takes it (NIST SP 800-57: 112 bits end in 2030)',
  },
  {
    id: 'chain/weak-firmware-hash',
    level: 'warning',
    stage: 'firmware',
    file: firmware,
    check: ({ scheme, firmwareHash }) =>
      scheme === 'trailer' && isWeakHash(firmwareHash) ? [`the firmware is signed over ${firmwareHash}`] : [],
    remedy: 'set `firmware.hash` to sha256 where the boot ROM takes it: two firmwares of one SHA-1 can be made',
  },
  {
    id: 'chain/default-is-free',
    level: 'note',
    stage: 'kernel',
    file: kernel,
    check: ({ configurations }) =>
      configurations.length > 1
        ? [`whoever can write the file chooses which of ${configurations.length} signed configurations boots`]
        : [],
    remedy: 'sign only configurations that may boot on every device, or let the boot loader choose by board name',
  },
  {
    id: 'chain/corruption-ignored',
    level: 'warning',
    stage: 'rootfs',
    file: rootfs,
    check: ({ expected: { device } }) =>
      device.options.filter((option) => option === 'check_at_most_once').map((option) => `the table says ${option}`),
    remedy: 'leave it out: the kernel then gives an I/O error for an altered block, each time it is read',
  },
  {
    id: 'chain/root-elsewhere',
    level: 'error',
    stage: 'rootfs',
    file: rootfs,
    check: ({ expected: { otherRoot } }) =>
      otherRoot === undefined
        ? []
        : [`root= on the command line is ${otherRoot}, which no root hash covers: the ramdisk may mount that`],
    remedy: 'set root= to the dm-verity device (/dev/dm-0)',
  },
  {
    id: 'chain/weak-tree-hash',
    level: 'warning',
    stage: 'rootfs',
    file: rootfs,
    check: ({ expected: { device } }) =>
      isHashName(device.parameters.algorithm) && isWeakHash(device.parameters.algorithm)
        ? [`the hash tree uses ${device.parameters.algorithm}`]
        : [],
    remedy: 'use sha256',
  },
  {
    id: 'chain/unprotected-tail',
    level: 'warning',
    stage: 'rootfs',
    file: rootfs,
    check: (chain) =>
      unsignedBytes(chain)
        .filter(({ file }) => file === chain.names.rootfs)
        .map(({ bytes }) => `${bytes} bytes behind the protected blocks`),
    remedy: 'pad the image to whole blocks before building',
  },
  {
    id: 'chain/refused-by-target',
    level: 'note',
    stage: 'kernel',
    file: kernel,
    check: (chain) =>
      acceptances(chain)
        .filter(({ accepted }) => !accepted)
        .map(printAcceptance),
    remedy: 'see the reason; `bootwright fit verify --as TARGET --explain` says more',
  },
  ...loaderRules.map(({ check, ...rule }) => ({
    ...rule,
    stage: 'firmware' as const,
    file: firmware,
    check: ({ loader, kernelKeys }: ChainContents) =>
      check(
        loader,
        kernelKeys.map(({ publicKey }) => publicKey),
      ),
  })),
];

/** Everything that the rules find. */
export function lintChain(chain: ChainContents): ChainFinding[] {
  return chainRules.flatMap(({ check, file, ...rule }) =>
    check(chain).map((message) => ({ ...rule, file: file(chain), message })),
  );
}

/** One line: the target, and why it refuses. */
export const printAcceptance = ({ target, accepted, reason = '' }: Acceptance): string =>
  `${target} ${accepted ? 'accepts it' : `refuses it: ${reason}`}`;
