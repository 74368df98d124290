import { isHashName, isWeakHash, keyBits, samePublicKey } from '../crypto/index.ts';
import { type FindingLevel, type Message, messages, verbatim } from '../fault.ts';
import type { ChainContents } from './contents.ts';
import { entriesOf } from './counters.ts';
import { type Acceptance, acceptances, unsignedBytes } from './explain.ts';
import { loaderRules } from './loader.ts';
import type { ChainStage } from './report.ts';

/** What the rules below say. */
const chainMessage = messages({
  'chain/no-rollback-counter': 'an older image signed by the same key boots as well as this one',
  'chain/no-rollback-counter/remedy':
    'set `rollback` in the manifest, raise it with every security fix, and let devices keep the highest value that they saw',
  'chain/no-firmware-counter':
    'the kernel has counter {counter}, but {name} is 0: older firmware boots, and with it what its keys sign',
  'chain/no-kernel-limit': 'the firmware sets no limit for the counter of a kernel, so no device keeps that counter',
  'chain/no-firmware-counter/remedy':
    'build the firmware again with `rollback`, whose number is the counter of firmware and kernel, or with `rollback.firmware`',
  'chain/kernel-limit-above':
    'the firmware allows kernels up to {limit}, but this one has {counter}: whoever has the kernel key can raise devices to {limit}, which then refuse it',
  'chain/kernel-limit-above/remedy':
    'keep `rollback.kernel-limit` as low as releases without new firmware need; a kernel with that counter boots on such devices',
  'chain/shared-key': 'the root of trust key also signs later stages',
  'chain/shared-key/remedy':
    'give each stage its own key: the root of trust key then stays offline between firmware releases',
  'chain/other-keys': 'the control tree also holds {path} (required for {required})',
  'chain/required-for-nothing': 'nothing',
  'chain/other-keys/remedy':
    'remove keys that sign no release from `control-dtb`: a development key there boots on every device',
  'chain/short-key': 'the key in the fuses, for the life of the device, is RSA with {bits} bits',
  'chain/short-key/remedy':
    'use rsa3072, rsa4096 or P-256 if the boot ROM accepts it (NIST SP 800-57: 112 bits of security end in 2030)',
  'chain/weak-firmware-hash': 'the firmware is signed over {hash}',
  'chain/weak-firmware-hash/remedy':
    'set `firmware.hash` to sha256 if the boot ROM accepts it: two firmware images with one SHA-1 can be made',
  'chain/default-is-free': 'whoever can write the file selects which of {configurations} signed configurations boots',
  'chain/default-is-free/remedy':
    'sign only configurations that may boot on every device, or let the boot loader select by board name',
  'chain/corruption-ignored': 'the table has {option}',
  'chain/corruption-ignored/remedy':
    'remove it: the kernel then returns an I/O error for a changed block, each time the block is read',
  'chain/root-elsewhere':
    'root= on the command line is {root}, which no root hash covers: the ramdisk may mount that device',
  'chain/root-elsewhere/remedy': 'set root= to the dm-verity device (/dev/dm-0)',
  'chain/weak-tree-hash': 'the hash tree uses {hash}',
  'chain/weak-tree-hash/remedy': 'use sha256',
  'chain/unprotected-tail': '{bytes} {bytes|byte|bytes} behind the protected blocks',
  'chain/unprotected-tail/remedy': 'pad the image to whole blocks before the build',
  'chain/target-accepts': '{target} accepts it',
  'chain/refused-by-target': '{target} refuses it: {reason}',
  'chain/refused-by-target/remedy': 'run `bootwright fit verify --as TARGET --explain` for the details',
});

/** Something about a chain that verifies and yet is not as it should be. */
export interface ChainFinding {
  readonly id: string;
  /** `error`: a device would not do what the verdict says, or a secret gets out. */
  readonly level: FindingLevel;
  readonly stage: ChainStage;
  readonly file: string;
  readonly message: Message;
  /** How to fix it. */
  readonly remedy: Message;
}

