import { messages } from '../fault.ts';

/** Why a system has no system calls for this package. */
export const linuxMessage = messages({
  'linux/system-calls': 'system calls',
  'linux/epoll': 'epoll',
  'linux/ffi': 'the foreign function interface koffi',
  'linux/not-linux': '{platform} is not Linux',
  'linux/no-layouts': 'no layouts are declared for {processor}',
});
