import { Fault, type Message } from '../fault.ts';
import { chains, findLoaderProfile, loaderProfiles, MAX_CERTIFIED_COUNTER } from '../fip/index.ts';
import {
  ARTIFACT_NAMES,
  type ArtifactNames,
  CONTROL_NAME,
  LOCK_NAME,
  OUTPUT_NAME,
  PROVENANCE_NAME,
} from './artifact.ts';
import { type ChainRollback, MAX_COUNTER, type RollbackCounters } from './counters.ts';
import { bootMessage } from './messages.ts';
import {
  list,
  may,
  named,
  need,
  object,
  oneOf,
  oneOfWhole,
  type Path,
  SchemaMismatch,
  type SchemaOutput,
  text,
  valueOrParts,
  whole,
} from './schema.ts';
import { readYaml, type YamlDocument, YamlError } from './yaml.ts';

/** A manifest is written by hand; a larger one is a mistake. */
const MAX_MANIFEST_CHARACTERS = 1 << 18;
const MAX_NAMES = 128;

const file = text(/^[^\0]+$/, 'the path of a file');
const output = text(OUTPUT_NAME, 'a file name without folders');
const nodeName = /^[A-Za-z0-9][A-Za-z0-9,._+-]*$/;
const address = whole(0, Number.MAX_SAFE_INTEGER);
const blockSize = oneOfWhole(512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536);

const Key = object({
  private: may(
    file,
    'Private key: a file (PEM or DER; an encrypted one opens with BOOTWRIGHT_PASSPHRASE), or the pkcs11: URI of a key in a token.',
  ),
  certificate: may(
    file,
    'Certificate of the key; needed for the root hash, whose signature names its issuer and serial.',
  ),
  name: may(text(nodeName, 'a name'), 'Key name hint: the key node in the control dtb becomes key-NAME.'),
});

const FitImage = object({
  file: need(file, 'The image itself.'),
  type: need(text(nodeName, 'an image type'), 'kernel, flat_dt, ramdisk, standalone, firmware, fpga, script, …'),
  description: may(text(), 'Shown by boot loaders.'),
  arch: may(text(nodeName, 'an architecture'), 'arm64, arm, riscv, x86_64, …'),
  os: may(text(nodeName, 'an operating system'), 'linux, u-boot, arm-trusted-firmware, tee, …'),
  compression: may(text(nodeName, 'a compression'), 'A label of what the file already is; none unless said.'),
  load: may(address, 'Load address.'),
  entry: may(address, 'Entry point.'),
  hash: may(oneOf('sha256', 'sha384', 'sha512'), 'Hash of the image; sha256 unless said.'),
});

const FitConfiguration = object({
  description: may(text(), 'Shown by boot loaders.'),
  compatible: may(
    list(text(), MAX_NAMES),
    'Boards that it is for, as a loader with FIT_BEST_MATCH asks; those of its fdt unless said.',
  ),
  kernel: may(text(nodeName, 'an image name'), 'Image of type kernel.'),
  fdt: may(text(nodeName, 'an image name'), 'Image of type flat_dt.'),
  ramdisk: may(text(nodeName, 'an image name'), 'Image of type ramdisk.'),
  firmware: may(text(nodeName, 'an image name'), 'Image of type firmware.'),
  loadables: may(list(text(nodeName, 'an image name'), MAX_NAMES), 'Further images, in order.'),
});

const counter = whole(0, MAX_COUNTER);
const certified = whole(0, MAX_CERTIFIED_COUNTER);

const Rollback = object({
  firmware: need(
    valueOrParts(
      counter,
      object({
        'tfw-nvctr': need(certified, 'Counter of the certificates of the trusted world.'),
        'ntfw-nvctr': need(certified, 'Counter of the certificates of nt-fw, the boot loader.'),
      }),
    ),
    'Counter of the firmware, signed by its key: raise it with each release after which older firmware must not boot. With tbbr a number is that of all certificates.',
  ),
  kernel: need(counter, 'Counter of the kernel, in the signed FIT.'),
  'kernel-limit': may(
    counter,
    'Highest counter of a kernel that this firmware allows, signed with it; that of the kernel unless said.',
  ),
});

