import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseLock, readLock } from '../../src/boot/index.ts';
import { earlierLock, printLock } from '../../src/boot/lock.ts';
import { textOf } from '../../src/fault.ts';
import { expectFault, expectFaultAsync } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';

const digest = { sha256: '0'.repeat(64), size: 5 };
const record = { inputs: 'x', materials: { 'a.bin': digest }, outputs: { 'b.bin': digest } };
const lock = {
  version: 1,
  scheme: 'trailer',
  firmwareHash: 'sha256',
  names: {},
  rotpk: '1'.repeat(64),
  rootHash: '2'.repeat(64),
  stages: { firmware: record, kernel: record, rootfs: record },
};
const good = JSON.stringify(lock);

describe('a lock', () => {
  test('is read back', () => {
    expect(parseLock(good, 'chain.lock.json')).toEqual(lock);
    expect(printLock(parseLock(good, 'chain.lock.json'))).toBe(printLock(parseLock(good, 'chain.lock.json')));
  });

  test('of version 0.1 is read, whose first stage was called bootloader', () => {
    const old = JSON.stringify({ ...lock, stages: { bootloader: record, kernel: record, rootfs: record } });
    expect(parseLock(old, 'chain.lock.json')).toEqual(lock);
  });

  test.each([
    ['nothing', '', 'line 1, column 1: the text ends where a value is expected'],
    ['text that is cut', '{\n  "version": 1,\n', 'line 3, column 1: expected a name in double quotes'],
    ['a member twice', '{"version": 1,\n"version": 1}', 'line 2, column 1: "version" is there twice'],
    ['null', 'null', 'it is not an object'],
    ['a list', '[]', 'it is not an object'],
    ['another version', JSON.stringify({ ...lock, version: 2 }), 'the version is 2, but only 1 can be read'],
    ['no version', '{}', 'the version is undefined, but only 1 can be read'],
    ['a hash that is no text', JSON.stringify({ ...lock, rotpk: 5 }), 'rotpk is not text'],
    ['no root hash', JSON.stringify({ ...lock, rootHash: undefined }), 'rootHash is not text'],
    ['no stages', JSON.stringify({ ...lock, stages: null }), 'stages.firmware is missing'],
    [
      'a stage less',
      JSON.stringify({ ...lock, stages: { firmware: record, kernel: record } }),
      'stages.rootfs is missing',
    ],
    [
      'a stage of null',
      JSON.stringify({ ...lock, stages: { ...lock.stages, kernel: null } }),
      'stages.kernel is not a record',
    ],
    [
      'a size that is none',
      JSON.stringify({
        ...lock,
        stages: { ...lock.stages, kernel: { ...record, outputs: { a: { ...digest, size: -1 } } } },
      }),
      'stages.kernel is not a record',
    ],
  ])('%s is none', async (_name, text, reason) => {
    const fault = expectFault(() => parseLock(text, 'chain.lock.json'), 'boot/lock', { file: 'chain.lock.json' });
    expect(textOf(fault.context.reason)).toContain(reason);
    const file = join(temporaryFolder(), 'chain.lock.json');
    writeFileSync(file, text);
    await expectFaultAsync(() => readLock(file), 'boot/lock', { file });
    expect(await earlierLock(file)).toBeUndefined();
  });

  test('that is not there is none', async () => {
    expect(await readLock(join(temporaryFolder(), 'chain.lock.json'))).toBeUndefined();
  });
});
