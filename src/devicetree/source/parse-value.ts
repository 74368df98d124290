import { Fault } from '../../fault.ts';
import { readInteger } from './expression.ts';
import type { Lexer } from './lex.ts';
import type { Span } from './text.ts';
import { ValueBuilder } from './value.ts';

const ELEMENT_MARKS = { 8: 'u8', 16: 'u16', 32: 'u32', 64: 'u64' } as const;
type ElementBits = keyof typeof ELEMENT_MARKS;

/** What nearly every definition has; never changed. */
const NO_LABELS: string[] = [];

/** Reads the values of properties, and what else stands between tokens everywhere: labels, numbers, errors. */
export class ValueParser {
  readonly builder = new ValueBuilder();
  readonly #lexer: Lexer;

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
  }

  /** Reads a value up to what follows it; it is then in the builder. */
  read(): void {
    for (;;) {
      this.#markLabels();
      this.#part();
      this.#markLabels();
      if (this.#lexer.kind !== ',') return;
      this.#lexer.next();
    }
  }

  labels(): string[] {
    if (this.#lexer.kind !== 'label') return NO_LABELS;
    const labels: string[] = [];
    while (this.#lexer.kind === 'label') {
      labels.push(this.#lexer.text);
      this.#lexer.next();
    }
    return labels;
  }

  integer(): number | bigint {
    return readInteger(this.#lexer, () => this.syntaxError());
  }

  expect(kind: string): void {
    if (this.#lexer.kind !== kind) this.syntaxError();
    this.#lexer.next();
  }

  /** A problem with everything from `start` to the token before the current one. */
  problem(start: number, reason: string): void {
    this.#lexer.problem(this.#since(start), reason);
  }

  #since(start: number): Span {
    const { file, previousEnd } = this.#lexer;
    return { file, start: Math.min(start, previousEnd), end: previousEnd };
  }

  syntaxError(): never {
    this.#lexer.problem(this.#lexer.span, 'syntax error');
    this.stop();
  }

  stop(): never {
    throw new Fault('devicetree/source', { problems: this.#lexer.problems, complete: false });
  }

  #markLabels(): void {
    if (this.#lexer.kind === 'label') for (const label of this.labels()) this.builder.mark('label', label);
  }

  #part(): void {
    const lexer = this.#lexer;
    const values = this.builder;
    switch (lexer.kind) {
      case 'string':
        values.mark('string');
        values.text(lexer.text);
        lexer.next();
        return;
      case '<':
        lexer.next();
        this.#array(32);
        return;
      case '/bits/':
        this.#bits();
        return;
      case '[':
        this.#byteString();
        return;
      case 'label-ref':
      case 'path-ref':
        values.mark('string', lexer.text);
        values.mark('path', lexer.text);
        lexer.next();
        return;
      case '/incbin/':
        this.#incbin();
        return;
      default:
        this.syntaxError();
    }
  }

  #bits(): void {
    const lexer = this.#lexer;
    lexer.next();
    if (lexer.kind !== 'literal') this.syntaxError();
    const { span, value } = lexer;
    lexer.next();
    this.expect('<');
    const bits = Number(value);
    if (bits in ELEMENT_MARKS) this.#array(bits as ElementBits);
    else {
      lexer.problem(span, 'Array elements must be 8, 16, 32 or 64-bits');
      this.#array(32);
    }
  }

  /** The elements up to and with the closing `>`. */
  #array(bits: ElementBits): void {
    const lexer = this.#lexer;
    const values = this.builder;
    values.mark(ELEMENT_MARKS[bits]);
    for (;;) {
      switch (lexer.kind) {
        case '>':
          lexer.next();
          return;
        case 'label':
          values.mark('label', lexer.text);
          lexer.next();
          break;
        case 'label-ref':
        case 'path-ref':
          if (bits === 32) values.mark('phandle', lexer.text);
          else lexer.problem(lexer.span, 'References are only allowed in arrays with 32-bit elements.');
          values.integer(bits === 64 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffff, bits);
          lexer.next();
          break;
        default: {
          const { start } = lexer;
          const value = this.integer();
          if (!fits(value, bits)) lexer.outOfRange(this.#since(start), value, bits);
          values.integer(value, bits);
        }
      }
    }
  }

  #byteString(): void {
    const lexer = this.#lexer;
    this.builder.mark('u8');
    lexer.next();
    for (; lexer.kind !== ']'; lexer.next()) {
      if (lexer.kind === 'byte') this.builder.integer(lexer.value, 8);
      else if (lexer.kind === 'label') this.builder.mark('label', lexer.text);
      else this.syntaxError();
    }
    lexer.next();
  }

  #incbin(): void {
    const lexer = this.#lexer;
    lexer.next();
    this.expect('(');
    if (lexer.kind !== 'string') this.syntaxError();
    const name = lexer.text;
    lexer.next();
    let range: { offset?: number; size?: number } = {};
    if ((lexer.kind as string) === ',') {
      lexer.next();
      const offset = Number(this.integer());
      this.expect(',');
      range = { offset, size: Number(this.integer()) };
    }
    if ((lexer.kind as string) !== ')') this.syntaxError();
    this.builder.bytes(lexer.load({ name, kind: 'incbin', ...range }).bytes);
    lexer.next();
  }
}

/** Whether a number fits an element: its high bits are all zero, or all one as those of a negative number. */
function fits(value: number | bigint, bits: number): boolean {
  if (bits === 64) return true;
  if (typeof value === 'number' && value < 2 ** bits) return true;
  const mask = (1n << BigInt(bits)) - 1n;
  const wide = BigInt(value);
  return wide <= mask || (wide | mask) === 0xffff_ffff_ffff_ffffn;
}
