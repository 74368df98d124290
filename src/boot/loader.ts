import { describeKey, type PublicKey } from '../crypto/index.ts';
import type { FindingLevel } from '../fault.ts';
import { type Capability, type CapabilityId, controlTreeOf, readUBoot, type UBootBinary } from '../uboot/index.ts';

/**
 * The control device tree that a boot loader reads, as a view of its image. Faults `uboot/no-tree`, `uboot/two-trees`,
 * `uboot/tree`.
 */
export const findControlTree = (image: Uint8Array): Uint8Array => controlTreeOf(image, readUBoot(image).control);

/** One thing that a boot loader's own bytes say against a chain: `check` gives a message for each place. */
interface LoaderRule {
  readonly id: string;
  readonly level: FindingLevel;
  readonly check: (loader: UBootBinary, kernelKeys: readonly PublicKey[]) => readonly string[];
  readonly remedy: string;
}

/** What is found in a boot loader, by its bytes and the keys that its kernels are signed with. */
export interface LoaderFinding extends Pick<LoaderRule, 'id' | 'level' | 'remedy'> {
  readonly message: string;
}

/** The rules by which a boot loader is judged. */
export const loaderRules: readonly LoaderRule[] = [
  {
    id: 'chain/loader-cannot-verify',
    level: 'error',
    check: (loader) => {
      const lacking = whatVerifyingLacks(loader);
      if (lacking === undefined) return [];
      return [
        `${nameOf(loader)} was built without ${lacking.option}: it verifies nothing and boots what nobody signed`,
      ];
    },
    remedy: 'build U-Boot with CONFIG_FIT_SIGNATURE and the algorithm of the key (docs/u-boot.md)',
  },
  {
    id: 'chain/loader-lacks-algorithm',
    level: 'error',
    check: (loader, keys) =>
      whatVerifyingLacks(loader) !== undefined
        ? []
        : keys.flatMap((key) => {
            const lacking = deniedBy(loader, key.kind === 'rsa' ? 'rsa-verify' : 'ecdsa-verify');
            if (lacking === undefined) return [];
            return [`${nameOf(loader)} was built without ${lacking.option}: it cannot check ${describeKey(key)}`];
          }),
    remedy: 'build U-Boot with that option, or sign the kernel with a key of another kind',
  },
  {
    id: 'chain/loader-legacy-images',
    level: 'warning',
    check: (loader) =>
      whatVerifyingLacks(loader) === undefined && answerOf(loader, 'legacy-image') === 'yes'
        ? [`${nameOf(loader)} boots legacy images too, which nothing signs, and bootm takes either`]
        : [],
    remedy: 'build U-Boot without CONFIG_LEGACY_IMAGE_FORMAT, or see to it that nobody can put such a file there',
  },
  {
    id: 'chain/loader-unsigned-commands',
    level: 'note',
    check: (loader) => {
      const commands = UNSIGNED_COMMANDS.filter((id) => answerOf(loader, id) === 'yes');
      if (whatVerifyingLacks(loader) !== undefined || commands.length === 0) return [];
      return [
        `${nameOf(loader)} has ${commands.join(', ')}, which verify nothing: whoever sets bootcmd or has the prompt can use them`,
      ];
    },
    remedy: 'build U-Boot without these commands, or without a prompt and a writable environment (docs/u-boot.md)',
  },
  {
    id: 'chain/loader-unreadable',
    level: 'note',
    check: (loader) =>
      answerOf(loader, 'fit-signature') === 'cannot tell'
        ? ['the bytes of the boot loader do not tell whether it verifies what it boots']
        : [],
    remedy: 'look for CONFIG_FIT_SIGNATURE=y in the .config that it was built with (docs/u-boot.md)',
  },
];

/** Everything that the rules find in a boot loader. */
export const lintLoader = (loader: UBootBinary, kernelKeys: readonly PublicKey[]): LoaderFinding[] =>
  loaderRules.flatMap(({ check, ...rule }) => check(loader, kernelKeys).map((message) => ({ ...rule, message })));

/** Whether the bytes say that the loader verifies no image at all, or none that is signed with one of the keys. */
export const cannotVerify = (loader: UBootBinary, kernelKeys: readonly PublicKey[]): boolean =>
  lintLoader(loader, kernelKeys).some(({ level }) => level === 'error');

const UNSIGNED_COMMANDS = ['booti', 'bootz', 'bootefi', 'bootelf', 'go'] as const;

const whatVerifyingLacks = (loader: UBootBinary): Capability | undefined =>
  deniedBy(loader, 'fit') ?? deniedBy(loader, 'fit-signature');

/** `U-Boot 2023.01+dfsg-2 (…)`, or what it is called where it does not say. */
const nameOf = ({ versions }: UBootBinary): string =>
  versions.length === 0 ? 'the boot loader' : versions.map(({ text }) => text).join(' with ');

const answerOf = ({ capabilities }: UBootBinary, id: CapabilityId): Capability['answer'] | undefined =>
  capabilities.find((one) => one.id === id)?.answer;

const deniedBy = ({ capabilities }: UBootBinary, id: CapabilityId): Capability | undefined =>
  capabilities.find((one) => one.id === id && one.answer === 'no');
