import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findControlTree, writeSample } from '../../src/boot/index.ts';
import { knownImages, readFip, resolveImage } from '../../src/fip/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop } from '../support/program.ts';
import { runBootwright } from './support/command.ts';
import { sunxiUBoot } from './support/packages.ts';
import { bootSunxi, UNSIGNED_RUNS, unsignedImage, withBootCommand } from './support/sunxi.ts';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'qemu-system-arm', 'timeout'];
/** U-Boot counts down from its built-in delay where it does not read a tree that says 0. */
const OTHER_TREE = /stop autoboot: +2/;
const SETTLED = new RegExp(`${UNSIGNED_RUNS}|${OTHER_TREE.source}|\\n=> |resetting`);

interop(PROGRAMS, 'a U-Boot reads the tree that build put in the place of its own, and no second one', async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const original = sunxiUBoot();
  await writeSample(folder, { firmware: original }, new Date(0));
  const control = withBootCommand(findControlTree(original));
  writeFileSync(at('u-boot.dtb'), control);
  writeFileSync(at('unsigned.itb'), unsignedImage());

  const built = await runBootwright('build', at('chain.yaml'), '-o', at('out'));
  expect(built.status).toBe(0);
  expect(built.stderr).toMatch(/u-boot\.dtb takes the place of the device tree at 0x/);
  const { images } = readFip(readFileSync(at('out/fip.bin')));
  const loader = images.find(({ uuid }) => uuid === resolveImage(knownImages, 'nt-fw'))!.data;
  writeFileSync(at('built.bin'), loader);
  const inPlace = await bootSunxi({ uBoot: at('built.bin'), image: at('unsigned.itb') }, SETTLED);
  expect(inPlace).toMatch(/devicetree: separate/);

  // The error that build warns of and verify finds: the tree requires a key, and this U-Boot was built to ask for none.
  expect(built.stderr).toContain('was built without CONFIG_FIT_SIGNATURE');
  const verified = await runBootwright('verify', at('out'), '--trust', at('keys/firmware.crt'), '--explain');
  expect(verified.stdout).toMatch(/error chain\/loader-cannot-verify/);
  expect(verified.stdout).not.toMatch(/u-boot@\S+ accepts/);
  expect(inPlace).toContain(UNSIGNED_RUNS);

  // What a tree behind the loader's own does, as `cat u-boot.bin u-boot.dtb` makes it: nothing.
  writeFileSync(at('second.bin'), Buffer.concat([original, control]));
  const second = await bootSunxi({ uBoot: at('second.bin'), image: at('unsigned.itb') }, SETTLED);
  expect(second).toMatch(OTHER_TREE);
  const refused = await runBootwright('keys', 'show', at('second.bin'));
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('uboot/two-trees')]);
});
