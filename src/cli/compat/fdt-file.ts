import { readFileSync } from 'node:fs';
import { Editor } from '../../devicetree/index.ts';
import { isFault } from '../../fault.ts';
import { errnoText } from '../../file/index.ts';
import type { CompatIo } from './io.ts';
import { type Tool, ToolExit, usageError } from './tool.ts';

/** Reads a blob for fdtget, fdtput, fdtdump and fdtoverlay; `-` is standard input. */
export async function readBlobFile(file: string, io: CompatIo): Promise<Uint8Array> {
  if (file === '-') return io.stdin();
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ToolExit(1, `Couldn't open blob from '${file}': ${errnoText(error)}\n`);
  }
}

/** Opens a blob to look at or change it; what libfdt would say where it is broken. */
export function openBlob(bytes: Uint8Array, what: string): Editor {
  try {
    return new Editor(bytes);
  } catch (error) {
    throw new ToolExit(1, `Error at '${what}': ${libfdtName(error)}\n`);
  }
}

/** libfdt's name for what a fault says. */
export function libfdtName(error: unknown): string {
  if (!isFault(error)) throw error;
  if (isFault(error, 'devicetree/overlay')) return `FDT_ERR_${OVERLAY_NAMES[error.context.kind]}`;
  const names: Readonly<Record<string, string>> = {
    'binary/constant': 'BADMAGIC',
    'binary/truncated': 'TRUNCATED',
    'devicetree/structure': 'BADSTRUCTURE',
    'devicetree/name': 'BADSTRUCTURE',
    'devicetree/limit': 'BADSTRUCTURE',
    'devicetree/no-space': 'NOSPACE',
    'devicetree/exists': 'EXISTS',
    'devicetree/header': error.message.includes('version') ? 'BADVERSION' : 'TRUNCATED',
  };
  return `FDT_ERR_${names[error.code] ?? 'INTERNAL'}`;
}

const OVERLAY_NAMES = {
  'not-found': 'NOTFOUND',
  'bad-overlay': 'BADOVERLAY',
  'bad-phandle': 'BADPHANDLE',
  'no-phandles': 'NOPHANDLES',
  'bad-path': 'BADPATH',
} as const;

export interface ValueType {
  /** What to show: text, signed, unsigned or hexadecimal numbers, the bytes as they are, or as the value looks. */
  readonly kind: 's' | 'i' | 'u' | 'x' | 'r' | undefined;
  /** Bytes of a number; `undefined` where the value decides. */
  readonly size: 1 | 2 | 4 | undefined;
}

/** Reads a type as `-t` takes it: a size (`hh` or `b`, `h`, `l`) and a kind (`s`, `i`, `u`, `x`, `r`). */
export function parseType(text: string, tool: Tool, complaint: string): ValueType {
  const match = /^(hh|b|h|l)?([siuxr])$/.exec(text);
  if (match === null) throw usageError(tool, complaint);
  const sizes = { hh: 1, b: 1, h: 2, l: 4 } as const;
  const size = match[1] === undefined ? undefined : sizes[match[1] as keyof typeof sizes];
  return { kind: match[2] as ValueType['kind'], size: match[2] === 's' || match[2] === 'r' ? undefined : size };
}
