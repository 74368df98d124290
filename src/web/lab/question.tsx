import { useState } from 'preact/hooks';
import { describeCall, describeEvents, type Moment } from '../../epoll/model/index.ts';
import { useTranslate } from '../parts/settings.tsx';
import type { Translate } from '../text/index.ts';

/** Asks what the next wait returns, before it is shown. */
export function Question(props: {
  moment: Moment;
  trigger: 'level' | 'edge';
  clients: readonly string[];
  onDone: () => void;
}) {
  const translate = useTranslate();
  const [given, setGiven] = useState<string | undefined>(undefined);
  const right = answerOf(props.moment);
  return (
    <section class="question" aria-label={translate('lab.question')}>
      <p>{translate(`lab.question.${props.trigger}`, describeCall(props.moment.call).replace(/\(.*/, ''))}</p>
      {given === undefined ? (
        <div class="answers">
          {['', ...subsets(props.clients)].map((answer) => (
            <button type="button" key={answer} onClick={() => setGiven(answer)}>
              {answer === '' ? translate('lab.answer.sleeps') : translate('lab.answer.events', answer)}
            </button>
          ))}
        </div>
      ) : (
        <div class="answers" aria-live="polite">
          <p class={given === right ? 'good' : 'bad'}>
            {translate(given === right ? 'lab.answer.right' : 'lab.answer.wrong', explain(translate, props.moment))}
          </p>
          <button type="button" class="main" onClick={props.onDone}>
            {translate('lab.step')}
          </button>
        </div>
      )}
    </section>
  );
}

function answerOf({ slept, result }: Moment): string {
  if (slept !== 'no' || result.kind !== 'events') return '';
  return result.events
    .map(({ socket }) => socket)
    .toSorted()
    .join(', ');
}

function explain(translate: Translate, { slept, result }: Moment): string {
  if (slept === 'for-ever') return translate('lab.answer.forever');
  if (slept === 'until-arrival') return translate('lab.answer.later');
  return translate('lab.answer.events', result.kind === 'events' ? describeEvents(result.events) : '');
}

const subsets = (clients: readonly string[]): string[] =>
  clients.length > 1 ? [...clients, clients.join(', ')] : [...clients];
