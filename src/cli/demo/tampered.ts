import { join } from 'node:path';
import type { Alteration, BootServer } from '../../boot/index.ts';
import { readFile } from '../../file/index.ts';
import { type FileSource, folderSource, memoryFile, serveTftp, type TftpServer } from '../../tftp/index.ts';

/** A boot server that serves a chain with one byte flipped, as somebody on the network would. */
export class Tampered implements AsyncDisposable {
  readonly offset: number;
  readonly #server: TftpServer;

  private constructor(server: TftpServer, offset: number) {
    this.#server = server;
    this.offset = offset;
  }

  /** Serves the files of a folder on a port of the kernel's choice; the altered one from memory. */
  static async serve(folder: string, alteration: Alteration): Promise<Tampered> {
    const bytes = (await readFile(join(folder, alteration.file))).slice();
    const offset = alteration.offset(bytes);
    bytes[offset] = (bytes[offset] ?? 0) ^ 0x01;
    const honest = folderSource(folder);
    const source: FileSource = {
      open: (name, context) => (name === alteration.file ? memoryFile(bytes) : honest.open(name, context)),
    };
    return new Tampered(serveTftp({ source, address: '127.0.0.1', port: 0 }), offset);
  }

  get target(): BootServer {
    const { address, port } = this.#server.local;
    return { host: address, port, folder: '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.drain();
  }
}
