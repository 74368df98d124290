import { join } from 'node:path';
import { hexText } from '../binary/index.ts';
import { inside } from '../fault.ts';
import { makeFolder, readFile, writeFile } from '../file/index.ts';
import { OpenFiles, writeParts } from '../fit/files.node.ts';
import { keyFingerprint, printPublicKey } from '../pki/index.ts';
import { controlTreeOf, readUBoot } from '../uboot/index.ts';
import { parseRootHash } from '../verity/index.ts';
import {
  type ArtifactNames,
  CONTROL_NAME,
  LOADER_IMAGE,
  LOCK_NAME,
  MAX_IMAGE_BYTES,
  PROVENANCE_NAME,
} from './artifact.ts';
import { buildFirmware } from './build-firmware.ts';
import { buildKernel } from './build-kernel.ts';
import { buildRootfs, certificateOf, type RootfsResult, treeShape } from './build-rootfs.ts';
import type { ChainKey, StageContext } from './context.ts';
import { findControlTree, lintLoader } from './loader.ts';
import {
  type ChainLock,
  digestFile,
  digestOf,
  earlierLock,
  type FileDigest,
  printLock,
  type StageRecord,
  stillThere,
} from './lock.ts';
import { artifactNames, type Manifest, outputNames, rollbackOf, rootHashInNode } from './manifest.ts';
import { printProvenance } from './provenance.ts';
import type { ChainStage } from './report.ts';

/** What `buildChain` is told. */
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
  /** Version of the program: another one builds everything anew. */
  readonly version: string;
  /** Builds every stage even where nothing changed. */
  readonly force?: boolean;
  /** Hears how many of how many bytes of the root file system are hashed. */
  readonly progress?: (done: number, total: number) => void;
  /** Called as each stage is done. */
  readonly observe?: (stage: ChainStage, how: 'built' | 'unchanged') => void;
  /** Hears what the boot loader's own bytes say against the chain, and which tree in it is replaced. */
  readonly warn?: (message: string) => void;
}

/**
 * Builds and signs a whole chain, last link first: root file system, kernel, firmware, each holding the hash or key of
 * the one built before. A stage whose inputs and outputs are those of the lock is left as it is. Equal inputs give
 * equal outputs. Nothing is written in place: each file appears whole.
 */
export async function buildChain(options: BuildChainOptions): Promise<ChainLock> {
  await makeFolder(options.out);
  return new ChainBuild(options, await earlierLock(join(options.out, LOCK_NAME))).run();
}

/** What one stage takes and gives. */
interface StagePlan<Result> {
  readonly stage: ChainStage;
  /** Everything but the files that decides the outputs. */
  readonly inputs: unknown;
  /** What the manifest calls the files that go in. */
  readonly materials: readonly string[];
  /** Names of the files that come out. */
  readonly outputs: readonly string[];
  /** `named` is told of files that go in though the manifest does not name them. */
  readonly build: (named: (files: Readonly<Record<string, FileDigest>>) => void) => Promise<Result>;
  /** The result of an earlier build, from what it left. */
  readonly recall: (lock: ChainLock) => Promise<Result>;
}

class ChainBuild {
  readonly #options: BuildChainOptions;
  readonly #before: ChainLock | undefined;
  readonly #names: ArtifactNames;
  readonly #context: StageContext;
  readonly #records: Partial<Record<ChainStage, StageRecord>> = {};

  constructor(options: BuildChainOptions, before: ChainLock | undefined) {
    const { input, out, time, progress = () => undefined, warn = () => undefined } = options;
    this.#options = options;
    this.#before = options.force === true ? undefined : before;
    this.#names = artifactNames(options.manifest);
    this.#context = { input, out, time, progress, warn };
  }

