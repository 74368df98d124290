import { useEffect, useState } from 'preact/hooks';
import { plain } from '../../inspect/index.ts';
import { session } from '../parts/session.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';
import {
  type Board,
  type BoardStreamEvent,
  type Boards as BoardsState,
  type BoardTransfer,
  hear,
  noBoards,
  type TransferSample,
  verdictOf,
} from './model.ts';

/** Every board that boots from `bootwright serve --ui`, as it happens. */
export function Boards() {
  const translate = useTranslate();
  const { live, state } = useBoards();
  return (
    <section aria-labelledby="boards-title">
      <h1 id="boards-title">{translate('view.boards')}</h1>
      <p>{translate(live ? 'boards.intro' : 'boards.offline')}</p>
      {state.serving !== undefined && (
        <p>
          {translate('boards.serving', plain(state.serving.folder), state.serving.url)}{' '}
          {state.serving.verdict === 'verified' ? (
            <span class="good">{translate('boards.verified', state.serving.checks)}</span>
          ) : (
            <span>{translate('boards.consistent', state.serving.checks)}</span>
          )}
        </p>
      )}
      {live && state.boards.length === 0 && <p>{translate('boards.none')}</p>}
      {state.boards.map((board) => (
        <BoardView key={board.address} board={board} taken={state.serving?.reports ?? false} />
      ))}
    </section>
  );
}

function useBoards(): { readonly live: boolean; readonly state: BoardsState } {
  const [live, setLive] = useState(false);
  const [state, setState] = useState(noBoards);
  useEffect(() => {
    let source: EventSource | undefined;
    let wanted = true;
    void session().then(({ boards }) => {
      if (!boards || !wanted) return;
      setLive(true);
      source = new EventSource('./events');
      // After a break the server tells its whole history again.
      source.addEventListener('open', () => setState(noBoards));
      source.addEventListener('message', ({ data }: MessageEvent<string>) => {
        const event = JSON.parse(data) as BoardStreamEvent;
        setState((now) => hear(now, event));
      });
    });
    return () => {
      wanted = false;
      source?.close();
    };
  }, []);
  return { live, state };
}

