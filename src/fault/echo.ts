import { inputOutput, usage } from './row.ts';

export const echoFaults = {
  'echo/timeout': inputOutput<{ readonly peer: string; readonly timeoutMs: number }>(
    'An echo server did not answer in time.',
    (c) => `no answer from ${c.peer} in ${c.timeoutMs} ms`,
    'Check that an echo server of this protocol runs there, or wait longer with --timeout.',
  ),
  'echo/ended': inputOutput<{ readonly peer: string }>(
    'An echo server closed the connection before it answered.',
    (c) => `${c.peer} closed the connection`,
    'Connect again. If the server closes at once, raise its --max-connections or --idle-timeout.',
  ),
  'echo/too-large': usage<{ readonly size: number; readonly limit: number }>(
    'A message is longer than the echo protocol allows.',
    (c) => `the message has ${c.size} bytes, at most ${c.limit} are allowed`,
    'Send a shorter message, or several.',
  ),
  'echo/nul': usage<{ readonly at: number }>(
    'A message contains a NUL, which ends a message in the protocol: it would arrive as two.',
    (c) => `the message has a NUL at character ${c.at}`,
    'Remove the NUL, or send two messages.',
  ),
};
