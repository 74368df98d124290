import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ReactorThread } from '../../src/epoll/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type Ran, run } from '../support/program.ts';

const program = (body: string): string =>
  `data:text/javascript,${encodeURIComponent(`export function start(thread, data) { ${body} }`)}`;
const ECHO = program('thread.onMessage = (message) => thread.post([data, message]);');
const THREAD = resolve(import.meta.dirname, '../../dist/epoll/index.js');

test('messages reach a thread that blocks, and come back; then it stops', async () => {
  const before = openDescriptors();
  const thread = new ReactorThread<[string, number]>({ module: ECHO, data: 'seen' });
  const answers: [string, number][] = [];
  const all = new Promise<void>((done) => {
    thread.onMessage = (message) => {
      answers.push(message);
      if (answers.length < 100) thread.post(answers.length);
      else done();
    };
  });
  thread.post(0);
  await all;
  expect(answers.at(-1)).toEqual(['seen', 99]);
  await thread.stop();
  await thread.stop();
  expect(openDescriptors()).toBe(before);
});

test('what the program gives back runs at the end', async () => {
  const thread = new ReactorThread<string>({ module: program('thread.post("up"); return () => thread.post("down");') });
  const said: string[] = [];
  await new Promise<void>((up) => {
    thread.onMessage = (message) => {
      said.push(message);
      up();
    };
  });
  await thread.stop();
  expect(said).toEqual(['up', 'down']);
});

test.each([
  ['at the start', program('throw new Error("no luck")')],
  ['in an iteration', program('thread.reactor.post(() => { throw new Error("no luck") })')],
])('a crash %s is told to whoever waits for the end', async (_, module) => {
  const before = openDescriptors();
  const thread = new ReactorThread({ module });
  await expect(thread.ended).rejects.toThrow('no luck');
  expect(openDescriptors()).toBe(before);
});

test('ten threads start and stop', async () => {
  const threads = Array.from({ length: 10 }, () => new ReactorThread({ module: ECHO }));
  await Promise.all(threads.map((thread) => thread.stop()));
});

test.each([
  ['process.exit', 7, 'thread.onMessage = () => process.exit(7); thread.post(0);'],
  ['an uncaught error', 1, 'thread.onMessage = () => { throw new Error("end"); }; thread.post(0);'],
  [
    'the end of the program',
    7,
    'thread.onMessage = () => { process.exitCode = 7; void thread.stop(); }; thread.post(0);',
  ],
] as const)('%s ends a process whose thread is blocked', (_, status, body) => {
  const source = `import { ReactorThread } from ${JSON.stringify(THREAD)};
    const thread = new ReactorThread({ module: ${JSON.stringify(ECHO)} }); ${body}`;
  expect(runModule(source)).toMatchObject({ status });
});

test('a process ends by itself when its attached reactor has nothing left', () => {
  const source = `import { Reactor } from ${JSON.stringify(THREAD)};
    const reactor = new Reactor(); reactor.attach();
    reactor.startTimer(1, () => console.log('done'));`;
  expect(runModule(source)).toMatchObject({ status: 0, stdout: 'done\n' });
});

function runModule(source: string): Ran {
  const file = join(temporaryFolder(), 'main.mjs');
  writeFileSync(file, source);
  return run(process.execPath, [file]);
}
