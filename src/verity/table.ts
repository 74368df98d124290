import { hexText } from '../binary/index.ts';
import { Fault, type Message } from '../fault.ts';
import { geometryOf, type HashPlace, SECTOR_SIZE } from './geometry.ts';
import { verityMessage } from './messages.ts';
import type { VerityParameters } from './parameters.ts';
import type { RootHash } from './root-hash.ts';
import { assertFec, assertFlags, type TableFlag } from './table-options.ts';

/** A device as the kernel is told of it. */
export interface TableOptions {
  readonly parameters: VerityParameters;
  readonly rootHash: RootHash;
  /** `/dev/sda2`, `8:2`, `PARTUUID=…`: whatever finds the device. */
  readonly dataDevice: string;
  readonly hashDevice: string;
  /** Bytes from the start of the hash device to the tree. */
  readonly treeOffset: number;
  readonly flags?: readonly TableFlag[];
  readonly fec?: {
    readonly device: string;
    readonly roots: number;
    /** Bytes from the start of its device. */
    readonly offset: number;
    /** Blocks that the error correction covers: data and hash blocks. */
    readonly blocks: number;
  };
  /** Description of a key in the kernel's keyring with the signature of the root hash. */
  readonly signatureKey?: string;
}

/**
 * The device-mapper table of a device: one line. `verity/table` where a value cannot stand in it.
 * Source: the kernel's Documentation/admin-guide/device-mapper/verity.rst.
 */
export function dmTable(options: TableOptions): string {
  const { parameters, rootHash, treeOffset } = options;
  const { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt } = parameters;
  const { dataBytes } = geometryOf(parameters);
  const fields = [
    0,
    dataBytes / SECTOR_SIZE,
    'verity',
    format,
    word('data device', options.dataDevice),
    word('hash device', options.hashDevice),
    dataBlockSize,
    hashBlockSize,
    dataBlocks,
    wholeBlocks('hash start', treeOffset, hashBlockSize),
    algorithm,
    rootHash,
    hexText(salt) || '-',
  ];
  const extra = optionalArguments(options);
  return [...fields, ...(extra.length === 0 ? [] : [extra.length, ...extra])].join(' ');
}

/** A device that the kernel makes itself, before there is a user space. */
export interface EarlyDevice {
  readonly name: string;
  /** Empty for none. */
  readonly uuid?: string;
  /** Empty for one of the kernel's choice. */
  readonly minor?: number;
  readonly writable?: boolean;
  /** Lines of `dmTable`. */
  readonly tables: readonly string[];
}

/** Below which `dm-mod.create=` must stay: DM_MAX_STR_SIZE in the kernel's dm-init.c. */
const DM_MAX_STR_SIZE = 4096;
/** DM_NAME_LEN and DM_UUID_LEN of the kernel's dm-ioctl.h, with the NUL. */
const DM_NAME_LEN = 128;
const DM_UUID_LEN = 129;

/**
 * The kernel parameter that makes devices at boot: `dm-mod.create="…"`. Nothing in it can be escaped, so a comma, a
 * semicolon, a quote or a backslash in a value is refused, and so is a text of 4096 characters or more.
 * Source: the kernel's Documentation/admin-guide/device-mapper/dm-init.rst.
 */
export function dmModCreate(devices: readonly EarlyDevice[]): string {
  const text = devices.map(earlyDevice).join(';');
  if (text.length >= DM_MAX_STR_SIZE) {
    throw refused(
      'dm-mod.create',
      verityMessage('verity/create-too-long', { length: text.length, limit: DM_MAX_STR_SIZE }),
    );
  }
  return `dm-mod.create="${text}"`;
}

/**
 * What stands beside `dm-mod.create=`: `dm-mod.waitfor=` with the devices, for which the kernel waits then, and
 * `root=/dev/dm-0 ro` where the device is the root. Source: the kernel's dm-init.rst and Documentation/admin-guide/
 * kernel-parameters.txt.
 */
export function bootParameters(options: {
  /** As in the table. */
  readonly waitFor: readonly string[];
  /** Minor number of the mapped device where it is the root; absent where it is not. */
  readonly rootMinor?: number;
}): string {
  const { waitFor, rootMinor } = options;
  const devices = [...new Set(waitFor)].map((device) => plain('device', word('device', device)));
  const waiting = devices.length === 0 ? [] : [`dm-mod.waitfor=${devices.join(',')}`];
  return [...waiting, ...(rootMinor === undefined ? [] : [`root=/dev/dm-${rootMinor}`, 'ro'])].join(' ');
}

