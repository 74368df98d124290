import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { Fault, verbatim } from '../fault.ts';
import { ERRNO, syscallFault } from './errno.ts';
import { hostArchitecture } from './layout.ts';
import { linuxMessage } from './messages.ts';

/** The result of a call, or that it would have had to wait (EAGAIN). */
export type CallOutcome = number | 'would-block';

/**
 * The system calls, as the C library spells them. Every argument is a number; pointers are addresses of an `Arena`.
 *
 * A call that fails throws `linux/syscall`, with two exceptions: EAGAIN returns 'would-block', and a call that a signal
 * interrupted is repeated, except where that would be wrong (`NOT_REPEATED`).
 */
export interface Calls {
  socket(domain: number, type: number, protocol: number): CallOutcome;
  socketpair(domain: number, type: number, protocol: number, pair: number): CallOutcome;
  bind(fd: number, address: number, length: number): CallOutcome;
  /** 'would-block' while it connects: wait until the socket is writable, then read SO_ERROR. */
  connect(fd: number, address: number, length: number): CallOutcome;
  listen(fd: number, backlog: number): CallOutcome;
  accept4(fd: number, address: number, length: number, flags: number): CallOutcome;
  shutdown(fd: number, how: number): CallOutcome;
  getsockname(fd: number, address: number, length: number): CallOutcome;
  getpeername(fd: number, address: number, length: number): CallOutcome;
  getsockopt(fd: number, level: number, name: number, value: number, length: number): CallOutcome;
  setsockopt(fd: number, level: number, name: number, value: number, length: number): CallOutcome;
  recv(fd: number, data: number, length: number, flags: number): CallOutcome;
  send(fd: number, data: number, length: number, flags: number): CallOutcome;
  recvfrom(
    fd: number,
    data: number,
    length: number,
    flags: number,
    address: number,
    addressLength: number,
  ): CallOutcome;
  sendto(fd: number, data: number, length: number, flags: number, address: number, addressLength: number): CallOutcome;
  recvmsg(fd: number, header: number, flags: number): CallOutcome;
  sendmsg(fd: number, header: number, flags: number): CallOutcome;
  recvmmsg(fd: number, headers: number, count: number, flags: number, timeout: number): CallOutcome;
  sendmmsg(fd: number, headers: number, count: number, flags: number): CallOutcome;
  read(fd: number, data: number, length: number): CallOutcome;
  write(fd: number, data: number, length: number): CallOutcome;
  close(fd: number): CallOutcome;
  dup(fd: number): CallOutcome;
  fcntl(fd: number, command: number, value: number): CallOutcome;
  ioctl(fd: number, request: number, value: number): CallOutcome;
  eventfd(initial: number, flags: number): CallOutcome;
  epoll_create1(flags: number): CallOutcome;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): CallOutcome;
  epoll_wait(epoll: number, events: number, count: number, timeoutMs: number): CallOutcome;
  poll(descriptors: number, count: number, timeoutMs: number): CallOutcome;
  select(count: number, readable: number, writable: number, exceptional: number, timeout: number): CallOutcome;
  /** `context` is the address of eight zero bytes, which receive the handle for the other calls. */
  io_setup(count: number, context: number): CallOutcome;
  io_destroy(context: number): CallOutcome;
  io_submit(context: number, count: number, blocks: number): CallOutcome;
  io_getevents(context: number, least: number, most: number, events: number, timeout: number): CallOutcome;
}

/** The calls of this thread, loaded at first use. `linux/unsupported` without Linux or an FFI. */
export function libc(): Calls {
  loaded ??= load();
  return loaded.calls;
}

/** Where a byte array starts in memory. Only for `Arena`, which keeps the bytes in place. */
export function addressOf(bytes: Uint8Array): number {
  loaded ??= load();
  return Number(loaded.koffi.address(bytes));
}

/**
 * A function that the running program may export; `undefined` where it does not, or without an FFI. The signature has
 * one letter per parameter (i int, p address, z size_t); the result is ignored.
 */
export function optionalFunction(
  name: string,
  signature: string,
): ((...args: readonly number[]) => unknown) | undefined {
  try {
    loaded ??= load();
    const parameters = signature.split('').map((letter) => TYPES[letter]!);
    return loaded.koffi.load(null).func(name, 'void', parameters) as unknown as (...args: readonly number[]) => unknown;
  } catch {
    // Whatever the reason, the caller can do without it.
    return undefined;
  }
}

