import { Fault, within } from '../fault.ts';

/** A fixed-size piece of a layout: it reads itself, writes itself and names its own type. */
export interface Field<T> {
  readonly type: string;
  readonly size: number;
  read(view: DataView, at: number): T;
  write(view: DataView, at: number, value: T): void;
}

type Shape = Readonly<Record<string, readonly [field: Field<unknown>, doc: string]>>;
type Payload<S extends Shape> = { [K in keyof S as S[K][0] extends Field<undefined> ? never : K]: S[K][0] };

/** The value a struct decodes to; constants and reserved bytes are checked, then left out. */
export type ValueOf<S extends Shape> = {
  readonly [K in keyof Payload<S>]: Payload<S>[K] extends Field<infer T> ? T : never;
};

/** One row of a layout table: what `docs/formats` prints and the inspector colours. */
export interface Row {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly type: string;
  readonly doc: string;
}

/** A packed record. Reads and writes are bounded: a region that is too short is `binary/truncated`. */
export interface Struct<T> extends Field<T> {
  readonly rows: readonly Row[];
  /** Reads the record at an offset of a byte array. */
  decode(input: Uint8Array, at?: number): T;
  /** The record as bytes of its own. */
  encode(value: T): Uint8Array;
}

/** The type of the value that a field reads. */
export type Infer<F> = F extends Field<infer T> ? T : never;

/**
 * Declares a packed struct. `size` is the size that the specification prints; a wrong sum fails at load.
 *
 * @example
 * const Header = struct('toc_header', 8, { name: [constant(u32le, 0xaa640001), 'magic'], serial: [u32le, 'any'] });
 */
export function struct<const S extends Shape>(type: string, size: number, shape: S): Struct<ValueOf<S>> {
  const fields = Object.values(shape).map(([field]) => field);
  const rows = layOut(shape);
  const end = rows.reduce((sum, row) => sum + row.size, 0);
  if (end !== size) throw new Error(`${type}: declared ${size} bytes, fields add up to ${end}`);

  function read(view: DataView, at: number): ValueOf<S> {
    assertFits(type, view, at, size);
    const value: Record<string, unknown> = {};
    for (const [i, field] of fields.entries()) {
      const { name, offset } = rows[i]!;
      try {
        const part = field.read(view, at + offset);
        if (part !== undefined) value[name] = part;
      } catch (error) {
        throw within(error, name);
      }
    }
    return value as ValueOf<S>;
  }

  function write(view: DataView, at: number, value: ValueOf<S>): void {
    assertFits(type, view, at, size);
    for (const [i, field] of fields.entries()) {
      const { name, offset } = rows[i]!;
      try {
        field.write(view, at + offset, (value as Record<string, unknown>)[name]);
      } catch (error) {
        throw within(error, name);
      }
    }
  }

  return {
    type,
    size,
    rows,
    read,
    write,
    decode: (input, at = 0) => read(viewOf(input), at),
    encode(value) {
      const output = new Uint8Array(size);
      write(viewOf(output), 0, value);
      return output;
    },
  };
}

/** A DataView over exactly these bytes. */
export const viewOf = (input: Uint8Array): DataView => new DataView(input.buffer, input.byteOffset, input.byteLength);

function layOut(shape: Shape): Row[] {
  let offset = 0;
  return Object.entries(shape).map(([name, [field, doc]]) => {
    const row = { name, offset, size: field.size, type: field.type, doc };
    offset += field.size;
    return row;
  });
}

function assertFits(type: string, view: DataView, at: number, need: number): void {
  // Node 26 computes with a view's length as 32-bit, unless it is an argument of a call first.
  const have = Math.max(0, Math.max(view.byteLength, 0) - at);
  if (at < 0 || have < need) throw new Fault('binary/truncated', { path: type, offset: at, need, have });
}
