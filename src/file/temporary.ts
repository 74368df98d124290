import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Temporary files of this process that are neither in place nor removed yet. */
const pending = new Set<string>();
/** Folders in which this process has looked for what earlier ones left. */
const swept = new Set<string>();

/**
 * A name beside a file under which to write it. It tells which process writes, so that a later one can remove it where
 * this one was killed; the first call for a folder removes what dead processes left there. End with `forgetTemporary`.
 */
export function temporaryBeside(file: string): string {
  const folder = dirname(file);
  if (!swept.has(folder)) {
    swept.add(folder);
    sweep(folder);
  }
  const start = basename(file).slice(0, MAX_NAME_PART);
  const path = join(folder, `.${start}.${process.pid}-${machine()}-${randomBytes(6).toString('hex')}.tmp`);
  pending.add(path);
  attach();
  return path;
}

/** A temporary file was moved into place, or removed. */
export function forgetTemporary(path: string): void {
  pending.delete(path);
  if (pending.size === 0) detach();
}

/** Removes a temporary file, where it is there. */
export function removeTemporary(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not made yet, or its folder is gone.
  }
  forgetTemporary(path);
}

/**
 * Has SIGINT and SIGTERM remove the temporary files before they end the process: for a command, since a library leaves
 * signals alone. Where somebody else listens to the signal, ending and cleaning up are theirs.
 */
export function removeTemporariesOnSignals(): void {
  watching = true;
}

/** Characters of the file's own name, so that the whole name stays below NAME_MAX, 255 bytes. */
const MAX_NAME_PART = 48;
const NAME = /^\..*\.(\d+)-([0-9a-f]{8})-[0-9a-f]{12}\.tmp$/;

/** Removes temporary files of processes that ended; those of another machine or container stay, as nobody here can tell. */
function sweep(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const [, pid, where] = NAME.exec(name) ?? [];
      if (pid === undefined || where !== machine() || isAlive(Number(pid))) continue;
      const path = join(folder, name);
      if (lstatSync(path).isFile()) unlinkSync(path);
    }
  } catch {
    // Tidying up is no reason to fail: what cannot be read or removed stays.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

let known: string | undefined;

/** Tells where a process number means something: the machine, and the namespace of processes of a container. */
function machine(): string {
  known ??= createHash('sha256')
    .update(
      [
        hostname(),
        textOf(() => readFileSync('/etc/machine-id', 'latin1')),
        textOf(() => readlinkSync('/proc/self/ns/pid')),
      ].join('\n'),
    )
    .digest('hex')
    .slice(0, 8);
  return known;
}

/** What is read, or nothing on a system that does not have it. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
let watching = false;
let attached = false;

function attach(): void {
  if (attached || !watching) return;
  attached = true;
  // First of all listeners: one that was added with `once` is still counted then.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  process.on('exit', removeAll);
}

function detach(): void {
  if (!attached) return;
  attached = false;
  for (const signal of SIGNALS) process.off(signal, onSignal);
  process.off('exit', removeAll);
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  process.kill(process.pid, signal);
}

function removeAll(): void {
  for (const path of [...pending]) removeTemporary(path);
}