/** The typed, documented form of `chain.yaml`; `schema.json` is the JSON Schema that editors complete from. */
const schema = object({
  version: need(whole(1, 1), 'Version of this format.'),
  keys: need(named(Key, nodeName, MAX_NAMES), 'The keys, by the names that the stages use.'),
  firmware: need(
    object({
      output: may(output, 'File name of the FIP; fip.bin unless said.'),
      images: need(
        named(file, /^[a-z0-9-]+$/, MAX_NAMES),
        'Images of the FIP, by the option names of fiptool (tb-fw, soc-fw, nt-fw, …).',
      ),
      'control-dtb': may(
        file,
        'Control device tree of the boot loader: gets the kernel key and goes where nt-fw reads it, in place of a tree that is there. The tree that nt-fw carries unless said.',
      ),
      align: may(whole(1, 1 << 20), 'Alignment of each image, a power of two; 16 unless said, as the signature needs.'),
      scheme: may(
        oneOf('trailer', 'tbbr'),
        'How the package is signed: as a whole at its end (trailer, the default), or image by image with the certificates of TBBR.',
      ),
      key: need(text(nodeName, 'a key name'), 'Root of trust key: signs the whole package, or the first certificates.'),
      roles: may(
        named(text(nodeName, 'a key name'), /^[a-z-]+-key$/, MAX_NAMES),
        'tbbr: keys of the chain by role (trusted-world-key, soc-fw-key, nt-fw-key, …); the root of trust key unless said.',
      ),
      profile: may(
        text(/^tf-a:[a-z0-9+-]+$/, "a build of the loader such as 'tf-a:rsa2048-sha256'"),
        "tbbr: what the board's build of TF-A checks certificates with (tf-a:rsa2048-sha256, tf-a:p256-sha256, …); the build makes nothing else, and devices refuse it.",
      ),
      hash: may(
        oneOf('sha256', 'sha384', 'sha512', 'sha1'),
        'Hash of the signatures; that of the profile, or sha256, unless said. sha1 is for a signature at the end on boards that know no other.',
      ),
    }),
    'The firmware stage: the boot loaders in a firmware image package (FIP).',
  ),
  kernel: need(
    object({
      output: may(output, 'File name of the FIT; image.fit unless said.'),
      its: may(file, 'An image tree source of your own, instead of images and configurations.'),
      images: may(named(FitImage, nodeName, MAX_NAMES), 'Images, by node name.'),
      configurations: may(
        named(FitConfiguration, nodeName, MAX_NAMES),
        'Configurations, by node name; each is signed.',
      ),
      default: may(text(nodeName, 'a configuration name'), 'The configuration that boots; the first unless said.'),
      key: need(text(nodeName, 'a key name'), 'Key that signs every configuration.'),
      hash: may(oneOf('sha256', 'sha384', 'sha512'), 'Hash of the signatures; sha256 unless said.'),
      padding: may(oneOf('pkcs-1.5', 'pss'), 'Padding of RSA signatures; pkcs-1.5 unless said.'),
      bootargs: may(text(), 'Kernel command line, put into /chosen/bootargs of each fdt before it is signed.'),
    }),
    'The kernel stage: the kernel, its device tree and whatever else is loaded, in a signed FIT.',
  ),
  rootfs: need(
    object({
      image: need(file, 'The read-only file system image.'),
      output: may(output, 'File name of the image beside the others; rootfs.img unless said.'),
      'hash-output': may(output, 'File name of the hash tree; rootfs.verity unless said.'),
      'signature-output': may(output, 'File name of the signed root hash; rootfs.p7s unless said.'),
      hash: may(
        oneOf('sha256', 'sha384', 'sha512', 'blake2b-512', 'sha3-256'),
        'Hash of the tree; sha256 unless said.',
      ),
      'block-size': may(blockSize, 'Data and hash block size in bytes; 4096 unless said.'),
      for: may(
        list(text(/^(linux@\d+\.\d+(:(4|16|64)k)?|systemd@\d+)$/, 'linux@RELEASE or systemd@VERSION'), MAX_NAMES),
        'Kernels and systemds that open the image: linux@6.1, linux@6.12:64k, systemd@252. What one of them does not take is refused; without them it is a warning.',
      ),
      seed: may(
        text(),
        'Salt and UUID follow from this text, so that the build can be repeated; the image name unless said.',
      ),
      key: need(text(nodeName, 'a key name'), 'Key that signs the root hash.'),
      'root-hash': may(
        oneOf('command-line', 'dm-verity-node'),
        'Where the signed FIT pins the root hash: on the kernel command line in each fdt (the default), or in a dm-verity node beside image and tree in the FIT, of which U-Boot 2026.10 and later make the command line.',
      ),
      'data-device': may(
        text(/^\/dev\/[\w/-]+$/, 'a device'),
        'Where the board finds the image; /dev/vda unless said.',
      ),
      'hash-device': may(text(/^\/dev\/[\w/-]+$/, 'a device'), 'Where the board finds the tree; /dev/vdb unless said.'),
    }),
    'The rootfs stage: the root file system, protected by dm-verity.',
  ),
  rollback: may(
    valueOrParts(counter, Rollback),
    'Rollback counters of firmware and kernel, and the limit of the latter: one number for all, or each by itself. A device refuses lower ones than its own.',
  ),
});

