import { useMemo, useState } from 'preact/hooks';
import { isWait, type Moment, type Preset, play, presets, scenarioOf } from '../../epoll/model/index.ts';
import { useTranslate } from '../parts/settings.tsx';
import { Arrivals } from './arrivals.tsx';
import { Controls } from './controls.tsx';
import { KernelView } from './kernel-view.tsx';
import { Question } from './question.tsx';
import { RealKernel } from './real-kernel.tsx';
import { Timeline, widthOf } from './timeline.tsx';

/** Two kernels on one timeline: the same clients and server, level-triggered and edge-triggered. */
export function Lab() {
  const translate = useTranslate();
  const [preset, setPreset] = useState<Preset>(presets[0]!);
  const [shown, setShown] = useState(0);
  const [asking, setAsking] = useState(false);
  const level = useMemo(() => play(scenarioOf(preset, 'level')), [preset]);
  const edge = useMemo(() => play(scenarioOf(preset, 'edge')), [preset]);
  const last = Math.max(level.length, edge.length);
  const change = (next: Preset): void => {
    setPreset(next);
    setShown(0);
  };
  const question = asking ? nextWait(level, edge, shown) : undefined;
  return (
    <section class="lab" aria-labelledby="lab-title">
      <h1 id="lab-title">{translate('view.lab')}</h1>
      <p>{translate('lab.intro')}</p>
      <Controls preset={preset} onChange={change} />
      <p class="why">{translate(`preset.${preset.name}.why`)}</p>
      <Arrivals preset={preset} widthPx={widthOf(level, edge)} onChange={change}>
        <Timeline level={level} edge={edge} shown={shown} clients={preset.clients} />
      </Arrivals>
      <div class="steps">
        <button type="button" onClick={() => setShown(0)} disabled={shown === 0}>
          {translate('lab.reset')}
        </button>
        <button type="button" onClick={() => setShown(shown - 1)} disabled={shown === 0}>
          {translate('lab.back')}
        </button>
        <button
          type="button"
          class="main"
          onClick={() => setShown(shown + 1)}
          disabled={shown >= last || question !== undefined}
        >
          {translate('lab.step')}
        </button>
        <button type="button" onClick={() => setShown(last)} disabled={shown >= last}>
          {translate('lab.all')}
        </button>
        <label>
          <input type="checkbox" checked={asking} onChange={(event) => setAsking(event.currentTarget.checked)} />
          {translate('lab.ask')}
        </label>
      </div>
      {question !== undefined && (
        <Question
          key={`${preset.name} ${shown}`}
          moment={question.moment}
          trigger={question.trigger}
          clients={preset.clients}
          onDone={() => setShown(shown + 1)}
        />
      )}
      <div class="kernels">
        <KernelView
          title={`${translate('lab.level')} (${preset.program.wait})`}
          moments={level}
          shown={shown}
          preset={preset}
        />
        <KernelView title={`${translate('lab.edge')} (epoll_wait)`} moments={edge} shown={shown} preset={preset} />
      </div>
      <RealKernel key={JSON.stringify(preset)} preset={preset} />
    </section>
  );
}

/** The wait to ask about; of two, the edge-triggered one, about which people are more often wrong. */
function nextWait(level: readonly Moment[], edge: readonly Moment[], shown: number) {
  const ofEdge = edge[shown];
  if (ofEdge !== undefined && isWait(ofEdge.call)) return { moment: ofEdge, trigger: 'edge' } as const;
  const ofLevel = level[shown];
  if (ofLevel !== undefined && isWait(ofLevel.call)) return { moment: ofLevel, trigger: 'level' } as const;
  return undefined;
}
