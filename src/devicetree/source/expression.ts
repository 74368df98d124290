import { Fault } from '../../fault.ts';
import type { Lexer } from './lex.ts';

/** Parentheses and prefix operators that may nest in one expression; bounds recursion. */
const MAX_EXPRESSION_DEPTH = 200;

type Operate = (left: bigint, right: bigint) => bigint;
const truth = (value: boolean): bigint => (value ? 1n : 0n);
const shift =
  (operate: Operate): Operate =>
  (left, right) =>
    right < 64n ? operate(left, right) : 0n;

/** Binary operators with how tightly they bind, as in C. */
const OPERATORS: ReadonlyMap<string, { readonly level: number; readonly operate: Operate }> = new Map(
  (
    [
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
    ] satisfies Record<string, Operate>[]
  ).flatMap((level, i) => Object.entries(level).map(([kind, operate]) => [kind, { level: i, operate }] as const)),
);

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

  /** Operators of at least `level`; each takes what binds more tightly on its right first. */
  #binary(level: number): bigint {
    const { file, start } = this.#lexer;
    let left = this.#unary();
    for (;;) {
      const { kind } = this.#lexer;
      const operator = OPERATORS.get(kind);
      if (operator === undefined || operator.level < level) return left;
      this.#lexer.next();
      const right = this.#binary(operator.level + 1);
      if (right === 0n && (kind === '/' || kind === '%')) {
        this.#lexer.problem({ file, start, end: this.#lexer.previousEnd }, 'Division by zero');
        left = 0n;
      } else {
        left = BigInt.asUintN(64, operator.operate(left, right));
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
