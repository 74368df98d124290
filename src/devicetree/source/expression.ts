import { Fault } from '../../fault.ts';
import type { Lexer } from './lex.ts';

/** Parentheses and prefix operators that may nest in one expression; bounds recursion. */
export const MAX_EXPRESSION_DEPTH = 200;

type Operate = (left: bigint, right: bigint) => bigint;
const truth = (value: boolean): bigint => (value ? 1n : 0n);
const shift =
  (operate: Operate): Operate =>
  (left, right) =>
    right < 64n ? operate(left, right) : 0n;

/** Binary operators by what binds less, as in C. Division is apart: it can fail. */
const LEVELS: readonly Readonly<Record<string, Operate>>[] = [
  { '||': (left, right) => truth(left !== 0n || right !== 0n) },
  { '&&': (left, right) => truth(left !== 0n && right !== 0n) },
  { '|': (left, right) => left | right },
  { '^': (left, right) => left ^ right },
  { '&': (left, right) => left & right },
  { '==': (left, right) => truth(left === right), '!=': (left, right) => truth(left !== right) },
  {
    '<': (left, right) => truth(left < right),
    '>': (left, right) => truth(left > right),
    '<=': (left, right) => truth(left <= right),
    '>=': (left, right) => truth(left >= right),
  },
  { '<<': shift((left, right) => left << right), '>>': shift((left, right) => left >> right) },
  { '+': (left, right) => left + right, '-': (left, right) => left - right },
  { '*': (left, right) => left * right, '/': (left, right) => left / right, '%': (left, right) => left % right },
];

const PREFIXES: Readonly<Record<string, (value: bigint) => bigint>> = {
  '-': (value) => -value,
  '~': (value) => ~value,
  '!': (value) => truth(value === 0n),
};

/**
 * Reads a number: a literal, or an expression in parentheses, in unsigned 64-bit arithmetic as dtc's. The current
 * token is its first; afterwards the current token is the one behind it. A number below 2^32 may come as `number`.
 */
export function readInteger(lexer: Lexer, syntaxError: () => never): number | bigint {
  if (lexer.kind === 'literal') {
    const { value } = lexer;
    lexer.next();
    return value;
  }
  return new Expression(lexer, syntaxError).primary();
}

class Expression {
  readonly #lexer: Lexer;
  readonly #syntaxError: () => never;
  #depth = 0;

  constructor(lexer: Lexer, syntaxError: () => never) {
    this.#lexer = lexer;
    this.#syntaxError = syntaxError;
  }

  primary(): bigint {
    if (this.#lexer.kind === 'literal') {
      const value = BigInt(this.#lexer.value);
      this.#lexer.next();
      return value;
    }
    if (this.#lexer.kind !== '(') this.#syntaxError();
    this.#descend();
    const value = this.#ternary();
    if ((this.#lexer.kind as string) !== ')') this.#syntaxError();
    this.#lexer.next();
    this.#depth--;
    return value;
  }

  #descend(): void {
    this.#lexer.next();
    if (++this.#depth > MAX_EXPRESSION_DEPTH) {
      const { file, start } = this.#lexer;
      throw new Fault('devicetree/limit', {
        path: file.name,
        offset: start,
        what: 'nesting of an expression',
        limit: MAX_EXPRESSION_DEPTH,
      });
    }
  }

  #ternary(): bigint {
    const condition = this.#binary(0);
    if (this.#lexer.kind !== '?') return condition;
    this.#descend();
    const yes = this.#ternary();
    if ((this.#lexer.kind as string) !== ':') this.#syntaxError();
    this.#lexer.next();
    const no = this.#ternary();
    this.#depth--;
    return condition === 0n ? no : yes;
  }

  #binary(level: number): bigint {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    const { file, start } = this.#lexer;
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind } = this.#lexer;
      const operate = operators[kind];
      if (operate === undefined) return left;
      this.#lexer.next();
      const right = this.#binary(level + 1);
      if (right === 0n && (kind === '/' || kind === '%')) {
        this.#lexer.problem({ file, start, end: this.#lexer.previousEnd }, 'Division by zero');
        left = 0n;
      } else {
        left = BigInt.asUintN(64, operate(left, right));
      }
    }
  }

  #unary(): bigint {
    const prefix = PREFIXES[this.#lexer.kind];
    if (prefix === undefined) return this.primary();
    this.#descend();
    const value = BigInt.asUintN(64, prefix(this.#unary()));
    this.#depth--;
    return value;
  }
}
