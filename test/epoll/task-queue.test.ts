import { describe, expect, test } from 'vitest';
import { TaskQueue } from '../../src/epoll/task-queue.ts';

interface Item {
  readonly name: string;
}

describe('a task queue', () => {
  const items = (...names: readonly string[]): Item[] => names.map((name) => ({ name }));
  const filled = (...names: readonly string[]): TaskQueue<Item> => {
    const queue = new TaskQueue<Item>();
    for (const item of items(...names)) queue.push(item);
    return queue;
  };
  const drain = (queue: TaskQueue<Item>): string[] => {
    const seen: string[] = [];
    queue.run(({ name }) => seen.push(name) > 0);
    return seen;
  };

  test('gives out in order, and once', () => {
    const queue = filled('a', 'b', 'c');
    expect([queue.isEmpty, drain(queue), queue.isEmpty, drain(queue)]).toEqual([false, ['a', 'b', 'c'], true, []]);
  });

  test('keeps what is pushed meanwhile for the next iteration', () => {
    const queue = filled('a', 'b');
    const seen: string[] = [];
    const count = queue.run(({ name }) => {
      seen.push(name);
      queue.push({ name: `${name}2` });
      return true;
    });
    expect([count, seen, drain(queue)]).toEqual([2, ['a', 'b'], ['a2', 'b2']]);
  });

  test('counts the calls that did something', () => {
    expect(filled('a', 'b', 'c').run(({ name }) => name !== 'b')).toBe(2);
  });

  test('keeps the rest when a call throws, before what was pushed meanwhile', () => {
    const queue = filled('a', 'b', 'c');
    const call = ({ name }: Item): boolean => {
      queue.push({ name: `${name}2` });
      if (name === 'b') throw new Error('a bad call');
      return true;
    };
    expect(() => queue.run(call)).toThrow('a bad call');
    expect(drain(queue)).toEqual(['c', 'a2', 'b2']);
  });

  test('gives out nothing more once it is cleared in a call', () => {
    const queue = filled('a', 'b', 'c');
    const count = queue.run(() => {
      queue.clear();
      return true;
    });
    expect([count, queue.isEmpty, drain(queue)]).toEqual([1, true, []]);
  });
});
