import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { capabilityRows, controlTreeOf, putControlTree, readUBoot } from '../../src/uboot/index.ts';
import { tree } from '../support/uboot.ts';

/** Debian's U-Boots for QEMU, and the configurations that they were built with (package u-boot-qemu). */
const BINARIES = '/usr/lib/u-boot';
const CONFIGURATIONS = '/usr/share/doc/u-boot-qemu/configs';

const boards = existsSync(CONFIGURATIONS)
  ? readdirSync(CONFIGURATIONS).map((name) => name.replace(/^config\.|\.gz$/g, ''))
  : [];
const missing = boards.length === 0;
const skip = missing && process.env['CI'] === undefined;

describe.skipIf(skip)('Debian’s U-Boot binaries [needs package u-boot-qemu]', () => {
  test('are here', () => expect(boards.length).toBeGreaterThan(5));

  test.each(boards)('%s does what its configuration says', (board) => {
    const options = enabledBy(gunzipSync(readFileSync(join(CONFIGURATIONS, `config.${board}.gz`))).toString());
    const { versions, capabilities } = readUBoot(binaryOf(board));
    expect(versions.map(({ phase }) => phase)).toEqual(['proper']);
    const told = capabilities.filter(({ answer }) => answer !== 'cannot tell');
    expect(told.map(({ option, answer }) => [option, answer])).toEqual(
      told.map(({ option }) => [option, options.has(option) ? 'yes' : 'no']),
    );
    expect(told.length).toBe(capabilityRows.filter(({ marks }) => marks.length > 0).length);
  });

  test.each(boards)('%s has its tree where its code ends', (board) => {
    const binary = binaryOf(board);
    const { codeEnd, control } = readUBoot(binary);
    const isKnown = /arm|riscv|x86/.test(board);
    expect(codeEnd !== undefined).toBe(isKnown);
    const end = control.kind === 'found' ? control.tree.offset : binary.length;
    if (isKnown) expect(codeEnd!.offsets).toContain(end);
    // QEMU gives arm, riscv and ppce500 their trees.
    const hasTree = /x86|malta/.test(board);
    expect(control).toMatchObject(
      hasTree ? { kind: 'found', by: isKnown ? 'behind the code' : 'only one' } : { kind: 'none' },
    );
    const changed = putControlTree(binary, tree());
    expect(Buffer.compare(changed.subarray(0, end), binary.subarray(0, end))).toBe(0);
    expect(controlTreeOf(changed, readUBoot(changed).control)).toEqual(tree());
    expect(changed.length).toBe(end + tree().length);
  });
});

const binaryOf = (board: string): Uint8Array => readFileSync(join(BINARIES, board, 'u-boot.bin'));

const enabledBy = (configuration: string): Set<string> =>
  new Set([...configuration.matchAll(/^(CONFIG_\w+)=y$/gm)].map(([, option]) => option!));
