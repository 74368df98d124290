import { traceOnKernel } from '../../epoll/internal.ts';
import { describeSteps, type Preset, type PresetName, presets, scenarioOf } from '../../epoll/model/index.ts';
import { type Lesson, type LessonStep, Timeline } from './timeline.ts';

/** Title, question and answer of each experiment of the page's epoll lab. */
const WORDS: Readonly<Record<PresetName, Pick<Lesson, 'title' | 'question' | 'answer'>>> = {
  silence: {
    title: 'One character, then silence',
    question: 'A server reads one character per event. What happens to a message of six, with either trigger?',
    answer:
      'Level-triggered, all six are read, one per event. Edge-triggered, one is read and the server sleeps with five unread.',
  },
  drained: {
    title: 'The fix: read until EAGAIN',
    question: 'The same server reads until EAGAIN at each event. Does the trigger still matter?',
    answer: 'No: with either, one event is enough to read all six.',
  },
  'select-poll': {
    title: 'poll compared with an edge',
    question: 'A server waits with poll and reads one character. Is poll level-triggered or edge-triggered?',
    answer: 'Level-triggered: poll has no memory and reports unread data every time, as select does.',
  },
  starvation: {
    title: 'Starvation',
    question: 'A sends faster than a draining server reads. When is the one byte of B read?',
    answer: 'When A has stopped: until then, the server does not return to epoll_wait.',
  },
  fair: {
    title: 'The fix: a read budget',
    question: 'The server moves to the next socket after three reads. When is the one byte of B read?',
    answer: 'After three reads of A. The server itself remembers that A has more.',
  },
  'lost-rearm': {
    title: 'One-shot, not re-armed',
    question: 'EPOLLONESHOT reported once, and EPOLL_CTL_MOD was not called. Is the second message reported?',
    answer: 'No, with neither trigger.',
  },
  'half-close': {
    title: 'Half-close',
    question: 'A client sends five bytes and shuts down its side. What does a server lose if it closes at EPOLLRDHUP?',
    answer: 'The three bytes that it had not read when it saw the flag.',
  },
};

const PREFIX = 'lab-';

/** The lab's experiments as names of lessons. */
export const presetLessons: readonly string[] = presets.map(({ name }) => PREFIX + name);

/** Runs an experiment of the lab on this machine's kernel, level- then edge-triggered; `undefined` for another name. */
export function runPreset(name: string): Lesson | undefined {
  const preset = presets.find((one) => PREFIX + one.name === name);
  if (preset === undefined) return undefined;
  const timeline = new Timeline();
  const runs = TRIGGERS.map((trigger) => run(preset, trigger, timeline));
  const [level = 0, edge = 0] = runs;
  return { name, ...WORDS[preset.name], steps: timeline.steps, figures: { level, edge } };
}

const TRIGGERS = ['level', 'edge'] as const;

/** Returns the number of the server's calls. */
function run(preset: Preset, trigger: (typeof TRIGGERS)[number], timeline: Timeline): number {
  const steps = traceOnKernel(scenarioOf(preset, trigger));
  for (const [i, told] of describeSteps(steps).entries()) {
    const step: Omit<LessonStep, 'atUs'> = told;
    timeline.add(i === 0 ? { ...step, note: `${trigger}-triggered` } : step);
  }
  return steps.length;
}
