import { Fault, isFault, textOf } from '../../../../fault.ts';
import { type OpenFile, openFile } from '../../../../file/index.ts';
import { parseUuid, type Uuid } from '../../../../fip/index.ts';
import { genericImages, kindOfUuid } from '../../../../fip/internal.ts';
import { type FileImage, type FipFile, openFip, openWholeFip } from '../../../../fip/open.node.ts';
import type { CompatIo } from '../../io.ts';
import type { OptionSpec } from '../../options.ts';

/** Ends a command with fiptool's `ERROR:` line and code 1. */
export class ToolError extends Error {}

/** A command line that gets the command's help and code 1. */
export class UsageError extends Error {}

/** Every image has an option of its own. */
export const imageOptions = (takesValue: boolean): OptionSpec[] =>
  genericImages.map(({ option }) => ({ name: option, takesValue }));

/** The UUID behind an image's option. */
export const uuidOfOption = (name: string): Uuid | undefined =>
  genericImages.find(({ option }) => option === name)?.uuid;

/** What fiptool's messages call an image: its option; all that it does not know are `blob`. */
export const labelOf = (uuid: Uuid): string => kindOfUuid(genericImages, uuid)?.option ?? 'blob';

/** One run of fiptool: where it prints, and the files that it opened. */
export class Session {
  readonly verbose: boolean;
  readonly io: CompatIo;
  readonly #files: OpenFile[] = [];

  constructor(io: CompatIo, verbose: boolean) {
    this.io = io;
    this.verbose = verbose;
  }

  debug(text: string): void {
    if (this.verbose) this.io.stderr.write(`DEBUG: ${text}\n`);
  }

  warn(text: string): void {
    this.io.stderr.write(`WARN: ${text}\n`);
  }

  /** Opens an image's file. */
  async image(uuid: Uuid, path: string): Promise<FileImage> {
    const file = await translate(path, () => openFile(path));
    this.#files.push(file);
    return { uuid, file, start: 0, size: file.size };
  }

  /** Opens a FIP whose images are copied. */
  async fip(path: string): Promise<FipFile> {
    const fip = await translate(path, () => openWholeFip(path));
    this.#files.push(fip.file);
    return fip;
  }

  /** Opens a FIP to list it, and prints its header where that is wanted. */
  async listing(path: string): Promise<FipFile> {
    const fip = await translate(path, () => openFip(path));
    this.#files.push(fip.file);
    this.debug('toc_header[name]: 0xAA640001');
    this.debug('toc_header[serial_number]: 0x12345678');
    this.debug(`toc_header[flags]: 0x${upper(fip.toc.flags)}`);
    return fip;
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}

/** `uuid=…,file=…` of `--blob`; unknown parts are skipped, as fiptool does. */
export function parseBlob(text: string, needsFile: boolean): { readonly uuid: Uuid; readonly file: string } {
  const parts = new Map(text.split(',').map((part) => part.split(/=(.*)/s, 2) as [string, string | undefined]));
  const uuid = parts.get('uuid');
  const file = parts.get('file') ?? '';
  if (uuid === undefined || /^[0-]+$/.test(uuid)) throw new UsageError();
  const parsed = uuidOrError(uuid);
  if (needsFile && file === '') throw new UsageError();
  return { uuid: parsed, file };
}

/** A power of two as strtoul(3) reads it, octal with a leading zero. */
export function parseAlign(text: string): number {
  const form = /^\s*\+?(?:0x([0-9a-f]+)|(0[0-7]*)|([1-9]\d*))$/i.exec(text);
  const value = form === null ? 0 : Number.parseInt(form[1] ?? form[2] ?? form[3]!, form[1] ? 16 : form[2] ? 8 : 10);
  if (value > 0 && value <= 1 << 30 && (value & (value - 1)) === 0) return value;
  throw new ToolError(`Invalid alignment: ${text}`);
}

/** Sixteen bits in hexadecimal, moved to where the header has them. */
export function parseFlags(text: string): bigint {
  if (!/^\s*(0x)?[0-9a-f]{1,4}$/i.test(text)) throw new ToolError(`Invalid platform ToC flags: ${text}`);
  return BigInt(Number.parseInt(text, 16)) << 32n;
}

/** The number in upper-case hexadecimal, as fiptool prints it. */
export const upper = (value: number | bigint): string => value.toString(16).toUpperCase();

/** Runs file work and says its failure in fiptool's words. */
export async function translate<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Fault ? new ToolError(wordsFor(path, error), { cause: error }) : error;
  }
}

const ERRNO_TEXT: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
};

function wordsFor(path: string, fault: Fault): string {
  const code = (fault.cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (isFault(fault, 'file/read') && code === 'EISDIR') return `Failed to read ${fault.context.file}`;
  if (isFault(fault, 'file/read') || isFault(fault, 'file/write'))
    return `fopen ${path}: ${ERRNO_TEXT[code] ?? textOf(fault.context.reason)}`;
  if (isFault(fault, 'binary/truncated'))
    return fault.context.path.startsWith('toc[')
      ? `FIP ${path} does not have a ToC terminator entry`
      : `FIP ${path} is truncated`;
  if (isFault(fault, 'binary/constant') && fault.context.offset === 0) return `${path} is not a FIP file`;
  return `FIP ${path} is corrupted: ${fault.message}`;
}

function uuidOrError(text: string): Uuid {
  try {
    return parseUuid(text);
  } catch (cause) {
    throw new ToolError(`Invalid UUID: ${text}`, { cause });
  }
}
