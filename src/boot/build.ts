import { join } from 'node:path';
import { hexText } from '../binary/index.ts';
import { makeFolder, readFile, writeFile } from '../file/index.ts';
import { keyFingerprint, printPublicKey } from '../pki/index.ts';
import { ARTIFACT_NAMES, type ArtifactNames, IMAGE_MAX_BYTES, LOCK_NAME } from './artifact.ts';
import { buildFirmware } from './build-firmware.ts';
import { buildKernel } from './build-kernel.ts';
import { buildRootfs } from './build-rootfs.ts';
import type { ChainKey, StageContext } from './context.ts';
import { type ChainLock, digestFile, digestOf, printLock, type StageRecord } from './lock.ts';
import type { Manifest } from './manifest.ts';
import type { Stage } from './report.ts';

export interface BuildChainOptions {
  readonly manifest: Manifest;
  /** The path of an input, from what the manifest calls it. */
  readonly input: (name: string) => string;
  /** Folder of the outputs; made where it is missing. */
  readonly out: string;
  /** The keys of the manifest, by their names in it. */
  readonly keys: Readonly<Record<string, ChainKey>>;
  /** Seconds since 1970 for every timestamp. */
  readonly time: number;
  /** Called as each stage is built. */
  readonly observe?: (stage: Stage, record: StageRecord) => void;
}

/**
 * Builds and signs a whole chain, last link first: root file system, kernel, firmware, each holding the hash or key of
 * the one built before. Equal inputs give equal outputs. Nothing is written in place: each file appears whole.
 */
export async function buildChain(options: BuildChainOptions): Promise<ChainLock> {
  const { manifest, keys, out } = options;
  const names = artifactNames(manifest);
  const context: StageContext = { input: options.input, out, time: options.time };
  const key = (stage: 'firmware' | 'kernel' | 'rootfs'): ChainKey => keys[manifest[stage].key]!;
  await makeFolder(out);

  const rootfs = await buildRootfs(manifest.rootfs, key('rootfs'), context);
  const rootfsRecord = record(
    options,
    'rootfs',
    [manifest.rootfs.image],
    [names.rootfs, names.rootfsTree, names.rootfsSignature],
  );

  const control = await readFile(context.input(manifest.firmware['control-dtb']), IMAGE_MAX_BYTES);
  const kernel = await buildKernel(manifest, { key: key('kernel'), control, rootfs }, context);
  await writeFile(join(out, names.kernel), kernel.fit);
  const kernelInputs = Object.values(manifest.kernel.images ?? {}).map(({ file }) => file);
  const kernelRecord = record(options, 'kernel', [...kernelInputs, ...given(manifest.kernel.its)], [names.kernel]);

  const fip = await buildFirmware(manifest.firmware, { key: key('firmware'), control: kernel.control }, context);
  await writeFile(join(out, names.firmware), fip);
  await writeFile(join(out, names.firmwareKey), printPublicKey(key('firmware').signer.publicKey));
  const firmwareInputs = [...Object.values(manifest.firmware.images), manifest.firmware['control-dtb']];
  const firmwareRecord = record(options, 'bootloader', firmwareInputs, [names.firmware, names.firmwareKey]);

  const lock: ChainLock = {
    version: 1,
    rotpk: hexText(keyFingerprint(key('firmware').signer.publicKey)),
    rootHash: rootfs.rootHash,
    stages: { bootloader: firmwareRecord, kernel: kernelRecord, rootfs: rootfsRecord },
  };
  await writeFile(join(out, LOCK_NAME), printLock(lock));
  return lock;
}

/** The names that a manifest gives its outputs. */
export function artifactNames({ firmware, kernel, rootfs }: Manifest): ArtifactNames {
  return {
    firmware: firmware.output ?? ARTIFACT_NAMES.firmware,
    firmwareKey: ARTIFACT_NAMES.firmwareKey,
    kernel: kernel.output ?? ARTIFACT_NAMES.kernel,
    rootfs: rootfs.output ?? ARTIFACT_NAMES.rootfs,
    rootfsTree: rootfs['hash-output'] ?? ARTIFACT_NAMES.rootfsTree,
    rootfsSignature: rootfs['signature-output'] ?? ARTIFACT_NAMES.rootfsSignature,
  };
}

function record(
  { manifest, input, out, keys, observe }: BuildChainOptions,
  stage: Stage,
  materials: readonly string[],
  outputs: readonly string[],
): StageRecord {
  const section = manifest[stage === 'bootloader' ? 'firmware' : stage];
  const digests = Object.fromEntries(materials.map((name) => [name, digestFile(input(name))]));
  const key = hexText(keyFingerprint(keys[section.key]!.signer.publicKey));
  const made: StageRecord = {
    inputs: digestOf({ section, materials: digests, key }),
    materials: digests,
    outputs: Object.fromEntries(outputs.map((name) => [name, digestFile(join(out, name))])),
  };
  observe?.(stage, made);
  return made;
}

const given = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
