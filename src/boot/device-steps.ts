import { type Fault, isFault, type Message } from '../fault.ts';
import type { TrustData } from '../trust/index.ts';
import { ARTIFACT_NAMES, type ArtifactNames } from './artifact.ts';
import { minimaOf, type RollbackCounters } from './counters.ts';
import type { DeviceOptions } from './device-options.ts';
import { DeviceTrust } from './device-trust.ts';
import { bootMessage } from './messages.ts';
import { type BootStep, type ChainStage, reportFault } from './report.ts';

/** What one check established for the next. */
export interface CheckResult<Result> {
  readonly result: Result;
  readonly by: Message;
  readonly bytes: number;
}

/** One check: what is checked, in which file, and what the trust graph is told of a refusal. */
export interface DeviceCheck<Result> {
  readonly stage: ChainStage;
  readonly check: Message;
  readonly file: string;
  readonly action: () => CheckResult<Result> | Promise<CheckResult<Result>>;
  readonly refused?: (fault: Fault) => void;
}

/** The first check that fails: it ends the boot. */
export class RefusedStep extends Error {
  readonly step: BootStep;

  constructor(step: BootStep, cause: Fault) {
    super(cause.message, { cause });
    this.step = step;
  }
}

/** One boot of a device: what its stages share, and the steps so far. */
export class DeviceBoot {
  readonly options: DeviceOptions;
  readonly names: ArtifactNames;
  /** The lowest rollback counters that the device accepts. */
  readonly minima: RollbackCounters;
  readonly trust: DeviceTrust;
  readonly steps: BootStep[] = [];
  readonly #now: () => number;

  constructor(options: DeviceOptions) {
    this.options = options;
    this.names = options.names ?? ARTIFACT_NAMES;
    this.minima = minimaOf(options.rollback, options.scheme ?? 'trailer');
    this.trust = new DeviceTrust(this.names, options.rotpk, options.anchor ?? { named: options.rotpk });
    this.#now = options.now ?? (() => performance.now());
  }

  /** Runs a check and records it as a step. Throws `RefusedStep` where it faults. */
  async check<Result>({ stage, check, file, action, refused }: DeviceCheck<Result>): Promise<Result> {
    const start = this.#now();
    try {
      const { result, by, bytes } = await action();
      const verdict = this.#isNamed ? 'verified' : 'consistent';
      this.#end({ stage, check, file, verdict, by, bytes, milliseconds: this.#now() - start });
      return result;
    } catch (error) {
      if (!isFault(error)) throw error;
      refused?.(error);
      const step: BootStep = {
        stage,
        check,
        file: this.#blame(file, error),
        verdict: 'refused',
        by: undefined,
        bytes: 0,
        milliseconds: this.#now() - start,
        fault: reportFault(error),
      };
      this.#end(step);
      throw new RefusedStep(step, error);
    }
  }

  /** No check failed. Whether checked edges lead to everything that runs is for the graph to say. */
  async reached(): Promise<TrustData & { readonly verdict: 'verified' | 'consistent' }> {
    const trust = this.trust.data;
    const { verdict } = trust;
    if (verdict === 'verified' || verdict === 'consistent') return { ...trust, verdict };
    const action = (): never => {
      throw this.trust.unreached();
    };
    return this.check({ stage: 'rootfs', check: bootMessage('boot/check-chain'), file: this.names.rootfs, action });
  }

  /** The hash that everything starts from, as far as a person compares it at a glance. */
  get start(): Message {
    const hash = this.options.rotpk.slice(0, 16);
    return bootMessage(this.#isNamed ? 'boot/by-device-hash' : 'boot/by-recorded-hash', { hash });
  }

  /** The file that a fault lies in, where a check reads two. */
  #blame(file: string, fault: Fault): string {
    const { rootfs, rootfsTree } = this.names;
    return file === rootfs && fault.code !== 'verity/data-block' ? rootfsTree : file;
  }

  /** Whether a person named the hash that everything starts from. */
  get #isNamed(): boolean {
    return this.options.anchor !== 'recorded';
  }

  #end(step: BootStep): void {
    this.steps.push(step);
    this.options.observe?.(step);
  }
}
