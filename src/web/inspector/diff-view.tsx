import { useState } from 'preact/hooks';
import { plain } from '../../inspect/index.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';
import type { WorkerClient } from './client.ts';
import type { OpenedEntry } from './entry.ts';
import type { Answers } from './tasks.ts';

/** What the shown file and another opened one differ in, by meaning. */
export function DiffView(props: {
  entry: OpenedEntry;
  entries: readonly OpenedEntry[];
  client: WorkerClient;
  onPick: (offset: number) => void;
}) {
  const translate = useTranslate();
  const translator = useTranslator();
  const { entry, entries, client } = props;
  const others = entries.filter((other) => other !== entry && other.inspection !== undefined);
  const [other, setOther] = useState('');
  const [answer, setAnswer] = useState<Answers['compare'] | undefined>(undefined);
  const compareWith = (id: number): void => {
    const before = others.find(({ file }) => file.id === id)?.file;
    setAnswer(undefined);
    if (before === undefined) return;
    setOther(plain(before.place.name));
    client.ask<'compare'>({ kind: 'compare', before, after: entry.file }).then(setAnswer, () => setAnswer(undefined));
  };
  return (
    <section class="panel" aria-label={translate('panel.diff')}>
      <label>
        {translate('diff.with')}{' '}
        <select onChange={(event) => compareWith(Number(event.currentTarget.value))}>
          <option value="">—</option>
          {others.map(({ file }) => (
            <option key={file.id} value={file.id}>
              {plain(file.place.name)}
            </option>
          ))}
        </select>
      </label>
      <div aria-live="polite">
        {answer?.differences.length === 0 && <p class="good">{translate('diff.none')}</p>}
        {answer !== undefined && answer.differences.length > 0 && (
          <table class="differences">
            <thead>
              <tr>
                <th scope="col">{translate('diff.what')}</th>
                <th scope="col">{other}</th>
                <th scope="col">{plain(entry.file.place.name)}</th>
              </tr>
            </thead>
            <tbody>
              {answer.differences.map((one, i) => (
                <tr key={`${i}`}>
                  <th scope="row">
                    {plain(one.path)}{' '}
                    <span class="type">{translate(`diff.${one.kind}`, other, plain(entry.file.place.name))}</span>
                  </th>
                  <td>
                    {one.before === undefined
                      ? ''
                      : plain(translator.message(one.before.value)) || translate('inspector.size', one.before.size)}
                  </td>
                  <td>
                    {one.after !== undefined && (
                      <>
                        {plain(translator.message(one.after.value)) || translate('inspector.size', one.after.size)}{' '}
                        <button
                          type="button"
                          class="place"
                          title={translate('diff.from')}
                          onClick={() => props.onPick(one.differsAt ?? one.after?.offset ?? 0)}
                        >
                          0x{(one.differsAt ?? one.after.offset).toString(16)}
                        </button>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}
