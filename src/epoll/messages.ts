import { messages } from '../fault.ts';

/** Why a reactor, a connection or the lab's experiment on this kernel stopped. */
export const epollMessage = messages({
  'epoll/the-reactor': 'the reactor',
  'epoll/no-answer': 'no answer in {timeoutMs} ms',
  'epoll/loopback': 'TCP on the loopback interface',
  'epoll/no-bytes': 'the bytes did not arrive',
  'epoll/no-end': 'the end of the stream did not arrive',
  'epoll/not-accepted': 'a connection was not accepted',
});