/** A manifest, read: every member is valid. */
export type Manifest = SchemaOutput<typeof schema>;

/** JSON Schema of the manifest, for editors. */
export const manifestJsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'bootwright chain',
  ...schema.json,
};

/** The image lies in the FIT then, and the boot loader knows the name of its device. */
const NOT_WITH_NODE = ['output', 'data-device', 'hash-device'] as const;

/** Whether the root file system goes into the FIT, its root hash into a dm-verity node. */
export const rootHashInNode = ({ rootfs }: Manifest): boolean => rootfs['root-hash'] === 'dm-verity-node';

/** The names of the files that devices ask for: those that a manifest gives its outputs. */
export function artifactNames(manifest: Manifest): ArtifactNames {
  const names = outputNames(manifest);
  return rootHashInNode(manifest) ? { ...names, rootfs: names.kernel, rootfsTree: names.kernel } : names;
}

/** The names that a manifest gives its outputs. */
export function outputNames({ firmware, kernel, rootfs }: Manifest): ArtifactNames {
  return {
    firmware: firmware.output ?? ARTIFACT_NAMES.firmware,
    firmwareKey: ARTIFACT_NAMES.firmwareKey,
    kernel: kernel.output ?? ARTIFACT_NAMES.kernel,
    rootfs: rootfs.output ?? ARTIFACT_NAMES.rootfs,
    rootfsTree: rootfs['hash-output'] ?? ARTIFACT_NAMES.rootfsTree,
    rootfsSignature: rootfs['signature-output'] ?? ARTIFACT_NAMES.rootfsSignature,
  };
}

/** What a manifest says of rollback, every counter of its scheme; nothing where it says nothing. */
export function rollbackOf({ rollback, firmware: { scheme } }: Manifest): ChainRollback | undefined {
  if (rollback === undefined) return undefined;
  const {
    firmware,
    kernel,
    'kernel-limit': kernelLimit = kernel,
  } = typeof rollback === 'number' ? { firmware: rollback, kernel: rollback } : rollback;
  return { counters: { ...firmwareCounters(firmware, scheme), kernel }, kernelLimit };
}

function firmwareCounters(
  firmware: number | RollbackCounters,
  scheme: Manifest['firmware']['scheme'],
): RollbackCounters {
  if (typeof firmware !== 'number') return firmware;
  return scheme === 'tbbr' ? { 'tfw-nvctr': firmware, 'ntfw-nvctr': firmware } : { firmware };
}

/** Parses `chain.yaml`. Faults `boot/manifest` with the line of what is wrong. */
export function parseManifest(source: string, name: string): Manifest {
  if (source.length > MAX_MANIFEST_CHARACTERS)
    throw manifestFault(name, 1, [], bootMessage('boot/manifest-size', { most: MAX_MANIFEST_CHARACTERS }));
  const document = readDocument(source, name);
  try {
    return assertConsistent(schema.parse(document.value, []), name);
  } catch (error) {
    if (!(error instanceof SchemaMismatch)) throw error;
    throw manifestFault(name, document.lineOf(error.path), error.path, error.reason);
  }
}

function readDocument(source: string, name: string): YamlDocument {
  try {
    return readYaml(source);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw manifestFault(name, error.line, [], error.reason);
  }
}

