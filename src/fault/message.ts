/**
 * A sentence as data: the code of a row in some room's table, the values that its template takes, and the English that
 * comes of both. Plain data: it passes between threads and into JSON. Other languages look the code up in a table of
 * their own, and fall back to `text`.
 */
export interface Message {
  /** `room/what`; empty for words that no table holds (`verbatim`). */
  readonly code: string;
  readonly values: Readonly<Record<string, MessageValue>>;
  readonly text: string;
  /** The context of a fault, where the message is what a fault says: its code is then the fault's. */
  readonly context?: object;
}

/** What a message's template is filled with. */
export type MessageValue = string | number | Message;

/** Rows of messages: a template by its code. `{name}` takes a value, `{name|one|other}` a word by the value's number. */
export type MessageTable = Readonly<Record<string, string>>;

/** Makes the messages of one table. The values that a template names are part of the type of its code. */
export interface MessageBuilder<Table extends MessageTable> {
  <Code extends keyof Table & string>(code: Code, ...values: ValuesOf<Table[Code]>): Message;
  /** The templates, which other languages translate row by row. */
  readonly table: Table;
}

/** A table of the same codes in another language. A row that is missing is said in English. */
export type Translation<Builder extends MessageBuilder<MessageTable>> = {
  readonly [Code in keyof Builder['table']]?: string;
};

/**
 * The builder for a room's table of messages.
 *
 * @example
 * const fitMessage = messages({ 'fit/levels': '{levels} {levels|level|levels}' });
 * fitMessage('fit/levels', { levels: 1 }).text; // '1 level'
 */
export function messages<const Table extends MessageTable>(table: Table): MessageBuilder<Table> {
  const build = (code: string, values: Message['values'] = {}): Message => {
    const template = table[code];
    if (template === undefined) throw new Error(`no message has the code ${code}`);
    return { code, values, text: fillTemplate(template, values) };
  };
  // The signature says by its types what `build` takes: the values of the code's own template.
  return Object.assign(build, { table }) as unknown as MessageBuilder<Table>;
}

/** Words that no table holds: a name from a file, or what another library says. They are never translated. */
export const verbatim = (text: string): Message => ({ code: '', values: {}, text });

/** Whether a value of unknown shape is a message. */
export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'code' in value && 'values' in value && 'text' in value;

/** A reason as a message. */
export const messageFrom = (reason: string | Message): Message =>
  typeof reason === 'string' ? verbatim(reason) : reason;

/** Fills a template in; `print` prints the messages among the values, in English where it is not given. */
export function fillTemplate(
  template: string,
  values: Message['values'],
  print: (message: Message) => string = ({ text }) => text,
): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string, one?: string, other?: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template '${template}' has no value for ${name}`);
    if (one !== undefined) return value === 1 || value === '1' ? one : (other ?? '');
    return typeof value === 'object' ? print(value) : String(value);
  });
}

const PLACEHOLDER = /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g;

/** The names of a template's values; each of the two forms of a placeholder starts with one. */
type NamesIn<Template extends string> = Template extends `${string}{${infer Inner}}${infer Rest}`
  ? (Inner extends `${infer Name}|${string}` ? Name : Inner) | NamesIn<Rest>
  : never;

type ValuesOf<Template extends string> = [NamesIn<Template>] extends [never]
  ? []
  : [values: { readonly [Name in NamesIn<Template>]: MessageValue }];

/** The codes of a builder whose messages take no values. */
export type PlainCode<Builder extends MessageBuilder<MessageTable>> = {
  [Code in keyof Builder['table'] & string]: [NamesIn<Builder['table'][Code]>] extends [never] ? Code : never;
}[keyof Builder['table'] & string];

/** A reason in English. */
export const textOf = (reason: string | Message): string => (typeof reason === 'string' ? reason : reason.text);
