import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SAMPLE_MANIFEST, writeSample } from '../../src/boot/index.ts';
import { BIN, bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

/** Files of a folder, without what a build that was killed left half-written under a name of its own. */
const finished = (folder: string): Map<string, Buffer> =>
  new Map(
    readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .map((name) => [name, readFileSync(join(folder, name))]),
  );

test('a build that is killed leaves whole files, old or new, and the next one finishes its work', async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const build = (out: string): void => expect(bootwright(['build', at('chain.yaml'), '-o', at(out)]).status).toBe(0);
  await writeSample(folder, {}, new Date(0));
  build('old');
  for (const name of ['Image', 'rootfs.squashfs', 'bl2.bin']) {
    const bytes = readFileSync(at(name));
    bytes[0]! ^= 1;
    writeFileSync(at(name), bytes);
  }
  writeFileSync(at('chain.yaml'), `${SAMPLE_MANIFEST}rollback: 2\n`);
  build('new');
  const [before, after] = [finished(at('old')), finished(at('new'))];
  let interrupted = 0;
  for (const events of [1, 5, 11]) {
    rmSync(at('out'), { recursive: true, force: true });
    cpSync(at('old'), at('out'), { recursive: true });
    const child = spawn(process.execPath, [BIN, 'build', at('chain.yaml'), '-o', at('out')], { stdio: 'ignore' });
    let seen = 0;
    const watcher = watch(at('out'), () => {
      seen += 1;
      if (seen === events) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    watcher.close();
    if (signal === 'SIGKILL') interrupted += 1;
    for (const [name, bytes] of finished(at('out'))) {
      const known = [before.get(name), after.get(name)].some((one) => one?.equals(bytes) === true);
      expect([events, name, known]).toEqual([events, name, true]);
    }
    build('out');
    expect([...finished(at('out'))].filter(([name, bytes]) => after.get(name)?.equals(bytes) !== true)).toEqual([]);
    expect(finished(at('out')).size).toBe(after.size);
  }
  expect(interrupted).toBeGreaterThan(0);
});
