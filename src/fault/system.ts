import { type Reason, textOf } from './message.ts';
import { inputOutput } from './row.ts';

export const systemFaults = {
  'file/read': inputOutput<{ readonly file: string; readonly reason: Reason }>(
    'A file cannot be read.',
    (c) => `cannot read ${c.file}: ${textOf(c.reason)}`,
  ),
  'file/write': inputOutput<{ readonly file: string; readonly reason: Reason }>(
    'A file cannot be written; nothing was left half-written in its place.',
    (c) => `cannot write ${c.file}: ${textOf(c.reason)}`,
  ),
  'linux/syscall': inputOutput<{ readonly call: string; readonly errno: string; readonly number: number }>(
    'A system call failed.',
    (c) => `${c.call}: ${c.errno}`,
  ),
  'linux/unsupported': inputOutput<{ readonly what: string; readonly reason: Reason }>(
    'The operating system, C library or processor offers no such call.',
    (c) => `${c.what} is not available here: ${textOf(c.reason)}`,
  ),
};
