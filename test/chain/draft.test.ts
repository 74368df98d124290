import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { draftManifest } from '../../src/boot/draft.ts';
import { manifestJsonSchema, parseManifest } from '../../src/boot/manifest.ts';
import { writeSample } from '../../src/boot/sample.ts';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

const BUILD = [
  'bl2.bin',
  'bl31.bin',
  'u-boot-nodtb.bin',
  'u-boot.dtb',
  'Image',
  'boards/my board.dtb',
  'rootfs.squashfs',
  'initramfs.cpio.gz',
  'keys/firmware.key',
  'keys/dev.key',
  'keys/rootfs.key',
  'README',
];

describe('a drafted manifest', () => {
  test('names what is there, each file once', () => {
    const manifest = parseManifest(draftManifest(BUILD), 'chain.yaml');
    expect(manifest.firmware).toMatchObject({
      images: { 'tb-fw': 'bl2.bin', 'soc-fw': 'bl31.bin', 'nt-fw': 'u-boot-nodtb.bin' },
      'control-dtb': 'u-boot.dtb',
    });
    expect(manifest.kernel.images?.['fdt-1']?.file).toBe('boards/my board.dtb');
    expect(manifest.kernel.configurations?.['config-1']).toMatchObject({ ramdisk: 'ramdisk-1' });
    expect(manifest.rootfs.image).toBe('rootfs.squashfs');
    expect(draftManifest(BUILD)).not.toContain('not found');
  });

  test('says what is missing, and is a manifest all the same', () => {
    const text = draftManifest([]);
    expect(text.match(/# not found here/g)).toHaveLength(8);
    expect(parseManifest(text, 'chain.yaml').rootfs.image).toBe('rootfs.squashfs');
  });

  test.each([
    [
      'Buildroot',
      ['images/u-boot.bin', 'images/Image.gz', 'images/board.dtb', 'images/rootfs.squashfs'],
      'arm64',
      'gzip',
    ],
    [
      'Yocto',
      [
        'u-boot-board-2024.01-r0.bin',
        'Image--6.6.21-r0-board.bin',
        'board.dtb',
        'core-image-minimal-board.rootfs.erofs',
        'core-image-minimal-initramfs-board.cpio.gz',
      ],
      'arm64',
      undefined,
    ],
    ['an arm kernel', ['u-boot.bin', 'zImage', 'board.dtb', 'rootfs.squashfs'], 'arm', undefined],
    ['a PC', ['u-boot.bin', 'bzImage', 'board.dtb', 'rootfs.squashfs'], 'x86_64', undefined],
  ])('finds what %s leaves', (_name, files, arch, compression) => {
    const manifest = parseManifest(draftManifest(files), 'chain.yaml');
    const named = [
      manifest.firmware.images['nt-fw'],
      manifest.kernel.images?.['kernel-1']?.file,
      manifest.kernel.images?.['fdt-1']?.file,
      manifest.rootfs.image,
    ];
    expect(named).toEqual(files.slice(0, 4));
    expect(manifest.kernel.images?.['kernel-1']).toMatchObject({ arch, ...(compression && { compression }) });
    expect(manifest.kernel.images?.['kernel-1']?.compression).toBe(compression);
    expect(manifest.kernel.images?.['ramdisk-1']?.file).toBe(files[4]);
  });

  test('takes an image tree source where there is one', () => {
    const { kernel } = parseManifest(draftManifest([...BUILD, 'fit/image.its']), 'chain.yaml');
    expect([kernel.its, kernel.images, kernel.configurations]).toEqual(['fit/image.its', undefined, undefined]);
  });

  test('is what editors complete by: the schema that its first line names', () => {
    const folder = temporaryFolder();
    expect(bootwright(['init', folder]).status).toBe(0);
    const [first = ''] = readFileSync(join(folder, 'chain.yaml'), 'utf8').split('\n');
    const name = first.split('$schema=')[1]!;
    expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual(manifestJsonSchema);
    const again = bootwright(['init', folder]);
    expect([again.status, again.stderr]).toEqual([3, expect.stringContaining('it exists already')]);
  });

  test('builds where everything is there', async () => {
    const folder = temporaryFolder();
    await writeSample(folder, {}, new Date(0));
    rmSync(join(folder, 'chain.yaml'));
    expect(bootwright(['init', folder, '--json']).stdout).toContain('"missing":[]');
    expect(bootwright(['build', join(folder, 'chain.yaml')]).status).toBe(0);
    expect(bootwright(['verify', join(folder, 'out')]).status).toBe(0);
  });
});
