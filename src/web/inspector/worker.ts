import {
  collectEvidence,
  compare,
  type Depth,
  type Evidence,
  inspect,
  type Judgement,
  type Opened,
  rootHashesOf,
} from '../../inspect/index.ts';
import { decideAll, depthOf } from '../../inspect/internal.ts';
import { sourceAt } from './place.ts';
import type { Answers, OpenedFile, Task, TaskReply, TaskRequest } from './tasks.ts';

/** Everything that reads more than a screenful happens here, so that the page never stops answering. */
const known = new Map<number, Opened>();
/** TaskProgress is told at most this often. */
const REPORT_MS = 100;
let running: { readonly number: number; readonly total: number; done: number; told: number } | undefined;

addEventListener('message', ({ data }: MessageEvent<TaskRequest>) => {
  const { number, task } = data;
  running = { number, total: sizeOf(task), done: 0, told: performance.now() };
  run(task).then(
    (answer) => reply({ number, kind: 'done', answer }),
    (error: unknown) =>
      reply({ number, kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});

async function run(task: Task): Promise<Answers[keyof Answers]> {
  switch (task.kind) {
    case 'inspect':
      return open(task.file).inspection;
    case 'judge':
      return await judge(task);
    case 'compare':
      return compare(open(task.before), open(task.after));
  }
}

/** Evidence that was collected last: who is trusted is no part of it, so that another anchor is another answer at once. */
let collected: { readonly key: string; readonly depth: Depth; readonly evidence: Evidence } | undefined;
const DEPTHS: readonly Depth[] = ['firmware', 'images', 'data'];

async function judge({ files, only, choices }: Extract<Task, { kind: 'judge' }>): Promise<Judgement> {
  const opened = files.map(open);
  const rootHashes = rootHashesOf(choices);
  const depth = only === undefined ? 'data' : depthOf(opened[only]!.inspection.kind);
  const key = JSON.stringify([files.map(({ id }) => id), rootHashes]);
  const isDeep = collected !== undefined && DEPTHS.indexOf(collected.depth) >= DEPTHS.indexOf(depth);
  if (collected?.key !== key || !isDeep) {
    collected = { key, depth, evidence: await collectEvidence(opened, { depth, rootHashes }) };
  }
  return decideAll(collected.evidence, choices);
}

function open({ id, place }: OpenedFile): Opened {
  const found = known.get(id);
  if (found !== undefined) return found;
  const source = sourceAt(place, count);
  const opened = { source, inspection: inspect(source, place.name) };
  known.set(id, opened);
  return opened;
}

function count(bytes: number): void {
  if (running === undefined) return;
  running.done += bytes;
  const now = performance.now();
  if (now - running.told < REPORT_MS) return;
  running.told = now;
  const { number, total, done } = running;
  reply({ number, kind: 'progress', done: Math.min(done, total), total });
}

function sizeOf(task: Task): number {
  switch (task.kind) {
    case 'inspect':
      return task.file.place.size;
    case 'judge': {
      const files = task.only === undefined ? task.files : task.files.slice(task.only, task.only + 1);
      return files.reduce((sum, { place }) => sum + place.size, 0);
    }
    case 'compare':
      return task.before.place.size + task.after.place.size;
  }
}

function reply(message: TaskReply): void {
  postMessage(message);
}
