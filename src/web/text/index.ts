import { fillTemplate } from '../../fault.ts';
import { koreanPage } from './korean/page.ts';
import { page, type TextKey, type Texts } from './page.ts';
import { englishTranslator, koreanTranslator, type Translator } from './translator.ts';

export type { TextKey } from './page.ts';
export type { Translator } from './translator.ts';

/** The locales of the page, each by its own name. */
export const locales = { en: 'English', ko: '한국어' } as const;

export type Locale = keyof typeof locales;

/** A text of the page in the chosen locale, its `{0}`, `{1}` filled in. */
export type Translate = (key: TextKey, ...values: readonly (string | number)[]) => string;

const texts: Readonly<Record<Locale, Texts>> = { en: page, ko: koreanPage };

/** Translates the texts of the page. */
export const translateInto =
  (locale: Locale): Translate =>
  (key, ...values) =>
    fillTemplate(texts[locale][key] ?? page[key], Object.fromEntries(values.entries()));

/** Translates what the inspector found. */
export const translatorInto = (locale: Locale): Translator => (locale === 'ko' ? koreanTranslator : englishTranslator);

/** The locale of the page for a reader whose browser asks for these. */
export const chooseLocale = (wanted: readonly string[]): Locale =>
  wanted.some((tag) => tag.toLowerCase().startsWith('ko')) ? 'ko' : 'en';
