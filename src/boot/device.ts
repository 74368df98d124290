import { type ByteSource, hexText, parseHex } from '../binary/index.ts';
import { assertPublicKey, describeKey, type HashName, hash, type PublicKey } from '../crypto/index.ts';
import { Fault, isFault } from '../fault.ts';
import {
  assertVerified,
  type CertifiedCounter,
  type ChainSource,
  chains,
  type FipEntry,
  knownImages,
  type PackedImage,
  parseLoaderProfile,
  readFip,
  resolveImage,
  verifyChain,
  verifyFipTrailer,
} from '../fip/index.ts';
import { bootedConfiguration, type FitTarget, openFit, targets, verifyFit } from '../fit/index.ts';
import { keyFingerprint, parseCertificate, parsePublicKey } from '../pki/index.ts';
import { type ExpectedRootfs, readExpectedRootfs, type TrustData } from '../trust/index.ts';
import { verifyRootHash } from '../verity/index.ts';
import { ARTIFACT_NAMES, type ArtifactNames, LOADER_IMAGE, MAX_IMAGE_BYTES, MAX_KEY_BYTES } from './artifact.ts';
import type { FirmwareScheme } from './context.ts';
import {
  assertFirmwareCounters,
  assertKernelCounter,
  type FirmwareRollback,
  kernelCounter,
  minimaOf,
  printComparison,
  printKernelComparison,
  printLimit,
  type RollbackCounters,
  reachedCounters,
  readFirmwareRollback,
} from './counters.ts';
import { type AnchorOption, DeviceTrust } from './device-trust.ts';
import { findControlTree } from './loader.ts';
import { type BootReport, type BootStep, type ChainStage, reportFault } from './report.ts';
import { verifyDevice, verifyRootfsImage } from './verify-root.ts';

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

/**
 * A device in software: fetches the chain, verifies each link with what the link before it holds, and stops at the
 * first that is wrong. Files that cannot be fetched at all throw; a refusal is a verdict.
 *
 * @example
 * const { verdict, steps } = await bootDevice({ imageSource, rotpk });
 */
export function bootDevice(options: DeviceOptions): Promise<BootReport> {
  return new Device(options).boot();
}

/** What one check established for the next. */
interface Checked<Result> {
  readonly result: Result;
  readonly by: string;
  readonly bytes: number;
}

class Refusal extends Error {
  readonly step: BootStep;

  constructor(step: BootStep, cause: Fault) {
    super(cause.message, { cause });
    this.step = step;
  }
}

class Device {
  readonly #options: DeviceOptions;
  readonly #names: ArtifactNames;
  readonly #now: () => number;
  readonly #steps: BootStep[] = [];
  readonly #minima: RollbackCounters;
  readonly #trust: DeviceTrust;

  constructor(options: DeviceOptions) {
    if (!/^[0-9a-f]{64}$/.test(options.rotpk)) {
      throw new Fault('boot/no-trust', {
        reason: 'the hash of the root of trust public key is not 64 lower-case hex digits',
      });
    }
    this.#options = options;
    this.#names = options.names ?? ARTIFACT_NAMES;
    this.#minima = minimaOf(options.rollback, options.scheme ?? 'trailer');
    this.#now = options.now ?? (() => performance.now());
    this.#trust = new DeviceTrust(this.#names, options.rotpk, options.anchor ?? { named: options.rotpk });
  }

