import { type Faults, fillTemplate, type Message, messageFrom, type Reason } from '../../fault.ts';
import { type KoreanFault, koreanFaults } from './korean/faults.ts';
import { koreanLayouts } from './korean/layouts.ts';
import { koreanMessages } from './korean/messages/index.ts';
import { koreanWords } from './korean/words.ts';

/** Puts what the rooms say into the reader's language; what has no translation stays English. */
export interface Translator {
  /** A sentence: of a finding, a fault, a verdict. */
  readonly message: (message: Reason) => string;
  /** The documentation of a field or piece. */
  readonly doc: (doc: string | Message) => string;
  /** What a fault's code means, whatever its occurrence; nothing where the text itself says it. */
  readonly meaning: (code: string) => string;
}

export const englishTranslator: Translator = {
  message: (message) => messageFrom(message).text,
  doc: (doc) => messageFrom(doc).text,
  meaning: () => '',
};

export const koreanTranslator: Translator = {
  message: (message) => translate(messageFrom(message)),
  doc: (doc) => (typeof doc === 'string' ? (koreanLayouts[doc] ?? doc) : translate(doc)),
  meaning: (code) => rowOf(code)?.brief ?? '',
};

function translate({ code, values, text, context }: Message): string {
  if (code === '') return words(text);
  if (context !== undefined) return rowOf(code)?.message(context, (reason) => translate(messageFrom(reason))) ?? text;
  const template = koreanMessages[code];
  return template === undefined ? text : fillTemplate(template, values, translate);
}

/** A fault's row; whoever gives the context of another fault's code is wrong. */
function rowOf(code: string): KoreanFault<object> | undefined {
  return Object.hasOwn(koreanFaults, code) ? (koreanFaults[code as keyof Faults] as KoreanFault<object>) : undefined;
}

const wordsOf = lookup(koreanWords);

/** Words by the table; of `NAME: words` the words alone, since reports put the image in front. */
function words(text: string): string {
  const found = wordsOf(text);
  if (found !== text) return found;
  const at = text.indexOf(': ');
  return at < 0 ? text : text.slice(0, at + 2) + words(text.slice(at + 2));
}
/** Longer texts are no sentence of ours: what a name from a file can cost is bounded. */
const PATTERN_MAX = 600;

/** Looks a text up: as it stands, else by the first key whose `{}` can be filled. A text of no key stays as it is. */
function lookup(table: Readonly<Record<string, string>>): (text: string) => string {
  const patterns = Object.entries(table)
    .filter(([key]) => key.includes('{}'))
    // The key with the most words of its own first: `there is no configuration '{}'` before `there is no {}`.
    .toSorted(([a], [b]) => fixedPart(b) - fixedPart(a))
    .map(([key, korean]) => ({ pattern: patternOf(key), korean }));
  const look = (text: string): string => {
    if (Object.hasOwn(table, text)) return table[text] ?? text;
    if (text.length > PATTERN_MAX) return text;
    for (const { pattern, korean } of patterns) {
      const match = pattern.exec(text);
      if (match !== null) return korean.replaceAll(/\{(\d)\}/g, (_, index) => look(match[Number(index) + 1] ?? ''));
    }
    return text;
  };
  return look;
}

function fixedPart(key: string): number {
  return key.replaceAll('{}', '').length;
}

function patternOf(key: string): RegExp {
  const parts = key.split('{}').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`^${parts.join('(.*?)')}$`, 'u');
}
