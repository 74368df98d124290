import { Editor, encodeValue, NodeReader, readBlob, type TreeNode } from '../devicetree/index.ts';
import { type ChainStage, Fault, type Message } from '../fault.ts';
import type { CertifiedCounter } from '../fip/index.ts';
import { counterConflict } from '../fip/internal.ts';
import { FIRMWARE_COUNTER_PROPERTY, KERNEL_LIMIT_PROPERTY, ROLLBACK_NODE, ROLLBACK_PROPERTY } from './artifact.ts';
import type { FirmwareScheme } from './context.ts';
import { bootMessage } from './messages.ts';

/** A rollback counter that a device keeps. The names with `nvctr` are TF-A's. */
export type DeviceCounter = 'firmware' | 'tfw-nvctr' | 'ntfw-nvctr' | 'kernel';

/** Rollback counters, or the lowest that a device accepts. */
export type RollbackCounters = { readonly [Name in DeviceCounter]?: number };

/** What a device of each scheme keeps, in the order in which it compares them. */
export const deviceCounters: Readonly<Record<FirmwareScheme, readonly DeviceCounter[]>> = {
  trailer: ['firmware', 'kernel'],
  tbbr: ['tfw-nvctr', 'ntfw-nvctr', 'kernel'],
};

/** The largest value of a rollback counter. */
export const MAX_COUNTER = 0xffff_ffff;

/** What a chain says of rollback, as its manifest has it. */
export interface ChainRollback {
  /** Every counter of its scheme. */
  readonly counters: RollbackCounters;
  /** The highest counter that its firmware allows a kernel. */
  readonly kernelLimit: number;
}

/** What signed firmware says of rollback. */
export interface FirmwareRollback {
  /** Its own counters. */
  readonly counters: RollbackCounters;
  /** The highest counter that it allows a kernel; `undefined` for one that says nothing and so lets none rise. */
  readonly kernelLimit: number | undefined;
}

/**
 * Every counter of a device, from one number for all, from some of them, or from nothing; what is missing is 0. Faults
 * `boot/counters` for what is no counter, and for one that devices of the scheme have not: nothing would be compared with it.
 */
export function minimaOf(given: number | RollbackCounters | undefined, scheme: FirmwareScheme): RollbackCounters {
  const { [scheme]: names } = deviceCounters;
  for (const [name, value] of entriesOf(typeof given === 'object' ? given : { kernel: given ?? 0 })) {
    if (!names.includes(name))
      throw unclear(bootMessage('boot/other-counter', { scheme, names: names.join(', '), name }));
    if (Number.isInteger(value) && value >= 0 && value <= MAX_COUNTER) continue;
    throw unclear(bootMessage('boot/device-counter', { name, value: String(value) }));
  }
  return Object.fromEntries(names.map((name) => [name, typeof given === 'number' ? given : (given?.[name] ?? 0)]));
}

/** Puts what a chain says of its firmware and of the kernel's limit into a control tree, in place of what is there. */
export function writeFirmwareRollback(control: Uint8Array, { counters, kernelLimit }: ChainRollback): Uint8Array {
  const editor = new Editor(control);
  for (let old = editor.find(`/${ROLLBACK_NODE}`); old !== undefined; old = editor.find(`/${ROLLBACK_NODE}`)) {
    editor.deleteNode(old);
  }
  const node = editor.addNode(editor.root, ROLLBACK_NODE);
  editor.setProperty(node, KERNEL_LIMIT_PROPERTY, encodeValue(kernelLimit));
  if (counters.firmware !== undefined) {
    editor.setProperty(node, FIRMWARE_COUNTER_PROPERTY, encodeValue(counters.firmware));
  }
  editor.pack();
  return editor.bytes();
}

/**
 * What firmware says of rollback: in its control tree, and with `tbbr` in its certificates. Firmware built before there
 * were such counters has counter 0 and no limit. Only of firmware that was verified does it mean anything.
 *
 * Faults `boot/counters` where it contradicts itself, `devicetree/value` and `devicetree/missing` for a node that is
 * not as `writeFirmwareRollback` leaves it.
 */
export function readFirmwareRollback(
  control: Uint8Array,
  scheme: FirmwareScheme,
  certified: readonly CertifiedCounter[] = [],
): FirmwareRollback {
  const node = rollbackNode(readBlob(control).root, scheme);
  const kernelLimit = node?.u32(KERNEL_LIMIT_PROPERTY);
  if (scheme === 'trailer') return { counters: { firmware: node?.u32(FIRMWARE_COUNTER_PROPERTY) ?? 0 }, kernelLimit };
  const conflict = counterConflict(certified);
  if (conflict !== undefined) throw unclear(conflict);
  const counters = { 'tfw-nvctr': agreed('tfw-nvctr', certified), 'ntfw-nvctr': agreed('ntfw-nvctr', certified) };
  return { counters, kernelLimit };
}

