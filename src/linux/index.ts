export { Arena, setAddress } from './arena.ts';
export { ERRNO, type Errno, type ErrnoName, errnoName, isErrno, syscallFault } from './errno.ts';
export { Descriptor, type Fd } from './fd.ts';
export { type Architecture, epollEventOf, hostArchitecture, offsetOf } from './layout.ts';
export { type CallOutcome, libc, optionalFunction, result } from './libc.ts';
