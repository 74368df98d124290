import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Reactor } from './reactor.ts';
import type { FromThread, ThreadContext, ThreadProgram, ThreadStart, ToThread } from './thread-protocol.ts';
import { Wake } from './wake.ts';

/** The first module of a `ReactorThread`: runs its program on a reactor that takes this whole thread. */
const start = workerData as ThreadStart;
const { start: program } = (await import(start.module)) as { readonly start: ThreadProgram };

const reactor = new Reactor();
const port = parentPort!;
const context: ThreadContext = {
  reactor,
  post(message) {
    const envelope: FromThread = { message };
    port.postMessage(envelope);
  },
  onMessage: () => {},
};
const wake = Wake.borrow(start.wakeFd);
reactor.register(wake.fd, { readable: true }, () => {
  wake.drain();
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
    context.onMessage((next.message as ToThread).message);
  if (Atomics.load(start.stop, 0) !== 0) reactor.stop();
});

let end: (() => void) | undefined;
try {
  end = program(context, start.data);
  reactor.run();
} finally {
  end?.();
  reactor.close();
  port.close();
}
