import { divide, exponentials, logarithms, multiply, ORDER, power } from './field.ts';

/**
 * Corrects a codeword of 255 bytes in place: its message bytes, then its parity. Every erasure, a position known to be
 * wrong, costs one root; every error at an unknown position costs two.
 *
 * Gives the number of bytes that were changed, or `undefined`, and the codeword as it was, where it is beyond that.
 * More errors than the code can tell may be corrected to something wrong: the caller must check what comes out.
 *
 * @param erasures positions without repetition, at most `roots` of them
 */
export function correctCodeword(word: Uint8Array, roots: number, erasures: readonly number[]): number | undefined {
  const syndromes = syndromesOf(word, roots);
  if (syndromes.every((syndrome) => syndrome === 0)) return 0;
  const locator = locatorOf(syndromes, erasures);
  const degree = degreeOf(locator);
  const positions = rootPositions(locator);
  if (degree > roots || positions.length !== degree) return undefined;
  const evaluator = evaluatorOf(syndromes, locator);
  const changes = positions.map((position) => ({ position, by: magnitude(position, locator, evaluator) }));
  const corrected = word.slice();
  for (const { position, by } of changes) corrected[position]! ^= by;
  if (syndromesOf(corrected, roots).some((syndrome) => syndrome !== 0)) return undefined;
  word.set(corrected);
  return changes.filter(({ by }) => by !== 0).length;
}

/** The codeword's polynomial at each root of the generator; all zero where it is a codeword. */
function syndromesOf(word: Uint8Array, roots: number): number[] {
  return Array.from({ length: roots }, (_, root) => {
    let value = 0;
    for (const byte of word) value = (value === 0 ? 0 : exponentials[logarithms[value]! + root]!) ^ byte;
    return value;
  });
}

/** The power of α that stands for a position: the first byte has the highest power of x. */
const powerOf = (position: number): number => ORDER - 1 - position;

/** The polynomial whose roots tell the wrong positions: Berlekamp and Massey's iteration, begun with the erasures. */
function locatorOf(syndromes: readonly number[], erasures: readonly number[]): number[] {
  const size = syndromes.length + 1;
  let locator: number[] = Array.from({ length: size }, (_, i) => (i === 0 ? 1 : 0));
  for (const position of erasures) {
    const root = power(powerOf(position));
    locator = locator.map((value, i) => value ^ multiply(root, i === 0 ? 0 : locator[i - 1]!));
  }
  let length = erasures.length;
  let previous = [...locator];
  for (let step = erasures.length + 1; step <= syndromes.length; step++) {
    let discrepancy = 0;
    for (let i = 0; i < step; i++) discrepancy ^= multiply(locator[i]!, syndromes[step - 1 - i]!);
    const shifted = [0, ...previous.slice(0, -1)];
    if (discrepancy === 0) {
      previous = shifted;
      continue;
    }
    const next = locator.map((value, i) => value ^ multiply(discrepancy, shifted[i]!));
    if (2 * length <= step + erasures.length - 1) {
      length = step + erasures.length - length;
      previous = locator.map((value) => divide(value, discrepancy));
    } else {
      previous = shifted;
    }
    locator = next;
  }
  return locator;
}

function degreeOf(polynomial: readonly number[]): number {
  return polynomial.findLastIndex((coefficient) => coefficient !== 0);
}

/** Positions whose inverse is a root of the locator: Chien's search. */
function rootPositions(locator: readonly number[]): number[] {
  const positions: number[] = [];
  for (let position = 0; position < ORDER; position++) {
    if (evaluate(locator, ORDER - powerOf(position)) === 0) positions.push(position);
  }
  return positions;
}

/** syndromes × locator mod x^roots. */
function evaluatorOf(syndromes: readonly number[], locator: readonly number[]): number[] {
  return syndromes.map((_, i) => {
    let value = 0;
    for (let j = 0; j <= i; j++) value ^= multiply(syndromes[i - j]!, locator[j]!);
    return value;
  });
}

/** By how much a position is wrong: Forney's formula, for a generator whose first root is α⁰. */
function magnitude(position: number, locator: readonly number[], evaluator: readonly number[]): number {
  const inverse = ORDER - powerOf(position);
  // The formal derivative: in characteristic 2 only odd powers remain.
  const derivative = evaluate(
    locator.slice(1).map((coefficient, i) => (i % 2 === 0 ? coefficient : 0)),
    inverse,
  );
  if (derivative === 0) return 0;
  return multiply(power(powerOf(position)), divide(evaluate(evaluator, inverse), derivative));
}

/** A polynomial, constant first, at a power of α. */
function evaluate(polynomial: readonly number[], exponent: number): number {
  let value = 0;
  for (const [i, coefficient] of polynomial.entries()) {
    if (coefficient !== 0) value ^= exponentials[(logarithms[coefficient]! + i * exponent) % ORDER]!;
  }
  return value;
}
