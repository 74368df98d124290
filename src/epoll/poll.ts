import { Arena, type Fd, isErrno, libc } from '../linux/index.ts';
import { pollfd, timeval } from '../linux/internal.ts';
import { type Interest, interestBits } from './interest.ts';

/** A descriptor for `poll` and the events to wait for. */
export interface Polled {
  readonly fd: Fd;
  readonly interest: Pick<Interest, 'readable' | 'writable' | 'priority' | 'readClosed'>;
}

/** The number of descriptors in a `select` set (FD_SETSIZE, bits/typesizes.h). */
export const FD_SETSIZE = 1024;

/**
 * poll(2): returns the event bits of each descriptor, in order. The bits are those of epoll. The call is level-triggered,
 * as epoll is by default: it reports a state for as long as it lasts.
 */
export function poll(descriptors: readonly Polled[], timeoutMs: number): number[] {
  const arena = new Arena(Math.max(1, descriptors.length) * pollfd.size);
  for (const [i, { fd, interest }] of descriptors.entries())
    pollfd.write(arena.view, i * pollfd.size, { fd, events: interestBits(interest), returned: 0 });
  repeated(timeoutMs, (rest) => libc().poll(arena.address, descriptors.length, rest));
  return descriptors.map((_, i) => pollfd.read(arena.view, i * pollfd.size).returned);
}

/**
 * select(2): returns the descriptors that can be read. It is level-triggered too. A descriptor of `FD_SETSIZE` or more
 * throws RangeError, since the C macro would write outside the set.
 */
export function select(readable: readonly Fd[], timeoutMs: number): Fd[] {
  const arena = new Arena(timeval.size + FD_SETSIZE / 8);
  const highest = Math.max(-1, ...readable);
  if (highest >= FD_SETSIZE) throw new RangeError(`select takes descriptors below ${FD_SETSIZE}, not ${highest}`);
  const set = arena.bytes.subarray(timeval.size);
  repeated(timeoutMs, (rest) => {
    set.fill(0);
    for (const fd of readable) set[fd >> 3]! |= 1 << (fd & 7);
    const whole = Math.floor(Math.max(0, rest) / 1000);
    timeval.write(arena.view, 0, {
      seconds: BigInt(whole),
      microseconds: BigInt(Math.max(0, rest) - whole * 1000) * 1000n,
    });
    const timeout = rest < 0 ? 0 : arena.address;
    return libc().select(highest + 1, arena.address + timeval.size, 0, 0, timeout);
  });
  return readable.filter((fd) => (set[fd >> 3]! & (1 << (fd & 7))) !== 0);
}

/** Repeats a call that a signal interrupted, with the time that is left. */
function repeated(timeoutMs: number, call: (restMs: number) => unknown): void {
  const deadline = performance.now() + timeoutMs;
  let rest = Math.ceil(timeoutMs);
  for (;;) {
    try {
      call(rest);
      return;
    } catch (error) {
      if (!isErrno(error, 'EINTR')) throw error;
      if (timeoutMs > 0) rest = Math.max(0, Math.ceil(deadline - performance.now()));
    }
  }
}
