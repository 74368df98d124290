import { describeCall, describeResult, lost, MAX_CALLS, type Moment, type Preset } from '../../epoll/model/index.ts';
import { useTranslate } from '../parts/settings.tsx';

/** One kernel: its sockets and ready list, and the list of calls so far. */
export function KernelView(props: { title: string; moments: readonly Moment[]; shown: number; preset: Preset }) {
  const translate = useTranslate();
  const { title, moments, shown, preset } = props;
  const past = moments.slice(0, shown);
  const kernel = past.at(-1)?.after ?? moments[0]?.before;
  const done = shown >= moments.length;
  // poll and select keep no list between calls.
  const keepsList = moments.some(({ call }) => call.kind === 'wait');
  return (
    <section class="kernel" aria-label={title}>
      <h2>{title}</h2>
      <dl class="state">
        {kernel?.sockets.map((socket) => (
          <div key={socket.name}>
            <dt>
              {translate('lab.buffer')} {socket.name}
            </dt>
            <dd>
              <meter
                min={0}
                max={16}
                value={socket.buffered}
                aria-label={`${translate('lab.buffer')} ${socket.name}`}
              />{' '}
              {socket.buffered}
              {socket.ended ? ' FIN' : ''}
            </dd>
          </div>
        ))}
        <div>
          <dt>{translate('lab.ready')}</dt>
          <dd>{keepsList ? kernel?.ready.join(' → ') || translate('lab.empty') : translate('lab.noList')}</dd>
        </div>
      </dl>
      <div aria-live="polite">{done && <RunOutcome moments={moments} preset={preset} />}</div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by itself, so the keyboard must reach it */}
      <section class="calls" tabIndex={0} aria-label={`${translate('lab.call')}: ${title}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col">{translate('lab.arrived')}</th>
              <th scope="col">{translate('lab.call')}</th>
              <th scope="col">{translate('lab.result')}</th>
            </tr>
          </thead>
          <tbody>
            {past
              .map((moment, index) => (
                <tr key={`${index}`}>
                  <td>{index + 1}</td>
                  <td>
                    {moment.arrived
                      .map(({ client, bytes }) => `${client} ${bytes === 'end' ? 'FIN' : `+${bytes}`}`)
                      .join(', ')}
                  </td>
                  <td>
                    <code>{describeCall(moment.call)}</code>
                  </td>
                  <td class={moment.slept === 'for-ever' ? 'bad' : undefined}>
                    {moment.slept === 'for-ever' ? translate('lab.forever') : describeResult(moment.result)}
                    {moment.slept === 'until-arrival' ? ` (${translate('lab.slept')})` : ''}
                  </td>
                </tr>
              ))
              .reverse()}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function RunOutcome({ moments, preset }: { moments: readonly Moment[]; preset: Preset }) {
  const translate = useTranslate();
  const { stranded, dropped } = lost(moments);
  const cut = moments.length >= MAX_CALLS;
  const waits = preset.clients
    .map((client) => ({ client, calls: waitOf(moments, preset, client) }))
    .filter(({ calls }) => calls > 6);
  return (
    <>
      {stranded > 0 && <p class="bad">{translate('lab.stranded', stranded)}</p>}
      {dropped > 0 && <p class="bad">{translate('lab.dropped', dropped)}</p>}
      {cut && <p class="bad">{translate('lab.cut', MAX_CALLS)}</p>}
      {waits.map(({ client, calls }) => (
        <p key={client} class="bad">
          {translate('lab.starved', client, calls)}
        </p>
      ))}
      {stranded === 0 && dropped === 0 && !cut && <p class="good">{translate('lab.fine')}</p>}
    </>
  );
}

/** Calls between a client's first arrival and the first read of it. */
function waitOf(moments: readonly Moment[], preset: Preset, client: string): number {
  const first = preset.arrivals.find((arrival) => arrival.client === client);
  const read = moments.find(({ call }) => call.kind === 'receive' && call.socket === client);
  return first === undefined || read === undefined ? 0 : read.at - first.at;
}
