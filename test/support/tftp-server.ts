import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveBeside } from './peer.ts';
import { run } from './program.ts';

/** TFTP servers of others, each started on a loopback address and a port, serving and taking files of one folder. */
export const SERVERS = {
  'tftpd-hpa': {
    program: 'in.tftpd',
    command: () => hpaServer(),
    args: (folder: string, address: string, port: number) =>
      `-L -s -c -p -u root -a ${address}:${port} ${folder}`.split(' '),
    takes: true,
  },
  atftpd: {
    program: 'atftpd',
    command: () => 'atftpd',
    args: (folder: string, address: string, port: number) =>
      `--daemon --no-fork --user root.root --logfile - --bind-address ${address} --port ${port} ${folder}`.split(' '),
    takes: true,
  },
  dnsmasq: {
    program: 'dnsmasq',
    command: () => 'dnsmasq',
    args: (folder: string, address: string) =>
      (
        `--no-daemon --conf-file=/dev/null --user=root --port=0 --bind-interfaces --listen-address=${address} ` +
        `--enable-tftp --tftp-root=${folder}`
      ).split(' '),
    takes: false,
  },
} as const;

export type ServerName = keyof typeof SERVERS;

/** Starts one of them for the running test; it needs root, or sudo without a password. */
export function serveWith(name: ServerName, folder: string, address: string, port: number): void {
  const { args, command } = SERVERS[name];
  const line = [command(), ...args(folder, address, port)];
  if (process.getuid?.() !== 0) line.unshift('sudo', '-n');
  serveBeside(line[0]!, line.slice(1));
}

/**
 * tftpd-hpa and atftpd share the name in.tftpd and cannot both be installed: where the name is another's, Debian's
 * package is unpacked beside the system.
 */
export function hpaServer(): string {
  if (isHpa('in.tftpd')) return 'in.tftpd';
  const folder = join(tmpdir(), 'bootwright-tftpd-hpa');
  const program = join(folder, 'usr/sbin/in.tftpd');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  execFileSync('apt-get', ['download', 'tftpd-hpa'], { cwd: folder, stdio: 'ignore' });
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get brought no tftpd-hpa');
  execFileSync('dpkg', ['-x', archive, '.'], { cwd: folder });
  return program;
}

const isHpa = (program: string): boolean => run(program, ['-V']).stdout.includes('tftp-hpa');
