import { type Message, textOf } from './message.ts';
import { inputOutput } from './row.ts';

export const systemFaults = {
  'file/read': inputOutput<{ readonly file: string; readonly reason: Message }>(
    'A file cannot be read.',
    (c) => `cannot read ${c.file}: ${c.reason.text}`,
    'Check that the path is right, and that it is a file that you may read.',
  ),
  'file/write': inputOutput<{ readonly file: string; readonly reason: Message }>(
    'A file cannot be written. Nothing is left half-written in its place.',
    (c) => `cannot write ${c.file}: ${c.reason.text}`,
    'Check that the folder exists, is writable and has space left, or write to another path.',
  ),
  'linux/syscall': inputOutput<{ readonly call: string; readonly errno: string; readonly number: number }>(
    'A system call failed.',
    (c) => `${c.call}: ${c.errno}`,
    (c) => SYSCALL_REMEDIES[c.errno],
  ),
  'linux/unsupported': inputOutput<{ readonly what: Message; readonly reason: Message }>(
    'The operating system, C library or processor does not offer this call.',
    (c) => `${textOf(c.what)} is not available here: ${c.reason.text}`,
    (c) => UNSUPPORTED_REMEDIES[typeof c.what === 'string' ? '' : c.what.code] ?? LINUX,
  ),
};

/** By the error's name; an error without a row is a programming error, or has no general remedy. */
const SYSCALL_REMEDIES: Readonly<Record<string, string | undefined>> = {
  EACCES: 'Run the command as a user who has this permission.',
  EADDRINUSE: 'Stop the program that uses the port, or choose another one.',
  EBADF: 'Pass the number of a descriptor that is open in this process.',
  EMFILE: 'Raise the limit of open files of this process: `ulimit -n 65536`.',
  ENFILE: 'Close other programs, or raise the limit of open files of the system: `sysctl fs.file-max`.',
  ENOBUFS: 'Wait until the network has sent what is queued, and try again.',
  ENOMEM: 'Free memory, or raise the memory limit of this process.',
  ENOSPC: 'Free space, or raise the limit that is reached: `sysctl fs.epoll.max_user_watches`.',
  EPERM: 'Run the command as a user who has this permission.',
};

const LINUX = 'Run the command on Linux, on an x86-64 or arm64 processor.';
const UNSUPPORTED_REMEDIES: Readonly<Record<string, string | undefined>> = {
  'linux/ffi':
    'Install the package again on this system (`npm ci`), with the optional parts of koffi for its processor.',
  'epoll/loopback': 'Bring the loopback interface up: `ip link set lo up`.',
};
