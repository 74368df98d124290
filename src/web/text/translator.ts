import { type Faults, fillTemplate, type Message, messageFrom } from '../../fault.ts';
import { type KoreanFault, koreanFaults } from './korean/faults.ts';
import { koreanLayouts } from './korean/layouts.ts';
import { koreanMessages } from './korean/messages/index.ts';

/** Puts what the rooms say into the reader's language; what has no translation stays English. */
export interface Translator {
  /** A sentence: of a finding, a fault, a verdict. */
  readonly message: (message: string | Message) => string;
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
  if (context !== undefined) return rowOf(code)?.message(context, (reason) => translate(messageFrom(reason))) ?? text;
  const template = koreanMessages[code];
  return template === undefined ? text : fillTemplate(template, values, translate);
}

/** A fault's row; whoever gives the context of another fault's code is wrong. */
function rowOf(code: string): KoreanFault<object> | undefined {
  return Object.hasOwn(koreanFaults, code) ? (koreanFaults[code as keyof Faults] as KoreanFault<object>) : undefined;
}
