import { type Message, textOf } from './message.ts';
import { inputOutput, usage } from './row.ts';

export const socketFaults = {
  'socket/address': usage<{ readonly text: string; readonly reason: Message }>(
    'Text that must be an address or a port is not.',
    (c) => `"${c.text}" is not an address: ${c.reason.text}`,
    'Give an IPv4 or IPv6 address, not a name, and a port from 0 to 65535.',
  ),
  'socket/option': usage<{ readonly option: string; readonly reason: Message }>(
    'A socket cannot be given this option or value.',
    (c) => `${c.option}: ${c.reason.text}`,
    'Give the option a whole number of 32 bits, or leave it out.',
  ),
  'socket/bind': inputOutput<{ readonly address: string; readonly errno: string; readonly reason: Message }>(
    'A socket cannot be bound to its address.',
    (c) => `cannot bind ${c.address}: ${c.reason.text} (${c.errno})`,
    (c) => BIND_REMEDIES[c.errno] ?? 'Choose another address with --bind, or another port with --port.',
  ),
  'socket/connect': inputOutput<{ readonly address: string; readonly errno: string; readonly reason: Message }>(
    'A connection cannot be made.',
    (c) => `cannot connect to ${c.address}: ${c.reason.text} (${c.errno})`,
    (c) => CONNECT_REMEDIES[c.errno] ?? 'Check the address, the route to it and the firewalls on the way.',
  ),
  'socket/closed': inputOutput<{ readonly what: Message }>(
    'A socket, reactor or server was used after it was closed.',
    (c) => `${textOf(c.what)} is closed`,
    'Open a new one, or close this one after its last use.',
  ),
};

const BIND_REMEDIES: Readonly<Record<string, string | undefined>> = {
  EACCES: 'Choose a port above 1023 with --port, or run with the capability CAP_NET_BIND_SERVICE.',
  EADDRINUSE: 'Stop the program that uses the port, or choose another one with --port.',
  EADDRNOTAVAIL: 'Choose an address of this machine with --bind: `ip address` lists them.',
};

const CONNECT_REMEDIES: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: 'Start the server, or correct the address and the port.',
  EAGAIN: 'Try again when the server has accepted the connections that wait.',
  ENOENT: 'Start the server that creates the socket file, or correct its path.',
};
