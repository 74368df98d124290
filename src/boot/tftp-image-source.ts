import { Fault, isFault, verbatim } from '../fault.ts';
import { fetchTftp } from '../tftp/index.ts';
import type { ImageSource } from './device-options.ts';
import { inMemory } from './image-source.ts';
import { serveMessage } from './serve-messages.ts';

/** A boot server, as `tftp://HOST[:PORT]/[FOLDER/]` names it. */
export interface BootServer {
  readonly host: string;
  readonly port: number;
  /** What stands in front of every file name; empty or ended by a slash. */
  readonly folder: string;
}

/** A software device holds its root file system in memory. */
const MAX_ROOTFS_BYTES = 2 ** 31 - 1;
/** What is taken from a server that does not announce a size: a firmware, a kernel, a small root file system. */
const MAX_UNANNOUNCED_BYTES = 1 << 26;
const TFTP_PORT = 69;

/** Parses a boot server's address. Faults `boot/address`. */
export function parseBootServer(text: string): BootServer {
  const match = /^tftp:\/\/(\[[0-9a-fA-F:.%]+\]|[^/:[\]]+)(?::(\d{1,5}))?(?:\/(.*))?$/.exec(text);
  if (match === null) throw new Fault('boot/address', { text, reason: serveMessage('images/url') });
  const [, host = '', digits, path = ''] = match;
  const port = digits === undefined ? TFTP_PORT : Number(digits);
  if (port < 1 || port > 0xffff) throw new Fault('boot/address', { text, reason: serveMessage('images/port') });
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`;
  return { host: host.replace(/^\[|\]$/g, ''), port, folder };
}

/**
 * The files of a boot server, fetched over TFTP: never more of one than the server announces, than its kind allows, and
 * than its size where that is known. What is too large is refused before it is in memory. Faults `boot/fetch`.
 *
 * @param sizes bytes of files by their names, as a lock of the build has them
 */
export function tftpImageSource(
  { host, port, folder }: BootServer,
  sizes: ReadonlyMap<string, number> = new Map(),
): ImageSource {
  const fetch = async (name: string, limitBytes: number): Promise<Uint8Array> => {
    const known = sizes.get(name);
    const limit = Math.min(limitBytes, known ?? limitBytes);
    const unannouncedLimit = known === undefined ? MAX_UNANNOUNCED_BYTES : undefined;
    try {
      return await fetchTftp({ host, port, name: folder + name, limit, unannouncedLimit });
    } catch (cause) {
      if (!isFault(cause)) throw cause;
      throw new Fault('boot/fetch', { name, reason: verbatim(cause.message) }, { cause });
    }
  };
  return { fetch, open: async (name) => inMemory(await fetch(name, MAX_ROOTFS_BYTES), name) };
}
