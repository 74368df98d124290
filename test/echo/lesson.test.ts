import { expect, test } from 'vitest';
import { LESSONS, runLesson } from '../../src/echo/index.ts';
import { bootwright } from '../support/cli.ts';
import { openDescriptors } from '../support/descriptors.ts';

test.each([
  ['level', { events: 6, bytesRead: 6, bytesLeft: 0 }],
  ['edge-without-drain', { events: 1, bytesRead: 1, bytesLeft: 5 }],
  ['edge', { events: 2, bytesRead: 12, bytesLeft: 0 }],
  ['oneshot', { events: 2, whileSpent: 0 }],
  ['select-poll', { select: 3, poll: 3, epoll: 3 }],
  ['starvation', { readsWithoutBudget: 16, readsWithBudget: 4 }],
])('lesson %s: the kernel says what is taught', (name, figures) => {
  const before = openDescriptors();
  const lesson = runLesson(name);
  expect(lesson.figures).toEqual(figures);
  const times = lesson.steps.map(({ atUs }) => atUs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(openDescriptors()).toBe(before);
});

test('every lesson has its test', () => {
  expect(Object.keys(LESSONS).toSorted()).toEqual(
    ['edge', 'edge-without-drain', 'level', 'oneshot', 'select-poll', 'starvation'].toSorted(),
  );
});

test('the hang of the first edge-triggered attempt is seen: one event, one byte, silence', () => {
  const { stdout, status } = bootwright(['lesson', 'edge-without-drain', '--json']);
  expect(status).toBe(0);
  const { steps } = JSON.parse(stdout) as ReturnType<typeof runLesson>;
  expect(steps.slice(0, 5).map(({ call, leftBytes, result }) => [call, result, leftBytes])).toEqual([
    ['epoll_ctl(ADD, client, EPOLLIN|EPOLLET)', 'ok', undefined],
    ['send("Hello\\0")', '6', 6],
    ['epoll_wait()', '1 [client: EPOLLIN]', 6],
    ['recv(client, 1)', '1 "H"', 5],
    ['epoll_wait()', '0 (silence for 50 ms)', 5],
  ]);
});

test('the timeline is printed for people, and an unknown lesson refused', () => {
  expect(bootwright(['lesson', 'oneshot']).stdout).toContain('← nothing, although bytes are left');
  expect(bootwright(['lesson', 'nothing'])).toMatchObject({ status: 2, stdout: '' });
});
