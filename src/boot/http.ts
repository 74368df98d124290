import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Fault, isFault } from '../fault.ts';
import { reasonOf } from '../file/index.ts';
import { type Observer, type Peer, TransferReporter } from '../tftp/index.ts';
import { metric } from '../tftp/internal.ts';
import { serveMessage } from './serve-messages.ts';
import type { VerifiedFolder } from './verified-folder.ts';

/** What boot loaders with `wget` ask, and what monitoring does. */
export interface HttpOptions {
  readonly folder: string;
  readonly chain: VerifiedFolder;
  readonly address: string;
  readonly port: number;
  /** The text of `GET /metrics` of the others, in the Prometheus format. */
  readonly metrics: () => string;
  readonly observe?: Observer;
}

/** The headers of a request must arrive within this time. */
const HEADERS_TIMEOUT_MS = 10_000;
/** A connection without progress for this long is closed. */
const STALLED_MS = 30_000;
const MAX_CONNECTIONS = 256;
/** Transfers are counted from here, so that no observer takes them for those of TFTP. */
const FIRST_ID = 2 ** 32;

/** Serves the files of a chain over HTTP, with byte ranges, through the same chain as TFTP. Faults `boot/http`. */
export async function serveHttp(options: HttpOptions): Promise<HttpFiles> {
  const files = new HttpFiles(options);
  await files.listen();
  return files;
}

/** An HTTP server over the files of a chain. */
export class HttpFiles {
  readonly #options: HttpOptions;
  readonly #server: Server;
  readonly #answers = new Map<number, number>();
  #sentBytes = 0;
  #active = 0;
  #nextId = FIRST_ID;
  #draining = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) =>
      this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.timeout = STALLED_MS;
  }

  async listen(): Promise<void> {
    const { address, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(new Fault('boot/http', { address: `${address}:${port}`, reason: reasonOf(cause) }, { cause })),
      );
      this.#server.listen(port, address, resolve);
    });
  }

  /** Takes no new connections and lets running transfers end. */
  async drain(): Promise<void> {
    this.#draining = true;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { folder, chain } = this.#options;
    const path = decode(request.url ?? '/');
    response.once('finish', () => {
      this.#answers.set(response.statusCode, (this.#answers.get(response.statusCode) ?? 0) + 1);
      if (this.#draining) request.socket.end();
    });
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') end(response, 405, 'only GET and HEAD');
      else if (path === '/metrics') end(response, 200, this.#metrics());
      else {
        const file = chain.open(
          path,
          (name) => ({ name, descriptor: openFile(folder, name) }),
          ({ descriptor }) => closeSync(descriptor),
        );
        this.#sendFile(file, request, response);
      }
    } catch (error) {
      if (!isFault(error)) throw error;
      const { code, message } = error;
      this.#options.observe?.({ kind: 'refused', peer: peerOf(request), name: path, code, message });
      end(response, code === 'tftp/not-found' ? 404 : 403, message);
    }
  }

  #sendFile(
    { name, descriptor }: { readonly name: string; readonly descriptor: number },
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const { size } = fstatSync(descriptor);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const last = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
    const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
    const isOutside = start > last && size > 0;
    if (isOutside || request.method === 'HEAD' || size === 0) {
      closeSync(descriptor);
      if (isOutside) end(response, 416, 'the range is outside the file');
      else response.writeHead(200, { ...headers, 'content-length': size }).end();
      return;
    }
    response.writeHead(range === null ? 200 : 206, {
      ...headers,
      'content-length': last - start + 1,
      ...(range !== null && { 'content-range': `bytes ${start}-${last}/${size}` }),
    });
    const stream = createReadStream('', { fd: descriptor, start, end: last });
    const reporter = this.#begin(name, last - start + 1, request);
    let sent = 0;
    stream.on('data', (piece) => {
      sent += piece.length;
      reporter.progress(sent, performance.now());
    });
    stream.once('error', () => response.destroy());
    response.once('close', () => {
      stream.destroy();
      this.#active -= 1;
      this.#sentBytes += sent;
      const reason = serveMessage('serve/connection-ended');
      reporter.settled(response.writableFinished ? undefined : new Fault('boot/http-ended', { name, reason }));
    });
    stream.pipe(response);
  }

  #begin(name: string, size: number, request: IncomingMessage): TransferReporter {
    const { observe = () => undefined } = this.#options;
    const peer = peerOf(request);
    const id = this.#nextId++;
    this.#active += 1;
    const about = { id, peer, direction: 'send', name, size } as const;
    const none = { blockSize: 0, windowSize: 0, asked: {} } as const;
    observe({ kind: 'started', via: 'http', mode: 'octet', ...none, ...about });
    return new TransferReporter({ ...about, observe, transport: { now: () => performance.now() } });
  }

  #metrics(): string {
    const answers = [...this.#answers].map(([status, count]) => [{ status: String(status) }, count] as const);
    return [
      this.#options.metrics(),
      ...metric('bootwright_http_answers_total', 'counter', 'Requests that were answered, by status.', answers),
      ...metric('bootwright_http_sent_bytes_total', 'counter', 'Bytes of files of ended transfers.', [
        [{}, this.#sentBytes],
      ]),
      ...metric('bootwright_http_active', 'gauge', 'Transfers that are running.', [[{}, this.#active]]),
    ].join('\n');
  }
}

function openFile(folder: string, name: string): number {
  try {
    return openSync(join(folder, name), 'r');
  } catch (cause) {
    throw new Fault('tftp/not-found', { name }, { cause });
  }
}

const peerOf = ({ socket }: IncomingMessage): Peer => ({
  address: socket.remoteAddress ?? '',
  port: socket.remotePort ?? 0,
});

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text.endsWith('\n') ? text : `${text}\n`);
}

function decode(url: string): string {
  try {
    return decodeURIComponent(url.split('?')[0] ?? '/');
  } catch {
    return '/';
  }
}
