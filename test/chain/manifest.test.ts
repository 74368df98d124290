import { describe, expect, test } from 'vitest';
import { manifestJsonSchema, parseManifest, rollbackOf } from '../../src/boot/manifest.ts';
import { textOf } from '../../src/fault.ts';
import { expectFault } from '../support/fault.ts';

const GOOD = `version: 1
keys:
  firmware: { private: keys/firmware.key }
  dev: { private: keys/dev.key, name: dev }
  rootfs: { private: keys/rootfs.key, certificate: keys/rootfs.crt }
firmware:
  images: { tb-fw: bl2.bin, nt-fw: u-boot-nodtb.bin }
  control-dtb: u-boot.dtb
  key: firmware
kernel:
  images:
    kernel-1: { file: Image, type: kernel, arch: arm64, os: linux, load: 0x80000, entry: 0x80000 }
    fdt-1: { file: board.dtb, type: flat_dt }
  configurations:
    config-1: { kernel: kernel-1, fdt: fdt-1, loadables: [] }
  key: dev
rootfs:
  image: rootfs.squashfs
  key: rootfs
`;

describe('the manifest', () => {
  test('reads into its typed form', () => {
    const manifest = parseManifest(GOOD, 'chain.yaml');
    expect(manifest.kernel.images?.['kernel-1']).toEqual({
      file: 'Image',
      type: 'kernel',
      arch: 'arm64',
      os: 'linux',
      load: 0x80000,
      entry: 0x80000,
    });
    expect(manifest.rootfs).toEqual({ image: 'rootfs.squashfs', key: 'rootfs' });
  });

  test('takes block sizes as the numbers that they are', () => {
    const text = GOOD.replace('  image: rootfs', '  block-size: 1024\n  image: rootfs');
    expect(parseManifest(text, 'chain.yaml').rootfs['block-size']).toBe(1024);
  });

  test.each([
    ['a missing member', '  key: firmware\n', '  align: 16\n', 6, 'firmware.key', 'missing'],
    [
      'an unknown member',
      'key: firmware\n',
      'key: firmware\n  speed: 9\n',
      10,
      'firmware.speed',
      'unknown; known here',
    ],
    ['a key that is not there', '  key: dev', '  key: prod', 16, 'kernel.key', 'there is no key called prod'],
    ['a number that is none', 'load: 0x80000', 'load: high', 12, 'kernel.images.kernel-1.load', 'a whole number'],
    [
      'an output outside the folder',
      'image: rootfs.squashfs',
      'image: a\n  output: ../a',
      19,
      'rootfs.output',
      'without folders',
    ],
    [
      'two outputs of one name',
      'image: rootfs',
      'output: fip.bin\n  image: rootfs',
      18,
      'rootfs.output',
      'is called fip.bin',
    ],
    [
      'an output called as the lock',
      'kernel:\n',
      'kernel:\n  output: chain.lock.json\n',
      11,
      'kernel.output',
      'is called chain.lock.json',
    ],
    [
      'a place for the root hash that is none',
      'image: rootfs',
      'root-hash: fdt\n  image: rootfs',
      18,
      'rootfs.root-hash',
      'one of',
    ],
    [
      'a block size that is none',
      'image: rootfs',
      'block-size: 4095\n  image: rootfs',
      18,
      'rootfs.block-size',
      'one of 512',
    ],
    ['a node name with @', 'fdt-1: {', 'fdt@1: {', 13, 'kernel.images.fdt@1', 'not allowed'],
    ['another version', 'version: 1', 'version: 2', 1, 'version', 'from 1 to 1'],
    ['both forms of the FIT', 'kernel:\n', 'kernel:\n  its: a.its\n', 10, 'kernel', 'either its or images'],
    ['broken YAML', 'version: 1', 'version: [1', 2, '', ''],
    ['a key given twice', 'version: 1', 'version: 1\nversion: 1', 2, '', 'unique'],
  ])('%s is a fault with its line', (_name, from, to, line, path, reason) => {
    const fault = expectFault(() => parseManifest(GOOD.replace(from, to), 'chain.yaml'), 'boot/manifest', { path });
    expect(textOf(fault.context.reason)).toContain(reason);
    expect([fault.context.file, fault.context.line]).toEqual(['chain.yaml', line]);
  });

  const TBBR = GOOD.replace('  key: firmware\n', '  scheme: tbbr\n  key: firmware\n');

  test.each([
    ['nothing', GOOD, undefined, undefined],
    ['one number', GOOD, '3', { counters: { firmware: 3, kernel: 3 }, kernelLimit: 3 }],
    ['one number for TBBR', TBBR, '3', { counters: { 'tfw-nvctr': 3, 'ntfw-nvctr': 3, kernel: 3 }, kernelLimit: 3 }],
    ['a number each', GOOD, '{ firmware: 2, kernel: 5 }', { counters: { firmware: 2, kernel: 5 }, kernelLimit: 5 }],
    [
      'a limit above the kernel',
      GOOD,
      '{ firmware: 2, kernel: 5, kernel-limit: 8 }',
      { counters: { firmware: 2, kernel: 5 }, kernelLimit: 8 },
    ],
    [
      'a number each for TBBR',
      TBBR,
      '{ firmware: { tfw-nvctr: 1, ntfw-nvctr: 2 }, kernel: 0 }',
      { counters: { 'tfw-nvctr': 1, 'ntfw-nvctr': 2, kernel: 0 }, kernelLimit: 0 },
    ],
    [
      'the highest of all',
      GOOD,
      '4294967295',
      { counters: { firmware: 0xffff_ffff, kernel: 0xffff_ffff }, kernelLimit: 0xffff_ffff },
    ],
  ])('says of rollback: %s', (_name, text, rollback, expected) => {
    const manifest = parseManifest(rollback === undefined ? text : `${text}rollback: ${rollback}\n`, 'chain.yaml');
    expect(rollbackOf(manifest)).toEqual(expected);
  });

  test.each([
    [
      'a kernel above its own limit',
      GOOD,
      '{ firmware: 2, kernel: 9, kernel-limit: 8 }',
      'kernel',
      'raise kernel-limit',
    ],
    ['a kernel without firmware', GOOD, '{ kernel: 9 }', 'firmware', 'missing'],
    ['firmware without a kernel', GOOD, '{ firmware: 9 }', 'kernel', 'missing'],
    ['a counter of 33 bits', GOOD, '{ firmware: 4294967296, kernel: 1 }', 'firmware', 'from 0 to 4294967295'],
    ['a text', GOOD, '"3"', '', 'whole number'],
    ['a list', GOOD, '[3, 4]', '', 'mapping'],
    [
      'counters of another scheme',
      GOOD,
      '{ firmware: { tfw-nvctr: 1, ntfw-nvctr: 1 }, kernel: 1 }',
      'firmware',
      'tbbr',
    ],
    ['half of TBBR', TBBR, '{ firmware: { tfw-nvctr: 1 }, kernel: 1 }', 'firmware.ntfw-nvctr', 'missing'],
    ['what certificates cannot carry', TBBR, '2147483648', '', 'up to 2147483647, but this is 2147483648'],
    [
      'what one certificate cannot carry',
      TBBR,
      '{ firmware: { tfw-nvctr: 1, ntfw-nvctr: 2147483648 }, kernel: 1 }',
      'firmware.ntfw-nvctr',
      'from 0 to 2147483647',
    ],
  ])('refuses of rollback: %s', (_name, text, rollback, path, reason) => {
    const source = `${text}rollback: ${rollback}\n`;
    const fault = expectFault(() => parseManifest(source, 'chain.yaml'), 'boot/manifest', {
      path: path === '' ? 'rollback' : `rollback.${path}`,
    });
    expect(textOf(fault.context.reason)).toContain(reason);
    expect(fault.context.line).toBe(text.split('\n').length);
  });

  test('aliases cannot multiply it', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [${'*a, '.repeat(20)}]\nc: [${'*b, '.repeat(20)}]\n`;
    expect(() => parseManifest(bomb, 'chain.yaml')).toThrow();
  });

  test('every member of the JSON Schema is documented', () => {
    const undocumented: string[] = [];
    const visit = (schema: Record<string, unknown>, path: string): void => {
      for (const [name, member] of Object.entries(
        (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        if (typeof member['description'] !== 'string') undocumented.push(`${path}.${name}`);
        visit(member, `${path}.${name}`);
      }
      if (typeof schema['additionalProperties'] === 'object')
        visit(schema['additionalProperties'] as Record<string, unknown>, `${path}.*`);
    };
    visit(manifestJsonSchema, '');
    expect(undocumented).toEqual([]);
  });
});
