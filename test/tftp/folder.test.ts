import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8, utf8Text } from '../../src/binary/index.ts';
import { folderSink, folderSource } from '../../src/tftp/folder.ts';
import { expectFault } from '../support/fault.ts';
import { makeFifo } from '../support/fifo.ts';
import { temporaryFolder } from '../support/folder.ts';

const context = { peer: { address: '127.0.0.1', port: 1 }, mode: 'octet' } as const;

function tree(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'served/sub'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'secret');
  writeFileSync(join(folder, 'served/kernel'), 'kernel');
  writeFileSync(join(folder, 'served/sub/dtb'), 'dtb');
  symlinkSync('../secret', join(folder, 'served/out'));
  symlinkSync('..', join(folder, 'served/up'));
  symlinkSync('/etc/passwd', join(folder, 'served/passwd'));
  symlinkSync('sub/dtb', join(folder, 'served/inside'));
  symlinkSync('loop', join(folder, 'served/loop'));
  makeFifo(join(folder, 'served/pipe'));
  return folder;
}

describe('folder source', () => {
  test.each([
    ['kernel', 'kernel'],
    ['sub/dtb', 'dtb'],
    ['./sub//dtb', 'dtb'],
    ['inside', 'dtb'],
  ])('serves %s', (name, content) => {
    const file = folderSource(join(tree(), 'served')).open(name, context);
    expect(file.size).toBe(content.length);
    expect(utf8Text(file.read(0, 100))).toBe(content);
    expect(utf8Text(file.read(2, 1))).toBe(content[2]);
    expect(file.read(content.length, 4)).toEqual(new Uint8Array());
    file.close?.();
  });

  test.each([
    ['absent', 'tftp/not-found'],
    ['kernel/x', 'tftp/not-found'],
    ['n'.repeat(300), 'tftp/not-found'],
    ['../secret', 'tftp/name'],
    ['sub/../../secret', 'tftp/name'],
    ['sub/../kernel', 'tftp/name'],
    ['/kernel', 'tftp/name'],
    ['/etc/passwd', 'tftp/name'],
    ['out', 'tftp/name'],
    ['up/secret', 'tftp/name'],
    ['passwd', 'tftp/name'],
    ['', 'tftp/name'],
    ['.', 'tftp/name'],
    ['kernel/', 'tftp/name'],
    ['loop', 'tftp/access'],
    ['sub', 'tftp/access'],
    ['pipe', 'tftp/access'],
  ] as const)('refuses %j', (name, code) => {
    const source = folderSource(join(tree(), 'served'));
    const fault = expectFault(() => source.open(name, context), code);
    expect(fault.message).not.toContain('bootwright-');
  });

  test('where the root is the folder, a leading slash is allowed, and still nothing else', () => {
    const source = folderSource(join(tree(), 'served'), { rooted: true });
    expect(source.open('/kernel', context).size).toBe(6);
    expectFault(() => source.open('/../secret', context), 'tftp/name');
    expectFault(() => source.open('/etc/passwd', context), 'tftp/not-found');
  });

  test('a folder that is not there', () => {
    expectFault(() => folderSource('/nowhere/at/all'), 'file/read');
  });
});

describe('folder sink', () => {
  const limitBytes = 10;

  test('a file appears when it is whole', () => {
    const folder = join(tree(), 'served');
    const into = folderSink(folder, { limitBytes }).create('sub/new', context);
    into.write(utf8('he'));
    into.write(utf8('llo'));
    expect(readdirSync(join(folder, 'sub'))).not.toContain('new');
    into.commit();
    expect(readFileSync(join(folder, 'sub/new'), 'utf8')).toBe('hello');
    expect(readdirSync(join(folder, 'sub'))).toEqual(['dtb', 'new']);
  });

  test('an aborted or too large file leaves nothing', () => {
    const folder = join(tree(), 'served');
    const before = readdirSync(folder);
    const into = folderSink(folder, { limitBytes }).create('new', context);
    expectFault(() => into.write(new Uint8Array(11)), 'tftp/too-large', { size: 11, limit: 10 });
    into.abort();
    expect(readdirSync(folder)).toEqual(before);
  });

  test.each([
    ['kernel', 'tftp/exists'],
    ['../secret', 'tftp/name'],
    ['up/secret', 'tftp/name'],
    ['up/new', 'tftp/name'],
    ['nowhere/new', 'tftp/not-found'],
    ['/new', 'tftp/name'],
  ] as const)('refuses %j', (name, code) => {
    expectFault(() => folderSink(join(tree(), 'served'), { limitBytes }).create(name, context), code);
  });

  test('replaces only where it may, also when the name is taken meanwhile', () => {
    const folder = join(tree(), 'served');
    const replace = folderSink(folder, { limitBytes, overwrite: true }).create('kernel', context);
    replace.write(utf8('new'));
    replace.commit();
    expect(readFileSync(join(folder, 'kernel'), 'utf8')).toBe('new');
    const late = folderSink(folder, { limitBytes }).create('taken', context);
    writeFileSync(join(folder, 'taken'), 'first');
    expectFault(() => late.commit(), 'tftp/exists');
    late.abort();
    expect(readFileSync(join(folder, 'taken'), 'utf8')).toBe('first');
    expectFault(() => folderSink(folder, { limitBytes }).create('big', { ...context, size: 11 }), 'tftp/too-large');
  });

  test('a link that leads out is replaced, not followed', () => {
    const folder = tree();
    const into = folderSink(join(folder, 'served'), { limitBytes, overwrite: true }).create('out', context);
    into.write(utf8('new'));
    into.commit();
    expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('secret');
    expect(readFileSync(join(folder, 'served/out'), 'utf8')).toBe('new');
  });
});