function BoardView({ board, taken }: { board: Board; taken: boolean }) {
  const translate = useTranslate();
  const translator = useTranslator();
  const latest = board.transfers.at(-1);
  return (
    <section class="kernel" aria-label={board.address}>
      <h2>
        {plain(board.address)}{' '}
        {latest !== undefined && (
          <span class={`latest state-${latest.state}`}>
            {translate('boards.latest', translate(`transfer.${latest.state}`))}
          </span>
        )}
      </h2>
      <BoardVerdict board={board} taken={taken} />
      <Plot label={translate('boards.rate')} transfers={board.transfers} measure={(sample) => sample.bytesPerSecond} />
      <Plot label={translate('boards.loss')} transfers={board.transfers} measure={(sample) => sample.retransmitted} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section class="wide" tabIndex={0} aria-label={translate('boards.transfers')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{translate('boards.stage')}</th>
              <th scope="col">{translate('boards.file')}</th>
              <th scope="col">{translate('boards.progress')}</th>
              <th scope="col">{translate('boards.rate')}</th>
              <th scope="col">{translate('boards.retries')}</th>
              <th scope="col">{translate('boards.outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {board.transfers.toReversed().map((transfer) => (
              <tr key={`${transfer.id} ${transfer.startedAt}`}>
                <td>{translate(`stage.${transfer.stage}`)}</td>
                <td>{plain(transfer.name)}</td>
                <td>
                  <progress
                    value={transfer.bytes}
                    max={Math.max(1, transfer.size ?? transfer.bytes)}
                    aria-label={plain(transfer.name)}
                  />{' '}
                  {kibibytes(transfer.bytes)}
                </td>
                <td>{translate('boards.perSecond', kibibytes(transfer.bytesPerSecond))}</td>
                <td>{transfer.retransmitted}</td>
                <td class={transfer.state === 'done' ? 'good' : transfer.state === 'running' ? undefined : 'bad'}>
                  {translate(`transfer.${transfer.state}`)}{' '}
                  <span title={plain(transfer.reason)}>
                    {translator.meaning(transfer.code) || plain(transfer.reason)}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** The verdict of the board itself, marked as what it is: its own word. */
function BoardVerdict({ board, taken }: { board: Board; taken: boolean }) {
  const translate = useTranslate();
  const translator = useTranslator();
  const { last, current } = verdictOf(board);
  if (last === undefined) {
    return (
      <p class="board-verdict">
        <strong class="verdict not-verified">{translate('boards.noVerdict')}</strong>{' '}
        {translate(taken ? 'boards.noVerdict.yet' : 'boards.noVerdict.off')}
      </p>
    );
  }
  const { report, name, at } = last;
  const meaning = translator.meaning(report.steps.find(({ verdict }) => verdict === 'refused')?.code ?? '');
  return (
    <div class="board-verdict">
      {!current && (
        <p>
          <strong class="verdict not-verified">{translate('boards.noVerdict')}</strong>{' '}
          {translate('boards.noVerdict.since')}
        </p>
      )}
      <p>
        <strong class={`verdict ${report.verdict}`}>
          {report.stage === undefined
            ? translate(`verdict.${report.verdict}`)
            : translate('boards.refusedAt', translate(`boot.${report.stage}`))}
        </strong>{' '}
        {meaning} {plain(report.reason ?? '')}
      </p>
      <p class="said-by">{translate('boards.saidBy', plain(name), new Date(at).toLocaleTimeString())}</p>
      {report.steps.length > 0 && (
        <details>
          <summary>{translate('boards.steps', report.steps.length)}</summary>
          <ol>
            {report.steps.map((step, i) => (
              <li key={`${i}`}>
                <strong class={`verdict ${step.verdict}`}>{translate(`verdict.${step.verdict}`)}</strong>{' '}
                {translate(`boot.${step.stage}`)} · {plain(step.check)} · {plain(step.file)}
                {step.by === undefined ? '' : ` · ${plain(step.by)}`}
                {step.code === undefined ? '' : ` · ${translator.meaning(step.code)} [${plain(step.code)}]`}
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}

const PLOT_WIDTH = 600;
const PLOT_HEIGHT = 60;

/** One curve over all transfers of a board, from its first to its last sample. */
function Plot({
  label,
  transfers,
  measure,
}: {
  label: string;
  transfers: readonly BoardTransfer[];
  measure: (sample: TransferSample) => number;
}) {
  const samples = transfers.flatMap((transfer) => transfer.samples);
  const start = Math.min(...samples.map(({ at }) => at));
  const end = Math.max(start + 1, ...samples.map(({ at }) => at));
  const most = Math.max(1, ...samples.map(measure));
  const point = (sample: TransferSample): string =>
    `${(((sample.at - start) / (end - start)) * PLOT_WIDTH).toFixed(1)},${(PLOT_HEIGHT - (measure(sample) / most) * (PLOT_HEIGHT - 4)).toFixed(1)}`;
  return (
    <figure class="timeline">
      <figcaption>
        {label} (≤ {Math.round(most).toLocaleString()})
      </figcaption>
      <svg
        width={PLOT_WIDTH}
        height={PLOT_HEIGHT}
        viewBox={`0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`}
        role="img"
        aria-label={label}
      >
        <line x1={0} x2={PLOT_WIDTH} y1={PLOT_HEIGHT - 0.5} y2={PLOT_HEIGHT - 0.5} class="axis" />
        {transfers.map((transfer) => (
          <polyline
            key={`${transfer.id} ${transfer.startedAt}`}
            points={transfer.samples.map(point).join(' ')}
            class="curve"
          />
        ))}
      </svg>
    </figure>
  );
}

const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
