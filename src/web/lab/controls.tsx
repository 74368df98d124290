import { type Preset, presets, waitCalls } from '../../epoll/model/index.ts';
import { useTranslate } from '../parts/settings.tsx';
import type { TextKey } from '../text/index.ts';

/** The experiment and every setting of the server and the clients. */
export function Controls({ preset, onChange }: { preset: Preset; onChange: (preset: Preset) => void }) {
  const translate = useTranslate();
  const { program } = preset;
  const change = (edit: Partial<Preset['program']>): void => onChange({ ...preset, program: { ...program, ...edit } });
  return (
    <fieldset class="controls">
      <legend>{translate('lab.settings')}</legend>
      <label>
        <span>{translate('lab.preset')}</span>
        <select value={preset.name} onChange={(event) => onChange(named(event.currentTarget.value))}>
          {presets.map(({ name }) => (
            <option key={name} value={name}>
              {translate(`preset.${name}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{translate('lab.wait')}</span>
        <select value={program.wait} onChange={(event) => change({ wait: waitNamed(event.currentTarget.value) })}>
          {waitCalls.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Slider
        label="lab.messageSize"
        value={messageSize(preset)}
        from={1}
        to={16}
        onChange={(bytes) => onChange(resized(preset, bytes))}
      />
      <Slider
        label="lab.readSize"
        value={program.readSize}
        from={1}
        to={16}
        onChange={(readSize) => change({ readSize })}
      />
      <Slider label="lab.budget" value={program.budget} from={0} to={8} onChange={(budget) => change({ budget })} />
      <Slider label="lab.limit" value={program.limit} from={1} to={16} onChange={(limit) => change({ limit })} />
      <Switch label="lab.drain" on={program.drain} onChange={(drain) => change({ drain })} />
      <Switch label="lab.oneShot" on={program.oneShot} onChange={(oneShot) => change({ oneShot })} />
      <Switch label="lab.rearm" on={program.rearm} onChange={(rearm) => change({ rearm })} />
      <Switch
        label="lab.closeOnHangup"
        on={program.closeOnHangup}
        onChange={(closeOnHangup) => change({ closeOnHangup })}
      />
      <Switch
        label="lab.twoClients"
        on={preset.clients.length > 1}
        onChange={(two) => onChange(withClients(preset, two))}
      />
    </fieldset>
  );
}

function Slider(props: { label: TextKey; value: number; from: number; to: number; onChange: (value: number) => void }) {
  const translate = useTranslate();
  return (
    <label>
      <span>
        {translate(props.label)} <output>{props.value}</output>
      </span>
      <input
        type="range"
        min={props.from}
        max={props.to}
        value={props.value}
        onInput={(event) => props.onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

function Switch({ label, on, onChange }: { label: TextKey; on: boolean; onChange: (on: boolean) => void }) {
  const translate = useTranslate();
  return (
    <label class="switch">
      <input type="checkbox" checked={on} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{translate(label)}</span>
    </label>
  );
}

const waitNamed = (name: string): Preset['program']['wait'] => waitCalls.find((call) => call === name) ?? 'epoll_wait';

const named = (name: string): Preset => presets.find((preset) => preset.name === name) ?? presets[0]!;

function messageSize({ arrivals }: Preset): number {
  const first = arrivals.find(({ bytes }) => bytes !== 'end');
  return typeof first?.bytes === 'number' ? first.bytes : 1;
}

const resized = (preset: Preset, bytes: number): Preset => ({
  ...preset,
  arrivals: preset.arrivals.map((arrival) => (arrival.bytes === 'end' ? arrival : { ...arrival, bytes })),
});

/** A second client sends what the first one does, a call later. */
function withClients(preset: Preset, two: boolean): Preset {
  const ofFirst = preset.arrivals.filter(({ client }) => client === 'A');
  if (!two) return { ...preset, clients: ['A'], arrivals: ofFirst };
  const ofSecond = ofFirst.map((arrival) => ({ ...arrival, client: 'B', at: arrival.at + 1 }));
  return { ...preset, clients: ['A', 'B'], arrivals: [...ofFirst, ...ofSecond] };
}
