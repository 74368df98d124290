import { fillTemplate, type Message, type Reason } from '../../fault.ts';
import type { Origin, Said, SaidFault, SaidValue } from '../../inspect/index.ts';
import { koreanChecks } from './korean/checks.ts';
import { koreanFaults } from './korean/faults.ts';
import { koreanLayouts } from './korean/layouts.ts';
import { koreanLint } from './korean/lint.ts';
import { koreanMessages } from './korean/messages/index.ts';
import { koreanPhrases } from './korean/phrases.ts';
import { koreanWords } from './korean/words.ts';

/** What the inspector says, in the reader's language. */
export interface Tell {
  /** A sentence: of a finding, a fault, a verdict. */
  readonly said: (said: Said) => string;
  /** Words that came as English text. */
  readonly words: (text: string) => string;
  /** The documentation of a field or piece. */
  readonly doc: (doc: string) => string;
  /** What a fault's code means, whatever its occurrence; nothing where the text itself says it. */
  readonly meaning: (code: string) => string;
}

export const englishTell: Tell = {
  said: ({ text }) => text,
  words: (text) => text,
  doc: (doc) => doc,
  meaning: () => '',
};

export const koreanTell: Tell = { said, words, doc: lookup(koreanLayouts), meaning };

function said({ text, from }: Said): string {
  return sayOrigin(from) ?? words(text);
}

function sayOrigin(from: Origin): string | undefined {
  switch (from.kind) {
    case 'phrase':
      return koreanPhrases[from.id].replaceAll(/\{(\d)\}/g, (_, index) => value(from.values[Number(index)] ?? ''));
    case 'fault':
      return sayFault(from.fault);
    case 'lint':
      return from.part === 'remedy' ? koreanLint[from.id].remedy : `${words(from.found)}. ${koreanLint[from.id].why}`;
    case 'check': {
      const about = koreanChecks[from.name];
      return about === undefined ? undefined : `${about} (${from.reason})`;
    }
    case 'message':
      return sayMessage(from.message);
    case 'words':
      return undefined;
  }
}

function sayFault({ code, context }: SaidFault): string {
  // A code and its context are of one row; TypeScript cannot correlate the two lookups.
  const row = koreanFaults[code] as {
    readonly message: (context: SaidFault['context'], say: (reason: Reason) => string) => string;
  };
  return row.message(context, (reason) => (typeof reason === 'string' ? words(reason) : sayMessage(reason)));
}

function meaning(code: string): string {
  const rows: Readonly<Record<string, { readonly brief: string }>> = koreanFaults;
  return Object.hasOwn(rows, code) ? (rows[code]?.brief ?? '') : '';
}

/** A message by its code's row, in English where there is none. */
function sayMessage({ code, values, text }: Message): string {
  const template = koreanMessages[code];
  return template === undefined ? text : fillTemplate(template, values, sayMessage);
}

/** A single word is a name: a file called `data` keeps it. */
const value = (part: SaidValue): string =>
  typeof part === 'object' ? said(part) : typeof part === 'string' && part.includes(' ') ? words(part) : String(part);

const wordsOf = lookup(koreanWords);

/** Words by the table; of `NAME: words` the words alone, since reports put the image in front. */
export function words(text: string): string {
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
