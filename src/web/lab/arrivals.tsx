import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Arrival, Preset } from '../../epoll/model/index.ts';
import { useTranslate } from '../parts/settings.tsx';
import { columnOf, UNIT_PX } from './timeline.tsx';

/** The latest call before which a client may be made to send. */
const MAX_AT = 40;

/**
 * What the clients send, and when. Each arrival can be dragged, or moved with the arrow keys. The timeline below has the
 * same columns and scrolls with it.
 */
export function Arrivals(props: {
  preset: Preset;
  widthPx: number;
  onChange: (preset: Preset) => void;
  children: ComponentChildren;
}) {
  const { preset, onChange } = props;
  const translate = useTranslate();
  const move = (index: number, at: number): void => {
    const arrivals = preset.arrivals.map((arrival, i) =>
      i === index ? { ...arrival, at: Math.min(MAX_AT, Math.max(0, at)) } : arrival,
    );
    onChange({ ...preset, arrivals });
  };
  return (
    <fieldset class="arrivals">
      <legend>{translate('lab.arrivals')}</legend>
      {preset.clients.map((client) => (
        <div key={client} class="lane" style={{ minWidth: `${props.widthPx}px` }}>
          <span class="client">{client}</span>
          {preset.arrivals.map((arrival, index) =>
            // Arrivals have no names; their index does not change while they are moved.
            arrival.client === client ? (
              <ArrivalHandle key={`${index}`} arrival={arrival} onMove={(at) => move(index, at)} />
            ) : null,
          )}
        </div>
      ))}
      {props.children}
    </fieldset>
  );
}

function ArrivalHandle({ arrival, onMove }: { arrival: Arrival; onMove: (at: number) => void }) {
  const translate = useTranslate();
  const grip = useRef<{ readonly x: number; readonly at: number } | undefined>(undefined);
  const label =
    arrival.bytes === 'end'
      ? translate('lab.arrivalEnd', arrival.client, arrival.at + 1)
      : translate('lab.arrival', arrival.client, arrival.bytes, arrival.at + 1);
  return (
    <button
      type="button"
      class="piece"
      style={{ left: `${columnOf(arrival.at)}px` }}
      aria-label={label}
      title={label}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        onMove(arrival.at + by);
      }}
      onPointerDown={(event) => {
        grip.current = { x: event.clientX, at: arrival.at };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (grip.current === undefined) return;
        const at = grip.current.at + Math.round((event.clientX - grip.current.x) / UNIT_PX);
        if (at !== arrival.at) onMove(at);
      }}
      onPointerUp={() => {
        grip.current = undefined;
      }}
    >
      {arrival.bytes === 'end' ? 'FIN' : arrival.bytes}
    </button>
  );
}
