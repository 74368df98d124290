import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isFault } from '../fault.ts';
import { Reactor } from './reactor.ts';
import type { FromThread, ThreadContext, ThreadProgram, ThreadStart, ToThread } from './thread-protocol.ts';
import { Waker } from './waker.ts';

/** The first module of a `ReactorThread`: runs its program on a reactor that takes this whole thread. */
const start = workerData as ThreadStart;
const { start: program } = (await import(start.module)) as { readonly start: ThreadProgram };

const reactor = new Reactor();
const port = parentPort!;
const say = (envelope: FromThread): void => port.postMessage(envelope);
const context: ThreadContext = {
  reactor,
  post(message) {
    say({ kind: 'message', message });
  },
  onMessage: () => {},
};
const waker = Waker.borrow(start.wakeFd);
reactor.register(waker.fd, { readable: true }, () => {
  waker.drain();
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
    context.onMessage((next.message as ToThread).message);
  if (Atomics.load(start.stop, 0) !== 0) reactor.stop();
});

let end: (() => void) | undefined;
try {
  end = program(context, start.data);
  reactor.run();
} catch (error) {
  if (!isFault(error)) throw error;
  say({ kind: 'fault', code: error.code, context: error.context });
} finally {
  end?.();
  reactor.close();
  port.close();
}
