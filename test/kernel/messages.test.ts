import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { formatVerity } from '../../src/verity/index.ts';
import { content, messageCases } from '../pki/messages.ts';
import { temporaryFolder } from '../support/folder.ts';
import { SALT, UUID } from '../verity/sample.ts';

const run = promisify(execFile);

/** The kernel that `test/kernel/build.sh` made. */
function kernelPath(): string {
  const path = process.env['BOOTWRIGHT_LINUX'];
  if (path === undefined) throw new Error('set BOOTWRIGHT_LINUX to the kernel that test/kernel/build.sh made');
  return path;
}

/** Opens the image once for each message, with the machine's own veritysetup, and says how that ended. */
const INIT = (folder: string): string => `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DM_DISABLE_UDEV=1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
for message in ${folder}/messages/*; do
  if veritysetup open ${folder}/data image ${folder}/hash $(cat ${folder}/root-hash) --root-hash-signature=$message >/dev/null 2>&1
  then echo "VERDICT $(basename $message) taken"; veritysetup close image
  else echo "VERDICT $(basename $message) refused"; fi
done
poweroff -f
`;

describe('Linux, with the certificates in its keyring', () => {
  test('judges every message as its row says', async () => {
    const folder = temporaryFolder();
    const data = new Uint8Array(8 << 20);
    const { hash, rootHash } = formatVerity({ data, salt: SALT, uuid: UUID });
    expect(rootHash).toBe(new TextDecoder().decode(content));
    writeFileSync(join(folder, 'data'), data);
    writeFileSync(join(folder, 'hash'), hash);
    writeFileSync(join(folder, 'root-hash'), content);
    mkdirSync(join(folder, 'messages'));
    const cases = await messageCases();
    for (const { name, der } of cases) writeFileSync(join(folder, 'messages', name), der);
    writeFileSync(join(folder, 'init'), INIT(folder), { mode: 0o755 });
    const { stdout } = await run(
      kernelPath(),
      [
        'mem=192M',
        'con=null',
        'con0=null,fd:1',
        'root=/dev/root',
        'rootfstype=hostfs',
        'rootflags=/',
        'rw',
        `init=${folder}/init`,
        'panic=-1',
        'quiet',
      ],
      { env: { HOME: folder }, maxBuffer: 1 << 24 },
    );
    const verdicts = new Map(
      [...stdout.matchAll(/VERDICT (\S+) (taken|refused)/g)].map(([, name, how]) => [name, how]),
    );
    const said = Object.fromEntries(cases.map(({ name }) => [name, verdicts.get(name)]));
    const wanted = Object.fromEntries(cases.map(({ name, linux }) => [name, linux ? 'taken' : 'refused']));
    expect(said).toEqual(wanted);
  });
});
