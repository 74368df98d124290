import type { BoardReport, ReportEvent } from '../../boot/index.ts';
import type { TransferEvent } from '../../tftp/index.ts';

/** What the stream tells; see the server's side. */
export type BoardStreamEvent = (
  | TransferEvent
  | ReportEvent
  | {
      readonly kind: 'serving';
      readonly url: string;
      readonly folder: string;
      readonly rotpk: string;
      /** `consistent` where no root of trust key was named. */
      readonly verdict: 'verified' | 'consistent';
      readonly checks: number;
      readonly reports: boolean;
    }
) & { readonly at: number };

/** A point of a curve: a time, and what was measured at it. */
export interface TransferSample {
  readonly at: number;
  readonly bytesPerSecond: number;
  /** Packets sent again until now. */
  readonly retransmitted: number;
}

export interface BoardTransfer {
  readonly id: number;
  readonly name: string;
  readonly stage: Stage;
  readonly size: number | undefined;
  readonly bytes: number;
  readonly bytesPerSecond: number;
  readonly retransmitted: number;
  readonly state: 'running' | 'done' | 'failed' | 'refused';
  /** Why it failed or was refused: a fault's code and its words. */
  readonly code: string;
  readonly reason: string;
  readonly startedAt: number;
  readonly samples: readonly TransferSample[];
}

/** A board is told from others by its address: each of its requests comes from another port. */
export interface Board {
  readonly address: string;
  readonly transfers: readonly BoardTransfer[];
  /** What it said of its boots, the latest last. Nobody vouches for it. */
  readonly reports: readonly Report[];
}

/** What a board said of a boot. */
export interface Report {
  readonly at: number;
  readonly name: string;
  readonly report: BoardReport;
}

export type Stage = 'firmware' | 'kernel' | 'rootfs' | 'report' | 'other';

export interface Boards {
  readonly serving: Extract<BoardStreamEvent, { kind: 'serving' }> | undefined;
  readonly boards: readonly Board[];
}

export const noBoards: Boards = { serving: undefined, boards: [] };

/** Samples of one transfer that are kept; four a second make two minutes. */
const MAX_SAMPLES = 500;
/** Transfers of one board that are kept. */
const MAX_TRANSFERS = 200;

/** Boards that are kept; anybody can send a request, under any address. */
const MAX_BOARDS = 256;
/** Reports of one board that are kept. */
const MAX_REPORTS = 50;

/** The boards after one more event. */
export function hear(state: Boards, event: BoardStreamEvent): Boards {
  switch (event.kind) {
    case 'serving':
      return { ...state, serving: event };
    case 'started':
      return change(state, event.peer.address, (transfers) => [
        ...transfers.slice(-MAX_TRANSFERS + 1),
        { ...begin(event.id, event.name, event.at, event.size), ...(event.direction === 'receive' ? WRITTEN : {}) },
      ]);
    case 'refused':
      return change(state, event.peer.address, (transfers) => [
        ...transfers.slice(-MAX_TRANSFERS + 1),
        {
          ...begin(0, event.name ?? '', event.at, undefined),
          state: 'refused',
          code: event.code,
          reason: event.message,
        },
      ]);
    case 'report':
      return {
        ...state,
        boards: boardsWith(state, event.peer.address).map((board) =>
          board.address === event.peer.address
            ? { ...board, reports: [...board.reports.slice(-MAX_REPORTS + 1), reportIn(event)] }
            : board,
        ),
      };
    case 'progress':
    case 'done':
    case 'failed':
      return change(state, event.peer.address, (transfers) =>
        transfers.map((transfer) =>
          transfer.id === event.id && transfer.state === 'running' ? advance(transfer, event) : transfer,
        ),
      );
  }
}

/**
 * What a board says of its latest boot: nothing where it never said anything, and nothing yet where it has fetched
 * firmware since it last did.
 */
export function verdictOf({ reports, transfers }: Board): {
  readonly last: Report | undefined;
  readonly current: boolean;
} {
  const last = reports.at(-1);
  const since = transfers.some(({ startedAt, stage }) => stage !== 'report' && startedAt > (last?.at ?? 0));
  return { last, current: last !== undefined && !since };
}

/** What a file is to a board, by its name: the server knows files, not stages. */
export function stageOf(name: string): Stage {
  if (/fip|firmware|rotpk|\.pub$/i.test(name)) return 'firmware';
  if (/fit|itb|kernel|image|dtb/i.test(name)) return 'kernel';
  return /root|verity|p7s|img/i.test(name) ? 'rootfs' : 'other';
}

function advance(
  transfer: BoardTransfer,
  event: Extract<BoardStreamEvent, { kind: 'progress' | 'done' | 'failed' }>,
): BoardTransfer {
  const { at, bytes, bytesPerSecond, retransmitted } = event;
  return {
    ...transfer,
    size: event.size ?? transfer.size,
    bytes,
    bytesPerSecond,
    retransmitted,
    state: event.kind === 'progress' ? 'running' : event.kind,
    code: event.kind === 'failed' ? event.code : '',
    reason: event.kind === 'failed' ? event.message : '',
    samples: [...transfer.samples.slice(-MAX_SAMPLES + 1), { at, bytesPerSecond, retransmitted }],
  };
}

const begin = (id: number, name: string, at: number, size: number | undefined): BoardTransfer => ({
  id,
  name,
  stage: stageOf(name),
  size,
  bytes: 0,
  bytesPerSecond: 0,
  retransmitted: 0,
  state: 'running',
  code: '',
  reason: '',
  startedAt: at,
  samples: [{ at, bytesPerSecond: 0, retransmitted: 0 }],
});

/** What a board writes is its report: the server takes nothing else. */
const WRITTEN = { stage: 'report' } as const;

const reportIn = ({ at, name, report }: ReportEvent & { readonly at: number }): Report => ({ at, name, report });

function change(
  state: Boards,
  address: string,
  edit: (transfers: readonly BoardTransfer[]) => readonly BoardTransfer[],
): Boards {
  const boards = boardsWith(state, address).map((board) =>
    board.address === address ? { ...board, transfers: edit(board.transfers) } : board,
  );
  return { ...state, boards };
}

const boardsWith = ({ boards }: Boards, address: string): readonly Board[] =>
  boards.some((board) => board.address === address)
    ? boards
    : [...boards.slice(-MAX_BOARDS + 1), { address, transfers: [], reports: [] }];
