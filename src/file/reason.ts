import { getSystemErrorMap } from 'node:util';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EEXIST: 'it exists already',
  EMFILE: 'too many open files',
  EADDRINUSE: 'the port is in use',
  ENXIO: 'it is a socket or a pipe without a reader',
};

/** What a person reads of an error of Node's file calls. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  return code ?? (error instanceof Error ? error.message : String(error));
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
