import { messages } from '../fault.ts';

/** Why an address or an option is refused, and why a bind or connect failed. */
export const socketMessage = messages({
  'socket/port': 'a port is a number from 0 to 65535',
  'socket/no-ip': 'neither IPv4 nor IPv6',
  'socket/family': 'not an internet or local address',
  'socket/not-of-family': 'not an address of its family',
  'socket/zone': 'a zone is the number of an interface',
  'socket/path': 'a local path has at most {most} bytes and no NUL',
  'socket/not-int': '{value} does not fit in a C int',
  'socket/the-socket': 'the socket',
  'socket/not-permitted': 'permission denied',
  'socket/in-use': 'the address is in use',
  'socket/no-interface': 'no interface has this address',
  'socket/queue-full': 'the queue of the listener is full',
  'socket/no-family': 'the kernel does not support this address family',
  'socket/refused': 'nothing is listening there',
  'socket/reset': 'the peer reset the connection',
  'socket/no-host': 'no route to the host',
  'socket/not-valid': 'the address is not valid here',
  'socket/no-network': 'no route to the network',
  'socket/no-file': 'no such file',
  'socket/timed-out': 'no answer in time',
});
