import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_WAIT_MS } from '../support/wait.ts';

const module = (path: string): string => JSON.stringify(resolve(import.meta.dirname, '../../dist', path));
const ROUNDS = 3;

/** Programs that block in a call until a byte comes on standard input, which is a socket to their parent. */
const WAITS = {
  epoll_wait: `const epoll = new Epoll();
    epoll.add(0, EPOLLIN);
    wait = () => epoll.wait(-1);`,
  'epoll_wait with a timeout': `const epoll = new Epoll();
    epoll.add(0, EPOLLIN);
    wait = () => epoll.wait(60_000);`,
  poll: `wait = () => poll([{ fd: 0, interest: { readable: true } }], 60_000).length;`,
  select: `wait = () => select([0], 60_000).length;`,
  // A receive with SO_RCVTIMEO is one that the kernel does not make again by itself (man 7 signal).
  recv: `const arena = new Arena(16);
    arena.view.setBigInt64(0, 60n, true);
    const [SOL_SOCKET, SO_RCVTIMEO] = [1, 20];
    libc().setsockopt(0, SOL_SOCKET, SO_RCVTIMEO, arena.address, 16);
    wait = () => libc().recv(0, arena.address, 1, MSG_PEEK);`,
};

test.each(Object.entries(WAITS))('a signal does not end %s', async (_name, prepare) => {
  const source = `import { writeSync } from 'node:fs';
    import { EPOLLIN, Epoll, poll, select } from ${module('epoll/index.js')};
    import { Arena, libc } from ${module('linux/index.js')};
    const MSG_PEEK = 2;
    let wait;
    const taken = new Arena(1);
    process.on('SIGUSR2', () => {});
    ${prepare}
    for (let i = 0; i < ${ROUNDS}; i++) {
      writeSync(1, 'waiting\\n');
      writeSync(1, wait() + '\\n');
      libc().recv(0, taken.address, 1, 0);
    }
    process.exit();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => (await lines.next()).value ?? '';
  for (let round = 0; round < ROUNDS; round++) {
    expect(await line()).toBe('waiting');
    await until(() => field(child.pid, 'State').startsWith('S'));
    child.kill('SIGUSR2');
    // A signal that waits no longer has ended the call: it is delivered on the way back from the kernel.
    await until(() => (BigInt(`0x${field(child.pid, 'ShdPnd')}`) & SIGUSR2_BIT) === 0n);
    child.stdin.write('x');
    expect(await line()).toBe('1');
  }
  expect(await ended).toEqual([0, null]);
});

const SIGUSR2_BIT = 1n << 11n;

/** A line of /proc/PID/status (man 5 proc_pid_status); empty once the process has gone. */
function field(pid: number | undefined, name: string): string {
  try {
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + MAX_WAIT_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('the child did not come so far');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
