import { plain, type Verdict } from '../../inspect/index.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';

/** The verdict on a file by all that is open and trusted, stage by stage, and who would accept it. */
export function VerdictView(props: { verdict: Verdict | undefined; ready: boolean; onJudge: () => void }) {
  const { verdict, ready, onJudge } = props;
  const translate = useTranslate();
  const translator = useTranslator();
  return (
    <section class="panel" aria-label={translate('panel.verdict')}>
      <p>{translate('verdict.how')}</p>
      <button type="button" class="main" onClick={onJudge} disabled={!ready}>
        {translate('verdict.judge')}
      </button>
      <div aria-live="polite">
        {verdict !== undefined && (
          <>
            <p class={`verdict ${verdict.verdict}`}>{translate(`verdict.long.${verdict.verdict}`)}</p>
            <ol class="stages">
              {verdict.stages.map((stage, i) => (
                <li key={`${i}`}>
                  <strong>{plain(translator.message(stage.name))}</strong>{' '}
                  <span class={`verdict ${stage.verdict}`}>{translate(`verdict.${stage.verdict}`)}</span>
                  <ul>
                    {stage.reasons.map((reason, n) => (
                      <li key={`${n}`}>{plain(translator.message(reason))}</li>
                    ))}
                  </ul>
                </li>
              ))}
            </ol>
            {verdict.missing.length > 0 && (
              <>
                <p id="verdict-missing">{translate('verdict.missing')}</p>
                <ul class="missing" aria-labelledby="verdict-missing">
                  {verdict.missing.map((one) => (
                    <li key={one.text}>{plain(translator.message(one))}</li>
                  ))}
                </ul>
              </>
            )}
            {verdict.targets.length > 0 && (
              <table>
                <caption>{translate('verdict.targets')}</caption>
                <tbody>
                  {grouped(verdict.targets).map(({ names, accepts, reason }) => (
                    <tr key={names.join()}>
                      <th scope="row">
                        {names.map((name) => (
                          <div key={name}>{name}</div>
                        ))}
                      </th>
                      <td class={`answer ${accepts ? 'good' : 'bad'}`}>
                        {translate(accepts ? 'verdict.accepts' : 'verdict.refuses')}
                      </td>
                      <td>{reason === undefined ? '' : plain(translator.message(reason))}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </>
        )}
      </div>
    </section>
  );
}

type TargetVerdict = Verdict['targets'][number];

/** Targets that say the same in one row: a digest that does not match is no better said four times. */
function grouped(
  targets: readonly TargetVerdict[],
): (Omit<TargetVerdict, 'target'> & { readonly names: readonly string[] })[] {
  const rows: (Omit<TargetVerdict, 'target'> & { names: string[] })[] = [];
  for (const { target, accepts, reason } of targets) {
    const same = rows.find((row) => row.accepts === accepts && row.reason?.text === reason?.text);
    if (same === undefined) rows.push({ names: [target], accepts, reason });
    else same.names.push(target);
  }
  return rows;
}
