import { chainOf, type Link, plain } from '../../inspect/index.ts';
import { useSay, useTell } from '../parts/settings.tsx';
import type { Entry } from './entry.ts';

const COLUMN_PX = 250;
const ROW_PX = 34;
const BOX_PX = 210;

/** The chain of trust of everything that is open: keys on the left, what they sign, what that binds by digest. */
export function ChainView({ entries }: { entries: readonly Entry[] }) {
  const say = useSay();
  const tell = useTell();
  const opened = entries.flatMap(({ inspection, verdict }) =>
    inspection === undefined
      ? []
      : [
          {
            inspection,
            covers: verdict !== undefined && verdict.covers.length > 0 ? verdict.covers : inspection.covers,
          },
        ],
  );
  const { links: all, edges } = chainOf(opened);
  const joined = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const links = all.filter(({ id }) => joined.has(id));
  const alone = all.filter(({ id }) => !joined.has(id));
  const places = new Map<string, { x: number; y: number }>();
  const columns = Math.max(0, ...links.map(({ depth }) => depth)) + 1;
  const heights = Array.from({ length: columns }, (_, column) => {
    const inColumn = links.filter(({ depth }) => depth === column);
    for (const [row, link] of inColumn.entries())
      places.set(link.id, { x: column * COLUMN_PX + 4, y: row * ROW_PX + 4 });
    return inColumn.length * ROW_PX;
  });
  const width = columns * COLUMN_PX;
  const height = Math.max(ROW_PX, ...heights) + 8;
  return (
    <section class="panel" aria-label={say('panel.chain')}>
      <p>{say('chain.how')}</p>
      <div class="timeline wide">
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={say('panel.chain')}
        >
          {edges.map(({ from, to, state }) => {
            const a = places.get(from);
            const b = places.get(to);
            if (a === undefined || b === undefined) return null;
            return (
              <path
                key={`${from} ${to}`}
                d={`M${a.x + BOX_PX} ${a.y + 13} C${a.x + BOX_PX + 20} ${a.y + 13} ${b.x - 20} ${b.y + 13} ${b.x} ${b.y + 13}`}
                class={`edge ${state}`}
              />
            );
          })}
          {links.map((link) => {
            const at = places.get(link.id) ?? { x: 0, y: 0 };
            return (
              <g key={link.id} transform={`translate(${at.x} ${at.y})`}>
                <title>{plain(tell.words(link.label))}</title>
                <rect width={BOX_PX} height={26} rx={link.kind === 'key' ? 13 : 4} class={`link ${link.state}`} />
                <text x={10} y={17}>
                  {short(plain(tell.words(link.label)))}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      {edges.length === 0 && <p>{say('chain.none')}</p>}
      {alone.length > 0 && (
        <p class="said-by">{say('chain.alone', alone.map(({ label }) => plain(label)).join(', '))}</p>
      )}
      <ul class="hidden-list">
        {edges.map(({ from, to, state }) => (
          <li key={`${from} ${to}`}>
            {say(`chain.${state}`, tell.words(labelOf(links, from)), tell.words(labelOf(links, to)))}
          </li>
        ))}
      </ul>
    </section>
  );
}

const labelOf = (links: readonly Link[], id: string): string =>
  plain(links.find((link) => link.id === id)?.label ?? id);

const short = (text: string): string => (text.length > 28 ? `${text.slice(0, 12)}…${text.slice(-14)}` : text);