  async run(): Promise<ChainLock> {
    const { manifest, out, version } = this.#options;
    await this.#lookAtLoader();
    const rootfs = await this.#stage(this.#rootfs());
    const control = await this.#stage(this.#kernel(rootfs));
    await this.#stage(this.#firmware(control));
    const rollback = rollbackOf(manifest);
    const lock: ChainLock = {
      version: 1,
      scheme: manifest.firmware.scheme ?? 'trailer',
      firmwareHash: manifest.firmware.hash ?? 'sha256',
      ...(manifest.firmware.profile !== undefined && { firmwareProfile: manifest.firmware.profile }),
      names: this.#names,
      rotpk: hexText(keyFingerprint(this.#key('firmware').signer.publicKey)),
      rootHash: rootfs.rootHash,
      ...(rootfs.parameter !== undefined && { parameter: rootfs.parameter }),
      ...(rollback !== undefined && { rollback }),
      stages: this.#records as Record<ChainStage, StageRecord>,
    };
    await writeFile(join(out, LOCK_NAME), printLock(lock));
    await writeFile(join(out, PROVENANCE_NAME), printProvenance(lock, { manifest, version }));
    return lock;
  }

  /** Warns of a boot loader that would not verify what is built here; faults where no tree can be put into it. */
  async #lookAtLoader(): Promise<void> {
    const { manifest, input, warn } = this.#options;
    const file = manifest.firmware.images[LOADER_IMAGE]!;
    const bytes = await readFile(input(file), MAX_IMAGE_BYTES);
    const loader = readUBoot(bytes);
    for (const { level, message, remedy } of lintLoader(loader, [this.#key('kernel').signer.publicKey])) {
      if (level === 'error') warn?.(`${file}: ${message.text}; ${remedy.text}`);
    }
    const given = manifest.firmware['control-dtb'];
    if (given === undefined) inside(file, () => controlTreeOf(bytes, loader.control));
    else if (loader.control.kind === 'found') {
      const { offset } = loader.control.tree;
      warn?.(`${file}: ${given} takes the place of the device tree at 0x${offset.toString(16)} in it`);
    }
  }

  /** The control tree as the manifest gives it: a file, or the one that the boot loader carries. */
  async #controlTree(): Promise<Uint8Array> {
    const { firmware } = this.#options.manifest;
    const given = firmware['control-dtb'];
    if (given !== undefined) return readFile(this.#options.input(given), MAX_IMAGE_BYTES);
    const file = firmware.images[LOADER_IMAGE]!;
    const loader = await readFile(this.#options.input(file), MAX_IMAGE_BYTES);
    return inside(file, () => findControlTree(loader));
  }

  #rootfs(): StagePlan<RootfsResult> {
    const { manifest } = this.#options;
    const { rootfs: section } = manifest;
    const { rootfs, rootfsTree, rootfsSignature } = outputNames(manifest);
    const key = this.#key('rootfs');
    const certificate = certificateOf(key);
    return {
      stage: 'rootfs',
      inputs: { section, certificate },
      materials: [section.image],
      outputs: [...(rootHashInNode(manifest) ? [] : [rootfs]), rootfsTree, rootfsSignature],
      build: () => buildRootfs(manifest, key, this.#context),
      recall: async ({ rootHash, parameter }) => {
        return { rootHash: parseRootHash(rootHash, section.hash ?? 'sha256', LOCK_NAME), parameter, certificate };
      },
    };
  }

  #kernel(rootfs: RootfsResult): StagePlan<Uint8Array> {
    const { manifest, out, time } = this.#options;
    const { kernel: section, firmware } = manifest;
    const key = this.#key('kernel');
    const controlFile = firmware['control-dtb'] ?? firmware.images[LOADER_IMAGE]!;
    const isInNode = rootHashInNode(manifest);
    return {
      stage: 'kernel',
      inputs: {
        section,
        rollback: rollbackOf(manifest),
        time,
        hint: key.hint,
        key: keyFingerprint(key.signer.publicKey),
        rootfs,
        ...(isInNode && { tree: treeShape(manifest.rootfs) }),
      },
      materials: [
        ...Object.values(section.images ?? {}).map(({ file }) => file),
        ...given(section.its),
        controlFile,
        ...(isInNode ? [manifest.rootfs.image] : []),
      ],
      outputs: [this.#names.kernel, CONTROL_NAME],
      build: async (named) => {
        const control = await this.#controlTree();
        using files = new OpenFiles();
        const built = await buildKernel(manifest, { key, control, rootfs, files }, this.#context);
        named(built.named);
        await writeParts(join(out, this.#names.kernel), built.parts, files.content);
        await writeFile(join(out, CONTROL_NAME), built.control);
        return built.control;
      },
      recall: () => readFile(join(out, CONTROL_NAME), MAX_IMAGE_BYTES),
    };
  }

  #firmware(control: Uint8Array): StagePlan<void> {
    const { out } = this.#options;
    const { firmware: section } = this.#options.manifest;
    const key = this.#key('firmware');
    const { publicKey } = key.signer;
    const { counters = {} } = rollbackOf(this.#options.manifest) ?? {};
    const { time } = this.#options;
    const roles = mapRoles(section.roles ?? {}, (name) => this.#options.keys[name]!);
    return {
      stage: 'firmware',
      inputs: {
        section,
        key: keyFingerprint(publicKey),
        roles: mapRoles(roles, ({ signer }) => keyFingerprint(signer.publicKey)),
        control,
        counters,
        time,
      },
      materials: Object.values(section.images),
      outputs: [this.#names.firmware, this.#names.firmwareKey],
      build: async () => {
        await writeFile(
          join(out, this.#names.firmware),
          await buildFirmware(section, { key, roles, control, counters }, this.#context),
        );
        await writeFile(join(out, this.#names.firmwareKey), printPublicKey(publicKey));
      },
      recall: async () => undefined,
    };
  }

  async #stage<Result>(plan: StagePlan<Result>): Promise<Result> {
    const { stage, inputs, materials, outputs, build, recall } = plan;
    const { input, out, version, observe } = this.#options;
    const declared = digestAll(materials, input);
    const digest = digestOf({ inputs, materials: declared, version });
    const before = this.#before?.stages[stage];
    if (this.#before !== undefined && before?.inputs === digest && this.#isUnchanged(before, plan)) {
      this.#records[stage] = before;
      observe?.(stage, 'unchanged');
      return recall(this.#before);
    }
    let named: Readonly<Record<string, FileDigest>> = {};
    const result = await build((files) => {
      named = files;
    });
    const made = digestAll(outputs, (name) => join(out, name));
    this.#records[stage] = { inputs: digest, materials: { ...named, ...declared }, outputs: made };
    observe?.(stage, 'built');
    return result;
  }

  /** Whether what came out is still there, and so is what went in without the manifest's naming it. */
  #isUnchanged(before: StageRecord, { materials, outputs }: StagePlan<unknown>): boolean {
    const { input, out } = this.#options;
    const named = Object.keys(before.materials).filter((name) => !materials.includes(name));
    return stillThere(before.outputs, outputs, (name) => join(out, name)) && stillThere(before.materials, named, input);
  }

  #key(section: 'firmware' | 'kernel' | 'rootfs'): ChainKey {
    return this.#options.keys[this.#options.manifest[section].key]!;
  }
}

const mapRoles = <A, B>(roles: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(roles).map(([role, value]) => [role, change(value)]));

function digestAll(names: readonly string[], path: (name: string) => string): Record<string, FileDigest> {
  return Object.fromEntries(names.map((name) => [name, digestFile(path(name))]));
}

const given = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
