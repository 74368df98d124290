import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/binary/index.ts';
import { type Rollover, wireOf } from '../../src/tftp/transfer/block.ts';
import type { TransferOutcome } from '../../src/tftp/transfer/outcome.ts';
import { newReceiver, type ReceiverEvent, type ReceiverPlan, stepReceiver } from '../../src/tftp/transfer/receiver.ts';
import { DEFAULT_RETRY_POLICY } from '../../src/tftp/transfer/retry.ts';
import { newSender, type SenderEvent, stepSender } from '../../src/tftp/transfer/sender.ts';
import { randomFrom, Simulation, type Weather } from '../support/channel.ts';

interface Trial {
  readonly size: number;
  readonly blockSize: number;
  readonly windowSize: number;
  readonly rollover: Rollover;
  readonly learns?: boolean;
  readonly negotiates: boolean;
  readonly weather: Weather;
  readonly seed: number;
  readonly steps?: number;
}

interface Verdict {
  readonly finished: boolean;
  readonly sender: TransferOutcome | undefined;
  readonly receiver: TransferOutcome | undefined;
  /** Whether the receiver kept the file. */
  readonly kept: boolean;
  readonly exact: boolean;
  readonly dataPackets: number;
}

/** Sends a file of pseudo-random bytes from a sender to a receiver over a simulated network. */
function transfer(trial: Trial): Verdict {
  const { blockSize, windowSize, rollover, weather } = trial;
  const simulation = new Simulation(trial.seed);
  const random = randomFrom(trial.seed ^ 0x5eed);
  const file = Uint8Array.from({ length: trial.size }, () => Math.floor(random() * 256));
  const arrived = new Uint8Array(trial.size);
  const opening: ReceiverPlan['opening'] = trial.negotiates ? 'acknowledge' : 'none';
  let arrivedSize = 0;
  let exact = true;
  let kept = false;
  let dataPackets = 0;
  const outcomes: { sender?: TransferOutcome; receiver?: TransferOutcome } = {};
  const timers = { sender: 0, receiver: 0 };

  let sender = newSender({
    windowSize,
    rollover,
    negotiates: trial.negotiates,
    lastBlock: Math.floor(trial.size / blockSize) + 1,
    retry: DEFAULT_RETRY_POLICY,
  });
  let receiver = newReceiver({
    blockSize,
    windowSize,
    rollover: trial.learns === true ? 'auto' : rollover,
    opening,
    retry: DEFAULT_RETRY_POLICY,
  });
  let receiverStarted = !trial.negotiates;

  function sendEvent(event: SenderEvent): void {
    const [state, actions] = stepSender(sender, event);
    sender = state;
    for (const action of actions) {
      if (action.kind === 'send') {
        for (let block = action.first; block < action.first + action.count; block++) sendBlock(block);
      } else if (action.kind === 'open') {
        simulation.carry(weather, openReceiver);
      } else if (action.kind === 'wait') {
        const turn = ++timers.sender;
        simulation.after(action.delayMs, () => {
          if (turn === timers.sender) sendEvent({ kind: 'timeout', now: simulation.now });
        });
      } else if (action.kind === 'end') {
        outcomes.sender = action.outcome;
      }
    }
  }

  function sendBlock(block: number): void {
    dataPackets++;
    const bytes = file.subarray((block - 1) * blockSize, block * blockSize);
    simulation.carry(weather, () =>
      receiveEvent({ kind: 'data', block: wireOf(block, rollover), size: bytes.length, now: simulation.now }, bytes),
    );
  }

  function openReceiver(): void {
    const again = receiverStarted;
    receiverStarted = true;
    receiveEvent(again ? { kind: 'optionAcknowledge' } : { kind: 'start', now: simulation.now });
  }

  function receiveEvent(event: ReceiverEvent, bytes?: Uint8Array): void {
    const [state, actions] = stepReceiver(receiver, event);
    receiver = state;
    for (const action of actions) {
      if (action.kind === 'accept') {
        exact &&= arrivedSize + bytes!.length <= trial.size;
        if (exact) arrived.set(bytes!, arrivedSize);
        arrivedSize += bytes!.length;
      } else if (action.kind === 'finish') {
        kept = true;
      } else if (action.kind === 'acknowledge') {
        simulation.carry(weather, () => sendEvent({ kind: 'acknowledge', block: action.block, now: simulation.now }));
      } else if (action.kind === 'wait') {
        const turn = ++timers.receiver;
        simulation.after(action.delayMs, () => {
          if (turn === timers.receiver) receiveEvent({ kind: 'timeout', now: simulation.now });
        });
      } else if (action.kind === 'end') {
        outcomes.receiver = action.outcome;
      }
    }
  }

  sendEvent({ kind: 'start', now: 0 });
  const finished = simulation.run(trial.steps ?? 200_000);
  return {
    finished,
    sender: outcomes.sender,
    receiver: outcomes.receiver,
    kept,
    exact: exact && (!kept || (arrivedSize === trial.size && equalBytes(arrived, file))),
    dataPackets,
  };
}

