import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import {
  assertSupported,
  bootParameters,
  type Description,
  dmModCreate,
  dmTable,
  fecLayout,
  geometryOf,
  type Profile,
  systemdOptions,
  systemdParameters,
  type TableOptions,
  tableFlags,
} from '../../verity/index.ts';
import {
  type Area,
  assertNoOverlap,
  blocksUpTo,
  describeProblem,
  problemsOf,
  type TreePlace,
  treeOffsetOf,
} from '../../verity/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson, warn } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional, required, withDefault } from '../shared/flags.ts';
import { parseSize } from '../shared/number.ts';
import { fecFlags, fecOf, forFlag } from './arguments.ts';
import { expectedFlags, readExpected } from './expected.ts';

const STYLES = ['table', 'dm-mod', 'systemd', 'all'] as const;

const flagTable = {
  ...expectedFlags,
  style: { kind: 'enum', values: STYLES, default: 'all', brief: 'Output format' },
  dataDevice: required(String, 'DEVICE', 'Data device'),
  hashDevice: required(String, 'DEVICE', 'Hash device'),
  name: withDefault(String, 'root', 'NAME', 'Name of the mapped device'),
  uuid: optional(String, 'UUID', 'UUID of the mapped device'),
  target: { kind: 'enum', values: ['root', 'usr'], default: 'root', brief: 'File system that systemd mounts it as' },
  flag: { kind: 'enum', values: tableFlags, optional: true, variadic: true, brief: 'Reaction to a bad block' },
  fecDevice: optional(String, 'DEVICE', 'Device with the error correction data'),
  fecRoots: fecFlags.fecRoots,
  fecOffset: fecFlags.fecOffset,
  hashSize: optional(
    parseSize,
    'BYTES',
    'End of what error correction covers on the hash device [default: as described, or the end of the tree]',
  ),
  for: forFlag,
  signatureKey: optional(String, 'NAME', "Key in the kernel's keyring that holds the root hash signature"),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright verity table`: how the kernel and systemd are told of a device. */
export const command = buildCommand<Flags, [], Context>({
  docs: {
    brief: 'Prints the device-mapper table and the kernel command line for a device',
    fullDescription: [
      'The expected parameters come from flags or from a --description. Nothing in dm-mod.create can be escaped, and it is',
      'limited to 4096 characters: what does not fit is refused. Options that systemd does not have (a key in the keyring, some',
      'flags) are refused unless another --style is chosen. dm-mod.create= comes with dm-mod.waitfor=, so that the kernel waits',
      'for the devices, and with root=/dev/dm-0 ro. What some kernel or systemd release does not support is a warning on the',
      'standard error; what a release that --for names does not support is refused.',
      '',
      'Example: bootwright verity table --description rootfs.json --data-device /dev/mmcblk0p2 --hash-device /dev/mmcblk0p3 --style dm-mod --for linux@6.1',
    ].join('\n'),
  },
  parameters: {
    flags: flagTable,
  },
  async func(flags) {
    if (flags.salt === undefined && flags.description === undefined) {
      // The devices are those of the machine that will boot: no superblock can be read here.
      throw new Fault('cli/usage', { reason: cliMessage('cli/salt-required') });
    }
    const expected = await readExpected(flags, flags.hashDevice);
    const { parameters, rootHash } = expected;
    const geometry = geometryOf(parameters);
    const place = { parameters, geometry, treeOffset: treeOffsetOf(expected, parameters.hashBlockSize) };
    const { dataDevice, hashDevice } = flags;
    const fec = correctionOf(flags, expected, place);
    assertNoOverlap(areasOf(flags, expected, place, fec));
    const device = {
      parameters,
      ...(flags.flag === undefined ? {} : { flags: flags.flag }),
      ...(fec === undefined ? {} : { fec }),
      ...(flags.signatureKey === undefined ? {} : { signatureKey: flags.signatureKey }),
    };
    const table = dmTable({ ...device, treeOffset: place.treeOffset, rootHash, dataDevice, hashDevice });
    const early = { name: flags.name, tables: [table], ...(flags.uuid === undefined ? {} : { uuid: flags.uuid }) };
    const { target, style, for: profiles = [] } = flags;
    const demands = { ...parameters, ...(flags.flag === undefined ? {} : { flags: flags.flag }) };
    const waitsFor = knowsWaiting(profiles);
    const options = (): string[] =>
      systemdOptions({ ...device, superblock: expected.superblock, hashOffset: expected.hashOffset });
    // Made where it is asked for: each may be refused for what the others can say.
    const makers = {
      table: () => table,
      'dm-mod': () => {
        const devices = [dataDevice, hashDevice, ...(fec === undefined ? [] : [fec.device])];
        const root = target === 'root' ? { rootMinor: 0 } : {};
        return [dmModCreate([early]), bootParameters({ waitFor: waitsFor ? devices : [], ...root })]
          .join(' ')
          .trimEnd();
      },
      systemd: () => systemdParameters({ target, rootHash, dataDevice, hashDevice, options: options() }),
    };
    const asksSystemd = style === 'systemd' || style === 'all';
    const problems = assertSupported({ ...demands, ...(asksSystemd ? { systemd: options() } : {}) }, profiles);
    const waiting =
      waitsFor || (style !== 'dm-mod' && style !== 'all') ? [] : problemsOf({ ...demands, waitsFor: true }, profiles);
    const warnings = [...problems, ...waiting].map(describeProblem);
    for (const line of warnings) warn(this, line);
    const texts = Object.entries(makers)
      .filter(([name]) => style === 'all' || style === name)
      .map(([name, make]) => [name, make()] as const);
    const { partitionUuids } = await import('../../verity/index.ts');
    if (flags.json) {
      printJson(this, { ...Object.fromEntries(texts), partitionUuids: partitionUuids(rootHash), warnings });
    } else print(this, ...texts.map(([, line]) => line));
  },
});

/** Whether every kernel that is named waits for devices; where none is, it is taken to. */
const knowsWaiting = (profiles: readonly Profile[]): boolean =>
  profiles.length === 0 ||
  problemsOf({ algorithm: 'sha256', dataBlockSize: 512, waitsFor: true }, profiles).length === 0;

type Correction = NonNullable<TableOptions['fec']>;

/** The error correction, with what it covers: as the description says, as --hash-size says, or where its device tells. */
function correctionOf(flags: Flags, expected: Description, place: TreePlace): Correction | undefined {
  const { fecDevice, fecRoots, fecOffset, hashSize } = flags;
  const fec = fecOf({ fecFile: fecDevice, fecRoots, fecOffset }, expected.fec, '--fec-device');
  if (fec === undefined) {
    if (hashSize !== undefined)
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/flag-requires', { flag: '--hash-size', other: '--fec-device' }),
      });
    return undefined;
  }
  const treeEnd = place.treeOffset + place.geometry.treeBytes;
  if (hashSize !== undefined && hashSize < treeEnd) {
    throw new Fault('cli/usage', { reason: cliMessage('cli/hash-size-in-tree', { size: hashSize, end: treeEnd }) });
  }
  // What lies between the tree and parity on the same device is covered too; parity in the tree is an overlap.
  const end = hashSize ?? (fecDevice === flags.hashDevice ? Math.max(treeEnd, fec.offset) : treeEnd);
  const blocks = blocksUpTo(place, end);
  const told = expected.fec?.blocks;
  if (told !== undefined && hashSize !== undefined && told !== blocks) {
    const reason = cliMessage('cli/hash-size-described', { size: hashSize, blocks, described: told });
    throw new Fault('cli/usage', { reason });
  }
  return { device: fec.path, roots: fec.roots, offset: fec.offset, blocks: told ?? blocks };
}

/** What each of them takes of its device: those of one name are one. */
function areasOf(flags: Flags, expected: Description, place: TreePlace, fec: Correction | undefined): Area[] {
  const { parameters, geometry, treeOffset } = place;
  const covered = fec === undefined ? geometry.treeBlocks : fec.blocks - parameters.dataBlocks;
  const end = treeOffset + covered * parameters.hashBlockSize;
  const areas: Area[] = [
    { name: 'data', file: flags.dataDevice, offset: 0, size: geometry.dataBytes },
    { name: 'hash', file: flags.hashDevice, offset: expected.hashOffset, size: end - expected.hashOffset },
  ];
  if (fec === undefined) return areas;
  const { paritySize } = fecLayout(parameters, fec.roots, fec.blocks);
  return [...areas, { name: 'error correction', file: fec.device, offset: fec.offset, size: paritySize }];
}
