import { Fault, type Message } from '../fault.ts';
import { parseDmTable, type TableDevice } from '../verity/index.ts';
import { trustMessage } from './messages.ts';

/** Longest command line of any architecture that Linux runs on (COMMAND_LINE_SIZE of x86 and arm64 is 2048, s390's 4096). */
const MAX_COMMAND_LINE = 4096;

/** One parameter of a kernel command line. */
export interface Parameter {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * A kernel command line as the kernel splits it: at blanks outside double quotes (lib/cmdline.c, next_arg), up to the
 * `--` behind which everything is for init (kernel/params.c, parse_args).
 */
export function splitCommandLine(line: string): readonly Parameter[] {
  const words = line.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
  const parameters = words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) return { name: unquote(word), value: undefined };
    return { name: unquote(word.slice(0, equals)), value: unquote(word.slice(equals + 1)) };
  });
  const end = parameters.findIndex(({ name, value }) => name === '--' && value === undefined);
  return end < 0 ? parameters : parameters.slice(0, end);
}

/** Adds parameters behind what an author wrote. Faults `boot/missing-link` where the kernel would cut the line. */
export function joinCommandLine(...parts: readonly string[]): string {
  const line = parts.filter((part) => part !== '').join(' ');
  if (line.length < MAX_COMMAND_LINE) return line;
  const what = trustMessage('trust/command-line-length', { length: line.length, most: MAX_COMMAND_LINE - 1 });
  throw new Fault('boot/missing-link', { stage: 'kernel', what });
}

/** The dm-verity device that a command line makes, and how the kernel calls it. */
export interface MappedDevice {
  readonly table: TableDevice;
  readonly name: string;
  /** Its node is `/dev/dm-MINOR`. */
  readonly minor: number;
}

/**
 * The dm-verity device that a command line makes with `dm-mod.create=`: root hash and every parameter, pinned by
 * whoever signed the line. Faults `boot/missing-link` where it makes none, or more than one, where more than the verified
 * blocks is in the device, and where `dm-mod.create=` stands twice: the kernel heeds the last one alone.
 */
export const verityDevice = (line: string): TableDevice => mappedDevice(line).table;

/** As `verityDevice`, with what the kernel calls the device. */
export function mappedDevice(line: string): MappedDevice {
  const [created, ...again] = splitCommandLine(line).filter(({ name }) => isCalled(name, 'dm-mod.create'));
  if (again.length > 0) throw missing(trustMessage('trust/two-creates'));
  const devices = earlyDevices(created?.value ?? '');
  const [device, ...more] = devices.filter(({ tables }) => tables.some(isVerity));
  if (device === undefined) throw missing(trustMessage('trust/no-verity-device'));
  const verity = device.tables.filter(isVerity);
  if (more.length > 0 || verity.length > 1) throw missing(trustMessage('trust/two-verity-devices'));
  if (device.tables.length > 1) throw missing(trustMessage('trust/other-tables'));
  const table = parseDmTable(verity[0]!);
  if (table.arguments.flags.includes('ignore_corruption')) throw missing(trustMessage('trust/ignore-corruption'));
  return { table, name: device.name, minor: device.minor };
}

/** What `root=` says, the last of them, as the kernel takes it; `undefined` where nothing says it. */
export const rootOf = (line: string): string | undefined =>
  splitCommandLine(line).findLast(({ name }) => isCalled(name, 'root'))?.value;

interface CreatedDevice {
  readonly name: string;
  readonly minor: number;
  readonly tables: readonly string[];
}

/** `NAME,UUID,MINOR,FLAGS,TABLE[,TABLE…]`, devices apart by semicolons; a minor that is not given is the lowest free one. */
function earlyDevices(value: string): CreatedDevice[] {
  const taken = new Set<number>();
  return value.split(';').map((text) => {
    const [name = '', , given = '', , ...tables] = text.split(',').map((field) => field.trim());
    let minor = Number(given);
    if (given === '') while (taken.has(minor)) minor += 1;
    taken.add(minor);
    return { name, minor, tables };
  });
}

const isVerity = (table: string): boolean => / verity /.test(table);

/** The kernel takes `-` and `_` in a parameter's name for one (kernel/params.c, parameq). */
const isCalled = (name: string, wanted: string): boolean => name.replaceAll('_', '-') === wanted;

const unquote = (text: string): string => text.replaceAll('"', '');

const missing = (what: Message): Fault => new Fault('boot/missing-link', { stage: 'kernel', what });
