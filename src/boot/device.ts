import { Fault } from '../fault.ts';
import { bootedConfiguration, type FitTarget, openFit, targets, verifyFit } from '../fit/index.ts';
import { parseCertificate } from '../pki/index.ts';
import { type ExpectedRootfs, readExpectedRootfs } from '../trust/index.ts';
import { verifyRootHash } from '../verity/index.ts';
import { MAX_IMAGE_BYTES, MAX_KEY_BYTES } from './artifact.ts';
import { assertKernelCounter, describeKernelComparison, kernelCounter, reachedCounters } from './counters.ts';
import { printKey, type VerifiedFirmware, verifyFirmware } from './device-firmware.ts';
import type { DeviceOptions } from './device-options.ts';
import { type CheckResult, DeviceBoot, RefusedStep } from './device-steps.ts';
import { bootMessage } from './messages.ts';
import type { BootReport } from './report.ts';
import { verifyDevice, verifyRootfsImage } from './verify-root.ts';

/**
 * A device in software: fetches the chain, verifies each link with what the link before it holds, and stops at the
 * first that is wrong. Files that cannot be fetched at all throw; a refusal is a verdict.
 *
 * @example
 * const { verdict, steps } = await bootDevice({ imageSource, rotpk });
 */
export async function bootDevice(options: DeviceOptions): Promise<BootReport> {
  if (!/^[0-9a-f]{64}$/.test(options.rotpk)) {
    throw new Fault('boot/no-trust', { reason: bootMessage('boot/not-a-hash') });
  }
  const boot = new DeviceBoot(options);
  try {
    const firmware = await verifyFirmware(boot);
    const kernel = await verifyKernel(boot, firmware);
    await verifyRootfs(boot, kernel);
    return reportOf(boot, firmware, kernel, await boot.reached());
  } catch (error) {
    if (!(error instanceof RefusedStep)) throw error;
    return { verdict: 'refused', stage: error.step.stage, steps: boot.steps, trust: boot.trust.data };
  }
}

function reportOf(
  { steps, minima }: DeviceBoot,
  { rollback }: VerifiedFirmware,
  { configuration, counter, expected }: VerifiedKernel,
  trust: Awaited<ReturnType<DeviceBoot['reached']>>,
): BootReport {
  const { kernelLimit: counterLimit } = rollback;
  const { commandLine, device } = expected;
  return {
    verdict: trust.verdict,
    steps,
    ...(trust.verdict === 'verified' && { counters: reachedCounters(rollback, counter, minima) }),
    trust,
    kernel: {
      configuration,
      counter,
      ...(counterLimit !== undefined && { counterLimit }),
      commandLine,
      rootHash: device.rootHash,
    },
  };
}

/** What the kernel stage establishes for the rootfs stage. */
interface VerifiedKernel {
  readonly configuration: string;
  readonly counter: number;
  readonly fit: Uint8Array;
  readonly expected: ExpectedRootfs;
}

/** The kernel stage: the configuration that boots and its images against the control tree, and what it says of the rootfs. */
async function verifyKernel(boot: DeviceBoot, { control, rollback }: VerifiedFirmware): Promise<VerifiedKernel> {
  const { imageSource, target = 'strict', board, allowSha1 } = boot.options;
  const { kernel: file } = boot.names;
  const fit = await imageSource.fetch(file, MAX_IMAGE_BYTES);
  const { chosen, report } = await boot.check({
    stage: 'kernel',
    check: bootMessage('boot/check-configuration'),
    file,
    action() {
      const report = verifyFit(fit, control, { target, board, allowSha1 });
      boot.trust.kernel(control, report);
      const chosen = bootedConfiguration(report);
      const keys = chosen.signatures.flatMap(({ goodKeys }) => goodKeys).join(', ');
      const bytes = chosen.images.reduce((sum, { data }) => sum + (data?.size ?? 0), 0);
      return { result: { chosen, report }, by: bootMessage('boot/by-control-keys', { keys }), bytes };
    },
    refused: (fault) => boot.trust.kernel(control, fault),
  });
  const configuration = chosen.path.split('/').at(-1)!;
  const counter = await boot.check({
    stage: 'kernel',
    check: bootMessage('boot/check-kernel-counter'),
    file,
    action() {
      const result = kernelCounter(openFit(fit).blob.root, chosen.path) ?? 0;
      assertKernelCounter(result, rollback, boot.minima);
      return { result, by: describeKernelComparison(result, rollback, boot.minima), bytes: 0 };
    },
  });
  const expected = await boot.check({
    stage: 'kernel',
    check: bootMessage('boot/check-verity'),
    file,
    action() {
      const result = readExpectedRootfs(fit, chosen);
      const { image, otherRoot: root, device } = result;
      if (image !== undefined && !targets[target].verityNodes) throw ignoredNode(target, image.path);
      boot.trust.expectedRootfs(fit, report, result);
      const by =
        image === undefined
          ? bootMessage('boot/by-command-line', { configuration })
          : bootMessage('boot/by-verity-node', { configuration, path: image.path });
      const bytes = device.rootHash.length;
      return { result, by: root === undefined ? by : bootMessage('boot/by-left-to-ramdisk', { by, root }), bytes };
    },
  });
  return { configuration, counter, fit, expected };
}

/** The rootfs stage: the root hash's signature, then the tree and every data block. */
async function verifyRootfs(boot: DeviceBoot, { fit, expected }: VerifiedKernel): Promise<void> {
  const { device, certificate, image } = expected;
  const { imageSource } = boot.options;
  const { kernel, rootfs, rootfsTree, rootfsSignature } = boot.names;
  const signature = await imageSource.fetch(rootfsSignature, MAX_KEY_BYTES);
  await boot.check({
    stage: 'rootfs',
    check: bootMessage('boot/check-root-hash'),
    file: rootfsSignature,
    action() {
      verifyRootHash({ rootHash: device.rootHash, signature, certificate });
      boot.trust.rootHashSignature(expected);
      const key = printKey(parseCertificate(certificate).publicKey);
      return { result: undefined, by: bootMessage('boot/by-key-in-fdt', { key }), bytes: device.rootHash.length };
    },
    refused: (fault) => boot.trust.rootHashSignature(expected, fault),
  });
  const tree = (file: string, verify: () => CheckResult<undefined>): Promise<undefined> =>
    boot.check({
      stage: 'rootfs',
      check: bootMessage('boot/check-tree'),
      file,
      action() {
        const checked = verify();
        boot.trust.tree(expected);
        return checked;
      },
      refused: (fault) => boot.trust.tree(expected, fault),
    });
  const rootHash = device.rootHash.slice(0, 16);
  if (image !== undefined) {
    await tree(kernel, () => {
      const { bytes } = verifyRootfsImage(fit, image, device);
      return { result: undefined, by: bootMessage('boot/by-root-hash-in-node', { rootHash }), bytes };
    });
    return;
  }
  using data = await imageSource.open(rootfs);
  using hash = await imageSource.open(rootfsTree);
  await tree(rootfs, () => {
    const { bytes } = verifyDevice(device, { data, hash, hashOffset: 0, superblock: true });
    return { result: undefined, by: bootMessage('boot/by-root-hash-in-fdt', { rootHash }), bytes };
  });
}

const ignoredNode = (target: FitTarget, path: string): Fault =>
  new Fault('boot/missing-link', { stage: 'kernel', what: bootMessage('boot/unknown-verity-node', { target, path }) });
