/**
 * What a parsed flag table gives a command: a value for every flag, by its row. The table is the only place that says
 * what a flag's type is.
 *
 * @example
 * const flagTable = { json: jsonFlag, out: optional(String, 'FILE', 'Output file') };
 * type Flags = FlagsOf<typeof flagTable>; // { json: boolean; out: string | undefined }
 */
export type FlagsOf<Table> = { readonly [Name in keyof Table]: FlagValue<Table[Name]> };

type FlagValue<Row> = OneValue<Row> | (Row extends { readonly optional: true } ? undefined : never);

type OneValue<Row> = Row extends { readonly kind: 'boolean' }
  ? boolean
  : Row extends { readonly kind: 'enum'; readonly values: readonly (infer Value)[] }
    ? Several<Row, Value>
    : Row extends { readonly kind: 'parsed'; readonly parse: (text: string) => infer Value }
      ? Several<Row, Value>
      : never;

type Several<Row, Value> = Row extends { readonly variadic: true } ? readonly Value[] : Value;

type Parse<Value> = (text: string) => Value;

/** A flag without a value, off where it is not given. */
export const toggle = (brief: string) => ({ kind: 'boolean', default: false, brief }) as const;

/** A flag that must be given. */
export const required = <Value>(parse: Parse<Value>, placeholder: string, brief: string) =>
  ({ kind: 'parsed', parse, placeholder, brief }) as const;

/** A flag whose value is undefined where it is not given. */
export const optional = <Value>(parse: Parse<Value>, placeholder: string, brief: string) =>
  ({ kind: 'parsed', parse, optional: true, placeholder, brief }) as const;

/** A flag that may be repeated; undefined where it is not given. */
export const list = <Value>(parse: Parse<Value>, placeholder: string, brief: string) =>
  ({ kind: 'parsed', parse, variadic: true, optional: true, placeholder, brief }) as const;

/** A flag that takes a text for its default where it is not given. */
export const withDefault = <Value>(parse: Parse<Value>, standard: string, placeholder: string, brief: string) =>
  ({ kind: 'parsed', parse, default: standard, placeholder, brief }) as const;

/** `--json` of a command that has one result. */
export const jsonFlag = toggle('Print one JSON object');

/** `--json` of a command that goes on: a server, or a run of several parts. */
export const jsonEventsFlag = toggle('Print one JSON object per event');

/** `--bind`, as every server calls the address that it listens on. */
export const bindFlag = withDefault(String, '127.0.0.1', 'ADDRESS', 'IPv4 or IPv6 address to listen on');
