import type { Message } from '../fault.ts';
import { ubootMessage } from './messages.ts';
import type { CodeText } from './text.ts';
import type { UBootVersion } from './version.ts';

/** What one kind of code in U-Boot leaves in the bytes of a binary. */
interface CapabilityRow {
  readonly id: CapabilityId;
  /** What the loader can do with it. */
  readonly does: string;
  /** The configuration option, without `CONFIG_` or `CONFIG_SPL_`. */
  readonly option: string;
  /** Whether SPL has an option of its own for it, whose code leaves the same strings. */
  readonly inSpl: boolean;
  /** Strings of the code that is compiled with the option alone: any one is proof. Empty where it leaves none. */
  readonly marks: readonly string[];
  /** The file of U-Boot's sources that they stand in. */
  readonly source: string;
}

/** The name of something that a U-Boot binary may be able to do. */
export type CapabilityId =
  | 'fit'
  | 'fit-signature'
  | 'rsa-verify'
  | 'ecdsa-verify'
  | 'legacy-image'
  | 'booti'
  | 'bootz'
  | 'bootefi'
  | 'bootelf'
  | 'go'
  | 'best-match';

/**
 * What the bytes tell. Each row was held against the configurations that Debian publishes beside its binaries: 143 of
 * U-Boot proper and 24 of SPL, releases 2023.01 and 2025.01, for arm, arm64, riscv64, x86, mips and powerpc. Every mark
 * is in all that were built with the option and in none of the others, as far as there were any (LEGACY_IMAGE_FORMAT
 * and CMD_GO are on everywhere, ECDSA_VERIFY is off everywhere).
 */
export const capabilityRows: readonly CapabilityRow[] = [
  {
    id: 'fit',
    does: 'reads FIT images',
    option: 'FIT',
    inSpl: false,
    marks: ['Verifying Hash Integrity', 'Could not find configuration node'],
    source: 'boot/image-fit.c',
  },
  {
    id: 'fit-signature',
    does: 'verifies signatures of FIT images',
    option: 'FIT_SIGNATURE',
    inSpl: true,
    marks: ["Failed to verify required signature '", 'required-mode\0', "No 'signature' subnode found"],
    source: 'boot/image-fit-sig.c',
  },
  {
    id: 'rsa-verify',
    does: 'verifies RSA signatures',
    option: 'RSA_VERIFY',
    inSpl: true,
    marks: ['rsa,r-squared\0', 'rsa,n0-inverse\0', 'rsa,modulus\0'],
    source: 'lib/rsa/rsa-verify.c',
  },
  {
    id: 'ecdsa-verify',
    does: 'verifies ECDSA signatures',
    option: 'ECDSA_VERIFY',
    inSpl: true,
    marks: ['ecdsa,x-point\0', 'ecdsa,y-point\0', 'ecdsa_verifier\0'],
    source: 'lib/ecdsa/ecdsa-verify.c',
  },
  {
    id: 'legacy-image',
    does: 'boots legacy images (uImage), which nothing signs',
    option: 'LEGACY_IMAGE_FORMAT',
    inSpl: false,
    marks: ['Booting kernel from Legacy Image'],
    source: 'boot/bootm.c',
  },
  {
    id: 'booti',
    does: 'has booti, which boots an unsigned Image',
    option: 'CMD_BOOTI',
    inSpl: false,
    marks: ["boot Linux kernel 'Image' format from memory"],
    source: 'cmd/booti.c',
  },
  {
    id: 'bootz',
    does: 'has bootz, which boots an unsigned zImage',
    option: 'CMD_BOOTZ',
    inSpl: false,
    marks: ['boot Linux zImage image from memory'],
    source: 'cmd/bootz.c',
  },
  {
    id: 'bootefi',
    does: 'has bootefi, which boots EFI programs',
    option: 'CMD_BOOTEFI',
    inSpl: false,
    marks: ['Boots an EFI payload from memory'],
    source: 'cmd/bootefi.c',
  },
  {
    id: 'bootelf',
    does: 'has bootelf, which boots an unsigned ELF file',
    option: 'CMD_ELF',
    inSpl: false,
    marks: ['Boot from an ELF image in memory'],
    source: 'cmd/elf.c',
  },
  {
    id: 'go',
    does: 'has go, which jumps to any address',
    option: 'CMD_GO',
    inSpl: false,
    marks: ['start application at address'],
    source: 'cmd/boot.c',
  },
  {
    id: 'best-match',
    does: 'chooses the configuration whose fdt fits the board best',
    option: 'FIT_BEST_MATCH',
    inSpl: false,
    // Its only messages are debugging ones.
    marks: [],
    source: 'boot/image-fit.c',
  },
];

/** What a binary can do, as far as its bytes tell. */
export interface Capability extends Pick<CapabilityRow, 'id' | 'does'> {
  /** The option that decides it, `CONFIG_SPL_…` for SPL. */
  readonly option: string;
  readonly answer: 'yes' | 'no' | 'cannot tell';
  /** Which string was found where, or why the answer is what it is. */
  readonly evidence: { readonly text: string; readonly offset: number } | undefined;
  readonly reason: Message;
}

/** Strings of every U-Boot of a kind: where they cannot be read, the absence of another says nothing. */
const READABLE = {
  proper: ["Unknown command '", 'boot application image from memory'],
  SPL: ['Trying to boot from', 'SPL: '],
} as const;

/** Collects what the parts of a binary's code say, and answers. */
export class CapabilityScan {
  readonly #marks = new Map<string, number>();

  add({ text, offset }: CodeText): void {
    const sought = [...capabilityRows.flatMap(({ marks }) => marks), ...READABLE.proper, ...READABLE.SPL];
    for (const mark of sought) {
      if (this.#marks.has(mark)) continue;
      const at = text.indexOf(mark);
      if (at >= 0) this.#marks.set(mark, offset + at);
    }
  }

  /** @param versions one for each phase in the binary */
  answers(versions: readonly UBootVersion[]): Capability[] {
    const phases = versions.map(({ phase }) => phase);
    const isSpl = phases.length > 0 && !phases.includes('proper');
    const isMixed = phases.length > 1;
    const kind = isSpl ? 'SPL' : 'proper';
    const isReadable = phases.length > 0 && READABLE[kind].some((mark) => this.#marks.has(mark));
    return capabilityRows.map(({ id, does, option, inSpl, marks }) => {
      const common = { id, does, option: `CONFIG_${isSpl && inSpl ? 'SPL_' : ''}${option}` };
      const unknown = (reason: Message): Capability => ({
        ...common,
        answer: 'cannot tell',
        evidence: undefined,
        reason,
      });
      if (marks.length === 0) return unknown(ubootMessage('uboot/no-mark'));
      if (isSpl && !inSpl) return unknown(ubootMessage('uboot/mark-of-proper'));
      const mark = marks.find((text) => this.#marks.has(text));
      if (mark !== undefined) {
        const evidence = { text: mark.replace('\0', ''), offset: this.#marks.get(mark)! };
        if (!isMixed) return { ...common, answer: 'yes', evidence, reason: ubootMessage('uboot/mark-found') };
        return { ...unknown(ubootMessage('uboot/mark-of-either')), evidence };
      }
      if (isReadable)
        return { ...common, answer: 'no', evidence: undefined, reason: ubootMessage('uboot/mark-missing') };
      return unknown(ubootMessage('uboot/no-text'));
    });
  }
}