/** The result of a call that cannot block. */
export function result(outcome: CallOutcome): number {
  if (outcome === 'would-block') throw syscallFault('call', ERRNO.EAGAIN);
  return outcome;
}

/** A descriptor that Node's event loop watches. Keep the handle: when it is collected, watching stops silently. */
export interface PollHandle {
  start(ready: () => void): void;
  stop(): void;
  close(): void;
}

/** Watches a descriptor for readability on Node's event loop; it keeps the process alive while it is started. */
export function watchReadable(fd: number): PollHandle {
  loaded ??= load();
  const { poll } = loaded.koffi.node;
  const handle = poll(fd, { readable: true }, () => {});
  handle.stop();
  return {
    start: (ready) => handle.start({ readable: true }, ready),
    stop: () => handle.stop(),
    close: () => handle.close(),
  };
}

type NativeCall = (a: number, b?: number, c?: number, d?: number, e?: number, f?: number) => number;
type Loaded = { readonly koffi: typeof Koffi; readonly calls: Calls };

let loaded: Loaded | undefined;

/**
 * One letter per parameter: i int, p address, z size_t. The results are int, or ssize_t read as int: no arena has 2^31
 * bytes, and both processors return either in one register.
 */
const SIGNATURES: Readonly<Record<Exclude<keyof Calls, Unnamed>, string>> = {
  socket: 'iii',
  socketpair: 'iiip',
  bind: 'ipi',
  connect: 'ipi',
  listen: 'ii',
  accept4: 'ippi',
  shutdown: 'ii',
  getsockname: 'ipp',
  getpeername: 'ipp',
  getsockopt: 'iiipp',
  setsockopt: 'iiipi',
  recv: 'ipzi',
  send: 'ipzi',
  recvfrom: 'ipzipp',
  sendto: 'ipzipi',
  recvmsg: 'ipi',
  sendmsg: 'ipi',
  recvmmsg: 'ipiip',
  sendmmsg: 'ipii',
  read: 'ipz',
  write: 'ipz',
  close: 'i',
  dup: 'i',
  // On both processors, variadic functions receive integer arguments as other functions do.
  fcntl: 'iii',
  ioctl: 'izp',
  eventfd: 'ii',
  epoll_create1: 'i',
  epoll_ctl: 'iiip',
  epoll_wait: 'ipii',
  poll: 'pzi',
  select: 'ipppp',
};
/** The numbers of calls without a function in the C library (asm/unistd_64.h, asm-generic/unistd.h). */
const NUMBERS = {
  io_setup: { x64: 206, arm64: 0 },
  io_destroy: { x64: 207, arm64: 1 },
  io_submit: { x64: 209, arm64: 2 },
  io_getevents: { x64: 208, arm64: 4 },
} as const;
type Unnamed = keyof typeof NUMBERS;
const TYPES: Readonly<Record<string, string>> = { i: 'int', p: 'uintptr_t', z: 'size_t' };
/**
 * connect continues after a signal; close has closed (man 2 close, "Dealing with error returns"); a wait would restart
 * its timeout, so its caller repeats it with the time that is left.
 */
const NOT_REPEATED = new Set<keyof Calls>(['connect', 'close', 'epoll_wait', 'poll', 'select']);

function load(): Loaded {
  if (process.platform !== 'linux')
    throw new Fault('linux/unsupported', {
      what: linuxMessage('linux/epoll'),
      reason: linuxMessage('linux/not-linux', { platform: process.platform }),
    });
  const architecture = hostArchitecture();
  const koffi = loadKoffi();
  // The program's own symbols instead of a library by name: glibc and musl have different names.
  const library = koffi.load(null);
  const named = (Object.keys(SIGNATURES) as (keyof typeof SIGNATURES)[]).map((name) => {
    const parameters = SIGNATURES[name].split('').map((letter) => TYPES[letter]!);
    return [name, library.func(name, 'int', parameters) as unknown as NativeCall] as const;
  });
  // On both processors, variadic functions receive integer arguments as other functions do.
  const call = library.func('syscall', 'int', ['long', ...'ppppp'.split('').map((letter) => TYPES[letter]!)]);
  const unnamed = (Object.keys(NUMBERS) as Unnamed[]).map((name) => {
    const number = NUMBERS[name][architecture];
    const native: NativeCall = (a, b = 0, c = 0, d = 0, e = 0) => call(number, a, b, c, d, e) as number;
    return [name, native] as const;
  });
  const natives: readonly (readonly [keyof Calls, NativeCall])[] = [...named, ...unnamed];
  const checked = natives.map(([name, native]) => [name, checkedCall(name, native)] as const);
  const native = Object.fromEntries(natives) as Record<keyof Calls, NativeCall>;
  return { koffi, calls: { ...(Object.fromEntries(checked) as unknown as Calls), ...checkedMessageCalls(native) } };
}

