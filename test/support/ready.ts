import { EPOLLIN, Epoll } from '../../src/epoll/index.ts';
import type { Socket } from '../../src/socket/index.ts';

/** Waits in the kernel until a socket has something to read; five seconds without it fail the test. */
export function waitReadable(socket: Socket, events = EPOLLIN): void {
  using epoll = new Epoll(1);
  epoll.add(socket.fd, events);
  if (epoll.wait(5000) === 0) throw new Error('nothing became ready in five seconds');
}
