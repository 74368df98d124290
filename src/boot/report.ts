import type { ChainStage, Fault, Message } from '../fault.ts';
import type { TrustData } from '../trust/index.ts';
import type { RollbackCounters } from './counters.ts';

export type { ChainStage } from '../fault.ts';

/** Every stage, in the order in which a device verifies them. */
export const chainStages: readonly ChainStage[] = ['firmware', 'kernel', 'rootfs'];

/** The stage of a name in a lock or a report; version 0.1 called the first one `bootloader`. */
export const stageNamed = <Name>(name: Name): Name | 'firmware' => (name === 'bootloader' ? 'firmware' : name);

/** One thing that was checked, or that failed. */
export interface BootStep {
  readonly stage: ChainStage;
  /** What was checked: `firmware signature`, `image kernel-1`, … */
  readonly check: Message;
  /** The file that it was checked in. */
  readonly file: string;
  /** `consistent` where the check holds and the hash that the chain starts from is one that nobody named. */
  readonly verdict: 'verified' | 'consistent' | 'refused';
  /** Who vouches: a key's kind and fingerprint, or the hash that the stage before holds. */
  readonly by: Message | undefined;
  /** Bytes that the check covered. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** Why it was refused. */
  readonly fault?: {
    readonly code: string;
    readonly message: string;
    readonly offset?: number;
    readonly path?: string;
    /** What to do next. */
    readonly remedy?: string;
  };
}

/**
 * How a boot ended. `verified`: every link is reached from an anchor that a person named. `consistent`: every check holds,
 * and the hash that they start from was found beside the files.
 */
export interface BootReport {
  readonly verdict: 'verified' | 'consistent' | 'refused';
  /** The stage at which it was refused. */
  readonly stage?: ChainStage;
  readonly steps: readonly BootStep[];
  /**
   * The rollback counters that the device may store from now on, where everything verified: those that it had, or higher.
   * Nothing is stored before.
   */
  readonly counters?: RollbackCounters;
  /** What vouches for what, as far as the boot came. */
  readonly trust: TrustData;
  /** What was handed over to the kernel, where everything verified. */
  readonly kernel?: {
    readonly configuration: string;
    /** The rollback counter of the image. */
    readonly counter: number;
    /** The highest that its firmware allows; none where the firmware says nothing, and the device's does not rise. */
    readonly counterLimit?: number;
    readonly commandLine: string;
    readonly rootHash: string;
  };
}

/** A fault as reports carry it. */
export function reportFault(fault: Fault): NonNullable<BootStep['fault']> {
  const { offset, path } = fault.context as { readonly offset?: number; readonly path?: string };
  const { code, message, remedy } = fault;
  return {
    code,
    message,
    ...(offset === undefined ? {} : { offset }),
    ...(path === undefined || path === '' ? {} : { path }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