  async boot(): Promise<BootReport> {
    try {
      const firmware = await this.#firmware();
      const kernel = await this.#kernel(firmware);
      await this.#rootfs(kernel);
      const { configuration, counter, expected } = kernel;
      const { commandLine, device } = expected;
      const { kernelLimit: counterLimit } = firmware.rollback;
      const trust = await this.#reached();
      return {
        verdict: trust.verdict,
        steps: this.#steps,
        ...(trust.verdict === 'verified' && {
          counters: reachedCounters(firmware.rollback, counter, this.#minima),
        }),
        trust,
        kernel: {
          configuration,
          counter,
          ...(counterLimit !== undefined && { counterLimit }),
          commandLine,
          rootHash: device.rootHash,
        },
      };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { verdict: 'refused', stage: error.step.stage, steps: this.#steps, trust: this.#trust.data };
    }
  }

  /** The firmware stage: the firmware against the hash in the fuses, and its counters. Gives the loader's control tree. */
  async #firmware(): Promise<FirmwareStage> {
    const { imageSource, scheme = 'trailer' } = this.#options;
    const { firmware } = this.#names;
    const fip = await imageSource.fetch(firmware, MAX_IMAGE_BYTES);
    const certified = scheme === 'tbbr' ? await this.#certificates(fip) : await this.#trailer(fip);
    const control = await this.#check('firmware', `control tree in ${LOADER_IMAGE}`, firmware, () => {
      const loader = loaderOf(fip);
      const result = findControlTree(loader.data);
      this.#trust.control(loader, result);
      return {
        result,
        by: scheme === 'tbbr' ? `the digest of ${LOADER_IMAGE}` : 'the firmware signature',
        bytes: result.length,
      };
    });
    const rollback = await this.#check('firmware', 'rollback counters', firmware, () => {
      const result = readFirmwareRollback(control, scheme, certified);
      assertFirmwareCounters(result, this.#minima);
      const by = `${printComparison(result.counters, this.#minima)}; ${printLimit(result)}`;
      return { result, by, bytes: 0 };
    });
    return { control, rollback };
  }

  /** The key file against the fuses, the signature at the end of the firmware against the key. */
  async #trailer(fip: Uint8Array): Promise<readonly CertifiedCounter[]> {
    const { imageSource, rotpk, firmwareHash: hash = 'sha256' } = this.#options;
    const { firmware, firmwareKey } = this.#names;
    const pem = await imageSource.fetch(firmwareKey, MAX_KEY_BYTES);
    const key = await this.#check(
      'firmware',
      'root of trust public key',
      firmwareKey,
      () => ({ result: trustKey(pem, rotpk, firmwareKey), by: this.#start, bytes: pem.length }),
      (fault) => this.#trust.otherKey(fault),
    );
    const scheme = { kind: key.kind === 'ec' ? 'ecdsa' : 'rsa-pkcs1', hash } as const;
    const check = () => {
      const { signedSize } = verifyFipTrailer(fip, key, scheme);
      this.#trust.trailer(readFip(fip).images, { key, scheme, signedSize });
      return { result: undefined, by: `key ${printKey(key)}`, bytes: signedSize };
    };
    const refused = (fault: Fault): void => this.#trust.trailer([], { key, fault });
    await this.#check('firmware', 'firmware signature', firmware, check, refused);
    return [];
  }

  /** The chain of certificates from the hash in the fuses down to every image. Gives the counters that they carry. */
  #certificates(fip: Uint8Array): Promise<readonly CertifiedCounter[]> {
    const { rotpk, firmwareProfile } = this.#options;
    return this.#check('firmware', 'certificates and images', this.#names.firmware, async () => {
      const { images } = readFip(fip);
      const report = await verifyChain(sourceOf(images), {
        chain: chains.tbbr,
        table: knownImages,
        profile: firmwareProfile === undefined ? undefined : parseLoaderProfile(firmwareProfile),
        anchors: new Map([['rot-key', { kind: 'hash', hash: 'sha256', digest: parseHex(rotpk)! }]]),
        // Compared below, where a counter of the control tree is compared.
        counters: new Map(),
      });
      this.#trust.certificates(images, report);
      assertVerified(report);
      const bytes = images.reduce((sum, { size }) => sum + size, 0);
      return { result: report.counters, by: this.#start, bytes };
    });
  }

  /** The kernel stage: the configuration that boots and its images against the control tree. Gives what the signed fdt pins. */
  async #kernel({ control, rollback }: FirmwareStage): Promise<KernelStage> {
    const { imageSource, target = 'strict', board, allowSha1 } = this.#options;
    const file = this.#names.kernel;
    const fit = await imageSource.fetch(file, MAX_IMAGE_BYTES);
    const check = () => {
      const report = verifyFit(fit, control, { target, board, allowSha1 });
      this.#trust.kernel(control, report);
      const chosen = bootedConfiguration(report);
      const keys = chosen.signatures.flatMap(({ goodKeys }) => goodKeys);
      const bytes = chosen.images.reduce((sum, { data }) => sum + (data?.size ?? 0), 0);
      return {
        result: { chosen, report },
        by: keys.map((path) => `key ${path} of the control tree`).join(', '),
        bytes,
      };
    };
    const refused = (fault: Fault): void => this.#trust.kernel(control, fault);
    const verified = await this.#check('kernel', 'configuration and images', file, check, refused);
    const { chosen: configuration, report } = verified;
    const name = configuration.path.split('/').at(-1)!;
    const counter = await this.#check('kernel', 'rollback counter', file, () =>
      this.#assertFresh(fit, configuration.path, rollback),
    );
    const expected = await this.#check('kernel', 'dm-verity parameters', file, () => {
      const expected = readExpectedRootfs(fit, configuration);
      if (expected.image !== undefined && !targets[target].verityNodes) throw unknownNode(target, expected.image.path);
      this.#trust.expectedRootfs(fit, report, expected);
      const where =
        expected.image === undefined ? 'command line in its fdt' : `dm-verity node of ${expected.image.path}`;
      const left = expected.otherRoot === undefined ? '' : `; root=${expected.otherRoot} is left to the ramdisk`;
      return { result: expected, by: `configuration ${name}, ${where}${left}`, bytes: expected.device.rootHash.length };
    });
    return { configuration: name, counter, fit, expected };
  }

  /** The rootfs stage: the root hash's signature, then the tree and every data block. */
  async #rootfs({ fit, expected }: KernelStage): Promise<void> {
    const { device, certificate, image } = expected;
    const { imageSource } = this.#options;
    const { kernel, rootfs, rootfsTree, rootfsSignature } = this.#names;
    const signature = await imageSource.fetch(rootfsSignature, MAX_KEY_BYTES);
    const check = () => {
      verifyRootHash({ rootHash: device.rootHash, signature, certificate });
      this.#trust.rootHashSignature(expected);
      const { publicKey } = parseCertificate(certificate);
      return { result: undefined, by: `key ${printKey(publicKey)} in the fdt`, bytes: device.rootHash.length };
    };
    await this.#check('rootfs', 'root hash signature', rootfsSignature, check, (fault) =>
      this.#trust.rootHashSignature(expected, fault),
    );
    const tree = (action: () => Checked<undefined>, file: string): Promise<undefined> =>
      this.#check(
        'rootfs',
        'hash tree and every block',
        file,
        () => {
          const checked = action();
          this.#trust.tree(expected);
          return checked;
        },
        (fault) => this.#trust.tree(expected, fault),
      );
    const by = `root hash ${device.rootHash.slice(0, 16)}…`;
    if (image !== undefined) {
      await tree(() => {
        const { bytes } = verifyRootfsImage(fit, image, device);
        return { result: undefined, by: `${by} in the dm-verity node`, bytes };
      }, kernel);
      return;
    }
    using data = await imageSource.open(rootfs);
    using hash = await imageSource.open(rootfsTree);
    await tree(() => {
      const { bytes } = verifyDevice(device, { data, hash, hashOffset: 0, superblock: true });
      return { result: undefined, by: `${by} in the fdt`, bytes };
    }, rootfs);
  }

  #assertFresh(fit: Uint8Array, path: string, rollback: FirmwareRollback): Checked<number> {
    const counter = kernelCounter(openFit(fit).blob.root, path) ?? 0;
    assertKernelCounter(counter, rollback, this.#minima);
    return { result: counter, by: printKernelComparison(counter, rollback, this.#minima), bytes: 0 };
  }

  /** No check failed. That everything that runs is reached over checked edges is the graph's to say. */
  async #reached(): Promise<TrustData & { readonly verdict: 'verified' | 'consistent' }> {
    const trust = this.#trust.data;
    const { verdict } = trust;
    if (verdict === 'verified' || verdict === 'consistent') return { ...trust, verdict };
    return this.#check('rootfs', 'chain of trust', this.#names.rootfs, () => {
      throw this.#trust.unreached();
    });
  }

  async #check<Result>(
    stage: ChainStage,
    check: string,
    file: string,
    action: () => Checked<Result> | Promise<Checked<Result>>,
    refused: (fault: Fault) => void = () => undefined,
  ): Promise<Result> {
    const start = this.#now();
    const common = { stage, check, file };
    try {
      const { result, by, bytes } = await action();
      this.#end({
        ...common,
        verdict: this.#isNamed ? 'verified' : 'consistent',
        by,
        bytes,
        milliseconds: this.#now() - start,
      });
      return result;
    } catch (error) {
      if (!isFault(error)) throw error;
      refused(error);
      const fault = reportFault(error);
      const step: BootStep = {
        ...common,
        file: this.#blame(file, error),
        verdict: 'refused',
        by: undefined,
        bytes: 0,
        milliseconds: this.#now() - start,
        fault,
      };
      this.#end(step);
      throw new Refusal(step, error);
    }
  }

  /** The file that a fault lies in, where a check reads two. */
  #blame(file: string, fault: Fault): string {
    const { rootfs, rootfsTree } = this.#names;
    return file === rootfs && fault.code !== 'verity/data-block' ? rootfsTree : file;
  }

  /** Whether a person named the hash that everything starts from. */
  get #isNamed(): boolean {
    return this.#options.anchor !== 'recorded';
  }

  /** The hash that everything starts from, as far as a person compares it at a glance. */
  get #start(): string {
    return `hash ${this.#options.rotpk.slice(0, 16)}… ${this.#isNamed ? 'in the device' : 'recorded beside the files'}`;
  }

  #end(step: BootStep): void {
    this.#steps.push(step);
    this.#options.observe?.(step);
  }
}

