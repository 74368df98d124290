import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { chooseLanguage, type Language, languages, type Say, speak, type Tell, telling } from '../text/index.ts';

export type Theme = 'system' | 'light' | 'dark';

export interface Settings {
  readonly language: Language;
  readonly theme: Theme;
}

const SpeechContext = createContext<{ readonly say: Say; readonly tell: Tell }>(speechIn('en'));

/** Both ways of saying something in a language; the parts of the page below share it. */
export function speechIn(language: Language): { readonly say: Say; readonly tell: Tell } {
  return { say: speak(language), tell: telling(language) };
}

export const SpeechProvider = SpeechContext.Provider;

/** The texts of the page in the reader's language. */
export const useSay = (): Say => useContext(SpeechContext).say;

/** What the inspector found, in the reader's language. */
export const useTell = (): Tell => useContext(SpeechContext).tell;

/** The reader's choices, kept in the browser and shown on the document's root. */
export function useSettings(): readonly [Settings, (change: Partial<Settings>) => void] {
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
  settings: Settings;
  onChange: (change: Partial<Settings>) => void;
}) {
  const say = useSay();
  return (
    <div class="settings">
      <label>
        <span>{say('setting.language')}</span>
        <select
          value={settings.language}
          onChange={(event) => onChange({ language: languageOf(event.currentTarget.value) })}
        >
          {Object.entries(languages).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{say('setting.theme')}</span>
        <select value={settings.theme} onChange={(event) => onChange({ theme: themeOf(event.currentTarget.value) })}>
          <option value="system">{say('theme.system')}</option>
          <option value="light">{say('theme.light')}</option>
          <option value="dark">{say('theme.dark')}</option>
        </select>
      </label>
    </div>
  );
}

const KEY = 'bootwright.settings';

function load(): Settings {
  const fallback: Settings = { language: chooseLanguage(navigator.languages), theme: 'system' };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { language?: unknown; theme?: unknown };
    return {
      language: kept.language === undefined ? fallback.language : languageOf(kept.language),
      theme: themeOf(kept.theme),
    };
  } catch {
    // Storage is denied, or holds what an older page left there.
    return fallback;
  }
}

function save(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A page opened from a folder may have no storage; the choice then lasts as long as the page.
  }
}

const languageOf = (value: unknown): Language => (value === 'ko' ? 'ko' : 'en');
const themeOf = (value: unknown): Theme => (value === 'light' || value === 'dark' ? value : 'system');
