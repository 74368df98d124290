import { useState } from 'preact/hooks';
import { type Judgement, parseHash, plain } from '../../inspect/index.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';
import type { OpenedEntry } from './entry.ts';

interface TrustPanelProps {
  readonly entries: readonly OpenedEntry[];
  /** Numbers of the files that are trusted. */
  readonly trusted: ReadonlySet<number>;
  readonly hashes: readonly string[];
  readonly ready: boolean;
  readonly judgement: Judgement | undefined;
  readonly onTrust: (file: number, trust: boolean) => void;
  readonly onHash: (text: string, trust: boolean) => void;
  readonly onJudge: () => void;
}

/** What a person trusts, and the one verdict on everything that is open. */
export function TrustPanel(props: TrustPanelProps) {
  const { entries, trusted, hashes, ready, judgement } = props;
  const translate = useTranslate();
  const files = entries.filter(({ file }) => trusted.has(file.id));
  return (
    <section class="panel trust" aria-label={translate('trust.title')}>
      <p>{translate('trust.how')}</p>
      <HashField onHash={(text) => props.onHash(text, true)} />
      {files.length + hashes.length > 0 && (
        <>
          <p id="trusted-list">{translate('trust.list')}</p>
          <ul class="trusted" aria-labelledby="trusted-list">
            {files.map(({ file }) => (
              <Trusted key={file.id} name={plain(file.place.name)} onRemove={() => props.onTrust(file.id, false)} />
            ))}
            {hashes.map((text) => (
              <Trusted key={text} name={text} onRemove={() => props.onHash(text, false)} />
            ))}
          </ul>
        </>
      )}
      <button type="button" class="main" onClick={props.onJudge} disabled={!ready}>
        {translate('trust.judge')}
      </button>
      <div aria-live="polite">{judgement !== undefined && <Whole judgement={judgement} />}</div>
    </section>
  );
}

function Trusted({ name, onRemove }: { name: string; onRemove: () => void }) {
  const translate = useTranslate();
  return (
    <li>
      <span class="mono">{name}</span>{' '}
      <button type="button" onClick={onRemove} aria-label={translate('trust.remove.name', name)}>
        {translate('trust.remove')}
      </button>
    </li>
  );
}

/** A field for a hash that fuses hold, or a root hash. */
function HashField({ onHash }: { onHash: (text: string) => void }) {
  const translate = useTranslate();
  const [text, setText] = useState('');
  const [isBad, setBad] = useState(false);
  const add = (): void => {
    const isHash = parseHash(text) !== undefined;
    setBad(!isHash);
    if (!isHash) return;
    onHash(text.trim());
    setText('');
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <label>
        <span>{translate('trust.hash')}</span>
        <input
          type="text"
          class="mono"
          value={text}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={isBad}
          aria-describedby={isBad ? 'bad-hash' : undefined}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">{translate('trust.add')}</button>
      {isBad && (
        <p id="bad-hash" class="bad" role="alert">
          {translate('trust.bad')}
        </p>
      )}
    </form>
  );
}

/** The verdict on all that boots, and what is missing for a better one. */
function Whole({ judgement: { verdict, missing, files } }: { judgement: Judgement }) {
  const translate = useTranslate();
  const translator = useTranslator();
  return (
    <>
      <div class={`whole verdict ${verdict}`}>{translate(`whole.${verdict}`)}</div>
      {missing.length > 0 && (
        <>
          <p id="missing-list">{translate('verdict.missing')}</p>
          <ul class="missing" aria-labelledby="missing-list">
            {missing.map((one) => (
              <li key={one.text}>{plain(translator.message(one))}</li>
            ))}
          </ul>
        </>
      )}
      <ul class="missing" aria-label={translate('inspector.files')}>
        {files.map((file) => (
          <li key={file.name}>
            {plain(file.name)} <span class={`verdict ${file.verdict}`}>{translate(`verdict.${file.verdict}`)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
