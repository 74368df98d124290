import { Fault, type SourceProblem } from '../../fault.ts';
import { resolveEscapes } from './escape.ts';
import { problemAt, SourceFile, type Span } from './text.ts';

/** Gives a file that a source names. Pure code opens nothing itself: where files come from is the caller's affair. */
export type LoadFile = (request: {
  /** As it is written in the source. */
  readonly name: string;
  /** The folder of the file that names it; searched first. */
  readonly folder: string | undefined;
  readonly kind: 'include' | 'incbin';
  /** Bytes to skip and, where given, to read at most: for `/incbin/("file", offset, size)`. */
  readonly offset?: number;
  readonly size?: number;
}) => { readonly name: string; readonly bytes: Uint8Array };

/** Files that may include each other in a row; dtc's limit. */
const MAX_INCLUDE_DEPTH = 100;

/**
 * What a token is: a keyword (`/dts-v1/`, …), an operator or punctuation character as it is written, or one of
 * `label`, `name`, `literal`, `string`, `byte`, `label-ref`, `path-ref`, `eof`.
 */
export type TokenKind = string;

const KEYWORDS: ReadonlyMap<string, 'value' | 'name'> = new Map([
  ['/dts-v1/', 'value'],
  ['/plugin/', 'value'],
  ['/memreserve/', 'value'],
  ['/bits/', 'value'],
  ['/delete-property/', 'name'],
  ['/delete-node/', 'name'],
  ['/omit-if-no-ref/', 'name'],
  ['/incbin/', 'value'],
]);
const OPERATORS = new Set(['<<', '>>', '<=', '>=', '==', '!=', '&&', '||']);

