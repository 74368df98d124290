import { type Chain, type Edge, type Link, plain } from '../../inspect/index.ts';
import { claimsOf } from '../../inspect/internal.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';
import type { OpenedEntry } from './entry.ts';

const BOX_PX = 280;
const BOX_HEIGHT_PX = 26;
const COLUMN_PX = 300;
const ROW_PX = 46;
/** Boxes side by side; more of one depth go on below. */
const COLUMNS = 4;

/** What a link and an edge are worth, without their colours. */
const SYMBOLS: Readonly<Record<Link['standing'] | Edge['state'], string>> = {
  anchored: '◆',
  verified: '✓',
  consistent: '=',
  claimed: '?',
  refused: '✗',
  unvouched: '–',
  checked: '✓',
};

/**
 * The chain of trust of everything that is open, from the hash in the fuses at the top to the last file at the bottom; what
 * the files claim where nothing was checked yet.
 */
export function ChainView({ entries, judged }: { entries: readonly OpenedEntry[]; judged: Chain | undefined }) {
  const translate = useTranslate();
  const translator = useTranslator();
  const inspections = entries.flatMap(({ inspection }) => inspection ?? []);
  const { links: all, edges, left } = judged ?? claimsOf(inspections);
  const joined = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const links = all.filter(({ id }) => joined.has(id));
  const alone = all.filter(({ id }) => !joined.has(id));
  const { places, width, height } = layOut(links);
  const nameOf = (id: string): string => {
    const link = links.find((one) => one.id === id);
    if (link === undefined) return plain(id);
    const label = plain(translator.message(link.label));
    return link.file === undefined || link.file === link.label.text
      ? label
      : translate('chain.in', label, plain(link.file));
  };
  return (
    <section class="panel" aria-label={translate('panel.chain')}>
      <p>{translate(judged === undefined ? 'chain.claims' : 'chain.how')}</p>
      <div class="timeline wide">
        <svg
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={translate('panel.chain')}
        >
          <defs>
            <pattern id="claimed" width={8} height={8} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width={8} height={8} class="stripes-paper" />
              <line x1={0} y1={0} x2={0} y2={8} class="stripes" />
            </pattern>
          </defs>
          {edges.map((edge) => (
            <EdgeLine
              key={`${edge.from} ${edge.to}`}
              edge={edge}
              from={places.get(edge.from)}
              to={places.get(edge.to)}
            />
          ))}
          {links.map((link) => {
            const at = places.get(link.id) ?? { x: 0, y: 0 };
            return (
              <g key={link.id} transform={`translate(${at.x} ${at.y})`} class={`box ${link.standing}`}>
                <title>{`${nameOf(link.id)}: ${translate(`standing.${link.standing}`)}`}</title>
                <rect
                  width={BOX_PX}
                  height={BOX_HEIGHT_PX}
                  rx={ROUND.has(link.kind) ? 13 : 4}
                  class={`link ${link.standing}`}
                />
                <text x={10} y={17}>
                  {`${SYMBOLS[link.standing]} ${short(nameOf(link.id))}`}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      {edges.length === 0 && <p>{translate('chain.none')}</p>}
      {left > 0 && <p class="said-by">{translate('chain.left', left)}</p>}
      {alone.length > 0 && (
        <p class="said-by">
          {translate('chain.alone', alone.map(({ label }) => plain(translator.message(label))).join(', '))}
        </p>
      )}
      <ul class="hidden-list">
        {edges.map(({ from, to, state }) => (
          <li key={`${from} ${to}`}>{translate(`chain.${state}`, nameOf(from), nameOf(to))}</li>
        ))}
      </ul>
    </section>
  );
}

const ROUND: ReadonlySet<Link['kind']> = new Set(['key', 'key-hash', 'root-hash', 'certificate']);

interface BoxPosition {
  readonly x: number;
  readonly y: number;
}

/** From top to bottom by depth: a chain of a dozen steps fits on a screen. */
function layOut(links: readonly Link[]): { places: ReadonlyMap<string, BoxPosition>; width: number; height: number } {
  const places = new Map<string, BoxPosition>();
  const deepest = Math.max(0, ...links.map(({ depth }) => depth));
  let row = 0;
  let widest = 1;
  for (let depth = 0; depth <= deepest; depth++) {
    const level = links.filter((link) => link.depth === depth);
    for (const [i, { id }] of level.entries()) {
      places.set(id, { x: (i % COLUMNS) * COLUMN_PX + 4, y: (row + Math.floor(i / COLUMNS)) * ROW_PX + 4 });
    }
    widest = Math.max(widest, Math.min(COLUMNS, level.length));
    row += Math.ceil(level.length / COLUMNS);
  }
  return { places, width: widest * COLUMN_PX, height: Math.max(1, row) * ROW_PX };
}

function EdgeLine({ edge, from, to }: { edge: Edge; from: BoxPosition | undefined; to: BoxPosition | undefined }) {
  if (from === undefined || to === undefined) return null;
  const [x, y] = [from.x + BOX_PX / 2, from.y + BOX_HEIGHT_PX];
  const [endX, endY] = [to.x + BOX_PX / 2, to.y];
  // A line past other boxes leaves and arrives beside their middle.
  const bend = Math.max(20, (endY - y) / 2);
  const aside = endY - y > ROW_PX ? BOX_PX / 2 - 12 : 0;
  return (
    <g>
      <path
        d={`M${x + aside} ${y} C${x + aside * 2} ${y + bend} ${endX + aside * 2} ${endY - bend} ${endX + aside} ${endY}`}
        class={`edge ${edge.state}`}
      />
      {edge.state !== 'checked' && (
        <text class="sign" x={(x + endX) / 2 + aside} y={(y + endY) / 2 + 4}>
          {SYMBOLS[edge.state]}
        </text>
      )}
    </g>
  );
}

const short = (text: string): string => (text.length > 36 ? `${text.slice(0, 20)}…${text.slice(-14)}` : text);
