import { describeKey, type PublicKey } from '../crypto/index.ts';
import { type FindingLevel, type Message, messages, verbatim } from '../fault.ts';
import { type Capability, type CapabilityId, controlTreeOf, readUBoot, type UBootBinary } from '../uboot/index.ts';

/**
 * The control device tree that a boot loader reads, as a view of its image. Faults `uboot/no-tree`, `uboot/two-trees`,
 * `uboot/tree`.
 */
export const findControlTree = (image: Uint8Array): Uint8Array => controlTreeOf(image, readUBoot(image).control);

/** What the rules below say. */
const loaderMessage = messages({
  'chain/the-loader': 'the boot loader',
  'chain/loader-cannot-verify': '{loader} was built without {option}: it verifies nothing and boots unsigned images',
  'chain/loader-cannot-verify/remedy': 'build U-Boot with CONFIG_FIT_SIGNATURE and the algorithm of the key',
  'chain/loader-lacks-algorithm': '{loader} was built without {option}: it cannot verify signatures by {key}',
  'chain/loader-lacks-algorithm/remedy': 'build U-Boot with that option, or sign the kernel with a key of another kind',
  'chain/loader-legacy-images': '{loader} also boots legacy images, which cannot be signed: bootm accepts either',
  'chain/loader-legacy-images/remedy':
    'build U-Boot without CONFIG_LEGACY_IMAGE_FORMAT, or make sure that nobody can put such a file there',
  'chain/loader-unsigned-commands':
    '{loader} has {commands}, which verify nothing: whoever sets bootcmd or has the prompt can use them',
  'chain/loader-unsigned-commands/remedy':
    'build U-Boot without these commands, or without a prompt and a writable environment',
  'chain/loader-unreadable': 'the bytes of the boot loader do not show whether it verifies what it boots',
  'chain/loader-unreadable/remedy': 'look for CONFIG_FIT_SIGNATURE=y in the .config that it was built with',
});

/** One thing that the bytes of a boot loader say against a chain: `check` gives a message for each place. */
interface LoaderRule {
  readonly id: string;
  readonly level: FindingLevel;
  readonly check: (loader: UBootBinary, kernelKeys: readonly PublicKey[]) => readonly Message[];
  readonly remedy: Message;
}

/** What is found in a boot loader, by its bytes and the keys that its kernels are signed with. */
export interface LoaderFinding extends Pick<LoaderRule, 'id' | 'level' | 'remedy'> {
  readonly message: Message;
}

/** The rules by which a boot loader is judged. */
export const loaderRules: readonly LoaderRule[] = [
  {
    id: 'chain/loader-cannot-verify',
    level: 'error',
    check(loader) {
      const option = whatVerifyingLacks(loader)?.option;
      return option === undefined
        ? []
        : [loaderMessage('chain/loader-cannot-verify', { loader: nameOf(loader), option })];
    },
    remedy: loaderMessage('chain/loader-cannot-verify/remedy'),
  },
  {
    id: 'chain/loader-lacks-algorithm',
    level: 'error',
    check(loader, keys) {
      if (whatVerifyingLacks(loader) !== undefined) return [];
      return keys.flatMap((key) => {
        const option = deniedBy(loader, key.kind === 'rsa' ? 'rsa-verify' : 'ecdsa-verify')?.option;
        if (option === undefined) return [];
        return [
          loaderMessage('chain/loader-lacks-algorithm', { loader: nameOf(loader), option, key: describeKey(key) }),
        ];
      });
    },
    remedy: loaderMessage('chain/loader-lacks-algorithm/remedy'),
  },
  {
    id: 'chain/loader-legacy-images',
    level: 'warning',
    check: (loader) =>
      whatVerifyingLacks(loader) === undefined && answerOf(loader, 'legacy-image') === 'yes'
        ? [loaderMessage('chain/loader-legacy-images', { loader: nameOf(loader) })]
        : [],
    remedy: loaderMessage('chain/loader-legacy-images/remedy'),
  },
  {
    id: 'chain/loader-unsigned-commands',
    level: 'note',
    check(loader) {
      const commands = UNSIGNED_COMMANDS.filter((id) => answerOf(loader, id) === 'yes').join(', ');
      if (whatVerifyingLacks(loader) !== undefined || commands === '') return [];
      return [loaderMessage('chain/loader-unsigned-commands', { loader: nameOf(loader), commands })];
    },
    remedy: loaderMessage('chain/loader-unsigned-commands/remedy'),
  },
  {
    id: 'chain/loader-unreadable',
    level: 'note',
    check: (loader) =>
      answerOf(loader, 'fit-signature') === 'cannot tell' ? [loaderMessage('chain/loader-unreadable')] : [],
    remedy: loaderMessage('chain/loader-unreadable/remedy'),
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
const nameOf = ({ versions }: UBootBinary): Message =>
  versions.length === 0 ? loaderMessage('chain/the-loader') : verbatim(versions.map(({ text }) => text).join(' with '));

const answerOf = ({ capabilities }: UBootBinary, id: CapabilityId): Capability['answer'] | undefined =>
  capabilities.find((one) => one.id === id)?.answer;

const deniedBy = ({ capabilities }: UBootBinary, id: CapabilityId): Capability | undefined =>
  capabilities.find((one) => one.id === id && one.answer === 'no');
