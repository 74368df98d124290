/** An option that a command of fiptool takes. */
export interface LongOption {
  readonly name: string;
  readonly takesValue: boolean;
  /** Its short form. */
  readonly letter?: string;
}

/** What a command line gave: options in order, then operands. */
export interface ParsedOptions {
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly operands: readonly string[];
}

/** A command line that getopt_long(3) would complain about. */
export class OptionError extends Error {}

/**
 * Reads arguments as getopt_long(3) does: operands anywhere, unique abbreviations, `--name value` and
 * `--name=value`, letters joined (`-np`) and with their value (`-ssha384`). An abbreviation of several options is
 * refused; fiptool takes the first.
 */
export function parseOptions(command: string, args: readonly string[], known: readonly LongOption[]): ParsedOptions {
  const options: { name: string; value: string }[] = [];
  const operands: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--') return { options, operands: [...operands, ...args.slice(i + 1)] };
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    if (!word.startsWith('--')) {
      for (const { letter, option, joined } of lettersOf(command, word, known)) {
        const value = joined ?? (option.takesValue ? args[++i] : '');
        if (value === undefined) throw new OptionError(`${command}: option requires an argument -- '${letter}'`);
        options.push({ name: option.name, value });
      }
      continue;
    }
    const at = word.indexOf('=');
    const { name, takesValue } = match(command, at < 0 ? word : word.slice(0, at), word, known);
    if (!takesValue && at >= 0) throw new OptionError(`${command}: option '--${name}' doesn't allow an argument`);
    const value = !takesValue ? '' : at >= 0 ? word.slice(at + 1) : args[++i];
    if (value === undefined) throw new OptionError(`${command}: option '--${name}' requires an argument`);
    options.push({ name, value });
  }
  return { options, operands };
}

/** The options of a word of letters; one that takes a value takes the rest of the word, where there is one. */
function* lettersOf(
  command: string,
  word: string,
  known: readonly LongOption[],
): Generator<{ readonly letter: string; readonly option: LongOption; readonly joined: string | undefined }> {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    const option = known.find((one) => one.letter === letter);
    if (option === undefined) throw new OptionError(`${command}: invalid option -- '${letter}'`);
    const rest = word.slice(at + 1);
    yield { letter, option, joined: option.takesValue && rest !== '' ? rest : undefined };
    if (option.takesValue) return;
  }
}

function match(command: string, given: string, word: string, known: readonly LongOption[]): LongOption {
  const name = given.slice(2);
  const exact = known.find((option) => option.name === name);
  if (exact !== undefined) return exact;
  const close = known.filter((option) => option.name.startsWith(name));
  const [only, second] = close;
  if (only === undefined) throw new OptionError(`${command}: unrecognized option '${word}'`);
  if (second === undefined) return only;
  const choices = close.map((option) => `'--${option.name}'`).join(' ');
  throw new OptionError(`${command}: option '${given}' is ambiguous; possibilities: ${choices}`);
}
