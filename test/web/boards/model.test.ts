import { describe, expect, test } from 'vitest';
import type { ReportEvent } from '../../../src/boot/board-report.ts';
import type { TransferEvent, TransferStatistics } from '../../../src/tftp/events.ts';
import { type BoardStreamEvent, hear, noBoards, stageOf, verdictOf } from '../../../src/web/boards/model.ts';

const peer = { address: '192.168.7.2', port: 1069 };
const statistics = (bytes: number, retransmitted = 0): TransferStatistics => ({
  id: 1,
  peer,
  direction: 'send',
  name: 'fip.bin',
  bytes,
  size: 1000,
  elapsedMs: 10,
  bytesPerSecond: 100 * bytes,
  retransmitted,
});
const started: TransferEvent = {
  kind: 'started',
  id: 1,
  peer,
  direction: 'send',
  name: 'fip.bin',
  mode: 'octet',
  size: 1000,
  blockSize: 512,
  windowSize: 1,
  asked: {},
};

const report = (verdict: 'verified' | 'refused'): ReportEvent => ({
  kind: 'report',
  peer: { ...peer, port: 3000 },
  name: 'board-1',
  report: { verdict, ...(verdict === 'refused' ? { stage: 'kernel', reason: 'Bad hash' } : {}), steps: [] },
});

const boardsFrom = (...events: readonly (TransferEvent | ReportEvent)[]) =>
  events.map((event, i): BoardStreamEvent => ({ ...event, at: 1000 + i })).reduce(hear, noBoards).boards;

describe('what the boards view makes of events', () => {
  test('a transfer from its start to its end, with its curve', () => {
    const [board] = boardsFrom(
      started,
      { kind: 'progress', ...statistics(500, 2) },
      { kind: 'done', ...statistics(1000, 3) },
    );
    expect(board).toMatchObject({
      address: '192.168.7.2',
      transfers: [{ name: 'fip.bin', stage: 'firmware', bytes: 1000, retransmitted: 3, state: 'done' }],
    });
    expect(board?.transfers[0]?.samples.map(({ at, bytesPerSecond }) => [at, bytesPerSecond])).toEqual([
      [1000, 0],
      [1001, 50_000],
      [1002, 100_000],
    ]);
  });

  test('a failure and a refusal keep their reasons', () => {
    const [board] = boardsFrom(
      started,
      { kind: 'failed', code: 'tftp/timeout', message: 'no answer', ...statistics(10) },
      { kind: 'refused', peer, name: 'secret', code: 'tftp/refused', message: 'no such file' },
    );
    expect(board?.transfers.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'no answer'],
      ['refused', 'no such file'],
    ]);
  });

  test('boards are told apart by their address, whatever the port', () => {
    const other = { ...peer, port: 2000 };
    expect(boardsFrom(started, { ...started, id: 2, peer: other })).toHaveLength(1);
    expect(boardsFrom(started, { ...started, id: 2, peer: { ...peer, address: '192.168.7.3' } })).toHaveLength(2);
  });

  test('boards without end are not kept without end', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({
      ...started,
      peer: { ...peer, address: `10.0.${i >> 8}.${i & 255}` },
    }));
    const boards = boardsFrom(...many);
    expect([boards.length, boards.at(-1)?.address]).toEqual([256, '10.0.1.43']);
  });

  test('the verdict is the word of the board about its latest boot, or none', () => {
    const verdict = (...events: readonly (TransferEvent | ReportEvent)[]) => verdictOf(boardsFrom(...events)[0]!);
    expect(verdict(started)).toEqual({ last: undefined, current: false });
    expect(verdict(started, report('refused'))).toMatchObject({
      last: { name: 'board-1', report: { verdict: 'refused', stage: 'kernel', reason: 'Bad hash' } },
      current: true,
    });
    expect(verdict(started, report('refused'), { ...started, id: 2 })).toMatchObject({
      last: { report: { verdict: 'refused' } },
      current: false,
    });
    const written: TransferEvent = { ...started, id: 3, direction: 'receive', name: 'reports/board-1' };
    expect(verdict(started, report('verified'), written)).toMatchObject({ current: true });
    expect(boardsFrom(written)[0]?.transfers).toMatchObject([{ stage: 'report' }]);
    expect(boardsFrom(report('verified'))).toMatchObject([{ address: '192.168.7.2', transfers: [] }]);
  });

  test.each([
    ['fip.bin', 'firmware'],
    ['image.fit', 'kernel'],
    ['rootfs.verity', 'rootfs'],
    ['rootfs.p7s', 'rootfs'],
    ['notes.txt', 'other'],
  ])('%s belongs to %s', (name, stage) => {
    expect(stageOf(name)).toBe(stage);
  });
});