const calm: Weather = { drop: 0, duplicate: 0, reorder: 0, delayMs: 1 };
const trials = {
  size: fc.nat(3000),
  blockSize: fc.integer({ min: 8, max: 64 }),
  windowSize: fc.integer({ min: 1, max: 20 }),
  rollover: fc.constantFrom<Rollover>(0, 1),
  negotiates: fc.boolean(),
  seed: fc.integer(),
};
const rough = fc.record({
  drop: fc.double({ min: 0, max: 0.5, noNaN: true }),
  duplicate: fc.double({ min: 0, max: 0.5, noNaN: true }),
  reorder: fc.double({ min: 0, max: 1, noNaN: true }),
  delayMs: fc.constantFrom(1, 30, 400),
});
const mild = fc.record({
  drop: fc.constant(0.03),
  duplicate: fc.constant(0.05),
  reorder: fc.constant(0.1),
  delayMs: fc.constant(1),
});

describe('laws of a transfer', () => {
  test('on a calm network every file arrives, each block sent once', () => {
    fc.assert(
      fc.property(fc.record({ ...trials, weather: fc.constant(calm) }), (trial) => {
        const verdict = transfer(trial);
        expect(verdict).toEqual({
          finished: true,
          sender: { kind: 'done' },
          receiver: { kind: 'done' },
          kept: true,
          exact: true,
          dataPackets: Math.floor(trial.size / trial.blockSize) + 1,
        });
      }),
    );
  });

  test('whatever the network does, a transfer ends, and what is kept is exact', () => {
    fc.assert(
      fc.property(fc.record({ ...trials, weather: rough }), (trial) => {
        const verdict = transfer(trial);
        expect(verdict.finished).toBe(true);
        expect(verdict.exact).toBe(true);
        // A sender that believes in success is never alone with that.
        if (verdict.sender?.kind === 'done') expect(verdict.kept).toBe(true);
        if (!verdict.kept) expect(verdict.receiver?.kind ?? 'never started').not.toBe('done');
      }),
      { numRuns: 400 },
    );
  });

  test('three losses in a hundred stop nobody', () => {
    fc.assert(
      fc.property(fc.record({ ...trials, negotiates: fc.constant(true), weather: mild }), (trial) => {
        expect(transfer(trial)).toMatchObject({ finished: true, kept: true, exact: true });
      }),
      { numRuns: 200 },
    );
  });

  test('duplicates do not breed: no packet of a lock-step transfer is sent twice because an answer came twice', () => {
    fc.assert(
      fc.property(fc.record({ ...trials, windowSize: fc.constant(1), seed: fc.integer() }), (trial) => {
        const verdict = transfer({ ...trial, weather: { ...calm, duplicate: 1 } });
        expect(verdict).toMatchObject({ kept: true, dataPackets: Math.floor(trial.size / trial.blockSize) + 1 });
      }),
    );
  });

  test.each<[Rollover, number, boolean]>([
    [0, 1, false],
    [0, 16, false],
    [1, 1, false],
    [1, 16, false],
    [0, 1, true],
    [1, 1, true],
  ])('block numbers roll over to %i, window %i, learnt: %s', (rollover, windowSize, learns) => {
    const blockSize = 8;
    const blocks = 2 * 65536 + 100;
    const verdict = transfer({
      size: blocks * blockSize + 3,
      blockSize,
      windowSize,
      rollover,
      learns,
      negotiates: true,
      weather: calm,
      seed: 1,
      steps: 2_000_000,
    });
    expect(verdict).toMatchObject({ finished: true, kept: true, exact: true, dataPackets: blocks + 1 });
  });
});