/** What the shapes alone cannot say: that every key that a stage names is there. */
function assertConsistent(manifest: Manifest, name: string): Manifest {
  for (const stage of ['firmware', 'kernel', 'rootfs'] as const) {
    const { key } = manifest[stage];
    if (!Object.hasOwn(manifest.keys, key))
      throw new SchemaMismatch([stage, 'key'], bootMessage('boot/no-such-key', { key }));
  }
  for (const [role, key] of Object.entries(manifest.firmware.roles ?? {})) {
    if (!Object.hasOwn(manifest.keys, key))
      throw new SchemaMismatch(['firmware', 'roles', role], bootMessage('boot/no-such-key', { key }));
    if (!Object.hasOwn(chains.tbbr.keys, role))
      throw new SchemaMismatch(['firmware', 'roles', role], bootMessage('boot/no-such-role'));
  }
  if (manifest.firmware.scheme === 'tbbr' && manifest.firmware.hash === 'sha1') {
    throw new SchemaMismatch(['firmware', 'hash'], bootMessage('boot/certificates-sha1'));
  }
  assertProfile(manifest.firmware);
  const { its, images, configurations } = manifest.kernel;
  if ((its === undefined) === (images === undefined))
    throw new SchemaMismatch(['kernel'], bootMessage('boot/its-or-images'));
  if (images !== undefined && configurations === undefined)
    throw new SchemaMismatch(['kernel', 'configurations'], bootMessage('boot/missing'));
  if (manifest.firmware.images['nt-fw'] === undefined)
    throw new SchemaMismatch(['firmware', 'images', 'nt-fw'], bootMessage('boot/missing-in', { file: name }));
  const [unused] = rootHashInNode(manifest) ? NOT_WITH_NODE.filter((key) => manifest.rootfs[key] !== undefined) : [];
  if (unused !== undefined) throw new SchemaMismatch(['rootfs', unused], bootMessage('boot/not-with-node'));
  assertNamesApart(manifest);
  assertCountersFit(manifest);
  return manifest;
}

/** No kernel above its own limit, no counter that the firmware's scheme cannot carry. */
function assertCountersFit(manifest: Manifest): void {
  const { rollback } = manifest;
  const said = rollbackOf(manifest);
  if (rollback === undefined || said === undefined) return;
  const path = typeof rollback === 'number' ? ['rollback'] : ['rollback', 'firmware'];
  const { counters, kernelLimit } = said;
  if (manifest.firmware.scheme === 'tbbr') {
    const high = [counters['tfw-nvctr'], counters['ntfw-nvctr']].find((value = 0) => value > MAX_CERTIFIED_COUNTER);
    if (high !== undefined) {
      throw new SchemaMismatch(
        path,
        bootMessage('boot/certified-counter', { most: MAX_CERTIFIED_COUNTER, counter: high }),
      );
    }
  } else if (counters.firmware === undefined) {
    throw new SchemaMismatch(path, bootMessage('boot/tbbr-counters'));
  }
  const { kernel = 0 } = counters;
  if (kernel > kernelLimit) {
    throw new SchemaMismatch(
      ['rollback', 'kernel'],
      bootMessage('boot/kernel-above-limit', { kernel, limit: kernelLimit }),
    );
  }
}

/** A profile is of a build that is known, and of certificates with its hash. */
function assertProfile({ profile, scheme, hash }: Manifest['firmware']): void {
  if (profile === undefined) return;
  if (scheme !== 'tbbr') throw new SchemaMismatch(['firmware', 'profile'], bootMessage('boot/requires-tbbr'));
  const known = findLoaderProfile(profile);
  if (known === undefined)
    throw new SchemaMismatch(
      ['firmware', 'profile'],
      bootMessage('boot/expected', { expected: loaderProfiles.map(({ name }) => name).join(', ') }),
    );
  if (hash !== undefined && hash !== known.hash)
    throw new SchemaMismatch(['firmware', 'hash'], bootMessage('boot/profile-hash', { profile, hash: known.hash }));
}

/** No output takes the place of another. */
function assertNamesApart(manifest: Manifest): void {
  const { firmware, firmwareKey, kernel, rootfs, rootfsTree, rootfsSignature } = outputNames(manifest);
  const taken = new Set<string>([LOCK_NAME, PROVENANCE_NAME, CONTROL_NAME, firmwareKey]);
  const outputs = [
    { path: ['firmware', 'output'], name: firmware },
    { path: ['kernel', 'output'], name: kernel },
    { path: ['rootfs', 'output'], name: rootfs },
    { path: ['rootfs', 'hash-output'], name: rootfsTree },
    { path: ['rootfs', 'signature-output'], name: rootfsSignature },
  ];
  for (const { path, name } of outputs) {
    if (taken.has(name)) throw new SchemaMismatch(path, bootMessage('boot/output-twice', { name }));
    taken.add(name);
  }
}

function manifestFault(name: string, line: number, path: Path, reason: Message): Fault {
  return new Fault('boot/manifest', { file: name, line, path: path.join('.'), reason });
}
