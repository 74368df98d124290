import { describe, expect, test, vi } from 'vitest';
import { utf8, utf8Text } from '../../src/binary/index.ts';
import { EPOLLOUT } from '../../src/epoll/index.ts';
import { ERRNO, syscallFault } from '../../src/linux/errno.ts';
import { libc } from '../../src/linux/libc.ts';
import { internetAddress, StreamBatch, StreamListener, StreamSocket } from '../../src/socket/index.ts';
import { openDescriptors } from '../support/descriptors.ts';
import { waitReadable } from '../support/ready.ts';

const SIZE = { capacity: 8, slotSizeBytes: 64 };
const WOULD_BLOCK = -ERRNO.EAGAIN;

function opened(): StreamBatch {
  const batch = StreamBatch.open(SIZE);
  if (batch === undefined) throw new Error('this kernel has no asynchronous I/O');
  return batch;
}

/** Connections to one listener: the ends that speak, and those that the batch reads. */
function pairs(count: number) {
  using listener = StreamListener.listen(internetAddress('127.0.0.1', 0));
  const made = Array.from({ length: count }, () => {
    const near = StreamSocket.connect(listener.localAddress());
    waitReadable(listener);
    const far = listener.accept();
    if (!(far instanceof StreamSocket)) throw new Error(`accept gave ${far}`);
    waitReadable(near, EPOLLOUT);
    return { near, far };
  });
  return {
    near: made.map(({ near }) => near),
    far: made.map(({ far }) => far),
    [Symbol.dispose]() {
      for (const { near, far } of made) {
        near.close();
        far.close();
      }
    },
  };
}

const textIn = (batch: StreamBatch, slot: number): string =>
  utf8Text(batch.buffer.bytes.subarray(batch.start(slot), batch.start(slot) + batch.outcome(slot)));

describe('a batch of streams', () => {
  test('reads many and writes to many, each its own', () => {
    using batch = opened();
    using streams = pairs(8);
    for (const [i, near] of streams.near.entries()) near.send(utf8(`hello ${i}`));
    for (const [slot, far] of streams.far.entries()) {
      waitReadable(far);
      batch.read(slot, far);
    }
    batch.submit();
    expect(streams.far.map((_, slot) => textIn(batch, slot))).toEqual(streams.near.map((_, i) => `hello ${i}`));
    for (const slot of [1, 3]) batch.write(slot, streams.far[slot]!, batch.start(slot) + 6, 1);
    batch.submit();
    for (const slot of [1, 3]) waitReadable(streams.near[slot]!);
    const answers = streams.near.map((near) => {
      const part = near.receive();
      return part === 'would-block' ? part : utf8Text(part);
    });
    expect(answers).toEqual(streams.near.map((_, i) => (i === 1 || i === 3 ? String(i) : 'would-block')));
  });

  test('tells of each whether it had nothing, had ended, was reset or was longer than its slot', () => {
    using batch = opened();
    using streams = pairs(4);
    streams.near[1]!.shutdown('write');
    streams.near[2]!.reset();
    streams.near[3]!.send(new Uint8Array(100));
    for (const slot of [1, 2, 3]) waitReadable(streams.far[slot]!);
    for (const [slot, far] of streams.far.entries()) batch.read(slot, far);
    batch.submit();
    const outcomes = streams.far.map((_, slot) => batch.outcome(slot));
    expect(outcomes).toEqual([WOULD_BLOCK, 0, -ERRNO.ECONNRESET, 64]);
    batch.read(0, streams.far[3]!, 10);
    batch.submit();
    expect(batch.outcome(0)).toBe(10);
  });

  test('takes as much as there is room for, and a write to a closed connection ends nobody', () => {
    using batch = opened();
    using streams = pairs(2);
    streams.near[1]!.reset();
    waitReadable(streams.far[1]!);
    expect(() => streams.far[1]!.receive()).toThrow('ECONNRESET');
    const total = batch.buffer.sizeBytes;
    let [last, sent] = [total, 0];
    while (last === total) {
      batch.write(0, streams.far[0]!, 0, total);
      batch.write(1, streams.far[1]!, 0, total);
      batch.submit();
      last = batch.outcome(0);
      sent += Math.max(last, 0);
      expect(batch.outcome(1)).toBe(-ERRNO.EPIPE);
    }
    expect(last === WOULD_BLOCK || last < total).toBe(true);
    for (let got = 0; got < sent; ) {
      waitReadable(streams.near[0]!);
      const part = streams.near[0]!.receive();
      if (part !== 'would-block') got += part.length;
    }
  });

  test('what the kernel does not take would block', () => {
    using batch = opened();
    using streams = pairs(1);
    streams.near[0]!.send(utf8('here'));
    waitReadable(streams.far[0]!);
    const submit = vi.spyOn(libc(), 'io_submit').mockReturnValueOnce('would-block');
    batch.read(0, streams.far[0]!);
    batch.submit();
    expect([batch.outcome(0), submit.mock.calls.length]).toEqual([WOULD_BLOCK, 1]);
    submit.mockRestore();
    batch.read(0, streams.far[0]!);
    batch.submit();
    expect(textIn(batch, 0)).toBe('here');
  });

  test('a range outside the slots is refused', () => {
    using batch = opened();
    using streams = pairs(1);
    expect(() => batch.write(0, streams.far[0]!, 500, 13)).toThrow(
      new RangeError('bytes 500 to 513 of a buffer of 512'),
    );
    expect(() => batch.read(7, streams.far[0]!, 65)).toThrow(RangeError);
  });

  test('holds no descriptor, and does nothing once it is closed', () => {
    const before = openDescriptors();
    const batch = opened();
    expect([openDescriptors(), batch.isOpen]).toEqual([before, true]);
    using streams = pairs(1);
    batch.close();
    batch.close();
    batch.read(0, streams.far[0]!);
    batch.submit();
    expect([batch.isOpen, batch.outcome(0)]).toEqual([false, WOULD_BLOCK]);
  });

  test.each(['ENOSYS', 'EPERM', 'EAGAIN'] as const)('is not there where io_setup fails with %s', (name) => {
    const setup = vi.spyOn(libc(), 'io_setup').mockImplementation(() => {
      if (name === 'EAGAIN') return 'would-block';
      throw syscallFault('io_setup', ERRNO[name]);
    });
    expect(StreamBatch.open(SIZE)).toBeUndefined();
    expect(setup).toHaveBeenCalledOnce();
    setup.mockRestore();
  });
});
