import { expect, test } from 'vitest';
import type { ReportEvent } from '../../src/boot/index.ts';
import { BoardLines } from '../../src/cli/chain/board-lines.ts';

const told = (report: ReportEvent['report']): string => {
  let text = '';
  const lines = new BoardLines({ write: (piece) => (text += piece) });
  lines.tell({ kind: 'report', peer: { address: '192.168.7.2', port: 1069 }, name: 'board-1', report });
  return text;
};

test('what a board says of its boot is shown as its own word', () => {
  expect(told({ verdict: 'verified', steps: [] })).toBe(
    '192.168.7.2  board-1 says, and nobody vouches for it: verified\n',
  );
  expect(told({ verdict: 'refused', stage: 'kernel', reason: 'Bad hash', steps: [] })).toBe(
    '192.168.7.2  board-1 says, and nobody vouches for it: refused at the kernel stage: Bad hash\n',
  );
});
