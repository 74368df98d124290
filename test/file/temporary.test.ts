import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeFile } from '../../src/file/index.ts';
import { forgetTemporary, temporaryBeside } from '../../src/file/temporary.ts';
import { temporaryFolder } from '../support/folder.ts';

const BIN = resolve(import.meta.dirname, '../../bin/bootwright.js');
/** Hashing this takes seconds: the command is interrupted long before. */
const LONG_BYTES = 64 * 2 ** 30;

/** A command that writes `hash` in a folder, as soon as its temporary file is there. */
async function startFormat(folder: string) {
  const data = join(temporaryFolder(), 'data');
  writeFileSync(data, '');
  truncateSync(data, LONG_BYTES);
  const controller = new AbortController();
  const changes = watch(folder, { signal: controller.signal });
  const child = spawn(process.execPath, [BIN, 'verity', 'format', data, join(folder, 'hash')], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  for await (const { filename } of changes) if (filename?.endsWith('.tmp') === true) break;
  controller.abort();
  const [name] = readdirSync(folder).filter((one) => one.endsWith('.tmp'));
  if (name === undefined) throw new Error('the command has no temporary file');
  return { child, ended, name };
}

describe('a command that is interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing after %s, and ends by it', async (signal) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'hash'), 'old');
    const { child, ended } = await startFormat(folder);
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
    expect(readdirSync(folder)).toEqual(['hash']);
  });

  test('leaves its file where it is killed, and the next command removes it', async () => {
    const folder = temporaryFolder();
    const { child, ended, name } = await startFormat(folder);
    child.kill('SIGKILL');
    await ended;
    expect(readdirSync(folder)).toContain(name);
    const data = join(folder, 'data');
    writeFileSync(data, new Uint8Array(8192));
    const next = spawnSync(process.execPath, [BIN, 'verity', 'format', data, join(folder, 'hash')]);
    expect(next.status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['data', 'hash']);
  });

  test('keeps its file while another command writes into the folder', async () => {
    const folder = temporaryFolder();
    const { child, ended, name } = await startFormat(folder);
    await writeFile(join(folder, 'other'), 'x');
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([name, 'other']));
    child.kill('SIGTERM');
    await ended;
    expect(readdirSync(folder)).toEqual(['other']);
  });
});

describe('what is swept', () => {
  test('files of dead processes of this machine, and nothing else', async () => {
    const sample = basename(temporaryBeside(join(temporaryFolder(), 'image')));
    const dead = spawnSync('true').pid;
    const rest = sample.slice(sample.indexOf('-'));
    const folder = temporaryFolder();
    const kept = [
      '.image.tmp',
      `.image.${dead}${rest}.bak`,
      `.image.${dead}-00000000${rest.slice(9)}`,
      `.image.${process.ppid}${rest}`,
      `.image.${process.pid}${rest}`,
    ];
    for (const name of [...kept, `.image.${dead}${rest}`, `.other file.${dead}${rest}`]) {
      writeFileSync(join(folder, name), '');
    }
    await writeFile(join(folder, 'image'), 'x');
    expect(readdirSync(folder).sort()).toEqual([...kept, 'image'].sort());
  });

  test('a name of 255 bytes can be written', async () => {
    const file = join(temporaryFolder(), 'x'.repeat(255));
    await writeFile(file, 'x');
    expect(existsSync(file)).toBe(true);
  });

  test('a folder is swept once by a process', () => {
    const folder = temporaryFolder();
    const first = temporaryBeside(join(folder, 'image'));
    forgetTemporary(first);
    const late = join(folder, basename(first).replace(`.${process.pid}-`, `.${spawnSync('true').pid}-`));
    writeFileSync(late, '');
    forgetTemporary(temporaryBeside(join(folder, 'image')));
    expect(existsSync(late)).toBe(true);
  });
});
