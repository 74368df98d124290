import type { Message } from '../fault.ts';
import { bootMessage } from './messages.ts';

/** Where a value stands in a document: keys and indexes from its root. */
export type Path = ReadonlyArray<string | number>;

/** A value that does not fit its schema. */
export class SchemaMismatch extends Error {
  readonly path: Path;
  readonly reason: Message;

  constructor(path: Path, reason: Message) {
    super(reason.text);
    this.path = path;
    this.reason = reason;
  }
}

/** One declaration that parses plain data into a typed value and prints itself as JSON Schema (draft 2020-12). */
export interface Schema<T> {
  /** Throws a `SchemaMismatch` with the path of what is wrong. */
  readonly parse: (value: unknown, path: Path) => T;
  readonly json: JsonSchema;
}

type JsonSchema = { readonly [key: string]: unknown };
export type SchemaOutput<S> = S extends Schema<infer T> ? T : never;

interface SchemaMember<T> {
  readonly schema: Schema<T>;
  readonly optional: boolean;
}

type ObjectShape = Readonly<Record<string, SchemaMember<unknown>>>;
type OptionalKeys<S extends ObjectShape> = {
  [K in keyof S]: undefined extends SchemaOutput<S[K]['schema']> ? K : never;
}[keyof S];
type ObjectOf<S extends ObjectShape> = {
  readonly [K in Exclude<keyof S, OptionalKeys<S>>]: SchemaOutput<S[K]['schema']>;
} & { readonly [K in OptionalKeys<S>]?: Exclude<SchemaOutput<S[K]['schema']>, undefined> };

export const text = (pattern?: RegExp, what = 'text'): Schema<string> => ({
  parse(value, path) {
    if (typeof value !== 'string' || value === '' || (pattern !== undefined && !pattern.test(value))) {
      throw new SchemaMismatch(path, bootMessage('boot/expected', { expected: what }));
    }
    return value;
  },
  json: { type: 'string', minLength: 1, ...(pattern === undefined ? {} : { pattern: pattern.source }) },
});

/** A whole number. YAML reads `0x80000` as a number, so addresses may be written in hexadecimal. */
export const whole = (minimum: number, maximum: number): Schema<number> => ({
  parse(value, path) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      throw new SchemaMismatch(path, bootMessage('boot/expected-number', { least: minimum, most: maximum }));
    }
    return value;
  },
  json: { type: 'integer', minimum, maximum },
});

export const oneOf = <const T extends string>(...values: readonly T[]): Schema<T> => ({
  parse(value, path) {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined)
      throw new SchemaMismatch(path, bootMessage('boot/expected-one-of', { values: values.join(', ') }));
    return found;
  },
  json: { enum: values },
});

/** One of some numbers. */
export const oneOfWhole = (...values: readonly number[]): Schema<number> => ({
  parse(value, path) {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined)
      throw new SchemaMismatch(path, bootMessage('boot/expected-one-of', { values: values.join(', ') }));
    return found;
  },
  json: { enum: values },
});

export const list = <T>(item: Schema<T>, maximum: number): Schema<readonly T[]> => ({
  parse(value, path) {
    if (!Array.isArray(value) || value.length > maximum)
      throw new SchemaMismatch(path, bootMessage('boot/expected-list', { most: maximum }));
    return value.map((member, i) => item.parse(member, [...path, i]));
  },
  json: { type: 'array', items: item.json, maxItems: maximum },
});

/** A mapping whose keys the author chooses. */
export const named = <T>(member: Schema<T>, key: RegExp, maximum: number): Schema<Readonly<Record<string, T>>> => ({
  parse(value, path) {
    const entries = Object.entries(mapping(value, path));
    if (entries.length > maximum)
      throw new SchemaMismatch(path, bootMessage('boot/too-many-entries', { most: maximum }));
    const bad = entries.find(([name]) => !key.test(name));
    if (bad !== undefined) throw new SchemaMismatch([...path, bad[0]], bootMessage('boot/name-not-allowed'));
    return Object.fromEntries(entries.map(([name, inner]) => [name, member.parse(inner, [...path, name])]));
  },
  json: {
    type: 'object',
    additionalProperties: member.json,
    propertyNames: { pattern: key.source },
    maxProperties: maximum,
  },
});

/** A single value, or a mapping with its parts. */
export const valueOrParts = <A, B>(value: Schema<A>, parts: Schema<B>): Schema<A | B> => ({
  parse: (given, path) =>
    typeof given === 'object' && given !== null ? parts.parse(given, path) : value.parse(given, path),
  json: { anyOf: [value.json, parts.json] },
});

/** A required member of an object, with its documentation. */
export function need<T>(schema: Schema<T>, doc: string): SchemaMember<T> {
  return { schema: documented(schema, doc), optional: false };
}

/** An optional member of an object, with its documentation. */
export function may<T>(schema: Schema<T>, doc: string): SchemaMember<T | undefined> {
  return { schema: documented<T | undefined>(schema, doc), optional: true };
}

/** An object with these members and no others. */
export function object<const S extends ObjectShape>(shape: S): Schema<ObjectOf<S>> {
  const members = Object.entries(shape);
  return {
    parse(value, path) {
      const given = mapping(value, path);
      const unknown = Object.keys(given).find((key) => !Object.hasOwn(shape, key));
      if (unknown !== undefined)
        throw new SchemaMismatch(
          [...path, unknown],
          bootMessage('boot/unknown-member', { known: Object.keys(shape).join(', ') }),
        );
      const output: Record<string, unknown> = {};
      for (const [key, { schema, optional }] of members) {
        if (given[key] !== undefined && given[key] !== null) output[key] = schema.parse(given[key], [...path, key]);
        else if (!optional) throw new SchemaMismatch([...path, key], bootMessage('boot/missing'));
      }
      return output as ObjectOf<S>;
    },
    json: {
      type: 'object',
      properties: Object.fromEntries(members.map(([key, { schema }]) => [key, schema.json])),
      required: members.filter(([, { optional }]) => !optional).map(([key]) => key),
      additionalProperties: false,
    },
  };
}

function documented<T>(schema: Schema<T>, doc: string): Schema<T> {
  return { parse: schema.parse, json: { description: doc, ...schema.json } };
}

function mapping(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SchemaMismatch(path, bootMessage('boot/expected-mapping'));
  return value as Readonly<Record<string, unknown>>;
}
