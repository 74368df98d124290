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
  return [
    {
      name: 'tftpd-hpa',
      command: [hpaServer(), ...`-L -s -u root -a ${at}:20691 ${folder}`.split(' ')],
      address: at,
      port: 20_691,
      windows: false,
    },
    {
      name: 'atftpd',
      command:
        `atftpd --daemon --no-fork --user root.root --logfile /dev/null --bind-address ${at} --port 20692 ${folder}`.split(
          ' ',
        ),
      address: at,
      port: 20_692,
      windows: true,
    },
    {
      // It knows port 69 alone, so it gets an address of its own.
      name: 'dnsmasq',
      command:
        `dnsmasq --no-daemon --conf-file=/dev/null --user=root --port=0 --bind-interfaces --listen-address=127.0.0.69 --enable-tftp --tftp-root=${folder}`.split(
          ' ',
        ),
      address: '127.0.0.69',
      port: 69,
      windows: false,
    },
  ];
}

/**
 * tftpd-hpa and atftpd share the name in.tftpd and cannot both be installed: where the name is another's, Debian's
 * package is unpacked beside the system.
 */
export function hpaServer(): string {
  const { stdout } = spawnSync('in.tftpd', ['-V'], { encoding: 'utf8' });
  if ((stdout ?? '').includes('tftp-hpa')) return 'in.tftpd';
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