/** What systemd's generator wants to be told of the root or the /usr file system. */
export function systemdParameters(options: {
  readonly target: 'root' | 'usr';
  readonly rootHash: RootHash;
  /** Absent where the partitions are found by their UUIDs. */
  readonly dataDevice?: string;
  readonly hashDevice?: string;
  /** As in veritytab(5), such as `panic-on-corruption`. */
  readonly options?: readonly string[];
}): string {
  const { target, rootHash, dataDevice, hashDevice, options: extra = [] } = options;
  const words = [`${target === 'root' ? 'roothash' : 'usrhash'}=${rootHash}`];
  if (dataDevice !== undefined) words.push(`systemd.verity_${target}_data=${word('data device', dataDevice)}`);
  if (hashDevice !== undefined) words.push(`systemd.verity_${target}_hash=${word('hash device', hashDevice)}`);
  if (extra.length > 0) {
    words.push(`systemd.verity_${target}_options=${extra.map(systemdOption).join(',')}`);
  }
  return words.join(' ');
}

/** The flags that veritytab(5) has a name for. */
const SYSTEMD_FLAGS: Readonly<Partial<Record<TableFlag, string>>> = {
  ignore_corruption: 'ignore-corruption',
  restart_on_corruption: 'restart-on-corruption',
  panic_on_corruption: 'panic-on-corruption',
  ignore_zero_blocks: 'ignore-zero-blocks',
  check_at_most_once: 'check-at-most-once',
};

/**
 * What systemd has to be told besides root hash and devices, as in veritytab(5): the superblock says the rest where
 * there is one. `verity/table` for what systemd has no option for.
 */
export function systemdOptions(
  options: HashPlace &
    Pick<TableOptions, 'parameters' | 'flags' | 'signatureKey'> & {
      readonly fec?: Omit<NonNullable<TableOptions['fec']>, 'blocks'>;
    },
): string[] {
  const { parameters, superblock, hashOffset, flags = [], fec, signatureKey } = options;
  assertFlags(flags);
  if (signatureKey !== undefined) throw refused('signature key', verityMessage('verity/systemd-no-key'));
  const { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt } = parameters;
  const shape = [
    'superblock=no',
    `format=${format}`,
    `data-block-size=${dataBlockSize}`,
    `hash-block-size=${hashBlockSize}`,
    `data-blocks=${dataBlocks}`,
    `hash=${algorithm}`,
    `salt=${hexText(salt) || '-'}`,
  ];
  const correction =
    fec === undefined ? [] : [`fec-device=${fec.device}`, `fec-roots=${fec.roots}`, `fec-offset=${fec.offset}`];
  return [
    ...(superblock ? [] : shape),
    ...(hashOffset === 0 ? [] : [`hash-offset=${hashOffset}`]),
    ...flags.map(systemdFlag),
    ...correction,
  ];
}

function systemdFlag(flag: TableFlag): string {
  const name = SYSTEMD_FLAGS[flag];
  if (name === undefined) throw refused('flag', verityMessage('verity/systemd-no-flag', { flag }));
  return name;
}

/** Options are told apart by commas, which nothing escapes. */
function systemdOption(option: string): string {
  if (option.includes(','))
    throw refused('option', verityMessage('verity/option-comma', { option: JSON.stringify(option) }));
  return word('option', option);
}

function optionalArguments({ flags = [], fec, signatureKey, parameters }: TableOptions): (string | number)[] {
  assertFlags(flags);
  const extra: (string | number)[] = [...flags];
  if (fec !== undefined) {
    assertFec(fec, parameters);
    const start = wholeBlocks('error correction start', fec.offset, parameters.dataBlockSize);
    extra.push('use_fec_from_device', word('error correction device', fec.device));
    extra.push('fec_roots', fec.roots, 'fec_blocks', fec.blocks, 'fec_start', start);
  }
  if (signatureKey !== undefined) extra.push('root_hash_sig_key_desc', word('signature key', signatureKey));
  return extra;
}

function earlyDevice({ name, uuid = '', minor, writable = false, tables }: EarlyDevice): string {
  if (name === '') throw refused('name', verityMessage('verity/name-missing'));
  if (name.length >= DM_NAME_LEN)
    throw refused('name', verityMessage('verity/too-many-characters', { limit: DM_NAME_LEN }));
  if (uuid.length >= DM_UUID_LEN)
    throw refused('uuid', verityMessage('verity/too-many-characters', { limit: DM_UUID_LEN }));
  if (tables.length === 0) throw refused(name, verityMessage('verity/table-missing'));
  const head = [plain('name', name), plain('uuid', uuid), minor ?? '', writable ? 'rw' : 'ro'];
  return [...head, ...tables.map((table) => plain('table', table))].join(',');
}

function plain(name: string, value: string): string {
  const bad = /[,;"'\\\p{Cc}]/u.exec(value);
  if (bad !== null) throw refused(name, verityMessage('verity/not-escapable', { character: JSON.stringify(bad[0]) }));
  return value;
}

function word(name: string, value: string): string {
  if (value === '' || /[\s\p{Cc}]/u.test(value))
    throw refused(name, verityMessage('verity/not-word', { value: JSON.stringify(value) }));
  return value;
}

function wholeBlocks(name: string, offset: number, blockSize: number): number {
  if (offset % blockSize === 0) return offset / blockSize;
  throw refused(name, verityMessage('verity/not-block-boundary', { offset, blockSize }));
}

const refused = (name: string, reason: Message): Fault => new Fault('verity/table', { name, reason });
