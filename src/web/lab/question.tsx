import { useState } from 'preact/hooks';
import type { Moment } from '../../epoll/model/index.ts';
import { describeCall, describeEvents } from '../../epoll/model/index.ts';
import { useSay } from '../parts/settings.tsx';
import type { Say } from '../text/index.ts';

/** Asks what the wait that comes next returns, before it is shown. */
export function Question(props: {
  moment: Moment;
  trigger: 'level' | 'edge';
  clients: readonly string[];
  onDone: () => void;
}) {
  const say = useSay();
  const [given, setGiven] = useState<string | undefined>(undefined);
  const right = answerOf(props.moment);
  return (
    <section class="question" aria-label={say('lab.question')}>
      <p>{say(`lab.question.${props.trigger}`, describeCall(props.moment.call).replace(/\(.*/, ''))}</p>
      {given === undefined ? (
        <div class="answers">
          {['', ...subsets(props.clients)].map((answer) => (
            <button type="button" key={answer} onClick={() => setGiven(answer)}>
              {answer === '' ? say('lab.answer.sleeps') : say('lab.answer.events', answer)}
            </button>
          ))}
        </div>
      ) : (
        <div class="answers" aria-live="polite">
          <p class={given === right ? 'good' : 'bad'}>
            {say(given === right ? 'lab.answer.right' : 'lab.answer.wrong', explain(say, props.moment))}
          </p>
          <button type="button" class="main" onClick={props.onDone}>
            {say('lab.step')}
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

function explain(say: Say, { slept, result }: Moment): string {
  if (slept === 'for-ever') return say('lab.answer.forever');
  if (slept === 'until-arrival') return say('lab.answer.later');
  return say('lab.answer.events', result.kind === 'events' ? describeEvents(result.events) : '');
}

const subsets = (clients: readonly string[]): string[] =>
  clients.length > 1 ? [...clients, clients.join(', ')] : [...clients];
