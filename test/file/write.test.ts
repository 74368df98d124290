import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../src/fault.ts';
import { copyFile, makeFolder, openFile, openStore, readFile, replaceFile, writeFile } from '../../src/file/index.ts';
import { expectFault, expectFaultAsync } from '../support/fault.ts';
import { makeFifo } from '../support/fifo.ts';
import { temporaryFolder } from '../support/folder.ts';

describe('writing', () => {
  test('replaces a file and leaves nothing beside it', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'image.fit');
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    await writeFile(file, new Uint8Array([1, 2, 3]));
    expect([...readFileSync(file)]).toEqual([1, 2, 3]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['image.fit']);
  });

  test('a folder is made with those above it, and once more without harm', async () => {
    const folder = join(temporaryFolder(), 'a/b/c');
    for (let i = 0; i < 2; i++) await Promise.all([makeFolder(folder), makeFolder(`${folder}/`), makeFolder('.')]);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  test.each([
    ['/proc/no/such', 'no such file or folder'],
    ['', 'no such file or folder'],
    [import.meta.filename, 'it exists already'],
    [`${import.meta.filename}/below/it`, 'a part of the path is not a folder'],
  ])('a folder %j cannot be made: %s', async (folder, reason) => {
    await expectFaultAsync(() => makeFolder(folder), 'file/write', { reason });
  });

  test('a producer that fails leaves the old file and no new one', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'image.fip');
    writeFileSync(file, 'old');
    const failing = replaceFile(file, async (handle) => {
      await handle.write('half');
      throw new Error('disk on fire');
    });
    await expectFaultAsync(() => failing, 'file/write', { file, reason: 'disk on fire' });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['image.fip']);
  });

  test('exclusively: an existing file stays', async () => {
    const file = join(temporaryFolder(), 'dev.key');
    await writeFile(file, 'first', { exclusive: true, mode: 0o600 });
    await expectFaultAsync(() => writeFile(file, 'second', { exclusive: true }), 'file/write', {
      reason: 'it exists already',
    });
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777, readdirSync(join(file, '..'))]).toEqual([
      'first',
      0o600,
      ['dev.key'],
    ]);
  });

  test.each([
    ['writeFile', (file: string) => writeFile(file, 'x')],
    ['replaceFile', (file: string) => replaceFile(file, (handle) => handle.write('x'))],
    ['copyFile', (file: string) => copyFile(import.meta.filename, file)],
  ])('%s puts no file in the place of a device', async (_name, write) => {
    // By a link: a mistake then costs the link, and not the machine its /dev/null.
    const file = join(temporaryFolder(), 'null');
    symlinkSync('/dev/null', file);
    await write(file).catch((error: unknown) => expect(isFault(error, 'file/write')).toBe(true));
    expect([lstatSync(file).isSymbolicLink(), readdirSync(join(file, '..'))]).toEqual([true, ['null']]);
  });

  test('what a device does not take is a fault', async () => {
    const fault = () => replaceFile('/dev/full', (handle) => handle.write('x'));
    await expectFaultAsync(fault, 'file/write', { file: '/dev/full', reason: 'no space left on the device' });
  });

  test('a folder that is not there is one clear fault', async () => {
    const file = join(temporaryFolder(), 'no', 'such', 'file');
    await expectFaultAsync(() => writeFile(file, 'x'), 'file/write', { file, reason: 'no such file or folder' });
    expect(existsSync(file)).toBe(false);
  });
});

describe('reading', () => {
  test('random access, not past the end', async () => {
    const file = join(temporaryFolder(), 'f');
    writeFileSync(file, 'abcdef');
    using opened = await openFile(file);
    const into = new Uint8Array(2);
    opened.readInto(4, into);
    expect([opened.size, Buffer.from(into).toString('latin1')]).toEqual([6, 'ef']);
    expectFault(() => opened.readInto(4, new Uint8Array(4)), 'binary/truncated', {
      path: file,
      offset: 4,
      need: 4,
      have: 2,
    });
    opened.close();
    opened.close();
  });

  test.each([
    ['a missing file', 'missing', 'no such file or folder'],
    ['a folder', 'folder', 'it is a folder'],
    ['a dangling link', 'link', 'no such file or folder'],
  ])('%s is a fault', async (_name, name, reason) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    symlinkSync('nowhere', join(folder, 'link'));
    await expectFaultAsync(() => readFile(join(folder, name)), 'file/read', { reason });
  });

  test('a named pipe that nobody writes to is refused, not waited for', async () => {
    const file = join(temporaryFolder(), 'pipe');
    makeFifo(file);
    await expectFaultAsync(() => readFile(file), 'file/read', { file, reason: 'it is a named pipe' });
    await expectFaultAsync(() => openFile(file), 'file/read', { file, reason: 'it is a named pipe' });
    expectFault(() => openStore(file), 'file/read', {
      file,
      reason: 'it is neither a regular file nor a block device',
    });
  });

  test('what has no size is read to its end, or to the limit', async () => {
    using made = await openFile('/proc/self/status');
    const into = new Uint8Array(5);
    made.readInto(0, into);
    expect(Buffer.from(into).toString()).toBe('Name:');
    expectFault(() => made.readInto(made.size - 2, into), 'binary/truncated', { need: 5, have: 2 });
    await expectFaultAsync(() => readFile('/dev/zero', 1 << 20), 'file/read', {
      reason: 'it has more than 1048576 bytes',
    });
    await expectFaultAsync(() => openFile('/dev/zero'), 'file/read', { reason: 'it has more than 268435456 bytes' });
    await expectFaultAsync(() => readFile('/dev/zero'), 'file/read', { reason: 'it has more than 268435456 bytes' });
  });

  test('a file above the limit is refused before it is read', async () => {
    const file = join(temporaryFolder(), 'f');
    writeFileSync(file, 'abcdef');
    await expectFaultAsync(() => readFile(file, 5), 'file/read', {
      reason: 'it has 6 bytes, more than the limit of 5',
    });
  });
});
