import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import {
  chooseLocale,
  type Locale,
  locales,
  type Translate,
  type Translator,
  translateInto,
  translatorInto,
} from '../text/index.ts';

export type Theme = 'system' | 'light' | 'dark';

export interface PageSettings {
  readonly language: Locale;
  readonly theme: Theme;
}

const TranslationContext = createContext<{ readonly translate: Translate; readonly translator: Translator }>(
  translationInto('en'),
);

/** How the page's texts and the rooms' messages are translated; the parts of the page below share it. */
export function translationInto(language: Locale): { readonly translate: Translate; readonly translator: Translator } {
  return { translate: translateInto(language), translator: translatorInto(language) };
}

export const TranslationProvider = TranslationContext.Provider;

/** The texts of the page in the reader's language. */
export const useTranslate = (): Translate => useContext(TranslationContext).translate;

/** What the inspector found, in the reader's language. */
export const useTranslator = (): Translator => useContext(TranslationContext).translator;

/** The reader's choices, kept in the browser and shown on the document's root. */
export function useSettings(): readonly [PageSettings, (change: Partial<PageSettings>) => void] {
  const [settings, setSettings] = useState(load);
  useEffect(() => {
    document.documentElement.lang = settings.language;
    document.documentElement.dataset['theme'] = settings.theme;
    save(settings);
  }, [settings]);
  return [settings, (change) => setSettings((now) => ({ ...now, ...change }))];
}

/** The two choices at the top of the page. */
export function SettingsBar({
  settings,
  onChange,
}: {
  settings: PageSettings;
  onChange: (change: Partial<PageSettings>) => void;
}) {
  const translate = useTranslate();
  return (
    <div class="settings">
      <label>
        <span>{translate('setting.language')}</span>
        <select
          value={settings.language}
          onChange={(event) => onChange({ language: localeOf(event.currentTarget.value) })}
        >
          {Object.entries(locales).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{translate('setting.theme')}</span>
        <select value={settings.theme} onChange={(event) => onChange({ theme: themeOf(event.currentTarget.value) })}>
          <option value="system">{translate('theme.system')}</option>
          <option value="light">{translate('theme.light')}</option>
          <option value="dark">{translate('theme.dark')}</option>
        </select>
      </label>
    </div>
  );
}

const KEY = 'bootwright.settings';

function load(): PageSettings {
  const fallback: PageSettings = { language: chooseLocale(navigator.languages), theme: 'system' };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { language?: unknown; theme?: unknown };
    return {
      language: kept.language === undefined ? fallback.language : localeOf(kept.language),
      theme: themeOf(kept.theme),
    };
  } catch {
    // Storage is denied, or holds what an older page left there.
    return fallback;
  }
}

function save(settings: PageSettings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A page opened from a folder may have no storage; the choice then lasts as long as the page.
  }
}

const localeOf = (value: unknown): Locale => (value === 'ko' ? 'ko' : 'en');
const themeOf = (value: unknown): Theme => (value === 'light' || value === 'dark' ? value : 'system');
