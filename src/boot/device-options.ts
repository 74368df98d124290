import type { ByteSource } from '../binary/index.ts';
import type { HashName } from '../crypto/index.ts';
import type { FitTarget } from '../fit/index.ts';
import type { ArtifactNames } from './artifact.ts';
import type { FirmwareScheme } from './context.ts';
import type { RollbackCounters } from './counters.ts';
import type { AnchorOption } from './device-trust.ts';
import type { BootStep } from './report.ts';

/** Where a device gets its files: a TFTP server, a folder, memory. */
export interface ImageSource {
  /** A file, whole. Faults `boot/fetch`. */
  fetch(name: string, limitBytes: number): Promise<Uint8Array>;
  /** A file that may be too large for memory; the caller disposes of it. */
  open(name: string): Promise<ByteSource & Disposable>;
}

/** What a device in software holds, and where its images come from. */
export interface DeviceOptions {
  readonly imageSource: ImageSource;
  /** SHA-256 of the SubjectPublicKeyInfo of the root of trust public key, in lower-case hex: what fuses hold. */
  readonly rotpk: string;
  /**
   * Who says so: a person, who named a key's file or the hash itself (that is what is taken where it is not given), or a
   * record that was found beside the files. Then the best that can be said of the chain is that it is consistent.
   */
  readonly anchor?: AnchorOption;
  /** The device's rollback counters, or one number for all: lower ones are refused. 0 where none is given. */
  readonly rollback?: number | RollbackCounters;
  readonly names?: ArtifactNames;
  /** How the firmware is signed: what the boot ROM knows; `trailer` where it is not given. */
  readonly scheme?: FirmwareScheme;
  /** Hash of the firmware's signature at its end; sha256 where it is not given. */
  readonly firmwareHash?: HashName;
  /** The build of the loader that checks its certificates, such as `tf-a:rsa2048-sha256`; none where it is not given. */
  readonly firmwareProfile?: string;
  /** Whose rules the image tree is held to; `strict` where it is not given. */
  readonly target?: FitTarget;
  /** The board's `compatible`, for a loader with FIT_BEST_MATCH; the default configuration boots where it is not given. */
  readonly board?: readonly string[];
  /** Whether `strict` takes SHA-1 in the image tree. */
  readonly allowSha1?: boolean;
  /** Called with each step as it ends. */
  readonly observe?: (step: BootStep) => void;
  /** Milliseconds of some clock, for the steps' durations. */
  readonly now?: () => number;
}
