/** The files of a finished chain: what a build leaves in its folder, and what a device asks for. */
export interface ArtifactNames {
  readonly firmware: string;
  /** Public key of the firmware's signature, PEM: what stands on the FAT boot partition of a board. */
  readonly firmwareKey: string;
  readonly kernel: string;
  readonly rootfs: string;
  readonly rootfsTree: string;
  readonly rootfsSignature: string;
}

/** What the outputs of a build are called, unless the manifest says otherwise. */
export const ARTIFACT_NAMES: ArtifactNames = {
  firmware: 'fip.bin',
  firmwareKey: 'firmware.pub',
  kernel: 'image.fit',
  rootfs: 'rootfs.img',
  rootfsTree: 'rootfs.verity',
  rootfsSignature: 'rootfs.p7s',
};

/** A name within the output folder: what devices ask for, so it has no folder of its own. */
export const OUTPUT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What a build writes beside the artifacts: every digest, and the hash that a device has to trust. */
export const LOCK_NAME = 'chain.lock.json';

/** in-toto statement about the build. */
export const PROVENANCE_NAME = 'chain.provenance.json';
/** The boot loader's control tree with its keys, as it stands at the end of the boot loader: for looking at. */
export const CONTROL_NAME = 'control.dtb';

/** Firmware and image tree are read whole; a larger one is no boot image. */
export const MAX_IMAGE_BYTES = 1 << 30;
export const MAX_KEY_BYTES = 1 << 16;

/** The FIP image that holds the boot loader which verifies the kernel, its control device tree at the end. */
export const LOADER_IMAGE = 'nt-fw';

/** Property of a signed configuration: what a device compares with its rollback counter of the kernel. */
export const ROLLBACK_PROPERTY = 'rollback-counter';

/** Node at the root of the control tree, which the firmware key signs with the boot loader. */
export const ROLLBACK_NODE = 'bootwright,rollback';
/** Properties of that node: the firmware's own counter, where no certificate carries it, and the highest of a kernel. */
export const FIRMWARE_COUNTER_PROPERTY = 'firmware-counter';
export const KERNEL_LIMIT_PROPERTY = 'kernel-limit';