const LARGEST = 0xffff_ffff_ffff_ffffn;
const KEYWORD = /\/[a-z0-9-]+\//y;
const INCLUDE = /\/include\/[ \t\n\v\f\r]*"((?:[^\\"]|\\.)*)"/y;
const LINE_MARKER = /#(?:line)?[ \t]+([0-9]+)[ \t]+"((?:[^\\"]|\\.)*)"(?:[ \t]+[0-9]+)?/y;
/** A backslash before the last quote belongs to the text only where another quote follows, as flex's longest match. */
const CHARACTER = /'(?:\\'|[^'])*'/y;
const LITERAL = /(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:ULL|UL|LL|U|L)?/y;
const PATH_REFERENCE = /&\{([a-zA-Z0-9,._+*#?@/-]*)\}/y;

/** Classes of characters, so that a token's end is found without a regular expression. */
const SPACE = 1;
const LABEL_START = 2;
const LABEL = 4;
const NAME = 8;
const DIGIT = 16;
const HEX = 32;
/** First or second character of an operator of two. */
const OPERATOR = 64;
const classes = new Uint8Array(256);
for (const [characters, bits] of [
  [' \t\n\v\f\r', SPACE],
  ['abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', LABEL_START | LABEL | NAME],
  ['_', LABEL_START | LABEL | NAME],
  ['0123456789', LABEL | NAME | DIGIT | HEX],
  [',.+*#?@-', NAME],
  ['abcdefABCDEF', HEX],
  ['<>=!&|', OPERATOR],
] as const) {
  for (const character of characters) classes[character.charCodeAt(0)]! |= bits;
}

/** Every character as a text of its own, made once. */
const CHARACTERS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/**
 * Splits a source into tokens, following includes. As in dtc, what a word is depends on what came before it: after
 * `{` and `;` a name, between `[` and `]` bytes, otherwise part of a value.
 */
export class Lexer {
  readonly problems: SourceProblem[] = [];
  /** The current token. */
  kind: TokenKind = '';
  start = 0;
  end = 0;
  file: SourceFile;
  /** Where the token before the current one ends, in its file. */
  previousEnd = 0;
  /** Of a label, name, string or reference: its text; a string's is its bytes, escapes resolved. */
  text = '';
  /** Of a literal or byte: its value; above 2^32 a bigint. */
  value: number | bigint = 0;
  /** Every file that was read, in order. */
  readonly files: SourceFile[];
  readonly #load: LoadFile;
  readonly #listen: (problem: SourceProblem) => void;
  readonly #truncated: ((problem: SourceProblem) => void) | undefined;
  #mode: 'value' | 'name' | 'bytes' = 'value';
  #offset = 0;
  readonly #outer: { readonly file: SourceFile; readonly offset: number }[] = [];

  constructor(
    file: SourceFile,
    load: LoadFile,
    listen: (problem: SourceProblem) => void = () => undefined,
    truncated?: (problem: SourceProblem) => void,
  ) {
    this.file = file;
    this.#listen = listen;
    this.#truncated = truncated;
    this.files = [file];
    this.#load = load;
  }

  get span(): Span {
    return { file: this.file, start: this.start, end: this.end };
  }

  problem(span: Span, reason: string, kind: SourceProblem['kind'] = 'error'): void {
    const problem = problemAt(span, kind, reason);
    this.problems.push(problem);
    this.#listen(problem);
  }

  /** A number that has more bits than what it is written into: a problem, unless somebody wants to be told instead. */
  outOfRange(span: Span, value: number | bigint, bits: number): void {
    if (this.#truncated === undefined) {
      this.problem(span, `Value out of range for ${bits}-bit array element`);
      return;
    }
    const hex = (width: number): string =>
      BigInt.asUintN(width, BigInt(value))
        .toString(16)
        .padStart(width / 4, '0');
    this.#truncated(problemAt(span, 'error', `Value 0x${hex(64)} truncated to 0x${hex(bits)}`));
  }

  /** Reads a file named by the current token's place in the source. */
  load(request: Omit<Parameters<LoadFile>[0], 'folder'>): { readonly name: string; readonly bytes: Uint8Array } {
    return this.#load({ ...request, folder: this.file.folder });
  }

  /** Moves to the next token and gives its kind. */
  next(): TokenKind {
    const { file } = this;
    this.previousEnd = this.end;
    this.#skip();
    const { text } = this.file;
    const at = this.#offset;
    if (at >= text.length) {
      this.kind = 'eof';
      // What is wrong at the end is shown at the last token.
      if (this.file !== file) this.start = this.end = at;
      return this.kind;
    }
    this.start = at;
    const code = text.charCodeAt(at);
    const bits = classes[code]!;
    if ((bits & NAME) !== 0 && this.#word(at, bits)) return this.kind;
    switch (code) {
      case 0x22:
        if (this.#string(at)) return this.kind;
        break;
      case 0x2f:
        if (this.#keyword(at)) return this.kind;
        break;
      case 0x26:
        if (this.#reference(at)) return this.kind;
        break;
      case 0x27:
        if (this.#character(at)) return this.kind;
        break;
      case 0x5c:
        if (this.#mode === 'name' && (classes[text.charCodeAt(at + 1)]! & NAME) !== 0) {
          return this.#name(at, at + 1);
        }
        break;
    }
    return this.#operator(at);
  }

  #token(kind: TokenKind, end: number): TokenKind {
    this.kind = kind;
    this.end = end;
    this.#offset = end;
    return kind;
  }

  /** Skips blanks, comments, line markers, includes, and the ends of included files. */
  #skip(): void {
    for (;;) {
      const { text } = this.file;
      let at = this.#offset;
      while (at < text.length && (classes[text.charCodeAt(at)]! & SPACE) !== 0) at++;
      this.#offset = at;
      if (at >= text.length) {
        const outer = this.#outer.pop();
        if (outer === undefined) return;
        this.file = outer.file;
        this.#offset = outer.offset;
        continue;
      }
      const code = text.charCodeAt(at);
      if (code === 0x2f) {
        if (!this.#comment(at) && !this.#include(at)) return;
      } else if (code !== 0x23 || !this.#lineMarker(at)) {
        return;
      }
    }
  }

  #comment(at: number): boolean {
    const { text } = this.file;
    const second = text.charCodeAt(at + 1);
    if (second === 0x2f) {
      const end = text.indexOf('\n', at);
      this.#offset = end < 0 ? text.length : end + 1;
      return true;
    }
    if (second !== 0x2a) return false;
    const end = text.indexOf('*/', at + 2);
    if (end < 0) return false;
    this.#offset = end + 2;
    return true;
  }

  #include(at: number): boolean {
    INCLUDE.lastIndex = at;
    const match = INCLUDE.exec(this.file.text);
    if (match === null) return false;
    if (this.#outer.length >= MAX_INCLUDE_DEPTH - 1) {
      throw new Fault('devicetree/limit', {
        path: this.file.name,
        offset: at,
        what: 'nesting of includes',
        limit: MAX_INCLUDE_DEPTH,
      });
    }
    const { name, bytes } = this.load({ name: match[1]!, kind: 'include' });
    this.#outer.push({ file: this.file, offset: INCLUDE.lastIndex });
    this.file = new SourceFile(name, bytes);
    this.files.push(this.file);
    this.#offset = 0;
    return true;
  }

  #lineMarker(at: number): boolean {
    const { text } = this.file;
    if (at !== 0 && text.charCodeAt(at - 1) !== 0x0a) return false;
    LINE_MARKER.lastIndex = at;
    const match = LINE_MARKER.exec(text);
    if (match === null) return false;
    const newline = text.indexOf('\n', LINE_MARKER.lastIndex);
    this.file.mark(newline < 0 ? text.length : newline + 1, match[2]!, Number(match[1]));
    this.#offset = LINE_MARKER.lastIndex;
    return true;
  }

  /** A label, name, number or byte; `false` where these characters are none of them here. */
  #word(at: number, bits: number): boolean {
    const { text } = this.file;
    if ((bits & LABEL_START) !== 0) {
      let end = at + 1;
      while ((classes[text.charCodeAt(end)]! & LABEL) !== 0) end++;
      if (text.charCodeAt(end) === 0x3a) {
        this.text = text.slice(at, end);
        this.#token('label', end + 1);
        return true;
      }
    }
    switch (this.#mode) {
      case 'name':
        this.#name(at, at);
        return true;
      case 'bytes':
        return this.#byte(at);
      case 'value':
        return (bits & DIGIT) !== 0 && this.#literal(at);
    }
  }

  #name(at: number, from: number): TokenKind {
    const { text } = this.file;
    let end = from;
    while ((classes[text.charCodeAt(end)]! & NAME) !== 0) end++;
    this.text = text.slice(from, end);
    this.#mode = 'value';
    this.#offset = at;
    return this.#token('name', end);
  }

  #byte(at: number): boolean {
    const { text } = this.file;
    if ((classes[text.charCodeAt(at)]! & classes[text.charCodeAt(at + 1)]! & HEX) === 0) return false;
    this.value = Number.parseInt(text.slice(at, at + 2), 16);
    this.#token('byte', at + 2);
    return true;
  }

  /** A plain number without suffix, of up to nine digits or eight hexadecimal ones: nearly every number there is. */
  #shortLiteral(at: number): boolean {
    const { text } = this.file;
    const first = text.charCodeAt(at);
    const hex = first === 0x30 && (text.charCodeAt(at + 1) | 0x20) === 0x78;
    const start = hex ? at + 2 : at;
    let end = start;
    let value = 0;
    if (hex) {
      for (let code = text.charCodeAt(end); (classes[code]! & HEX) !== 0; code = text.charCodeAt(++end)) {
        value = value * 16 + (code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57);
      }
    } else {
      for (let code = text.charCodeAt(end); (classes[code]! & DIGIT) !== 0; code = text.charCodeAt(++end)) {
        value = value * 10 + code - 0x30;
      }
    }
    const size = end - start;
    const last = text.charCodeAt(end) | 0x20;
    const suffixed = last === 0x75 || last === 0x6c;
    if (size === 0 || size > (hex ? 8 : 9) || suffixed || (!hex && first === 0x30 && size > 1)) return false;
    this.value = value;
    this.#token('literal', end);
    return true;
  }

  #literal(at: number): boolean {
    if (this.#shortLiteral(at)) return true;
    const { text } = this.file;
    LITERAL.lastIndex = at;
    LITERAL.exec(text);
    const end = LITERAL.lastIndex;
    this.#token('literal', end);
    const written = text.slice(at, end);
    const digits = written.replace(/[UL]+$/, '');
    const octal = digits.length > 1 && digits.startsWith('0') && (digits.charCodeAt(1) | 0x20) !== 0x78;
    if (octal && /[89]/.test(digits)) {
      this.problem(this.span, `Bad integer literal '${written}'`, 'lexical');
      this.value = 0;
      return true;
    }
    if (!octal && digits.length <= 10) {
      this.value = Number(digits);
      return true;
    }
    const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
    if (value > LARGEST) this.problem(this.span, `Integer literal '${written}' out of range`, 'lexical');
    this.value = value > LARGEST ? LARGEST : value;
    return true;
  }

  #string(at: number): boolean {
    const { text } = this.file;
    let escaped = false;
    for (let end = at + 1; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === 0x22) {
        const inner = text.slice(at + 1, end);
        this.#token('string', end + 1);
        this.text = escaped ? this.#unescape(inner) : inner;
        return true;
      }
      if (code === 0x5c) {
        // A backslash may stand before anything but the end of a line.
        escaped = true;
        if (++end < text.length && text.charCodeAt(end) === 0x0a) return false;
      }
    }
    return false;
  }

  #unescape(inner: string): string {
    const { text, reason } = resolveEscapes(inner);
    if (reason !== undefined) this.problem(this.span, reason, 'lexical');
    return text;
  }

  #character(at: number): boolean {
    CHARACTER.lastIndex = at;
    const match = CHARACTER.exec(this.file.text);
    if (match === null) return false;
    this.#token('literal', CHARACTER.lastIndex);
    const text = this.#unescape(match[0].slice(1, -1));
    if (text.length === 0) this.problem(this.span, 'Empty character literal', 'lexical');
    else if (text.length > 1) {
      this.problem(this.span, `Character literal has ${text.length} characters instead of 1`, 'lexical');
    }
    this.value = text === '' ? 0 : text.charCodeAt(0);
    return true;
  }

  #keyword(at: number): boolean {
    KEYWORD.lastIndex = at;
    const match = KEYWORD.exec(this.file.text);
    const mode = match === null ? undefined : KEYWORDS.get(match[0]);
    if (match === null || mode === undefined) return false;
    if (match[0] === '/incbin/' && this.#mode !== 'value') return false;
    this.#mode = mode;
    this.#token(match[0], KEYWORD.lastIndex);
    return true;
  }

  #reference(at: number): boolean {
    const { text } = this.file;
    if ((classes[text.charCodeAt(at + 1)]! & LABEL_START) !== 0) {
      let end = at + 2;
      while ((classes[text.charCodeAt(end)]! & LABEL) !== 0) end++;
      this.text = text.slice(at + 1, end);
      this.#token('label-ref', end);
      return true;
    }
    PATH_REFERENCE.lastIndex = at;
    const match = PATH_REFERENCE.exec(text);
    if (match === null) return false;
    this.text = match[1]!;
    this.#token('path-ref', PATH_REFERENCE.lastIndex);
    return true;
  }

  #operator(at: number): TokenKind {
    const { text } = this.file;
    const code = text.charCodeAt(at);
    if ((classes[code]! & OPERATOR) !== 0 && (classes[text.charCodeAt(at + 1)]! & OPERATOR) !== 0) {
      const two = text.slice(at, at + 2);
      if (OPERATORS.has(two)) return this.#token(two, at + 2);
    }
    if (code === 0x5b) this.#mode = 'bytes';
    else if (code === 0x7b || code === 0x3b) this.#mode = 'name';
    else if (code === 0x5d && this.#mode === 'bytes') this.#mode = 'value';
    return this.#token(CHARACTERS[code]!, at + 1);
  }
}
