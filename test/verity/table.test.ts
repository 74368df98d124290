import { describe, expect, test } from 'vitest';
import {
  bootParameters,
  dmModCreate,
  dmTable,
  parseDmTable,
  parseRootHash,
  systemdParameters,
  type TableOptions,
} from '../../src/verity/index.ts';
import { expectFault } from '../support/fault.ts';

const rootHash = parseRootHash('4392712ba01368efdf14b05c76f9e4df0d53664630b5d48632ed17a137f39076', 'sha256');
const options: TableOptions = {
  parameters: {
    format: 1,
    algorithm: 'sha256',
    dataBlockSize: 4096,
    hashBlockSize: 4096,
    dataBlocks: 262144,
    salt: Uint8Array.from(Buffer.from('1234', 'hex')),
  },
  rootHash,
  dataDevice: '/dev/sda1',
  hashDevice: '/dev/sda2',
  treeOffset: 4096,
};

describe('device-mapper table', () => {
  test('one line of positional fields', () => {
    expect(dmTable(options)).toBe(`0 2097152 verity 1 /dev/sda1 /dev/sda2 4096 4096 262144 1 sha256 ${rootHash} 1234`);
  });

  test('no salt is a dash; a key with a value counts two', () => {
    const line = dmTable({
      ...options,
      parameters: { ...options.parameters, salt: new Uint8Array() },
      flags: ['panic_on_corruption', 'ignore_zero_blocks'],
      fec: { device: '/dev/sda3', roots: 2, offset: 8192, blocks: 264209 },
      signatureKey: 'verity:rootfs',
    });
    expect(line.slice(line.indexOf(rootHash) + rootHash.length)).toBe(
      ' - 12 panic_on_corruption ignore_zero_blocks use_fec_from_device /dev/sda3 fec_roots 2 fec_blocks 264209' +
        ' fec_start 2 root_hash_sig_key_desc verity:rootfs',
    );
  });

  test.each([
    ['a device with a space', { dataDevice: '/dev/my disk' }, 'data device'],
    ['no device', { hashDevice: '' }, 'hash device'],
    ['a tree off its blocks', { treeOffset: 512 }, 'hash start'],
    ['a key with a line break', { signatureKey: 'a\nb' }, 'signature key'],
    ['two modes', { flags: ['ignore_corruption', 'panic_on_corruption'] }, 'flag'],
    ['a mode twice', { flags: ['ignore_corruption', 'ignore_corruption'] }, 'flag'],
    ['two modes of errors', { flags: ['panic_on_error', 'restart_on_error'] }, 'flag'],
    ['one root', { fec: { device: 'c', roots: 1, offset: 0, blocks: 264_209 } }, 'fec_roots'],
    ['25 roots', { fec: { device: 'c', roots: 25, offset: 0, blocks: 264_209 } }, 'fec_roots'],
    ['parity of too little', { fec: { device: 'c', roots: 2, offset: 0, blocks: 264_208 } }, 'fec_blocks'],
  ] as const)('refuses %s', (_name, change, name) => {
    expectFault(() => dmTable({ ...options, ...change }), 'verity/table', { name });
  });
});

