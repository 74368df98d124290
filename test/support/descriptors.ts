import { readdirSync, readlinkSync } from 'node:fs';

/** How many sockets, epoll instances and eventfds this process has open; to be compared before and after. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => /^(socket:|anon_inode:\[event(fd|poll)\])/.test(target(fd)))
    .length;
}

function target(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
