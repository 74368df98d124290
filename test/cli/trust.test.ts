import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTrust } from '../../src/cli/chain/trust.ts';
import { printPublicKey } from '../../src/pki/index.ts';
import { keyFor } from '../support/fit.ts';
import { temporaryFolder } from '../support/folder.ts';

/** A chain's folder with its key file, and the same key beside it. */
async function chain() {
  const outer = temporaryFolder();
  const folder = temporaryFolder();
  const { public: key } = await keyFor('firmware');
  for (const file of [join(folder, 'firmware.pub'), join(outer, 'mine.pub')]) writeFileSync(file, printPublicKey(key));
  symlinkSync(join(folder, 'firmware.pub'), join(outer, 'link.pub'));
  const anchorOf = async (trust: string) =>
    (await readTrust(trust, { folder, keyFile: 'firmware.pub', env: {} })).anchor;
  return { outer, folder, anchorOf };
}

test("the chain's own key file is no anchor, whatever leads to it", async () => {
  const { outer, folder, anchorOf } = await chain();
  expect(await anchorOf(join(folder, 'firmware.pub'))).toBe('recorded');
  expect(await anchorOf(join(outer, 'link.pub'))).toBe('recorded');
});

test('a key file that a person holds, and a hash, are anchors', async () => {
  const { outer, anchorOf } = await chain();
  const mine = join(outer, 'mine.pub');
  expect(await anchorOf(mine)).toEqual({ named: `--trust ${mine}` });
  const hash = 'ab'.repeat(32);
  expect(await anchorOf(hash)).toEqual({ named: `--trust ${hash}` });
});
