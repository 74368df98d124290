import { traceOnKernel } from '../../epoll/index.ts';
import { describeSteps, type Preset, type PresetName, presets, scenarioOf } from '../../epoll/model/index.ts';
import { type Lesson, type LessonStep, Timeline } from './timeline.ts';

/** What each experiment of the page's epoll lab asks and shows. */
const WORDS: Readonly<Record<PresetName, Pick<Lesson, 'title' | 'question' | 'answer'>>> = {
  silence: {
    title: 'One character, then silence',
    question: 'A server reads one character for each event. What becomes of a message of six, by level and by edge?',
    answer: 'By level all six are read, one an event. By edge one is, and the server sleeps beside the other five.',
  },
  drained: {
    title: 'The cure: read until EAGAIN',
    question: 'The same server reads until EAGAIN at each event. Does the trigger still matter?',
    answer: 'Both read all six at one event.',
  },
  'select-poll': {
    title: 'poll beside an edge',
    question: 'A server waits by poll and reads one character. Which of the two triggers does poll resemble?',
    answer: 'The level: poll has no memory and tells of what is left unread each time, as select does.',
  },
  starvation: {
    title: 'Starvation',
    question: 'A sends faster than a server reads that drains. When is the one byte of B read?',
    answer: 'When A has stopped: a server that drains does not come back to epoll_wait.',
  },
  fair: {
    title: 'The cure: a budget of reads',
    question: 'The server turns to the next socket after three reads. When is the one byte of B read?',
    answer: 'After three reads of A. The server itself remembers that it is not done with A.',
  },
  'lost-rearm': {
    title: 'One-shot, not armed again',
    question: 'EPOLLONESHOT reported once and nobody called EPOLL_CTL_MOD. Who is told of the second message?',
    answer: 'Nobody, in either mode.',
  },
  'half-close': {
    title: 'Half-close',
    question: 'A client sends five bytes and shuts down its side. What does a server lose that closes at EPOLLRDHUP?',
    answer: 'What it had not read when it saw the flag: three bytes.',
  },
};

const PREFIX = 'lab-';

/** Names of the lab's experiments as lessons. */
export const presetLessons: readonly string[] = presets.map(({ name }) => PREFIX + name);

/** Runs an experiment of the lab on this machine's kernel, by level and then by edge; `undefined` for another name. */
export function runPreset(name: string): Lesson | undefined {
  const preset = presets.find((one) => PREFIX + one.name === name);
  if (preset === undefined) return undefined;
  const timeline = new Timeline();
  const runs = TRIGGERS.map((trigger) => run(preset, trigger, timeline));
  const [level = 0, edge = 0] = runs;
  return { name, ...WORDS[preset.name], steps: timeline.steps, figures: { level, edge } };
}

const TRIGGERS = ['level', 'edge'] as const;

/** Gives the number of the server's calls. */
function run(preset: Preset, trigger: (typeof TRIGGERS)[number], timeline: Timeline): number {
  const steps = traceOnKernel(scenarioOf(preset, trigger));
  for (const [i, told] of describeSteps(steps).entries()) {
    const step: Omit<LessonStep, 'atUs'> = told;
    timeline.add(i === 0 ? { ...step, note: `${trigger}-triggered` } : step);
  }
  return steps.length;
}
