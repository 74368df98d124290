import { describe, expect, test } from 'vitest';
import { draftManifest } from '../../src/boot/draft.ts';
import { parseManifest } from '../../src/boot/manifest.ts';

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
});
