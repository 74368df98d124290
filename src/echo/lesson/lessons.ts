import { EPOLLET, EPOLLIN, EPOLLONESHOT, poll, select } from '../../epoll/index.ts';
import { Laboratory } from './laboratory.ts';
import { presetLessons, runPreset } from './presets.ts';
import type { Lesson } from './timeline.ts';

type LessonResult = Omit<Lesson, 'name' | 'steps'>;

const MESSAGE = 'Hello\0';
/** A wait may tell of one message this often before a lesson gives up; none comes near. */
const MAX_TURNS = 32;

/** Every lesson by name. Each runs the real calls on the loopback interface. */
export const LESSONS: Readonly<Record<string, (laboratory: Laboratory) => LessonResult>> = {
  level: (laboratory) => {
    const connection = laboratory.connect();
    laboratory.watch(connection, EPOLLIN, 'level-triggered: the default');
    laboratory.send(connection, MESSAGE);
    let turns = 0;
    for (; turns < MAX_TURNS && laboratory.wait().length > 0; turns++) laboratory.receive(connection, 1);
    return {
      title: 'Level-triggered: told for as long as there is something',
      question: 'The server reads one byte a turn. How often does epoll_wait tell it of one message?',
      answer: `${turns} times, once for each byte: while bytes are left the level stays up, and every wait says so.`,
      figures: { events: turns, bytesRead: turns, bytesLeft: 0 },
    };
  },

  'edge-without-drain': (laboratory) => {
    const connection = laboratory.connect();
    laboratory.watch(connection, EPOLLIN | EPOLLET, 'the same server, with EPOLLET and nothing else changed');
    laboratory.send(connection, MESSAGE);
    let events = 0;
    for (; events < MAX_TURNS && laboratory.wait().length > 0; events++)
      laboratory.receive(connection, 1, 'one byte, and back to epoll_wait');
    const silent = laboratory.timeline.steps.at(-1)!.leftBytes ?? 0;
    laboratory.send(connection, 'again\0');
    if (laboratory.wait('a new edge: more has come, though the old is not read yet').length > 0)
      laboratory.receive(connection, 1, 'the second byte of the first message');
    laboratory.wait('and silence again');
    return {
      title: 'Edge-triggered without draining: why the first attempt hangs',
      question: 'The server reads one byte a turn, and EPOLLET is set. What becomes of the message?',
      answer:
        `${events} event, one byte, and then silence with ${silent} bytes unread. An edge is told when it comes, not ` +
        'while it lasts. Read until EAGAIN (lesson edge), or stay with the level.',
      figures: { events, bytesRead: 1, bytesLeft: silent },
    };
  },

  edge: (laboratory) => {
    const connection = laboratory.connect();
    laboratory.watch(connection, EPOLLIN | EPOLLET);
    let [events, read] = [0, 0];
    for (const text of [MESSAGE, 'again\0']) {
      laboratory.send(connection, text);
      while (laboratory.wait().length > 0) {
        events += 1;
        for (let count = laboratory.receive(connection, 1); count > 0; count = laboratory.receive(connection, 1))
          read += count;
      }
    }
    return {
      title: 'Edge-triggered with draining: on until EAGAIN',
      question: 'The server goes on reading, byte by byte, until EAGAIN. How many events do two messages take?',
      answer: `${events}, one a message, and all ${read} bytes are read: the read that gave EAGAIN armed the next edge.`,
      figures: { events, bytesRead: read, bytesLeft: 0 },
    };
  },

  oneshot: (laboratory) => {
    const connection = laboratory.connect();
    laboratory.watch(connection, EPOLLIN | EPOLLONESHOT);
    laboratory.send(connection, MESSAGE);
    let events = laboratory.wait().length;
    laboratory.receive(connection, 1);
    const silent = laboratory.wait('nothing, although bytes are left: the registration is spent').length;
    laboratory.send(connection, 'again\0');
    const deaf = laboratory.wait('not even for what is new').length;
    laboratory.rearm(connection, EPOLLIN | EPOLLONESHOT, 'armed again: the state is looked at again');
    events += laboratory.wait().length;
    return {
      title: 'One-shot: once, until it is asked again',
      question: 'EPOLLONESHOT tells of one event. What does it take to hear of the next?',
      answer:
        'EPOLL_CTL_MOD. Several threads can so share one epoll: whoever gets the event owns it until it arms again.',
      figures: { events, whileSpent: silent + deaf },
    };
  },

  'select-poll': (laboratory) => {
    const connection = laboratory.connect();
    const { fd } = connection.server;
    laboratory.watch(connection, EPOLLIN);
    laboratory.send(connection, MESSAGE);
    const told = { select: 0, poll: 0, epoll: 0 };
    for (let turn = 1; turn <= 3; turn++) {
      const selected = select([fd], 0).length;
      laboratory.note('server', 'select()', `${selected} ready`);
      const polled = poll([{ fd, interest: { readable: true } }], 0).filter((events) => events !== 0).length;
      laboratory.note('server', 'poll()', `${polled} ready`);
      told.select += selected;
      told.poll += polled;
      told.epoll += laboratory.wait().length;
      laboratory.receive(connection, 1, 'one byte of the message, and all three are asked again');
    }
    return {
      title: 'select and poll: which trigger do they use?',
      question: 'Bytes are left unread. Do select and poll tell of them again?',
      answer:
        `Every time: select ${told.select}, poll ${told.poll}, epoll by level ${told.epoll} of 3. ` +
        'select and poll are level-triggered; only epoll can be told to tell of edges.',
      figures: told,
    };
  },

  starvation: (laboratory) => {
    const chunk = new Uint8Array(16 << 10).fill(0x7a);
    const [greedy, modest] = [laboratory.connect('greedy'), laboratory.connect('modest')];
    laboratory.watch(greedy, EPOLLIN | EPOLLET);
    laboratory.watch(modest, EPOLLIN | EPOLLET);
    const readsBefore = (budget: number): number => {
      laboratory.send(greedy, chunk, '16 KiB');
      laboratory.send(modest, MESSAGE);
      laboratory.wait(budget === Number.POSITIVE_INFINITY ? 'drained without a budget' : `a budget of ${budget} reads`);
      let reads = 0;
      while (reads < budget && laboratory.receive(greedy, 1024) > 0) reads += 1;
      laboratory.receive(modest, 64, `served after ${reads} reads for the greedy client`);
      while (laboratory.receive(greedy, 1024) > 0);
      return reads;
    };
    const without = readsBefore(Number.POSITIVE_INFINITY);
    const within = readsBefore(4);
    return {
      title: 'Starvation: draining needs a budget',
      question: 'One client sends much, another one line. How long does the line wait?',
      answer:
        `${without} reads when the first is drained to the end (for ever, if it keeps sending), ${within} with a budget. ` +
        'What stops at its budget must be queued for the next turn: by edge, nobody will tell of it again.',
      figures: { readsWithoutBudget: without, readsWithBudget: within },
    };
  },
};

/** Every name that `runLesson` takes: the lessons, and the experiments of the page's epoll lab. */
export const lessonNames: readonly string[] = [...Object.keys(LESSONS), ...presetLessons];

/** Runs a lesson on real sockets. */
export function runLesson(name: string): Lesson {
  const experiment = runPreset(name);
  if (experiment !== undefined) return experiment;
  const lesson = LESSONS[name];
  if (lesson === undefined) throw new RangeError(`no lesson is called ${name}`);
  using laboratory = new Laboratory();
  const run = lesson(laboratory);
  return { name, ...run, steps: laboratory.timeline.steps };
}
