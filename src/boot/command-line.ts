import { Fault } from '../fault.ts';
import { parseDmTable, type TableDevice } from '../verity/index.ts';

/** Longest command line of any architecture that Linux runs on (COMMAND_LINE_SIZE of x86 and arm64 is 2048, s390's 4096). */
export const COMMAND_LINE_MAX = 4096;

/** A kernel command line as the kernel splits it: at blanks outside double quotes (lib/cmdline.c, next_arg). */
export function splitCommandLine(
  line: string,
): readonly { readonly name: string; readonly value: string | undefined }[] {
  const words = line.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) return { name: unquote(word), value: undefined };
    return { name: unquote(word.slice(0, equals)), value: unquote(word.slice(equals + 1)) };
  });
}

/** Adds parameters behind what an author wrote. Faults `boot/missing-link` where the kernel would cut the line. */
export function joinCommandLine(...parts: readonly string[]): string {
  const line = parts.filter((part) => part !== '').join(' ');
  if (line.length < COMMAND_LINE_MAX) return line;
  const what = `a kernel command line of ${line.length} characters is longer than kernels keep (${COMMAND_LINE_MAX - 1})`;
  throw new Fault('boot/missing-link', { stage: 'kernel', what });
}

/**
 * The dm-verity device that a command line makes with `dm-mod.create=`: root hash and every parameter, pinned by
 * whoever signed the line. Faults `boot/missing-link` where it makes none, or more than one.
 */
export function verityDevice(line: string): TableDevice {
  const created = splitCommandLine(line).filter(({ name }) => name === 'dm-mod.create');
  const tables = created.flatMap(({ value }) => (value ?? '').split(';')).map((device) => device.split(',').slice(4));
  const [table, ...more] = tables.flat().filter((text) => / verity /.test(text));
  if (table === undefined) throw missing('the kernel command line names no dm-verity device (dm-mod.create=)');
  if (more.length > 0) throw missing('the kernel command line names more than one dm-verity device');
  return parseDmTable(table);
}

const unquote = (text: string): string => text.replaceAll('"', '');

const missing = (what: string): Fault => new Fault('boot/missing-link', { stage: 'kernel', what });
