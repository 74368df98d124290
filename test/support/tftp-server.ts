import { atftpServer, hpaServer } from '../../bench/support/tftp-servers.ts';
import { serveBeside } from './peer.ts';
import { hasProgram } from './program.ts';

/** TFTP servers of others, each started on a loopback address and a port, serving and taking files of one folder. */
export const SERVERS = {
  'tftpd-hpa': {
    program: 'in.tftpd',
    command: hpaServer,
    args: (folder: string, address: string, port: number) =>
      `-L -s -c -p -u root -a ${address}:${port} ${folder}`.split(' '),
    takes: true,
  },
  atftpd: {
    program: 'atftpd',
    command: atftpServer,
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

/** The programs that a test with a server needs: its own, or those that fetch and unpack it. */
export function needsOf(name: ServerName): string[] {
  const { program } = SERVERS[name];
  return hasProgram(program) || name === 'dnsmasq' ? [program] : ['apt-get', 'dpkg'];
}

/** Starts one of them for the running test; it needs root, or sudo without a password. */
export function serveWith(name: ServerName, folder: string, address: string, port: number): void {
  const { args, command } = SERVERS[name];
  const line = [command(), ...args(folder, address, port)];
  if (process.getuid?.() !== 0) line.unshift('sudo', '-n');
  serveBeside(line[0]!, line.slice(1));
}
