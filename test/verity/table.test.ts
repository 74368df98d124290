import { describe, expect, test } from 'vitest';
import { dmModCreate, dmTable, parseRootHash, systemdParameters, type TableOptions } from '../../src/verity/index.ts';
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
      fec: { device: '/dev/sda3', roots: 2, offset: 8192, blocks: 264208 },
      signatureKey: 'verity:rootfs',
    });
    expect(line.slice(line.indexOf(rootHash) + rootHash.length)).toBe(
      ' - 12 panic_on_corruption ignore_zero_blocks use_fec_from_device /dev/sda3 fec_roots 2 fec_blocks 264208' +
        ' fec_start 2 root_hash_sig_key_desc verity:rootfs',
    );
  });

  test.each([
    ['a device with a space', { dataDevice: '/dev/my disk' }, 'data device'],
    ['no device', { hashDevice: '' }, 'hash device'],
    ['a tree off its blocks', { treeOffset: 512 }, 'hash start'],
    ['a key with a line break', { signatureKey: 'a\nb' }, 'signature key'],
  ] as const)('refuses %s', (_name, change, name) => {
    expectFault(() => dmTable({ ...options, ...change }), 'verity/table', { name });
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
    const room = 4095 - 'root,,,ro,'.length;
    expect(dmModCreate([{ name: 'root', tables: ['t'.repeat(room)] }]).length).toBe(4095 + 'dm-mod.create=""'.length);
    expectFault(() => dmModCreate([{ name: 'root', tables: ['t'.repeat(room + 1)] }]), 'verity/table');
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
