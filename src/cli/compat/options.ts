/** An option of another tool's command line. */
export interface OptionSpec {
  readonly name: string;
  /** Its short form. */
  readonly letter?: string;
  readonly takesValue?: boolean;
}

/** An option that was given; a flag's value is empty. */
interface GivenOption {
  readonly name: string;
  readonly letter: string;
  readonly value: string;
}

/** What a command line gave: options in order, then operands. */
export interface ParsedOptions {
  readonly options: readonly GivenOption[];
  readonly operands: readonly string[];
}

/** A command line that the original's parser would complain about; the message is its complaint, without its name. */
export class OptionError extends Error {}

/** In what the parsers of the originals differ. */
export interface Dialect {
  /** The beginning of a long name is enough where no other starts so. */
  readonly abbreviates: boolean;
  /** `-np` is `-n -p`; else what follows a letter is its value, or nothing. */
  readonly joinsLetters: boolean;
  /** `--flag=value` of an option without a value is refused. */
  readonly refusesValues: boolean;
  readonly complaints: {
    readonly unknown: (option: string) => string;
    readonly unknownLetter: (letter: string) => string;
    readonly noValue: (name: string) => string;
    readonly noValueOfLetter: (letter: string) => string;
  };
}

/** getopt_long(3) of the GNU C library. */
const getoptLong: Dialect = {
  abbreviates: true,
  joinsLetters: true,
  refusesValues: true,
  complaints: {
    unknown: (option) => `unrecognized option '${option}'`,
    unknownLetter: (letter) => `invalid option -- '${letter}'`,
    noValue: (name) => `option '--${name}' requires an argument`,
    noValueOfLetter: (letter) => `option requires an argument -- '${letter}'`,
  },
};

/** popt(3), with which cryptsetup's tools read their options. */
export const popt: Dialect = {
  abbreviates: false,
  joinsLetters: false,
  refusesValues: false,
  complaints: {
    unknown: (option) => `${option.replace(/=.*$/s, '')}: unknown option`,
    unknownLetter: (letter) => `-${letter}: unknown option`,
    noValue: (name) => `--${name}: missing argument`,
    noValueOfLetter: (letter) => `-${letter}: missing argument`,
  },
};

/**
 * Splits a command line into options and operands: options anywhere until `--`, a long option's value behind `=` or in
 * the next argument, a letter's value joined to it or in the next argument. Throws `OptionError`. An abbreviation of
 * several options is refused.
 */
export function parseOptions(
  args: readonly string[],
  known: readonly OptionSpec[],
  dialect: Dialect = getoptLong,
): ParsedOptions {
  const options: GivenOption[] = [];
  const operands: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return { options, operands: [...operands, ...rest] };
    if (!word.startsWith('-') || word === '-') operands.push(word);
    else if (word.startsWith('--')) options.push(longOption(word, rest, known, dialect));
    else options.push(...shortOptions(word, rest, known, dialect));
  }
  return { options, operands };
}

function longOption(word: string, rest: string[], known: readonly OptionSpec[], dialect: Dialect): GivenOption {
  const at = word.indexOf('=');
  const joined = at < 0 ? undefined : word.slice(at + 1);
  const option = findOption(at < 0 ? word.slice(2) : word.slice(2, at), word, known, dialect);
  const { name, letter = '' } = option;
  if (option.takesValue !== true) {
    if (joined !== undefined && dialect.refusesValues)
      throw new OptionError(`option '--${name}' doesn't allow an argument`);
    return { name, letter, value: '' };
  }
  const value = joined ?? rest.shift();
  if (value === undefined) throw new OptionError(dialect.complaints.noValue(name));
  return { name, letter, value };
}

function findOption(written: string, word: string, known: readonly OptionSpec[], dialect: Dialect): OptionSpec {
  const exact = known.find(({ name }) => name === written);
  if (exact !== undefined) return exact;
  const close = dialect.abbreviates ? known.filter(({ name }) => name.startsWith(written)) : [];
  const [only, second] = close;
  if (only === undefined) throw new OptionError(dialect.complaints.unknown(word));
  if (second === undefined) return only;
  const names = close.map(({ name }) => ` '--${name}'`).join('');
  throw new OptionError(`option '${word}' is ambiguous; possibilities:${names}`);
}

/** The options of a word of letters; one that takes a value takes the rest of the word, where there is one. */
function* shortOptions(
  word: string,
  rest: string[],
  known: readonly OptionSpec[],
  { joinsLetters, complaints }: Dialect,
): Generator<GivenOption> {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const option = known.find((one) => one.letter === letter);
    if (option === undefined) throw new OptionError(complaints.unknownLetter(letter));
    if (option.takesValue !== true) {
      yield { name: option.name, letter, value: '' };
      if (joinsLetters) continue;
      return;
    }
    const joined = joinsLetters ? word.slice(at + 1) : word.slice(at + 1).replace(/^=/, '');
    const value = joined === '' ? rest.shift() : joined;
    if (value === undefined) throw new OptionError(complaints.noValueOfLetter(letter));
    yield { name: option.name, letter, value };
    return;
  }
}
