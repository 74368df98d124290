/** System calls, errno, and descriptors that others opened (Linux). */
export { Arena } from './arena.ts';
export { ERRNO, type Errno, type ErrnoName, errnoName, isErrno } from './errno.ts';
export { asFd, Descriptor, type Fd } from './fd.ts';
export { type CallOutcome, type Calls, libc } from './libc.ts';
