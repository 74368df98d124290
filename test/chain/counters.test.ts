import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assertFirmwareCounters,
  assertKernelCounter,
  minimaOf,
  reachedCounters,
  readFirmwareRollback,
  writeFirmwareRollback,
} from '../../src/boot/counters.ts';
import {
  type FirmwareScheme,
  parseCounters,
  printCounterFile,
  type RollbackCounters,
  raiseCounterFile,
  readCounterFile,
} from '../../src/boot/index.ts';
import {
  type DeviceTree,
  makeNode,
  makeTree,
  type PropertyInput,
  readBlob,
  writeBlob,
} from '../../src/devicetree/index.ts';
import type { FaultCode } from '../../src/fault.ts';
import { textOf } from '../../src/fault.ts';
import { expectFault, expectFaultAsync, onlyFaults } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';

const FULL = { firmware: 3, kernel: 5 };
const CERTIFICATES = { 'tfw-nvctr': 3, 'ntfw-nvctr': 4, kernel: 5 };

describe('a file of counters', () => {
  test.each<[string, FirmwareScheme, string, RollbackCounters]>([
    ['of a device that verifies a trailer', 'trailer', '{"version":1,"firmware":3,"kernel":5}', FULL],
    ['of TBBR', 'tbbr', '{"version":1,"tfw-nvctr":3,"ntfw-nvctr":4,"kernel":5}', CERTIFICATES],
    ['in another order', 'trailer', '{"kernel":5,"firmware":3,"version":1}', FULL],
    ['of an earlier version: the kernel’s', 'trailer', '5\n', { firmware: 0, kernel: 5 }],
    ['of an earlier version: all of TBBR', 'tbbr', '5', { 'tfw-nvctr': 5, 'ntfw-nvctr': 5, kernel: 5 }],
    ['the highest number of an earlier version', 'trailer', '4294967295\n', { firmware: 0, kernel: 0xffff_ffff }],
  ])('%s, %s', (_name, scheme, text, counters) => {
    expect(parseCounters(text, scheme, 'counters')).toEqual(counters);
  });

  test.each<[string, string, string]>([
    ['nothing', '', 'neither JSON nor a number'],
    ['a word', 'many', 'neither JSON nor a number'],
    ['half of it', '{"version":1,"firmware":3,', 'neither JSON nor a number'],
    ['a number beyond 32 bits', '4294967296', 'not below 2^32'],
    ['a negative number', '-1', 'not a JSON object'],
    ['a list', '[3,5]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['another version', '{"version":2,"firmware":3,"kernel":5}', 'version is not 1'],
    ['no version', '{"firmware":3,"kernel":5}', 'version is not 1'],
    ['a counter missing', '{"version":1,"kernel":5}', 'keeps firmware, kernel, but the file has kernel'],
    ['a counter too many', '{"version":1,"firmware":3,"kernel":5,"tfw-nvctr":1}', 'keeps firmware, kernel'],
    ['those of another scheme', printCounterFile(CERTIFICATES), 'scheme trailer keeps firmware, kernel'],
    ['a text for a number', '{"version":1,"firmware":"3","kernel":5}', 'firmware is not a whole number'],
    ['half a number', '{"version":1,"firmware":3,"kernel":5.5}', 'kernel is not a whole number'],
    ['a number below 0', '{"version":1,"firmware":-1,"kernel":5}', 'firmware is not a whole number'],
    ['a number of 33 bits', '{"version":1,"firmware":3,"kernel":4294967296}', 'kernel is not a whole number'],
  ])('%s is refused, and never taken for zeros', (_name, text, reason) => {
    const fault = expectFault(() => parseCounters(text, 'trailer', 'f'), 'boot/counter-file', { file: 'f' });
    expect(textOf(fault.context.reason)).toContain(reason);
  });

  test('is printed and parsed', () => {
    const counter = fc.integer({ min: 0, max: 0xffff_ffff });
    const held = fc.record({ firmware: counter, kernel: counter });
    fc.assert(
      fc.property(held, (one) => {
        expect(parseCounters(printCounterFile(one), 'trailer', '')).toEqual(one);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        onlyFaults(() => parseCounters(text, 'tbbr', ''));
      }),
    );
  });

  test('rises counter by counter, falls nowhere, and is left alone where nothing rises', async () => {
    const file = join(temporaryFolder(), 'counters');
    expect(await readCounterFile(file, 'trailer')).toEqual({ firmware: 0, kernel: 0 });
    writeFileSync(file, '5\n');
    expect(await raiseCounterFile(file, 'trailer', { firmware: 0, kernel: 4 })).toEqual({ firmware: 0, kernel: 5 });
    expect(readFileSync(file, 'utf8')).toBe('5\n');
    expect(await raiseCounterFile(file, 'trailer', { firmware: 3, kernel: 4 })).toEqual(FULL);
    expect(readFileSync(file, 'utf8')).toBe('{\n  "version": 1,\n  "firmware": 3,\n  "kernel": 5\n}\n');
    expect(await readCounterFile(file, 'trailer')).toEqual(FULL);
    await expectFaultAsync(() => raiseCounterFile(file, 'tbbr', CERTIFICATES), 'boot/counter-file');
    expect(readdirSync(join(file, '..'))).toEqual(['counters']);
  });

  test('that is a folder, or larger than any, is no device that never booted', async () => {
    const file = join(temporaryFolder(), 'counters');
    writeFileSync(file, ' '.repeat(2000));
    await expectFaultAsync(() => readCounterFile(file, 'trailer'), 'file/read');
    mkdirSync(`${file}.d`);
    await expectFaultAsync(() => readCounterFile(`${file}.d`, 'trailer'), 'file/read');
  });
});

const treeWith = (...nodes: readonly (readonly [string, Record<string, PropertyInput>])[]): DeviceTree =>
  makeTree(
    makeNode(
      '',
      { model: 'board' },
      nodes.map(([name, properties]) => makeNode(name, properties)),
    ),
  );

const NODE = 'bootwright,rollback';

describe('what firmware says of rollback', () => {
  test.each<[string, FirmwareScheme, RollbackCounters]>([
    ['with its own counter', 'trailer', FULL],
    ['with those of its certificates', 'tbbr', CERTIFICATES],
  ])('is written into the control tree and read from it, %s', (_name, scheme, counters) => {
    const before = writeBlob(treeWith([NODE, { 'kernel-limit': 1, 'firmware-counter': 9, more: 'x' }], ['other', {}]));
    const control = writeFirmwareRollback(before, { counters, kernelLimit: 8 });
    const { kernel: _kernel, ...own } = counters;
    const certified = Object.entries(own).map(([counter, value]) => ({
      certificate: 'c',
      counter: counter as 'tfw-nvctr',
      value: value as number,
    }));
    expect(readFirmwareRollback(control, scheme, certified)).toEqual({ counters: own, kernelLimit: 8 });
    expect(readBlob(control).root.children.map(({ name }) => name)).toEqual([NODE, 'other']);
  });

  test.each<[FirmwareScheme, RollbackCounters]>([
    ['trailer', { firmware: 0 }],
    ['tbbr', { 'tfw-nvctr': 0, 'ntfw-nvctr': 0 }],
  ])('is counter 0 and no limit where it says nothing: %s', (scheme, counters) => {
    const said = readFirmwareRollback(writeBlob(treeWith(['signature', {}])), scheme);
    expect(said).toEqual({ counters, kernelLimit: undefined });
    const minima = minimaOf({ kernel: 5 }, scheme);
    expect(reachedCounters(said, 0xffff_ffff, minima)).toEqual({ ...counters, kernel: 5 });
  });

  test.each<[string, FirmwareScheme, DeviceTree, FaultCode, string]>([
    ['no limit', 'trailer', treeWith([NODE, { 'firmware-counter': 3 }]), 'devicetree/missing', `${NODE}:kernel-limit`],
    ['no counter', 'trailer', treeWith([NODE, { 'kernel-limit': 3 }]), 'devicetree/missing', 'firmware-counter'],
    [
      'a misspelt counter',
      'trailer',
      treeWith([NODE, { 'kernel-limit': 3, 'firmware-counter': 3, 'firmware-conter': 4 }]),
      'boot/counters',
      'firmware-conter is unknown',
    ],
    [
      'a counter that certificates carry',
      'tbbr',
      treeWith([NODE, { 'kernel-limit': 3, 'firmware-counter': 3 }]),
      'boot/counters',
      'firmware-counter is unknown',
    ],
    [
      'a limit of two cells',
      'trailer',
      treeWith([NODE, { 'kernel-limit': 3n, 'firmware-counter': 3 }]),
      'devicetree/value',
      'kernel-limit',
    ],
    [
      'a counter that is a text',
      'trailer',
      treeWith([NODE, { 'kernel-limit': 3, 'firmware-counter': 'three' }]),
      'devicetree/value',
      'firmware-counter',
    ],
    [
      'a node with an address',
      'trailer',
      treeWith([`${NODE}@1`, { 'kernel-limit': 3, 'firmware-counter': 3 }]),
      'boot/counters',
      'has a unit address',
    ],
    [
      'two nodes',
      'trailer',
      treeWith([NODE, { 'kernel-limit': 3, 'firmware-counter': 3 }], [`${NODE}@1`, {}]),
      'boot/counters',
      'stands beside',
    ],
  ])('%s is refused', (_name, scheme, tree, code, message) => {
    const fault = expectFault(() => readFirmwareRollback(writeBlob(tree), scheme), code);
    expect(fault.message).toContain(message);
  });

  test('certificates that disagree are refused: TF-A would boot them once or never', () => {
    const control = writeBlob(treeWith());
    const certified = [
      { certificate: 'tb-fw-cert', counter: 'tfw-nvctr', value: 4 },
      { certificate: 'nt-fw-cert', counter: 'ntfw-nvctr', value: 9 },
      { certificate: 'soc-fw-cert', counter: 'tfw-nvctr', value: 3 },
    ] as const;
    const fault = expectFault(() => readFirmwareRollback(control, 'tbbr', certified), 'boot/counters');
    expect(textOf(fault.context.reason)).toBe(
      'tfw-nvctr is 4 in tb-fw-cert and 3 in soc-fw-cert; give all certificates the same value',
    );
  });
});

describe('counters of a device', () => {
  const firmware = { counters: { 'tfw-nvctr': 3, 'ntfw-nvctr': 4 }, kernelLimit: 6 };

  test.each<[RollbackCounters, string | undefined]>([
    [{}, undefined],
    [{ 'tfw-nvctr': 3, 'ntfw-nvctr': 4 }, undefined],
    [{ 'tfw-nvctr': 4, 'ntfw-nvctr': 5 }, 'tfw-nvctr'],
    [{ 'tfw-nvctr': 3, 'ntfw-nvctr': 5 }, 'ntfw-nvctr'],
    [{ kernel: 99 }, undefined],
  ])('%j of firmware', (minima, name) => {
    const check = (): void => assertFirmwareCounters(firmware, minima);
    if (name === undefined) expect(check()).toBeUndefined();
    else expectFault(check, 'boot/rollback', { stage: 'firmware', name });
  });

  test.each<[number, FaultCode | undefined]>([
    [4, 'boot/rollback'],
    [5, undefined],
    [6, undefined],
    [7, 'boot/kernel-limit'],
    [0xffff_ffff, 'boot/kernel-limit'],
  ])('a kernel with %i, where the device has 5 and the firmware allows 6', (counter, code) => {
    const check = (): void => assertKernelCounter(counter, firmware, { kernel: 5 });
    if (code === undefined) expect(check()).toBeUndefined();
    else expectFault(check, code, { stage: 'kernel', counter });
  });

  test('are all or some of those of its scheme', () => {
    expect(minimaOf(5, 'trailer')).toEqual({ firmware: 5, kernel: 5 });
    expect(minimaOf({ 'tfw-nvctr': 1 }, 'tbbr')).toEqual({ 'tfw-nvctr': 1, 'ntfw-nvctr': 0, kernel: 0 });
  });

  test.each<[number | RollbackCounters]>([
    [Number.NaN],
    [-1],
    [0.5],
    [0x1_0000_0000],
    [{ kernel: Number.NaN }],
    [{ firmware: '5' as unknown as number }],
    [{ 'tfw-nvctr': 1 }],
  ])('that are none, or none of its scheme, are refused: %j', (given) => {
    expectFault(() => minimaOf(given, 'trailer'), 'boot/counters');
  });
});
