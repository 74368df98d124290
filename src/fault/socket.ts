import { type Reason, textOf } from './message.ts';
import { inputOutput, usage } from './row.ts';

export const socketFaults = {
  'socket/address': usage<{ readonly text: string; readonly reason: Reason }>(
    'Text that must be an address or a port is not.',
    (c) => `"${c.text}" is not an address: ${textOf(c.reason)}`,
  ),
  'socket/option': usage<{ readonly option: string; readonly reason: Reason }>(
    'A socket cannot be given this option or value.',
    (c) => `${c.option}: ${textOf(c.reason)}`,
  ),
  'socket/bind': inputOutput<{ readonly address: string; readonly errno: string; readonly reason: Reason }>(
    'A socket cannot be bound to its address.',
    (c) => `cannot bind ${c.address}: ${textOf(c.reason)} (${c.errno})`,
  ),
  'socket/connect': inputOutput<{ readonly address: string; readonly errno: string; readonly reason: Reason }>(
    'A connection cannot be made.',
    (c) => `cannot connect to ${c.address}: ${textOf(c.reason)} (${c.errno})`,
  ),
  'socket/closed': inputOutput<{ readonly what: string }>(
    'A socket, reactor or server was used after it was closed.',
    (c) => `${c.what} is closed`,
  ),
};
