import type { TransferEvent } from '../../tftp/events.ts';

/** What the stream tells; see the server's side. */
export type BoardEvent = (
  | TransferEvent
  | {
      readonly kind: 'serving';
      readonly url: string;
      readonly folder: string;
      readonly rotpk: string;
      readonly checks: number;
    }
) & { readonly at: number };

/** A point of a curve: a time, and what was measured at it. */
export interface Sample {
  readonly at: number;
  readonly bytesPerSecond: number;
  /** Packets sent again until now. */
  readonly retransmitted: number;
}

export interface Transfer {
  readonly id: number;
  readonly name: string;
  readonly stage: Stage;
  readonly size: number | undefined;
  readonly bytes: number;
  readonly bytesPerSecond: number;
  readonly retransmitted: number;
  readonly state: 'running' | 'done' | 'failed' | 'refused';
  /** Why it failed or was refused. */
  readonly reason: string;
  readonly startedAt: number;
  readonly samples: readonly Sample[];
}

/** A board is told from others by its address: each of its requests comes from another port. */
export interface Board {
  readonly address: string;
  readonly transfers: readonly Transfer[];
}

export type Stage = 'firmware' | 'kernel' | 'rootfs' | 'other';

export interface Boards {
  readonly serving: Extract<BoardEvent, { kind: 'serving' }> | undefined;
  readonly boards: readonly Board[];
}

export const noBoards: Boards = { serving: undefined, boards: [] };

/** Samples of one transfer that are kept; four a second make two minutes. */
const SAMPLES_MAX = 500;
/** Transfers of one board that are kept. */
const TRANSFERS_MAX = 200;

/** The boards after one more event. */
export function hear(state: Boards, event: BoardEvent): Boards {
  switch (event.kind) {
    case 'serving':
      return { ...state, serving: event };
    case 'started':
      return change(state, event.peer.address, (transfers) => [
        ...transfers.slice(-TRANSFERS_MAX + 1),
        begin(event.id, event.name, event.at, event.size),
      ]);
    case 'refused':
      return change(state, event.peer.address, (transfers) => [
        ...transfers.slice(-TRANSFERS_MAX + 1),
        { ...begin(0, event.name ?? '', event.at, undefined), state: 'refused', reason: event.message },
      ]);
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

/** What a file is to a board, by its name: the server knows files, not stages. */
export function stageOf(name: string): Stage {
  if (/fip|firmware|rotpk|\.pub$/i.test(name)) return 'firmware';
  if (/fit|itb|kernel|image|dtb/i.test(name)) return 'kernel';
  return /root|verity|p7s|img/i.test(name) ? 'rootfs' : 'other';
}

function advance(transfer: Transfer, event: Extract<BoardEvent, { kind: 'progress' | 'done' | 'failed' }>): Transfer {
  const { at, bytes, bytesPerSecond, retransmitted } = event;
  return {
    ...transfer,
    size: event.size ?? transfer.size,
    bytes,
    bytesPerSecond,
    retransmitted,
    state: event.kind === 'progress' ? 'running' : event.kind,
    reason: event.kind === 'failed' ? event.message : '',
    samples: [...transfer.samples.slice(-SAMPLES_MAX + 1), { at, bytesPerSecond, retransmitted }],
  };
}

const begin = (id: number, name: string, at: number, size: number | undefined): Transfer => ({
  id,
  name,
  stage: stageOf(name),
  size,
  bytes: 0,
  bytesPerSecond: 0,
  retransmitted: 0,
  state: 'running',
  reason: '',
  startedAt: at,
  samples: [{ at, bytesPerSecond: 0, retransmitted: 0 }],
});

function change(state: Boards, address: string, edit: (transfers: readonly Transfer[]) => readonly Transfer[]): Boards {
  const known = state.boards.some((board) => board.address === address);
  const boards = known ? state.boards : [...state.boards, { address, transfers: [] }];
  return {
    ...state,
    boards: boards.map((board) => (board.address === address ? { ...board, transfers: edit(board.transfers) } : board)),
  };
}