function loadKoffi(): typeof Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as typeof Koffi;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? 'unknown') : String(cause);
    throw new Fault('linux/unsupported', { what: linuxMessage('linux/ffi'), reason: verbatim(reason) }, { cause });
  }
}

/** Checks the result of a call that is made rarely. Arguments beyond the call's own are undefined, which koffi ignores. */
function checkedCall(name: keyof Calls, native: NativeCall): (...args: Parameters<NativeCall>) => CallOutcome {
  return (a, b, c, d, e, f) => {
    const value = native(a, b, c, d, e, f);
    return value >= 0 ? value : retryOrThrow(name, native, a, b, c, d, e, f);
  };
}

/**
 * The calls that every message or loop iteration makes, each in a function of its own. V8 keeps its type feedback per
 * function in the source, so calls that share one function share a megamorphic call site (10% of a short write).
 */
function checkedMessageCalls(native: Readonly<Record<keyof Calls, NativeCall>>): Partial<Calls> {
  const { recv, send, recvmsg, sendmsg, recvmmsg, sendmmsg, epoll_wait } = native;
  return {
    recv(fd, data, length, flags) {
      const value = recv(fd, data, length, flags);
      return value >= 0 ? value : retryOrThrow('recv', recv, fd, data, length, flags);
    },
    send(fd, data, length, flags) {
      const value = send(fd, data, length, flags);
      return value >= 0 ? value : retryOrThrow('send', send, fd, data, length, flags);
    },
    recvmsg(fd, header, flags) {
      const value = recvmsg(fd, header, flags);
      return value >= 0 ? value : retryOrThrow('recvmsg', recvmsg, fd, header, flags);
    },
    sendmsg(fd, header, flags) {
      const value = sendmsg(fd, header, flags);
      return value >= 0 ? value : retryOrThrow('sendmsg', sendmsg, fd, header, flags);
    },
    recvmmsg(fd, headers, count, flags, timeout) {
      const value = recvmmsg(fd, headers, count, flags, timeout);
      return value >= 0 ? value : retryOrThrow('recvmmsg', recvmmsg, fd, headers, count, flags, timeout);
    },
    sendmmsg(fd, headers, count, flags) {
      const value = sendmmsg(fd, headers, count, flags);
      return value >= 0 ? value : retryOrThrow('sendmmsg', sendmmsg, fd, headers, count, flags);
    },
    epoll_wait(epoll, events, count, timeoutMs) {
      const value = epoll_wait(epoll, events, count, timeoutMs);
      return value >= 0 ? value : retryOrThrow('epoll_wait', epoll_wait, epoll, events, count, timeoutMs);
    },
  };
}

/** The one place that decides what a failed call means: it is repeated, would block, or throws. */
function retryOrThrow(name: keyof Calls, native: NativeCall, ...args: Parameters<NativeCall>): CallOutcome {
  for (let attempt = 0; ; attempt++) {
    // Some call was made, so the library is loaded.
    const outcome = classifyErrno(name, loaded!.koffi.errno(), attempt);
    if (outcome !== 'again') return outcome;
    const value = native(...args);
    if (value >= 0) return value;
  }
}

/**
 * V8 may run between a call and the reading of errno, and its own system calls may leave EAGAIN there. A connect is
 * therefore repeated after a first EAGAIN: if it is in progress, it returns EALREADY or EISCONN; if it failed, it fails
 * again.
 */
function classifyErrno(name: keyof Calls, number: number, attempt: number): 'would-block' | 'again' | 0 {
  if (number === ERRNO.EINTR && !NOT_REPEATED.has(name)) return 'again';
  if (name === 'close' && number === ERRNO.EINTR) return 0;
  if (name === 'connect') {
    if (attempt === 0 && number === ERRNO.EAGAIN) return 'again';
    if (attempt > 0 && number === ERRNO.EISCONN) return 0;
    // A local stream socket returns EAGAIN when the listener's queue is full; then nothing is in progress.
    if (number === ERRNO.EINPROGRESS || number === ERRNO.EALREADY || number === ERRNO.EINTR) return 'would-block';
  } else if (number === ERRNO.EAGAIN) {
    return 'would-block';
  }
  throw syscallFault(name, number);
}
