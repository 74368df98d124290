import { Fault, isFault } from '../fault.ts';
import { fetchTftp } from '../tftp/index.ts';
import type { Supply } from './device.ts';
import { inMemory } from './supply.ts';

/** A boot server, as `tftp://HOST[:PORT]/[FOLDER/]` names it. */
export interface BootServer {
  readonly host: string;
  readonly port: number;
  /** What stands in front of every file name; empty or ended by a slash. */
  readonly folder: string;
}

/** A software device holds its root file system in memory. */
const ROOTFS_MAX_BYTES = 2 ** 31 - 1;
const TFTP_PORT = 69;

/** Parses a boot server's address. Faults `boot/address`. */
export function parseBootServer(text: string): BootServer {
  const match = /^tftp:\/\/(\[[0-9a-fA-F:.%]+\]|[^/:[\]]+)(?::(\d{1,5}))?(?:\/(.*))?$/.exec(text);
  if (match === null) throw new Fault('boot/address', { text, reason: 'expected tftp://HOST[:PORT]/' });
  const [, host = '', digits, path = ''] = match;
  const port = digits === undefined ? TFTP_PORT : Number(digits);
  if (port < 1 || port > 0xffff)
    throw new Fault('boot/address', { text, reason: 'the port is not between 1 and 65535' });
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`;
  return { host: host.replace(/^\[|\]$/g, ''), port, folder };
}

/** The files of a boot server, fetched over TFTP. Faults `boot/fetch`. */
export function tftpSupply({ host, port, folder }: BootServer): Supply {
  const fetch = async (name: string, limit: number): Promise<Uint8Array> => {
    try {
      return await fetchTftp({ host, port, name: folder + name, limit });
    } catch (cause) {
      if (!isFault(cause)) throw cause;
      throw new Fault('boot/fetch', { name, reason: cause.message }, { cause });
    }
  };
  return { fetch, open: async (name) => inMemory(await fetch(name, ROOTFS_MAX_BYTES), name) };
}
