import { hexText, parseHex } from '../binary/index.ts';
import { assertPublicKey, describeKey, hash, type PublicKey } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
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
import { keyFingerprint, parsePublicKey } from '../pki/index.ts';
import { LOADER_IMAGE, MAX_IMAGE_BYTES, MAX_KEY_BYTES } from './artifact.ts';
import {
  assertFirmwareCounters,
  describeComparison,
  describeLimit,
  type FirmwareRollback,
  readFirmwareRollback,
} from './counters.ts';
import type { DeviceBoot } from './device-steps.ts';
import { findControlTree } from './loader.ts';
import { bootMessage } from './messages.ts';

/** What the firmware stage establishes for the kernel stage. */
export interface VerifiedFirmware {
  /** The control tree of the boot loader. */
  readonly control: Uint8Array;
  readonly rollback: FirmwareRollback;
}

/** The firmware stage: the firmware against the hash in the fuses, the control tree in it, and its rollback counters. */
export async function verifyFirmware(boot: DeviceBoot): Promise<VerifiedFirmware> {
  const { imageSource, scheme = 'trailer' } = boot.options;
  const { firmware: file } = boot.names;
  const fip = await imageSource.fetch(file, MAX_IMAGE_BYTES);
  const certified = scheme === 'tbbr' ? await verifyCertificates(boot, fip) : await verifyTrailer(boot, fip);
  const image = LOADER_IMAGE;
  const control = await boot.check({
    stage: 'firmware',
    check: bootMessage('boot/check-control-tree', { image }),
    file,
    action() {
      const loader = loaderOf(fip);
      const result = findControlTree(loader.data);
      boot.trust.control(loader, result);
      const by =
        scheme === 'tbbr' ? bootMessage('boot/by-loader-digest', { image }) : bootMessage('boot/by-firmware-signature');
      return { result, by, bytes: result.length };
    },
  });
  const rollback = await boot.check({
    stage: 'firmware',
    check: bootMessage('boot/check-firmware-counters'),
    file,
    action() {
      const result = readFirmwareRollback(control, scheme, certified);
      assertFirmwareCounters(result, boot.minima);
      const counters = describeComparison(result.counters, boot.minima);
      return { result, by: bootMessage('boot/both', { first: counters, second: describeLimit(result) }), bytes: 0 };
    },
  });
  return { control, rollback };
}

/** The key file against the fuses, the signature at the end of the firmware against the key. */
async function verifyTrailer(boot: DeviceBoot, fip: Uint8Array): Promise<readonly CertifiedCounter[]> {
  const { imageSource, rotpk, firmwareHash: hash = 'sha256' } = boot.options;
  const { firmware, firmwareKey } = boot.names;
  const pem = await imageSource.fetch(firmwareKey, MAX_KEY_BYTES);
  const key = await boot.check({
    stage: 'firmware',
    check: bootMessage('boot/check-rot-key'),
    file: firmwareKey,
    action: () => ({ result: trustedKey(pem, rotpk, firmwareKey), by: boot.start, bytes: pem.length }),
    refused: (fault) => boot.trust.otherKey(fault),
  });
  const scheme = { kind: key.kind === 'ec' ? 'ecdsa' : 'rsa-pkcs1', hash } as const;
  await boot.check({
    stage: 'firmware',
    check: bootMessage('boot/check-firmware-signature'),
    file: firmware,
    action() {
      const { signedSize } = verifyFipTrailer(fip, key, scheme);
      boot.trust.trailer(readFip(fip).images, { key, scheme, signedSize });
      return { result: undefined, by: bootMessage('boot/by-key', { key: printKey(key) }), bytes: signedSize };
    },
    refused: (fault) => boot.trust.trailer([], { key, fault }),
  });
  return [];
}

/** The chain of certificates from the hash in the fuses down to every image. Gives the counters that they carry. */
function verifyCertificates(boot: DeviceBoot, fip: Uint8Array): Promise<readonly CertifiedCounter[]> {
  const { rotpk, firmwareProfile } = boot.options;
  return boot.check({
    stage: 'firmware',
    check: bootMessage('boot/check-certificates'),
    file: boot.names.firmware,
    async action() {
      const { images } = readFip(fip);
      const report = await verifyChain(sourceOf(images), {
        chain: chains.tbbr,
        table: knownImages,
        profile: firmwareProfile === undefined ? undefined : parseLoaderProfile(firmwareProfile),
        anchors: new Map([['rot-key', { kind: 'hash', hash: 'sha256', digest: parseHex(rotpk)! }]]),
        // They are compared together with the counters of the control tree.
        counters: new Map(),
      });
      boot.trust.certificates(images, report);
      assertVerified(report);
      const bytes = images.reduce((sum, { size }) => sum + size, 0);
      return { result: report.counters, by: boot.start, bytes };
    },
  });
}

/** A key as a person compares it at a glance. */
export const printKey = (key: PublicKey): string => `${describeKey(key)} ${hexText(keyFingerprint(key)).slice(0, 16)}…`;

function trustedKey(pem: Uint8Array, rotpk: string, file: string): PublicKey {
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
  const what = bootMessage('boot/no-loader', { image: LOADER_IMAGE });
  throw new Fault('boot/missing-link', { stage: 'firmware', what });
}
