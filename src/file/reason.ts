import { getSystemErrorMap } from 'node:util';
import { type Message, verbatim } from '../fault.ts';
import { fileMessage } from './messages.ts';

/** What an errno means to a person. */
const REASONS: Readonly<Record<string, Message>> = {
  ENOENT: fileMessage('file/missing'),
  EACCES: fileMessage('file/permission-denied'),
  EPERM: fileMessage('file/not-permitted'),
  EISDIR: fileMessage('file/folder'),
  ENOTDIR: fileMessage('file/not-folder'),
  ENOSPC: fileMessage('file/no-space'),
  EROFS: fileMessage('file/read-only'),
  EEXIST: fileMessage('file/exists'),
  EMFILE: fileMessage('file/too-many-open'),
  EADDRINUSE: fileMessage('file/port-in-use'),
  ENXIO: fileMessage('file/no-reader'),
};

/** What a person reads of an error of Node's file calls. */
export function reasonOf(error: unknown): Message {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  return verbatim(code ?? (error instanceof Error ? error.message : String(error)));
}

/** Whether the reason of a `file/read` fault is that there is no file of the name. */
export const isAbsent = ({ cause }: Error): boolean => (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';

/** What the C library says of a failed call: `No such file or directory`. */
export function errnoText(error: unknown): string {
  const number = (error as NodeJS.ErrnoException | undefined)?.errno;
  const text = number === undefined ? undefined : getSystemErrorMap().get(number)?.[1];
  if (text === undefined) return error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