describe('reading a table', () => {
  const base = dmTable(options);
  const extra = {
    flags: ['panic_on_corruption', 'restart_on_error', 'ignore_zero_blocks'],
    fec: { device: '/dev/sda3', roots: 2, offset: 8192, blocks: 264_209 },
    signatureKey: 'verity:rootfs',
  } as const;
  const full = dmTable({ ...options, ...extra });

  test('gives back what was written', () => {
    const { treeOffset, parameters, dataDevice, hashDevice, ...device } = parseDmTable(full);
    expect({ treeOffset, parameters, dataDevice, hashDevice, rootHash: device.rootHash, ...extra }).toEqual({
      ...options,
      ...extra,
    });
    expect(device.arguments).toEqual({
      flags: extra.flags,
      fec: { device: '/dev/sda3', roots: 2, blocks: 264_209, start: 2 },
      signatureKey: 'verity:rootfs',
    });
    expect(device.options).toHaveLength(13);
    expect(parseDmTable(base)).toMatchObject({ options: [], arguments: { flags: [] } });
    expect(parseDmTable(`${base} 0`).options).toEqual([]);
  });

  test('names of arguments in any case, as the kernel takes them', () => {
    expect(parseDmTable(`${base} 1 Panic_On_Corruption`).arguments.flags).toEqual(['panic_on_corruption']);
  });

  test.each([
    ['a count that is too small', `${base} 1 panic_on_corruption ignore_zero_blocks`, 'optional arguments'],
    ['a count that is too large', `${base} 2 panic_on_corruption`, 'optional arguments'],
    ['a count of nothing', `${base} 1`, 'optional arguments'],
    ['arguments without a count', `${base} panic_on_corruption`, 'optional arguments'],
    ['a negative count', `${base} -1`, 'optional arguments'],
    ['an unknown argument', `${base} 1 frobnicate`, 'optional arguments'],
    ['a value that is missing', `${base} 1 root_hash_sig_key_desc`, 'root_hash_sig_key_desc'],
    ['a pair twice', `${base} 4 root_hash_sig_key_desc a root_hash_sig_key_desc b`, 'root_hash_sig_key_desc'],
    ['two modes', `${base} 2 ignore_corruption restart_on_corruption`, 'flag'],
    ['parity without a device', `${base} 2 fec_roots 2`, 'fec_roots'],
    ['parity without roots', `${base} 4 use_fec_from_device d fec_blocks 264209`, 'fec_roots'],
    ['parity without blocks', `${base} 4 use_fec_from_device d fec_roots 2`, 'fec_blocks'],
    ['parity from nowhere', `${base} 8 use_fec_from_device d fec_roots 2 fec_blocks 264209 fec_start x`, 'fec_start'],
    ['parity of one block less', `${base} 6 use_fec_from_device d fec_roots 2 fec_blocks 264208`, 'fec_blocks'],
    ['25 roots', `${base} 6 use_fec_from_device d fec_roots 25 fec_blocks 264209`, 'fec_roots'],
    [
      'parity over two block sizes',
      base.replace('4096 4096', '4096 1024').concat(' 6 use_fec_from_device d fec_roots 2 fec_blocks 999999'),
      'use_fec_from_device',
    ],
    ['another first sector', base.replace('0 2097152', '8 2097152'), 'table'],
    ['one sector more', base.replace('2097152', '2097153'), 'sectors'],
    ['sectors beyond 2^53', base.replace('2097152', '9007199254740993'), 'sectors'],
    ['blocks beyond 2^53', base.replace('262144', '9007199254740992'), 'data blocks'],
    [
      'bytes beyond 2^53',
      base.replace('2097152', '18014398509481984').replace('262144', '2251799813685248'),
      'dataBlocks',
    ],
    ['a tree beyond 2^53', base.replace(' 1 sha256', ' 2199023255552 sha256'), 'hash start'],
    ['a hash start that is no number', base.replace(' 1 sha256', ' 0x1 sha256'), 'hash start'],
    ['a block size with a unit', base.replace('4096 4096', '4k 4096'), 'data block size'],
    ['format 2', base.replace('verity 1', 'verity 2'), 'format'],
    ['another target', base.replace('verity', 'linear'), 'table'],
    ['an unknown hash', base.replace('sha256', 'sha257'), 'algorithm'],
    ['a salt that is none', base.replace(/1234$/, '12x4'), 'salt'],
    ['a salt of half bytes', base.replace(/1234$/, '123'), 'salt'],
    ['a salt of 257 bytes', base.replace(/1234$/, 'ab'.repeat(257)), 'salt'],
    ['no salt', base.replace(/ 1234$/, ''), 'table'],
    ['words without end', `${base} 30 ${'ignore_zero_blocks '.repeat(30)}`, 'table'],
  ] as const)('refuses %s', (_name, line, name) => {
    expectFault(() => parseDmTable(line), 'verity/table', { name });
  });

  test('a tree that starts at the last block below 2^53 bytes is one', () => {
    const start = 2 ** 41 - 1 - 2065;
    const from = (block: number): string => base.replace(' 1 sha256', ` ${block} sha256`);
    expect(parseDmTable(from(start)).treeOffset).toBe(start * 4096);
    expectFault(() => parseDmTable(from(start + 1)), 'verity/table', { name: 'hash start' });
  });
});

describe('kernel command line', () => {
  const table = dmTable(options);

  test('dm-mod.create', () => {
    expect(dmModCreate([{ name: 'root', tables: [table] }])).toBe(`dm-mod.create="root,,,ro,${table}"`);
    expect(
      dmModCreate([
        { name: 'a', uuid: 'u', minor: 3, writable: true, tables: ['t', 's'] },
        { name: 'b', tables: ['t'] },
      ]),
    ).toBe('dm-mod.create="a,u,3,rw,t,s;b,,,ro,t"');
  });

  test.each([
    ['a comma in the name', { name: 'a,b' }],
    ['a semicolon in the uuid', { name: 'a', uuid: 'x;y' }],
    ['a quote in the table', { name: 'a', tables: ['t"'] }],
    ['a backslash in the table', { name: 'a', tables: ['t\\,'] }],
    ['no name', { name: '' }],
    ['a long name', { name: 'n'.repeat(128) }],
    ['a long uuid', { name: 'n', uuid: 'u'.repeat(129) }],
    ['no table', { name: 'n', tables: [] }],
  ])('refuses %s', (_name, change) => {
    expectFault(() => dmModCreate([{ tables: [table], ...change }]), 'verity/table');
  });

  test('4095 characters fit, 4096 do not', () => {
    const space = 4095 - 'root,,,ro,'.length;
    expect(dmModCreate([{ name: 'root', tables: ['t'.repeat(space)] }]).length).toBe(4095 + 'dm-mod.create=""'.length);
    expectFault(() => dmModCreate([{ name: 'root', tables: ['t'.repeat(space + 1)] }]), 'verity/table');
  });

  test('what stands beside dm-mod.create', () => {
    expect(bootParameters({ waitFor: ['/dev/a', '/dev/b', '/dev/a'], rootMinor: 0 })).toBe(
      'dm-mod.waitfor=/dev/a,/dev/b root=/dev/dm-0 ro',
    );
    expect(bootParameters({ waitFor: [], rootMinor: 3 })).toBe('root=/dev/dm-3 ro');
    expect(bootParameters({ waitFor: ['PARTUUID=1-2'] })).toBe('dm-mod.waitfor=PARTUUID=1-2');
    expect(bootParameters({ waitFor: [] })).toBe('');
    for (const device of ['/dev/a,b', '/dev/a b', '']) {
      expectFault(() => bootParameters({ waitFor: [device] }), 'verity/table');
    }
  });

  test("systemd's parameters", () => {
    expect(systemdParameters({ target: 'root', rootHash })).toBe(`roothash=${rootHash}`);
    expect(
      systemdParameters({
        target: 'usr',
        rootHash,
        dataDevice: '/dev/sda1',
        hashDevice: '/dev/sda2',
        options: ['panic-on-corruption'],
      }),
    ).toBe(
      `usrhash=${rootHash} systemd.verity_usr_data=/dev/sda1 systemd.verity_usr_hash=/dev/sda2 systemd.verity_usr_options=panic-on-corruption`,
    );
  });
});
