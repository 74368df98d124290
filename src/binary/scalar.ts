import { Fault } from '../fault.ts';
import { equalBytes, hexText } from './bytes.ts';
import { binaryMessage } from './messages.ts';
import type { Field } from './struct.ts';

type Get<T> = (view: DataView, at: number) => T;
type Set<T> = (view: DataView, at: number, value: T) => void;

/** One byte. */
export const u8 = number(
  'u8',
  1,
  (v, at) => v.getUint8(at),
  (v, at, n) => v.setUint8(at, n),
);
/** 16 bits, little-endian. */
export const u16le = number(
  'u16le',
  2,
  (v, at) => v.getUint16(at, true),
  (v, at, n) => v.setUint16(at, n, true),
);
/** 16 bits, big-endian. */
export const u16be = number(
  'u16be',
  2,
  (v, at) => v.getUint16(at),
  (v, at, n) => v.setUint16(at, n),
);
/** 32 bits, little-endian. */
export const u32le = number(
  'u32le',
  4,
  (v, at) => v.getUint32(at, true),
  (v, at, n) => v.setUint32(at, n, true),
);
/** 32 bits, big-endian. */
export const u32be = number(
  'u32be',
  4,
  (v, at) => v.getUint32(at),
  (v, at, n) => v.setUint32(at, n),
);
/** 64 bits, little-endian. */
export const u64le = wide(
  'u64le',
  (v, at) => v.getBigUint64(at, true),
  (v, at, n) => v.setBigUint64(at, n, true),
);
/** 64 bits, big-endian. */
export const u64be = wide(
  'u64be',
  (v, at) => v.getBigUint64(at),
  (v, at, n) => v.setBigUint64(at, n),
);

/** A fixed run of bytes. Reading gives a view into the input; writing demands exactly `size` bytes. */
export function bytes(size: number): Field<Uint8Array> {
  return {
    type: `u8[${size}]`,
    size,
    read: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, size),
    write(view, at, value) {
      if (value.byteLength !== size)
        throw new Fault('binary/overflow', { path: '', offset: at, size: value.byteLength, capacity: size });
      new Uint8Array(view.buffer, view.byteOffset + at, size).set(value);
    },
  };
}

/**
 * NUL-padded UTF-8. A value may fill the field; with `terminated` it must leave space for one NUL, and a field
 * without any NUL is a fault. Bytes after the first NUL must be zero.
 */
export function text(size: number, options: { readonly terminated?: boolean } = {}): Field<string> {
  const raw = bytes(size);
  const capacity = options.terminated === true ? size - 1 : size;
  return {
    type: `char[${size}]`,
    size,
    read(view, at) {
      const field = raw.read(view, at);
      const nul = field.indexOf(0);
      const end = nul < 0 ? size : nul;
      if (end > capacity)
        throw new Fault('binary/text', { path: '', offset: at, reason: binaryMessage('binary/no-terminator') });
      const junk = field.subarray(end).findIndex((byte) => byte !== 0);
      if (junk >= 0)
        throw new Fault('binary/text', {
          path: '',
          offset: at + end + junk,
          reason: binaryMessage('binary/after-terminator'),
        });
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(field.subarray(0, end));
      } catch (cause) {
        throw new Fault('binary/text', { path: '', offset: at, reason: binaryMessage('binary/not-utf8') }, { cause });
      }
    },
    write(view, at, value) {
      const encoded = new TextEncoder().encode(value);
      if (encoded.byteLength > capacity)
        throw new Fault('binary/overflow', { path: '', offset: at, size: encoded.byteLength, capacity });
      if (encoded.includes(0))
        throw new Fault('binary/text', { path: '', offset: at, reason: binaryMessage('binary/nul') });
      const field = raw.read(view, at);
      field.fill(0);
      field.set(encoded);
    },
  };
}

/** A field with one allowed value: checked when read, written by itself, left out of the decoded value. */
export function constant<T>(field: Field<T>, want: T): Field<undefined> {
  return {
    type: `${field.type} = ${show(want)}`,
    size: field.size,
    read(view, at) {
      const got = field.read(view, at);
      if (same(got, want)) return undefined;
      throw new Fault('binary/constant', { path: '', offset: at, want: show(want), got: show(got) });
    },
    write: (view, at) => field.write(view, at, want),
  };
}

/** Bytes that must be zero. */
export const reserved = (size: number): Field<undefined> => constant(bytes(size), new Uint8Array(size));

function number(type: string, size: number, get: Get<number>, set: Set<number>): Field<number> {
  const limit = 2 ** (8 * size);
  return {
    type,
    size,
    read: get,
    write(view, at, value) {
      if (!Number.isInteger(value) || value < 0 || value >= limit) throw outOfRange(type, at, value);
      set(view, at, value);
    },
  };
}

function wide(type: string, get: Get<bigint>, set: Set<bigint>): Field<bigint> {
  return {
    type,
    size: 8,
    read: get,
    write(view, at, value) {
      if (value < 0n || value >= 1n << 64n) throw outOfRange(type, at, value);
      set(view, at, value);
    },
  };
}

function outOfRange(type: string, offset: number, value: number | bigint): Fault {
  return new Fault('binary/range', { path: '', offset, value: String(value), limit: type });
}

function same(got: unknown, want: unknown): boolean {
  if (got instanceof Uint8Array && want instanceof Uint8Array) return equalBytes(got, want);
  return got === want;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) {
    if (value.every((byte) => byte === 0)) return `zero[${value.byteLength}]`;
    return hexText(value.subarray(0, 8)) + (value.byteLength > 8 ? '…' : '');
  }
  if (typeof value === 'number' || typeof value === 'bigint') return `0x${value.toString(16)}`;
  return JSON.stringify(value);
}
