/** One change of one verifier that makes it wrong, and the tests of which at least one must fail because of it. */
export interface Mutant {
  /** What the changed verifier does wrong; unique in its room. */
  readonly name: string;
  /** The file that is changed, from the root of the project. */
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly from: string;
  /** What stands there instead. */
  readonly to: string;
  /** What an attacker would gain, or a user would lose, if no test noticed. */
  readonly why: string;
  /** The test files that notice it, from the root of the project. They import the source, not `dist`. */
  readonly tests: readonly string[];
  /** Narrows a slow test file to the tests whose name fits this regular expression. */
  readonly only?: string;
}

/** The source of a mutant's file with the change made; throws where the text does not stand there exactly once. */
export function mutate(source: string, { file, from, to }: Pick<Mutant, 'file' | 'from' | 'to'>): string {
  const parts = source.split(from);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times, where once is meant: ${from}`);
  }
  return parts.join(to);
}
