/** Numbers that look random and follow from a seed: sfc32 (Doty-Humphrey's PractRand). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Equal words give equal numbers. */
  constructor(...words: readonly (number | string)[]) {
    let [a, b] = [0x9e37_79b9, 0x243f_6a88];
    for (const character of words.join('\0')) {
      a = Math.imul(a ^ character.charCodeAt(0), 0x0100_0193) >>> 0;
      b = Math.imul(b + a, 0x85eb_ca6b) >>> 0;
    }
    [this.#a, this.#b, this.#c] = [a, b, (a ^ b) >>> 0];
    for (let i = 0; i < 12; i++) this.word();
  }

  /** 32 bits. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** A whole number below `end`; 0 where there is none. */
  below(end: number): number {
    return end < 1 ? 0 : Math.floor((this.word() / 2 ** 32) * end);
  }

  chance(one: number): boolean {
    return this.below(one) === 0;
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  pick<Value>(values: readonly Value[]): Value | undefined;
  pick<Value>(values: readonly Value[]): Value | undefined {
    return values[this.below(values.length)];
  }

  bytes(size: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: size }, () => this.below(256));
  }
}
