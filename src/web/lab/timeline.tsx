import { useEffect, useRef } from 'preact/hooks';
import { isWait, type Kernel, type Moment } from '../../epoll/model/index.ts';
import { useTranslate } from '../parts/settings.tsx';

/** The width of one system call on the timeline. */
export const UNIT_PX = 26;
const LEFT_PX = 30;
const LANE_PX = 74;
const FLOOR_PX = 52;

/** Where the column of a call starts. */
export const columnOf = (at: number): number => LEFT_PX + at * UNIT_PX;

interface Lanes {
  readonly level: readonly Moment[];
  readonly edge: readonly Moment[];
  readonly shown: number;
  readonly clients: readonly string[];
}

/** Width of the timeline of two runs. */
export function widthOf(...runs: readonly (readonly Moment[])[]): number {
  const end = Math.max(...runs.flat().map(({ at }) => at)) + 3;
  return columnOf(Math.min(end, MAX_COLUMNS));
}

/** A little more than the longest run. */
const MAX_COLUMNS = 130;

/** Both kernels over one axis of calls: unread bytes, the kind of each call, and where the server sleeps. */
export function Timeline({ level, edge, shown, clients }: Lanes) {
  const translate = useTranslate();
  const width = widthOf(level, edge);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Scrolls to the current call of a long run.
    const track = box.current?.parentElement;
    const latest = columnOf(Math.max(0, ...[level, edge].map((run) => run[shown - 1]?.at ?? 0)) + 2);
    if (track == null || (latest >= track.scrollLeft && latest <= track.scrollLeft + track.clientWidth)) return;
    track.scrollLeft = Math.max(0, latest - track.clientWidth / 2);
  }, [shown, level, edge]);
  return (
    // The list of calls below has the same content as text.
    <div ref={box} class="timeline" aria-hidden="true">
      <svg width={width} height={2 * LANE_PX} viewBox={`0 0 ${width} ${2 * LANE_PX}`}>
        <title>{translate('view.lab')}</title>
        <Lane moments={level.slice(0, shown)} top={0} name={translate('lab.level')} clients={clients} width={width} />
        <Lane
          moments={edge.slice(0, shown)}
          top={LANE_PX}
          name={translate('lab.edge')}
          clients={clients}
          width={width}
        />
      </svg>
    </div>
  );
}

function Lane(props: {
  moments: readonly Moment[];
  top: number;
  name: string;
  clients: readonly string[];
  width: number;
}) {
  const { moments, top, clients, width } = props;
  const most = Math.max(4, ...moments.map(({ before }) => unread(before)));
  return (
    <g transform={`translate(0 ${top})`}>
      <text x={4} y={12} class="lane-name">
        {props.name}
      </text>
      <line x1={LEFT_PX} x2={width} y1={FLOOR_PX} y2={FLOOR_PX} class="axis" />
      {moments.map((moment, i) => {
        const height = (kernel: Kernel, client: string): number =>
          (32 * (kernel.sockets.find((s) => s.name === client)?.buffered ?? 0)) / most;
        const x = columnOf(moment.at);
        let floor = FLOOR_PX;
        return (
          <g key={`${i}`}>
            {clients.map((client, index) => {
              const size = height(moment.after, client);
              floor -= size;
              return (
                <rect key={client} x={x} y={floor} width={UNIT_PX} height={size} class={`buffer client-${index}`} />
              );
            })}
            {moment.slept === 'for-ever' && (
              <rect x={x} y={16} width={width - x} height={FLOOR_PX - 16} class="asleep" />
            )}
            <rect x={x + 2} y={FLOOR_PX + 3} width={UNIT_PX - 4} height={15} rx={3} class={`call ${kindOf(moment)}`} />
            <text x={x + UNIT_PX / 2} y={FLOOR_PX + 14} class="call-text">
              {markOf(moment)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

const unread = (kernel: Kernel): number => kernel.sockets.reduce((sum, { buffered }) => sum + buffered, 0);

const kindOf = ({ call, result, slept }: Moment): string =>
  slept === 'for-ever'
    ? 'sleeping'
    : result.kind === 'received' && result.bytes === 'EAGAIN'
      ? 'again'
      : isWait(call)
        ? 'wait'
        : call.kind;

function markOf({ call, result, slept }: Moment): string {
  if (slept === 'for-ever') return 'zz';
  if (result.kind === 'received') return result.bytes === 'EAGAIN' ? 'EA' : `${result.bytes}`;
  if (result.kind === 'events') return `w${result.events.length}`;
  return call.kind === 'close' ? 'cl' : 'md';
}
