import { koreanPage } from './korean/page.ts';
import { page, type TextKey, type Texts } from './page.ts';
import { englishTell, koreanTell, type Tell } from './tell.ts';

export type { TextKey } from './page.ts';
export type { Tell } from './tell.ts';

/** The languages of the page, each by its own name. */
export const languages = { en: 'English', ko: '한국어' } as const;

export type Language = keyof typeof languages;

/** A text in the chosen language, its `{0}`, `{1}` filled in. */
export type Say = (key: TextKey, ...parts: readonly (string | number)[]) => string;

const texts: Readonly<Record<Language, Texts>> = { en: page, ko: koreanPage };

export function speak(language: Language): Say {
  return (key, ...parts) => texts[language][key].replaceAll(/\{(\d)\}/g, (_, index) => String(parts[Number(index)]));
}

/** Says what the inspector found, in the chosen language. */
export const telling = (language: Language): Tell => (language === 'ko' ? koreanTell : englishTell);

/** The language of the page for a reader whose browser asks for these. */
export const chooseLanguage = (wanted: readonly string[]): Language =>
  wanted.some((tag) => tag.toLowerCase().startsWith('ko')) ? 'ko' : 'en';
