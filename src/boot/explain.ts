import type { ByteRange } from '../binary/index.ts';
import { gapsOf, isCovered, mergeRanges, sizeOf } from '../binary/internal.ts';
import { walk } from '../devicetree/index.ts';
import { faultMessage, isFault, type Message, verbatim } from '../fault.ts';
import { knownImages, unsignedOfFip } from '../fip/index.ts';
import { type ConfigurationReport, checkFit, type FitTarget, targetNames, targets } from '../fit/index.ts';
import { geometryOf } from '../verity/index.ts';
import type { ChainContents } from './contents.ts';
import { describeLimit, type FirmwareRollback, printCounters } from './counters.ts';
import { cannotVerify } from './loader.ts';
import { bootMessage } from './messages.ts';

/** Bytes of a file that nothing protects. */
export interface Unsigned {
  readonly file: string;
  readonly bytes: number;
  /** What they are, where it can be said. */
  readonly what: readonly Message[];
}

/** Whether a boot loader of some version would take the image tree. */
export interface Acceptance {
  readonly target: FitTarget;
  readonly accepted: boolean;
  readonly reason?: Message;
}

/** What a chain says of rollback: every counter, and the limit of the kernel's where its firmware sets one. */
export const rollbackIn = ({ firmwareRollback, kernelCounter: kernel = 0 }: ChainContents): FirmwareRollback => ({
  ...firmwareRollback,
  counters: { ...firmwareRollback.counters, kernel },
});

/** The same as lines of text, one for each file. */
export const printRollback = ({ names, firmwareRollback, kernelCounter: kernel = 0 }: ChainContents): string[] => [
  `${names.firmware}: ${printCounters(firmwareRollback.counters)}; ${describeLimit(firmwareRollback).text}`,
  `${names.kernel}: ${printCounters({ kernel })}`,
];

/** Every byte of the files of a chain that neither a signature nor a signed digest covers. */
export function unsignedBytes(chain: ChainContents): Unsigned[] {
  const { names, expected, disks } = chain;
  const loose = [...unsignedOfFirmware(chain), unsignedOfFit(chain)];
  if (disks === undefined) return loose;
  const { device } = expected;
  const dataEnd = device.parameters.dataBlocks * device.parameters.dataBlockSize;
  const treeEnd = device.treeOffset + geometryOf(device.parameters).treeBytes;
  return [
    ...loose,
    { file: names.rootfs, bytes: disks.rootfs - dataEnd, what: [bootMessage('boot/behind-byte', { end: dataEnd })] },
    {
      file: names.rootfsTree,
      bytes: device.treeOffset,
      what: [bootMessage('boot/superblock')],
    },
    { file: names.rootfsTree, bytes: disks.tree - treeEnd, what: [bootMessage('boot/behind-byte', { end: treeEnd })] },
  ].filter(({ bytes }) => bytes > 0);
}

/**
 * Which boot loaders would take the image tree, and why the others would not. Nothing is said of a chain whose own
 * loader cannot verify: it follows the rules of no release.
 */
export const acceptances = (chain: Accepted & Pick<ChainContents, 'loader' | 'kernelKeys'>): Acceptance[] =>
  cannotVerify(
    chain.loader,
    chain.kernelKeys.map(({ publicKey }) => publicKey),
  )
    ? []
    : targetNames.map((target) => acceptance(chain, target));

/** A signature at the end covers everything before it; certificates cover images alone. */
function unsignedOfFirmware({ names, scheme, toc }: ChainContents): Unsigned[] {
  if (scheme !== 'tbbr') return [];
  const ranges = unsignedOfFip(toc, knownImages);
  return [{ file: names.firmware, bytes: sizeOf(ranges), what: ranges.map(({ what }) => verbatim(what)) }];
}

/** What neither a signed region nor a signed digest covers, by the names of its properties. */
function unsignedOfFit({ names, fit, tree, configurations }: ChainContents): Unsigned {
  const covered = mergeRanges(
    configurations.flatMap((configuration) => [...regionsOf(configuration), ...dataOf(configuration)]),
  );
  const what = [bootMessage('boot/fit-rest')];
  for (const [path, { properties }] of walk(tree)) {
    for (const { name, value, place } of properties) {
      const start = place?.valueStart ?? 0;
      if (!isCovered({ start, end: start + value.length }, covered)) what.push(verbatim(`${path}:${name}`));
    }
  }
  return { file: names.kernel, bytes: sizeOf(gapsOf(covered, fit.length)), what };
}

/** What acceptance looks at. */
type Accepted = Pick<ChainContents, 'fit' | 'control' | 'expected'> & Partial<Pick<ChainContents, 'options'>>;

function acceptance({ fit, control, expected, options }: Accepted, target: FitTarget): Acceptance {
  try {
    const { verdict, faults } = checkFit(fit, control, { ...options, target });
    if (verdict === 'verified' && expected.image !== undefined && !targets[target].verityNodes) {
      return { target, accepted: false, reason: bootMessage('boot/ignores-node', { path: expected.image.path }) };
    }
    return verdict === 'verified'
      ? { target, accepted: true }
      : { target, accepted: false, reason: faults[0] === undefined ? verbatim(verdict) : faultMessage(faults[0]) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { target, accepted: false, reason: faultMessage(error) };
  }
}

const regionsOf = ({ coverage }: ConfigurationReport): readonly ByteRange[] => coverage?.regions ?? [];

const dataOf = ({ images }: ConfigurationReport): ByteRange[] =>
  images.flatMap(({ data }) => (data === undefined ? [] : [{ start: data.start, end: data.start + data.size }]));
