import type { Message } from './message.ts';
import { usage } from './row.ts';

export const cliFaults = {
  'cli/usage': usage<{
    readonly reason: Message;
    /** What the person may have meant, where there are words like those that were given. */
    readonly meant?: readonly string[];
  }>(
    'A command was called with arguments that it does not take.',
    (c) => c.reason.text,
    ({ meant = [] }) =>
      meant.length > 0 ? `use ${meant.join(' or ')}` : 'run the command with --help to see what it takes',
  ),
};
