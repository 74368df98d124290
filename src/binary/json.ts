/** What is wrong with a text that should be JSON, and where: lines and columns from 1, columns in UTF-16 units. */
export interface JsonFlaw {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

/** Containers within each other; what this project reads has five levels. */
const MAX_DEPTH = 256;

/** `line 3, column 7: a comma, or } to end` */
export const printJsonFlaw = ({ line, column, reason }: JsonFlaw): string =>
  `line ${line}, column ${column}: ${reason}`;

/**
 * The value of a JSON text, or its first flaw. `JSON.parse` says where something is wrong in words that change from
 * one release to the next, or not at all, and lets a member stand twice: the last one would count here, and the first
 * one elsewhere.
 */
export function parseJson(text: string): { readonly value: unknown } | { readonly flaw: JsonFlaw } {
  const flaw = findJsonFlaw(text);
  return flaw === undefined ? { value: JSON.parse(text) as unknown } : { flaw };
}

/** The first thing that keeps a text from being JSON (RFC 8259); `undefined` where it is. */
export function findJsonFlaw(text: string): JsonFlaw | undefined {
  const scanner = new Scanner(text);
  const reason = scanner.run();
  return reason === undefined ? undefined : { ...placeOf(text, scanner.at), reason };
}

/** A container that is open: the names in an object, nothing for an array. */
type OpenContainer = ReadonlySet<string> | undefined;

const SPACE = /[ \t\n\r]*/y;
/** A string up to its closing quote; what stands unescaped is everything from a space on but for quote and backslash. */
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*/y;
const PLAIN = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

class Scanner {
  at = 0;
  readonly #text: string;
  readonly #open: (Set<string> | undefined)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Why the text is no JSON; `at` then stands at the place. */
  run(): string | undefined {
    for (;;) {
      const wrong = this.#value();
      if (wrong !== undefined) return wrong;
      const end = this.#afterValue();
      if (end !== true) return end;
    }
  }

  /** A value to its end, or the start of a container down to its first value. */
  #value(): string | undefined {
    for (;;) {
      this.#match(SPACE);
      const next = this.#text[this.at];
      if (next === '{' || next === '[') {
        if (this.#open.length === MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
        this.at++;
        this.#open.push(next === '{' ? new Set() : undefined);
        this.#match(SPACE);
        const close = next === '{' ? '}' : ']';
        if (this.#text[this.at] === close) return this.#close();
        const wrong = next === '{' ? this.#name() : undefined;
        if (wrong !== undefined) return wrong;
        continue;
      }
      if (next === '"') return this.#string();
      if (next === undefined) return 'the text ends where a value is expected';
      const length = this.#match(PLAIN);
      if (length === 0 || /[\w.+-]/.test(this.#text[this.at] ?? '')) return 'expected a value';
      return undefined;
    }
  }

  /** Steps over the ends of containers, a comma and the next name; true where a value follows, else why not, or the end. */
  #afterValue(): true | string | undefined {
    for (;;) {
      this.#match(SPACE);
      const next = this.#text[this.at];
      if (this.#open.length === 0) return next === undefined ? undefined : 'something follows the end';
      const names: OpenContainer = this.#open.at(-1);
      const close = names === undefined ? ']' : '}';
      if (next === close) {
        this.#close();
        continue;
      }
      if (next === undefined) return `the text ends where ',' or '${close}' is expected`;
      if (next !== ',') return `expected ',' or '${close}'`;
      this.at++;
      const wrong = names === undefined ? undefined : this.#name();
      return wrong ?? true;
    }
  }

  #close(): undefined {
    this.at++;
    this.#open.pop();
  }

  /** A member's name and its colon. */
  #name(): string | undefined {
    this.#match(SPACE);
    const start = this.at;
    if (this.#text[start] !== '"') return 'expected a name in double quotes';
    const wrong = this.#string();
    if (wrong !== undefined) return wrong;
    const name = JSON.parse(this.#text.slice(start, this.at)) as string;
    const names = this.#open.at(-1);
    if (names?.has(name) === true) {
      this.at = start;
      return `${JSON.stringify(name)} is there twice`;
    }
    names?.add(name);
    this.#match(SPACE);
    if (this.#text[this.at] !== ':') return "expected ':'";
    this.at++;
    return undefined;
  }

  #string(): string | undefined {
    this.#match(STRING);
    if (this.#text[this.at] === undefined) return 'the text ends within a string';
    if (this.#text[this.at] !== '"') return 'a character or escape that a string cannot hold';
    this.at++;
    return undefined;
  }

  /** Steps over what a pattern matches here; gives its length. */
  #match(pattern: RegExp): number {
    pattern.lastIndex = this.at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.at += length;
    return length;
  }
}

function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}
