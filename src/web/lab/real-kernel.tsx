import { useEffect, useState } from 'preact/hooks';
import {
  describeCall,
  describeResult,
  type Preset,
  play,
  type Scenario,
  scenarioOf,
  type TraceStep,
} from '../../epoll/model/index.ts';
import { session } from '../parts/session.ts';
import { useTranslate } from '../parts/settings.tsx';

/** The same experiment on the kernel of this machine, compared with the model. */
export function RealKernel({ preset }: { preset: Preset }) {
  const translate = useTranslate();
  const [offered, setOffered] = useState(false);
  const [traces, setTraces] = useState<
    readonly { readonly trigger: 'level' | 'edge'; readonly steps: readonly TraceStep[] }[]
  >([]);
  useEffect(() => {
    void session().then((offer) => setOffered(offer.traces));
  }, []);
  const run = async (): Promise<void> => {
    const triggers = ['level', 'edge'] as const;
    setTraces(
      await Promise.all(
        triggers.map(async (trigger) => ({ trigger, steps: await fetchTrace(scenarioOf(preset, trigger)) })),
      ),
    );
  };
  if (!offered) return <p>{translate('lab.trace.none')}</p>;
  return (
    <section class="panel" aria-label={translate('lab.trace')}>
      <button type="button" onClick={() => void run()}>
        {translate('lab.trace')}
      </button>
      <div class="kernels" aria-live="polite">
        {traces.map(({ trigger, steps }) => (
          <Trace
            key={trigger}
            title={translate(`lab.${trigger}`)}
            steps={steps}
            scenario={scenarioOf(preset, trigger)}
          />
        ))}
      </div>
    </section>
  );
}

function Trace({ title, steps, scenario }: { title: string; steps: readonly TraceStep[]; scenario: Scenario }) {
  const translate = useTranslate();
  const model = play(scenario);
  const at = firstDifference(model, steps);
  return (
    <section class="kernel" aria-label={translate('lab.trace.of', title)}>
      <h2>{translate('lab.trace.of', title)}</h2>
      {at === undefined ? (
        <p class="good">{translate('lab.trace.agree', steps.length)}</p>
      ) : (
        <p class="bad">{translate('lab.trace.differ', at + 1, lineOf(model[at]), lineOf(steps[at]))}</p>
      )}
      <details>
        <summary>{translate('lab.trace.steps')}</summary>
        <ol class="mono">
          {steps.map((step, i) => (
            <li key={`${i}`}>{lineOf(step)}</li>
          ))}
        </ol>
      </details>
    </section>
  );
}

/** The first step in which two timelines differ; `undefined` where they agree. */
function firstDifference(model: readonly TraceStep[], real: readonly TraceStep[]): number | undefined {
  const length = Math.max(model.length, real.length);
  const at = Array.from({ length }, (_, i) => i).find((i) => lineOf(model[i]) !== lineOf(real[i]));
  return at;
}

function lineOf(step: TraceStep | undefined): string {
  if (step === undefined) return '–';
  const { call, result, slept } = step;
  return `${describeCall(call)} = ${describeResult(result)}${slept === 'no' ? '' : ` (${slept})`}`;
}

async function fetchTrace(scenario: Scenario): Promise<readonly TraceStep[]> {
  const answer = await fetch(`./trace?scenario=${encodeURIComponent(JSON.stringify(scenario))}`);
  return (await answer.json()) as readonly TraceStep[];
}
