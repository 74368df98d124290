import { inputOutput, usage } from './row.ts';

export const echoFaults = {
  'echo/timeout': inputOutput<{ readonly peer: string; readonly timeoutMs: number }>(
    'An echo server did not answer in time.',
    (c) => `no answer from ${c.peer} in ${c.timeoutMs} ms`,
  ),
  'echo/ended': inputOutput<{ readonly peer: string }>(
    'An echo server ended the connection before it answered.',
    (c) => `${c.peer} ended the connection`,
  ),
  'echo/too-large': usage<{ readonly size: number; readonly limit: number }>(
    'A message is longer than the echo protocol takes.',
    (c) => `message too large: ${c.size} bytes, at most ${c.limit}`,
  ),
  'echo/nul': usage<{ readonly at: number }>(
    'A message holds a NUL, with which messages end on the wire: it would arrive as two.',
    (c) => `the message has a NUL at character ${c.at}`,
  ),
};
