import { EPOLLET, EPOLLIN, EPOLLONESHOT, poll, select } from '../../epoll/index.ts';
import { Laboratory } from './laboratory.ts';
import { presetLessons, runPreset } from './presets.ts';
import type { Lesson } from './timeline.ts';

type LessonResult = Omit<Lesson, 'name' | 'steps'>;

const MESSAGE = 'Hello\0';
/** The most waits of one lesson; none comes near it. */
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
      title: 'Level-triggered: reported for as long as there is data',
      question: 'The server reads one byte per event. How often does epoll_wait report one message?',
      answer: `${turns} times, once per byte: while bytes are left, every wait reports the socket.`,
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
    if (laboratory.wait('a new edge: more data arrived, though the old is still unread').length > 0)
      laboratory.receive(connection, 1, 'the second byte of the first message');
    laboratory.wait('and silence again');
    return {
      title: 'Edge-triggered without draining: why the first attempt hangs',
      question: 'The server reads one byte per event, and EPOLLET is set. What happens to the message?',
      answer:
        `${events} event, one byte, then silence with ${silent} bytes unread. An edge is reported when data arrives, not ` +
        'while data is left. Read until EAGAIN (lesson edge), or stay level-triggered.',
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
      title: 'Edge-triggered with draining: read until EAGAIN',
      question: 'The server reads byte by byte until EAGAIN. How many events do two messages take?',
      answer: `${events}, one per message, and all ${read} bytes are read: after EAGAIN, new data is a new edge.`,
      figures: { events, bytesRead: read, bytesLeft: 0 },
    };
  },

  oneshot: (laboratory) => {
    const connection = laboratory.connect();
    laboratory.watch(connection, EPOLLIN | EPOLLONESHOT);
    laboratory.send(connection, MESSAGE);
    let events = laboratory.wait().length;
    laboratory.receive(connection, 1);
    const silent = laboratory.wait('nothing, although bytes are left: the registration is disarmed').length;
    laboratory.send(connection, 'again\0');
    const deaf = laboratory.wait('not even for new data').length;
    laboratory.rearm(connection, EPOLLIN | EPOLLONESHOT, 're-armed: the state is checked again');
    events += laboratory.wait().length;
    return {
      title: 'One-shot: once, until it is re-armed',
      question: 'EPOLLONESHOT reports one event. What does the next one require?',
      answer:
        'EPOLL_CTL_MOD. Several threads can share one epoll this way: the thread that gets the event owns the socket until ' +
        'it re-arms it.',
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
      laboratory.receive(connection, 1, 'one byte of the message, then all three are called again');
    }
    return {
      title: 'select and poll: which trigger do they use?',
      question: 'Bytes are left unread. Do select and poll report them again?',
      answer:
        `Every time: select ${told.select}, poll ${told.poll}, level-triggered epoll ${told.epoll} of 3. ` +
        'select and poll are level-triggered; only epoll can report edges.',
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
      question: 'One client sends a lot, another sends one line. How long does the line wait?',
      answer:
        `${without} reads when the first is drained to the end (forever, if it keeps sending), ${within} with a budget. ` +
        'A socket that stops at its budget must be requeued: edge-triggered, the kernel does not report it again.',
      figures: { readsWithoutBudget: without, readsWithBudget: within },
    };
  },
};

/** The names that `runLesson` accepts: the lessons, and the experiments of the page's epoll lab. */
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
