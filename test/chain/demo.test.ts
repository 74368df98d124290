import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

interface Verdict {
  readonly case: string;
  readonly verdict: string;
  readonly asExpected: boolean;
  readonly stage?: string;
  readonly code?: string;
  readonly offset?: number;
  readonly steps: readonly { readonly verdict: string }[];
}

describe('bootwright demo', () => {
  test('boots the chain over the wire and refuses each alteration at its own stage', () => {
    const folder = temporaryFolder();
    const result = bootwright(['demo', '--folder', folder, '--json']);
    expect([result.stderr, result.status]).toEqual(['', 0]);
    const verdicts = result.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Verdict);
    expect(verdicts.map(({ case: name, verdict, stage, code }) => [name, verdict, stage, code])).toEqual([
      ['nothing altered', 'verified', undefined, undefined],
      ['a boot loader in the firmware', 'refused', 'firmware', 'fip/signature'],
      ['the firmware signature', 'refused', 'firmware', 'fip/signature'],
      ['the kernel', 'refused', 'kernel', 'fit/hash-mismatch'],
      ['the device tree', 'refused', 'kernel', 'fit/hash-mismatch'],
      ['the image tree’s signature', 'refused', 'kernel', 'fit/signature'],
      ['the default configuration', 'refused', 'kernel', 'fit/configuration'],
      ['a block of the root file system', 'refused', 'rootfs', 'verity/data-block'],
      ['a block of the hash tree', 'refused', 'rootfs', 'verity/hash-block'],
      ['the root hash’s signature', 'refused', 'rootfs', 'pki/signature'],
    ]);
    expect(verdicts.every(({ asExpected }) => asExpected)).toBe(true);
    expect(verdicts.slice(1).every(({ offset }) => typeof offset === 'number')).toBe(true);
    expect(verdicts[0]?.steps.length).toBeGreaterThanOrEqual(8);
  });

  test('takes files of one’s own', () => {
    const folder = temporaryFolder();
    const kernel = join(folder, 'my-kernel');
    writeFileSync(kernel, new Uint8Array(200_000).fill(0x5a));
    const result = bootwright(['demo', '--folder', join(folder, 'work'), '--kernel', kernel]);
    expect([result.stderr, result.status]).toEqual(['', 0]);
    expect(result.stdout).toContain('10 of 10 verdicts as expected: 1 verified, 9 refused');
    expect(result.stdout.match(/^✓ refused at \w+ +.* \(.* at 0x[0-9a-f]+\)\n {4}[a-z]+\/[a-z-]+: .+$/gm)).toHaveLength(
      9,
    );
    expect(result.stdout).not.toContain(String.raw`\x0a`);
    expect(readdirSync(join(folder, 'work', 'out')).sort()).toEqual([
      'chain.lock.json',
      'chain.provenance.json',
      'control.dtb',
      'fip.bin',
      'firmware.pub',
      'image.fit',
      'rootfs.img',
      'rootfs.p7s',
      'rootfs.verity',
    ]);
  });

  test('a file that is not there is one line and exit code 3', () => {
    const result = bootwright(['demo', '--folder', temporaryFolder(), '--kernel', '/nonexistent']);
    expect(result.status).toBe(3);
    expect(result.stderr).toMatch(
      /^error: cannot read \/nonexistent: no such file or folder \[file\/read\]\n(fix: .*\n)?$/,
    );
  });
});
