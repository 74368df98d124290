import { describe, expect, test } from 'vitest';
import { mappedDevice, rootOf, splitCommandLine, verityDevice } from '../../src/trust/command-line.ts';
import { expectFault } from '../support/fault.ts';

const hex = (digit: string): string => digit.repeat(64);
const table = (digit: string): string => `0 16 verity 1 /dev/vda /dev/vdb 4096 4096 2 1 sha256 ${hex(digit)} -`;
const create = (...devices: readonly string[]): string => `dm-mod.create="${devices.join(';')}"`;

describe('the device that a command line makes', () => {
  test.each([
    ['one', create(`root,,,ro,${table('a')}`), { name: 'root', minor: 0 }],
    ['with a name that the kernel takes for the same', `dm_mod.create="root,,,ro,${table('a')}"`, { minor: 0 }],
    ['behind another one', create('log,,,rw,0 8 linear /dev/sda 0', `root,,,ro,${table('a')}`), { minor: 1 }],
    ['with a number', create('log,,,rw,0 8 linear /dev/sda 0', `root,,7,ro,${table('a')}`), { minor: 7 }],
    ['the lowest free number', create('log,,1,rw,0 8 linear /dev/sda 0', `root,,,ro,${table('a')}`), { minor: 0 }],
  ])('%s', (_, line, expected) => {
    expect(mappedDevice(line)).toMatchObject(expected);
    expect(verityDevice(line).rootHash).toBe(hex('a'));
  });

  test.each([
    ['none', 'quiet', 'names no dm-verity device'],
    ['one that is for init', `quiet -- ${create(`root,,,ro,${table('a')}`)}`, 'names no dm-verity device'],
    ['two', create(`a,,,ro,${table('a')}`, `b,,,ro,${table('b')}`), 'more than one dm-verity device'],
    ['two tables in one', create(`a,,,ro,${table('a')},${table('b')}`), 'more than one dm-verity device'],
    [
      'one that gives out what does not verify',
      create(`a,,,ro,${table('a')} 1 ignore_corruption`),
      'ignore_corruption',
    ],
    ['more than what is verified', create(`a,,,ro,${table('a')},16 8 linear /dev/sda 0`), 'has other tables too'],
    [
      'the parameter twice',
      `${create(`a,,,ro,${table('a')}`)} ${create('a,,,rw,0 8 linear /dev/sda 0')}`,
      'dm-mod.create= twice',
    ],
    [
      'the parameter twice, by another name',
      `${create(`a,,,ro,${table('a')}`)} dm_mod.create="a,,,rw,0 8 linear /dev/sda 0"`,
      'dm-mod.create= twice',
    ],
  ])('refuses %s', (_, line, reason) => {
    const { context } = expectFault(() => verityDevice(line), 'boot/missing-link');
    expect(context).toMatchObject({ stage: 'kernel', what: { text: expect.stringContaining(reason) } });
  });
});

describe('root=', () => {
  test.each([
    ['nothing', 'quiet ro', undefined],
    ['the last', 'root=/dev/dm-0 root=/dev/vda', '/dev/vda'],
    ['not what is for init', 'root=/dev/dm-0 -- root=/dev/vda', '/dev/dm-0'],
    ['not what only begins so', 'root=/dev/dm-0 rootwait rootfstype=ext4', '/dev/dm-0'],
    ['with its own equals sign', 'root=PARTUUID=1234', 'PARTUUID=1234'],
  ])('%s', (_, line, root) => expect(rootOf(line)).toBe(root));
});

test('words end at blanks outside of quotes', () => {
  expect(splitCommandLine('a b="c d" "e=f g"')).toEqual([
    { name: 'a', value: undefined },
    { name: 'b', value: 'c d' },
    { name: 'e', value: 'f g' },
  ]);
});