/** One thing to look for: `check` gives a message for each place where it is found. */
interface Rule extends Pick<ChainFinding, 'id' | 'level' | 'stage' | 'remedy'> {
  readonly file: (chain: ChainContents) => string;
  readonly check: (chain: ChainContents) => readonly Message[];
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
    check: ({ kernelCounter = 0 }) => (kernelCounter === 0 ? [chainMessage('chain/no-rollback-counter')] : []),
    remedy: chainMessage('chain/no-rollback-counter/remedy'),
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
        ...zero.map(([name]) => chainMessage('chain/no-firmware-counter', { counter: kernelCounter, name })),
        ...(kernelLimit === undefined ? [chainMessage('chain/no-kernel-limit')] : []),
      ];
    },
    remedy: chainMessage('chain/no-firmware-counter/remedy'),
  },
  {
    id: 'chain/kernel-limit-above',
    level: 'note',
    stage: 'firmware',
    file: firmware,
    check: ({ kernelCounter = 0, firmwareRollback: { kernelLimit = 0 } }) =>
      kernelLimit > kernelCounter
        ? [chainMessage('chain/kernel-limit-above', { limit: kernelLimit, counter: kernelCounter })]
        : [],
    remedy: chainMessage('chain/kernel-limit-above/remedy'),
  },
  {
    id: 'chain/shared-key',
    level: 'warning',
    stage: 'firmware',
    file: firmware,
    check: ({ firmwareKey, kernelKeys, rootfsKey }) => {
      const others = [...kernelKeys.map(({ publicKey }) => publicKey), rootfsKey];
      return others.some((key) => samePublicKey(key, firmwareKey)) ? [chainMessage('chain/shared-key')] : [];
    },
    remedy: chainMessage('chain/shared-key/remedy'),
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
        .map(({ path, required = chainMessage('chain/required-for-nothing') }) =>
          chainMessage('chain/other-keys', { path, required }),
        );
    },
    remedy: chainMessage('chain/other-keys/remedy'),
  },
  {
    id: 'chain/short-key',
    level: 'note',
    stage: 'firmware',
    file: firmware,
    check: ({ firmwareKey }) =>
      firmwareKey.kind === 'rsa' && keyBits(firmwareKey) < 3072
        ? [chainMessage('chain/short-key', { bits: keyBits(firmwareKey) })]
        : [],
    remedy: chainMessage('chain/short-key/remedy'),
  },
  {
    id: 'chain/weak-firmware-hash',
    level: 'warning',
    stage: 'firmware',
    file: firmware,
    check: ({ scheme, firmwareHash }) =>
      scheme === 'trailer' && isWeakHash(firmwareHash)
        ? [chainMessage('chain/weak-firmware-hash', { hash: firmwareHash })]
        : [],
    remedy: chainMessage('chain/weak-firmware-hash/remedy'),
  },
  {
    id: 'chain/default-is-free',
    level: 'note',
    stage: 'kernel',
    file: kernel,
    check: ({ configurations }) =>
      configurations.length > 1
        ? [chainMessage('chain/default-is-free', { configurations: configurations.length })]
        : [],
    remedy: chainMessage('chain/default-is-free/remedy'),
  },
  {
    id: 'chain/corruption-ignored',
    level: 'warning',
    stage: 'rootfs',
    file: rootfs,
    check: ({ expected: { device } }) =>
      device.options
        .filter((option) => option === 'check_at_most_once')
        .map((option) => chainMessage('chain/corruption-ignored', { option })),
    remedy: chainMessage('chain/corruption-ignored/remedy'),
  },
  {
    id: 'chain/root-elsewhere',
    level: 'error',
    stage: 'rootfs',
    file: rootfs,
    check: ({ expected: { otherRoot } }) =>
      otherRoot === undefined ? [] : [chainMessage('chain/root-elsewhere', { root: otherRoot })],
    remedy: chainMessage('chain/root-elsewhere/remedy'),
  },
  {
    id: 'chain/weak-tree-hash',
    level: 'warning',
    stage: 'rootfs',
    file: rootfs,
    check: ({ expected: { device } }) =>
      isHashName(device.parameters.algorithm) && isWeakHash(device.parameters.algorithm)
        ? [chainMessage('chain/weak-tree-hash', { hash: device.parameters.algorithm })]
        : [],
    remedy: chainMessage('chain/weak-tree-hash/remedy'),
  },
  {
    id: 'chain/unprotected-tail',
    level: 'warning',
    stage: 'rootfs',
    file: rootfs,
    check: (chain) =>
      unsignedBytes(chain)
        .filter(({ file }) => file === chain.names.rootfs)
        .map(({ bytes }) => chainMessage('chain/unprotected-tail', { bytes })),
    remedy: chainMessage('chain/unprotected-tail/remedy'),
  },
  {
    id: 'chain/refused-by-target',
    level: 'note',
    stage: 'kernel',
    file: kernel,
    check: (chain) =>
      acceptances(chain)
        .filter(({ accepted }) => !accepted)
        .map(describeAcceptance),
    remedy: chainMessage('chain/refused-by-target/remedy'),
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
export const describeAcceptance = ({ target, accepted, reason = verbatim('') }: Acceptance): Message =>
  accepted
    ? chainMessage('chain/target-accepts', { target })
    : chainMessage('chain/refused-by-target', { target, reason });
