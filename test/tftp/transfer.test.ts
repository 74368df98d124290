import { describe, expect, test } from 'vitest';
import { distance, wireOf } from '../../src/tftp/transfer/block.ts';
import { newReceiver, type ReceiverEvent, type ReceiverPlan, stepReceiver } from '../../src/tftp/transfer/receiver.ts';
import {
  answered,
  DEFAULT_RETRY_POLICY,
  delayOf,
  INITIAL_ROUND_TRIP,
  missed,
  type RetryPolicy,
  sent,
} from '../../src/tftp/transfer/retry.ts';
import { newSender, type SenderEvent, type SenderPlan, stepSender } from '../../src/tftp/transfer/sender.ts';

const retry: RetryPolicy = { ...DEFAULT_RETRY_POLICY, maxRetries: 2, maxInitialRetries: 1 };
const acknowledge = (block: number): SenderEvent => ({ kind: 'acknowledge', block, now: 0 });
const data = (block: number, size = 512): ReceiverEvent => ({ kind: 'data', block, size, now: 0 });
const start = { kind: 'start', now: 0 } as const;
const timeout = { kind: 'timeout', now: 0 } as const;

/** One line an event: its actions in short; waits are left out. */
function sends(plan: Partial<SenderPlan>, events: readonly SenderEvent[]): string[] {
  let state = newSender({ windowSize: 1, lastBlock: 3, rollover: 0, retry, negotiates: false, ...plan });
  return events.map((event) => {
    const [next, actions] = stepSender(state, event);
    state = next;
    return actions
      .filter(({ kind }) => kind !== 'wait')
      .map((action) => {
        if (action.kind === 'send') return `send ${action.first}-${action.first + action.count - 1}`;
        return action.kind === 'end' ? action.outcome.kind : action.kind;
      })
      .join(', ');
  });
}

function receives(plan: Partial<ReceiverPlan>, events: readonly ReceiverEvent[]): string[] {
  let state = newReceiver({ blockSize: 512, windowSize: 1, rollover: 0, retry, opening: 'acknowledge', ...plan });
  return events.map((event) => {
    const [next, actions] = stepReceiver(state, event);
    state = next;
    return actions
      .filter(({ kind }) => kind !== 'wait')
      .map((action) => {
        if (action.kind === 'acknowledge') return `ack ${action.block}`;
        return action.kind === 'end' ? action.outcome.kind : action.kind;
      })
      .join(', ');
  });
}

describe('sender', () => {
  test('lock-step', () => {
    expect(sends({}, [start, acknowledge(1), acknowledge(2), acknowledge(3)])).toEqual([
      'send 1-1',
      'send 2-2',
      'send 3-3',
      'done',
    ]);
  });

  test('an OACK is repeated until ACK 0 and nothing else answers it', () => {
    expect(
      sends({ negotiates: true, retry: DEFAULT_RETRY_POLICY }, [
        start,
        acknowledge(1),
        timeout,
        acknowledge(0),
        acknowledge(0),
      ]),
    ).toEqual(['open', '', 'open', 'send 1-1', '']);
  });

  test('a duplicate acknowledgement is not answered in lock-step; a time-out is', () => {
    expect(sends({}, [start, acknowledge(1), acknowledge(1), timeout, acknowledge(1), acknowledge(2)])).toEqual([
      'send 1-1',
      'send 2-2',
      '',
      'send 2-2',
      '',
      'send 3-3',
    ]);
  });

  test('an acknowledgement of what was not sent is ignored', () => {
    expect(sends({}, [start, acknowledge(2), acknowledge(0), acknowledge(0xffff)])).toEqual(['send 1-1', '', '', '']);
  });

  test('the example of RFC 7440 with its losses', () => {
    const plan = { windowSize: 4, lastBlock: 13, negotiates: true };
    expect(
      sends(plan, [start, acknowledge(0), acknowledge(4), acknowledge(5), acknowledge(9), timeout, acknowledge(13)]),
    ).toEqual(['open', 'send 1-4', 'send 5-8', 'send 6-9', 'send 10-13', 'send 10-13', 'done']);
  });

  test('a lost first block of a window is sent again once, however often it is reported', () => {
    const plan = { windowSize: 4, lastBlock: 9 };
    expect(sends(plan, [start, acknowledge(4), acknowledge(4), acknowledge(4), timeout, acknowledge(4)])).toEqual([
      'send 1-4',
      'send 5-8',
      'send 5-8',
      '',
      'send 5-8',
      '',
    ]);
  });

  test('gives up: early before the first answer, later after it', () => {
    expect(sends({}, [start, timeout, timeout, timeout])).toEqual(['send 1-1', 'send 1-1', 'silent', '']);
    expect(sends({}, [start, acknowledge(1), timeout, timeout, timeout])).toEqual([
      'send 1-1',
      'send 2-2',
      'send 2-2',
      'send 2-2',
      'silent',
    ]);
  });

  test('an ERROR ends it, a packet of the wrong kind is answered with one', () => {
    expect(sends({}, [start, { kind: 'error', number: 0, text: '' }, acknowledge(1)])).toEqual([
      'send 1-1',
      'peer',
      '',
    ]);
    expect(sends({}, [start, { kind: 'unexpected', packet: 'DATA' }])).toEqual(['send 1-1', 'refuse, protocol']);
  });
});

