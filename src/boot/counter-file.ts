import { existsSync } from 'node:fs';
import { parseJson, printJsonFlaw } from '../binary/internal.ts';
import { Fault, isFault, type Message } from '../fault.ts';
import { readText, writeFile } from '../file/index.ts';
import type { FirmwareScheme } from './context.ts';
import {
  type DeviceCounter,
  deviceCounters,
  entriesOf,
  highest,
  MAX_COUNTER,
  minimaOf,
  type RollbackCounters,
} from './counters.ts';
import { bootMessage } from './messages.ts';

/** A counter file has five lines. */
const MAX_FILE_BYTES = 1024;
const VERSION = 1;

/** The counters that a device kept, all 0 for one that never booted. Faults `boot/counter-file`. */
export async function readCounterFile(file: string, scheme: FirmwareScheme): Promise<RollbackCounters> {
  try {
    return parseCounters(await readText(file, MAX_FILE_BYTES), scheme, file);
  } catch (error) {
    if (isFault(error, 'file/read') && !existsSync(file)) return minimaOf(0, scheme);
    throw error;
  }
}

/**
 * Raises the counters of a file, all in one write; none of them is lowered, by another boot in between neither. A file in
 * which nothing rises is left as it is. Gives what it holds now. Faults `boot/counter-file`, `file/write`.
 */
export async function raiseCounterFile(
  file: string,
  scheme: FirmwareScheme,
  reached: RollbackCounters,
): Promise<RollbackCounters> {
  const held = await readCounterFile(file, scheme);
  const raised = highest(held, reached);
  const rises = entriesOf(raised).some(([name, value]) => value > (held[name] ?? 0));
  if (rises || !existsSync(file)) await writeFile(file, printCounterFile(raised));
  return raised;
}

/** The text of a counter file: JSON, a counter on each line. */
export const printCounterFile = (counters: RollbackCounters): string =>
  `${JSON.stringify({ version: VERSION, ...counters }, undefined, 2)}\n`;

/**
 * Parses a counter file: what `printCounterFile` wrote for the same scheme, or the bare number of earlier versions. That
 * was the kernel's counter. With `trailer`, firmware had none and so has 0 here: what booted keeps booting, and the first
 * firmware with a counter raises it. With `tbbr` the number was compared with the certificates too, and still is: 0 would
 * let old certificates boot that the device refused. Faults `boot/counter-file`.
 */
export function parseCounters(text: string, scheme: FirmwareScheme, file: string): RollbackCounters {
  const bad = (reason: Message): Fault => new Fault('boot/counter-file', { file, reason });
  if (/^\d+\s*$/.test(text)) {
    const number = Number(text);
    if (number > MAX_COUNTER) throw bad(bootMessage('boot/counter-range'));
    return scheme === 'trailer' ? { firmware: 0, kernel: number } : minimaOf(number, scheme);
  }
  const { version, ...members } = membersIn(text, bad);
  if (version !== VERSION) throw bad(bootMessage('boot/counter-version', { version: VERSION }));
  const names = deviceCounters[scheme];
  if (Object.keys(members).toSorted().join() !== names.toSorted().join()) {
    const found = Object.keys(members).join(', ');
    throw bad(bootMessage('boot/counter-names', { scheme, names: names.join(', '), found }));
  }
  return Object.fromEntries(names.map((name) => [name, counterIn(members, name, bad)]));
}

type Refuse = (reason: Message) => Fault;

function membersIn(text: string, bad: Refuse): Readonly<Record<string, unknown>> {
  const read = parseJson(text);
  if ('flaw' in read) throw bad(bootMessage('boot/counter-json', { reason: printJsonFlaw(read.flaw) }));
  const { value } = read;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw bad(bootMessage('boot/counter-object'));
}

function counterIn(members: Readonly<Record<string, unknown>>, name: DeviceCounter, bad: Refuse): number {
  const value = members[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNTER) return value;
  throw bad(bootMessage('boot/counter-value', { name }));
}