interface FirmwareStage {
  /** The boot loader's control tree. */
  readonly control: Uint8Array;
  readonly rollback: FirmwareRollback;
}

interface KernelStage {
  readonly configuration: string;
  readonly counter: number;
  readonly fit: Uint8Array;
  readonly expected: ExpectedRootfs;
}

function trustKey(pem: Uint8Array, rotpk: string, file: string): PublicKey {
  const key = assertPublicKey(parsePublicKey(pem, file), file);
  const got = hexText(keyFingerprint(key));
  if (got !== rotpk) throw new Fault('boot/untrusted-key', { file, want: rotpk, got });
  return key;
}

function sourceOf(images: readonly PackedImage[]): ChainSource {
  const dataOf = ({ uuid }: FipEntry): Uint8Array => images.find((image) => image.uuid === uuid)!.data;
  return {
    entries: images,
    read: async (entry) => dataOf(entry),
    digest: async (entry, name) => hash(name, dataOf(entry)),
  };
}

function loaderOf(fip: Uint8Array): PackedImage {
  const uuid = resolveImage(knownImages, LOADER_IMAGE);
  const image = readFip(fip).images.find((candidate) => candidate.uuid === uuid);
  if (image !== undefined) return image;
  throw new Fault('boot/missing-link', {
    stage: 'firmware',
    what: `the firmware has no boot loader (${LOADER_IMAGE})`,
  });
}

const unknownNode = (target: FitTarget, path: string): Fault =>
  new Fault('boot/missing-link', {
    stage: 'kernel',
    what: `${target} makes nothing of the dm-verity node of ${path}, so the kernel would start without its root hash`,
  });

const printKey = (key: PublicKey): string => `${describeKey(key)} ${hexText(keyFingerprint(key)).slice(0, 16)}…`;