describe('receiver', () => {
  test('lock-step, and the last acknowledgement is repeated on demand', () => {
    expect(receives({}, [start, data(1), data(2, 5), data(2, 5), timeout, data(2, 5)])).toEqual([
      'ack 0',
      'accept, ack 1',
      'accept, finish, ack 2',
      'ack 2',
      'done',
      '',
    ]);
  });

  test('the opening is repeated until data comes', () => {
    expect(receives({ opening: 'optionAcknowledge' }, [start, timeout, data(1)])).toEqual([
      'open',
      'open',
      'accept, ack 1',
    ]);
    expect(receives({}, [start, { kind: 'optionAcknowledge' }, data(1), { kind: 'optionAcknowledge' }])).toEqual([
      'ack 0',
      'ack 0',
      'accept, ack 1',
      '',
    ]);
    expect(receives({ opening: 'none' }, [data(1)])).toEqual(['accept, ack 1']);
  });

  test('a window is acknowledged at its end, a gap once', () => {
    expect(receives({ windowSize: 3 }, [start, data(1), data(3), data(4), data(2), data(3), data(4)])).toEqual([
      'ack 0',
      'accept',
      'ack 1',
      '',
      'accept',
      'accept',
      'accept, ack 4',
    ]);
  });

  test('a repeated window is acknowledged once, by its last block', () => {
    expect(receives({ windowSize: 2 }, [start, data(1), data(2), data(1), data(2)])).toEqual([
      'ack 0',
      'accept',
      'accept, ack 2',
      '',
      'ack 2',
    ]);
  });

  test('a time-out says what has come, and counts the window from there', () => {
    expect(receives({ windowSize: 3 }, [start, data(1), data(2), timeout, data(3), data(4), data(5)])).toEqual([
      'ack 0',
      'accept',
      'accept',
      'ack 2',
      'accept',
      'accept',
      'accept, ack 5',
    ]);
  });

  test('a block that is too long ends the transfer', () => {
    expect(receives({}, [start, data(1, 513), data(1)])).toEqual(['ack 0', 'refuse, protocol', '']);
  });

  test('gives up on silence, but not once the file is whole', () => {
    expect(receives({}, [start, timeout, timeout])).toEqual(['ack 0', 'ack 0', 'silent']);
    expect(receives({}, [start, data(1, 0), { kind: 'error', number: 0, text: '' }])).toEqual([
      'ack 0',
      'accept, finish, ack 1',
      'done',
    ]);
  });
});

describe('block numbers', () => {
  test.each([
    [0, 0, 0],
    [1, 0, 1],
    [65535, 0, 65535],
    [65536, 0, 0],
    [65537, 0, 1],
    [65535, 1, 65535],
    [65536, 1, 1],
    [131070, 1, 65535],
    [131071, 1, 1],
  ] as const)('block %i, rolling over to %i, is %i', (block, rollover, wire) => {
    expect(wireOf(block, rollover)).toBe(wire);
    if (block > 0) expect(distance(wire, block - 1, rollover, 4)).toBe(1);
    expect(distance(wire, block, rollover, 4)).toBe(0);
    expect(distance(wire, block + 3, rollover, 4)).toBe(-3);
  });
});

describe('retry', () => {
  test('waits double up to a bound', () => {
    let roundTrip = INITIAL_ROUND_TRIP;
    const waits = Array.from({ length: 5 }, () => {
      const wait = delayOf(roundTrip, DEFAULT_RETRY_POLICY);
      roundTrip = missed(roundTrip);
      return wait;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000]);
  });

  test('a measured round trip shortens them, a retransmitted packet measures nothing', () => {
    const quick = answered(sent(INITIAL_ROUND_TRIP, 100), 103);
    expect(delayOf(quick, DEFAULT_RETRY_POLICY)).toBe(200);
    const slow = answered(sent(INITIAL_ROUND_TRIP, 0), 400);
    expect(delayOf(slow, DEFAULT_RETRY_POLICY)).toBe(1200);
    expect(answered(missed(sent(quick, 200)), 90_000)).toEqual({ ...quick, sentAt: 90_000 });
  });

  test('a negotiated timeout neither grows nor shrinks', () => {
    const fixed = { ...DEFAULT_RETRY_POLICY, fixedDelayMs: 3000 };
    expect(delayOf(missed(missed(answered(sent(INITIAL_ROUND_TRIP, 0), 1))), fixed)).toBe(3000);
  });
});
