import { useEffect, useMemo, useState } from 'preact/hooks';
import { Boards } from './boards/boards.tsx';
import { Inspector } from './inspector/inspector.tsx';
import { Lab } from './lab/lab.tsx';
import { SettingsBar, TranslationProvider, translationInto, useSettings } from './parts/settings.tsx';

const views = { inspector: Inspector, lab: Lab, boards: Boards } as const;

type ViewName = keyof typeof views;

/** The whole page: its three views are told apart by the fragment of the address. */
export function App() {
  const [settings, change] = useSettings();
  const [chosen, setChosen] = useState(viewOfAddress);
  const translation = useMemo(() => translationInto(settings.language), [settings.language]);
  const { translate } = translation;
  useEffect(() => {
    const follow = (): void => setChosen(viewOfAddress());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    document.title = `${translate(`view.${chosen}`)} · bootwright`;
  }, [chosen, settings.language]);
  return (
    <TranslationProvider value={translation}>
      <button type="button" class="skip" onClick={focusContent}>
        {translate('page.skip')}
      </button>
      <header class="top">
        <div class="brand">
          <strong>{translate('page.title')}</strong>
          <span>{translate('page.tagline')}</span>
        </div>
        <nav aria-label={translate('page.views')}>
          {viewNames.map((name) => (
            <a key={name} href={`#${name}`} aria-current={name === chosen ? 'page' : undefined}>
              {translate(`view.${name}`)}
            </a>
          ))}
        </nav>
        <SettingsBar settings={settings} onChange={change} />
      </header>
      <main id="content" tabIndex={-1}>
        {/* Each view keeps its state while another one is shown: an opened image is not read again. */}
        {viewNames.map((name) => {
          const View = views[name];
          return (
            <div key={name} hidden={name !== chosen}>
              <View />
            </div>
          );
        })}
      </main>
    </TranslationProvider>
  );
}

const viewNames = Object.keys(views) as readonly ViewName[];

function viewOfAddress(): ViewName {
  const name = location.hash.slice(1);
  return viewNames.find((view) => view === name) ?? 'inspector';
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}
