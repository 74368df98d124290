import { once } from 'node:events';
import { truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { acquireWorker, releaseWorker } from '../../src/verity/files/workers.node.ts';
import { temporaryFolder } from '../support/folder.ts';
import { run } from '../support/program.ts';

const VERITY_FILES = resolve(import.meta.dirname, '../../dist/verity/files.node.js');
/** So many that several threads hash them. */
const SHARED_BYTES = 64 * 2 ** 20;

test('a worker that was released is taken again, and one that has ended is not', async () => {
  const first = acquireWorker();
  releaseWorker(first);
  expect(acquireWorker()).toBe(first);
  releaseWorker(first);
  const ended = once(first, 'exit');
  await first.terminate();
  await ended;
  const second = acquireWorker();
  expect(second).not.toBe(first);
  await second.terminate();
});

test.each(['error', 'exit'])('a worker that failed is not taken again, released at its %s', async (moment) => {
  const failed = acquireWorker();
  const told = once(failed, 'message').catch((error: unknown) => error);
  const happened = moment === 'error' ? told : new Promise((resolve) => failed.once('exit', resolve));
  // No job at all, which the worker does not expect.
  failed.postMessage(undefined);
  await happened;
  releaseWorker(failed);
  expect(await told).toBeInstanceOf(TypeError);
  const next = acquireWorker();
  expect(next).not.toBe(failed);
  await next.terminate();
});

test('workers that wait hold no process open', () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  writeFileSync(data, '');
  truncateSync(data, SHARED_BYTES);
  const script = `
    import { formatFiles } from ${JSON.stringify(VERITY_FILES)};
    await formatFiles({ data: ${JSON.stringify(data)}, hash: ${JSON.stringify(join(folder, 'hash'))}, salt: new Uint8Array(32), threads: 2 });
    setTimeout(() => console.log('held'), 1000).unref();
  `;
  const ran = run(process.execPath, ['--input-type=module', '-e', script]);
  expect(ran).toEqual({ status: 0, stdout: '', stderr: '' });
});