/** The rollback counter of a configuration; `undefined` where it has none, which counts as 0. */
export const kernelCounter = (root: TreeNode, path: string): number | undefined =>
  new NodeReader(root).descend(path).optionalU32(ROLLBACK_PROPERTY);

/** Faults `boot/rollback` with the first counter that is lower than the device's. */
export function assertFirmwareCounters({ counters }: FirmwareRollback, minima: RollbackCounters): void {
  for (const [name, counter] of entriesOf(counters)) assertReached('firmware', name, counter, minima);
}

/** Faults `boot/rollback` for a counter lower than the device's, `boot/kernel-limit` for one that the firmware forbids. */
export function assertKernelCounter(
  counter: number,
  { kernelLimit }: FirmwareRollback,
  minima: RollbackCounters,
): void {
  assertReached('kernel', 'kernel', counter, minima);
  if (kernelLimit !== undefined && counter > kernelLimit) {
    throw new Fault('boot/kernel-limit', { stage: 'kernel', counter, limit: kernelLimit });
  }
}

/**
 * The counters that a device may store once the whole chain is verified: the firmware's own, and the kernel's where the
 * firmware sets it a limit. Never lower than `minima`.
 */
export function reachedCounters(
  firmware: FirmwareRollback,
  kernel: number,
  minima: RollbackCounters,
): RollbackCounters {
  const reached: RollbackCounters =
    firmware.kernelLimit === undefined ? firmware.counters : { ...firmware.counters, kernel };
  return highest(minima, reached);
}

/** Of each counter of the first the higher of the two. */
export const highest = (counters: RollbackCounters, others: RollbackCounters): RollbackCounters =>
  Object.fromEntries(entriesOf(counters).map(([name, value]) => [name, Math.max(value, others[name] ?? 0)]));

/** `firmware 3, kernel 5`. */
export const printCounters = (counters: RollbackCounters): string =>
  entriesOf(counters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** `firmware 3 ≥ the device's 2`. */
export const describeComparison = (counters: RollbackCounters, minima: RollbackCounters): Message => {
  const [first, ...rest] = entriesOf(counters).map(([name, value]) =>
    bootMessage('boot/counter-compared', { name, value, minimum: minima[name] ?? 0 }),
  );
  return rest.reduce((all, one) => bootMessage('boot/and', { first: all, second: one }), first!);
};

/** `kernel 5 ≥ the device's 3, ≤ the firmware's limit 8`. */
export function describeKernelComparison(
  counter: number,
  { kernelLimit }: FirmwareRollback,
  minima: RollbackCounters,
): Message {
  const compared = describeComparison({ kernel: counter }, minima);
  return kernelLimit === undefined
    ? bootMessage('boot/counter-unlimited', { compared })
    : bootMessage('boot/counter-limited', { compared, limit: kernelLimit });
}

/** What firmware allows kernels, in words. */
export const describeLimit = ({ kernelLimit }: FirmwareRollback): Message =>
  kernelLimit === undefined ? bootMessage('boot/no-limit') : bootMessage('boot/limit', { limit: kernelLimit });

export function entriesOf(counters: RollbackCounters): [DeviceCounter, number][] {
  return Object.entries(counters) as [DeviceCounter, number][];
}

function assertReached(stage: ChainStage, name: DeviceCounter, counter: number, minima: RollbackCounters): void {
  const minimum = minima[name] ?? 0;
  if (counter < minimum) throw new Fault('boot/rollback', { stage, name, counter, minimum });
}

/** The one node with exactly the properties of its scheme: a misspelt one would count as 0. */
function rollbackNode(root: TreeNode, scheme: FirmwareScheme): NodeReader | undefined {
  const [node, ...more] = new NodeReader(root).children().filter(({ name }) => name.split('@')[0] === ROLLBACK_NODE);
  if (node === undefined) return undefined;
  const known = [KERNEL_LIMIT_PROPERTY, ...(scheme === 'trailer' ? [FIRMWARE_COUNTER_PROPERTY] : [])];
  const names = node.node.properties.map(({ name }) => name);
  const unknown = names.find((name, i) => !known.includes(name) || names.indexOf(name) !== i);
  if (more.length > 0) throw unclear(bootMessage('boot/second-node', { path: more[0]!.path, other: node.path }));
  if (node.name !== ROLLBACK_NODE) throw unclear(bootMessage('boot/node-address', { path: node.path }));
  if (unknown !== undefined) throw unclear(bootMessage('boot/node-property', { path: node.path, property: unknown }));
  return node;
}

/** What all certificates with a counter say of it; 0 where none has it. */
const agreed = (name: CertifiedCounter['counter'], certified: readonly CertifiedCounter[]): number =>
  certified.find(({ counter }) => counter === name)?.value ?? 0;

const unclear = (reason: Message): Fault => new Fault('boot/counters', { stage: 'firmware', reason });
