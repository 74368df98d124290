import { buildCommand } from '@stricli/core';
import { LESSONS, type Lesson, type LessonStep, lessonNames, runLesson } from '../../echo/index.ts';
import { Fault } from '../../fault.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';

const flagTable = { json: jsonFlag } as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright lesson NAME`: runs a lesson and prints what the kernel said, step by step. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Shows on real sockets what epoll reports, and when',
    fullDescription: [
      'Runs real sockets and a real epoll on the loopback interface and prints a timeline of every call, its result and the',
      'number of unread bytes.',
      `Lessons: ${Object.keys(LESSONS).join(', ')};`,
      `and the experiments of the epoll lab of the page: ${lessonNames.filter((name) => !(name in LESSONS)).join(', ')}.`,
      '',
      'Example: bootwright lesson edge-without-drain',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'name of a lesson', placeholder: 'NAME', parse: parseName }] },
    flags: flagTable,
  },
  func(flags, name) {
    const lesson = runLesson(name);
    if (flags.json) printJson(this, lesson);
    else print(this, ...describe(lesson));
  },
});

function parseName(name: string): string {
  if (lessonNames.includes(name)) return name;
  throw new Fault('cli/usage', { reason: cliMessage('cli/no-lesson', { name, lessons: lessonNames.join(', ') }) });
}

function describe({ answer, question, steps, title }: Lesson): string[] {
  const width = (text: (step: LessonStep) => string): number => Math.max(...steps.map((step) => text(step).length));
  const [who, call, result] = [width((step) => step.who), width((step) => step.call), width((step) => step.result)];
  const rows = steps.map((step) => {
    const time = `${(step.atUs / 1000).toFixed(2)} ms`.padStart(11);
    const left = step.leftBytes === undefined ? '' : `${step.leftBytes} left`;
    const note = step.note === undefined ? '' : `  ← ${step.note}`;
    const cells = [time, step.who.padEnd(who), step.call.padEnd(call), step.result.padEnd(result), left.padEnd(10)];
    return (cells.join('  ') + note).trimEnd();
  });
  return [title, '', question, '', ...rows, '', answer];
}
