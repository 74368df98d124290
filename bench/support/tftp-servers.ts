import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Other {
  readonly name: string;
  readonly command: readonly string[];
  readonly address: string;
  readonly port: number;
  /** Whether it knows the option `windowsize`. */
  readonly windows: boolean;
}

/** The servers to be measured beside ours, each serving a folder. They need root. */
export function others(folder: string): Other[] {
  const at = '127.0.0.1';
  const words = (text: string): string[] => text.split(' ');
  return [
    {
      name: 'tftpd-hpa',
      command: [hpaServer(), ...words(`-L -s -u root -a ${at}:20691 ${folder}`)],
      address: at,
      port: 20_691,
      windows: false,
    },
    {
      name: 'atftpd',
      command: [
        atftpServer(),
        ...words('--daemon --no-fork --user root.root --logfile /dev/null'),
        ...words(`--bind-address ${at} --port 20692 ${folder}`),
      ],
      address: at,
      port: 20_692,
      windows: true,
    },
    {
      // It knows port 69 alone, so it gets an address of its own.
      name: 'dnsmasq',
      command: [
        ...words('dnsmasq --no-daemon --conf-file=/dev/null --user=root --port=0 --bind-interfaces'),
        ...words(`--listen-address=127.0.0.69 --enable-tftp --tftp-root=${folder}`),
      ],
      address: '127.0.0.69',
      port: 69,
      windows: false,
    },
  ];
}

/** tftpd-hpa's program, which shares its name with atftpd's. */
export const hpaServer = (): string =>
  says('in.tftpd', 'tftp-hpa') ? 'in.tftpd' : unpacked('tftpd-hpa', 'usr/sbin/in.tftpd');

/** atftpd's program. */
export const atftpServer = (): string => (says('atftpd', 'atftp') ? 'atftpd' : unpacked('atftpd', 'usr/sbin/atftpd'));

const says = (program: string, name: string): boolean =>
  (spawnSync(program, ['-V'], { encoding: 'utf8' }).stdout ?? '').includes(name);

/**
 * A program of a Debian package, unpacked beside the system: tftpd-hpa and atftpd remove each other when they are
 * installed.
 */
function unpacked(name: string, path: string): string {
  const folder = join(tmpdir(), `bootwright-${name}`);
  const program = join(folder, path);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  execFileSync('apt-get', ['download', name], { cwd: folder, stdio: 'ignore' });
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get brought no ${name}`);
  execFileSync('dpkg', ['-x', archive, '.'], { cwd: folder });
  return program;
}
