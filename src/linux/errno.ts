import { Fault, isFault } from '../fault.ts';

/** The number of a kernel error, as `errno` holds it. */
export type Errno = number & { readonly __brand: 'Errno' };

/** Kernel errors by name; the numbers are the same on x86-64 and arm64 (asm-generic/errno-base.h, errno.h). */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOSPC: 28,
  EPIPE: 32,
  ENOSYS: 38,
  ELOOP: 40,
  EPROTO: 71,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
} as const;

/** The name of an errno, such as `EADDRINUSE`. */
export type ErrnoName = keyof typeof ERRNO;

const NAMES = new Map<number, ErrnoName>(
  Object.entries(ERRNO).map(([name, number]) => [number, name as ErrnoName] as const),
);

/** `EADDRINUSE`, or `errno 200` for a number outside the table. */
export const errnoName = (number: number): string => NAMES.get(number) ?? `errno ${number}`;

/** The fault of a system call that failed with this number. */
export function syscallFault(call: string, number: number): Fault<'linux/syscall'> {
  return new Fault('linux/syscall', { call, errno: errnoName(number), number });
}

/** Whether an error is a failed system call with one of these kernel errors. */
export function isErrno(error: unknown, ...names: readonly ErrnoName[]): error is Fault<'linux/syscall'> {
  return isFault(error, 'linux/syscall') && names.some((name) => ERRNO[name] === error.context.number);
}
