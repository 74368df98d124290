import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Fault, isFault } from '../fault.ts';
import { reasonOf } from '../file/index.ts';
import type { ChainGate } from './gate.ts';

/** What boot loaders with `wget` ask, and what monitoring does. */
export interface HttpOptions {
  readonly folder: string;
  readonly gate: ChainGate;
  readonly address: string;
  readonly port: number;
  /** The text of `GET /metrics`, in the Prometheus format. */
  readonly metrics: () => string;
}

/** Boot loaders hold one connection open; a request that takes longer to arrive is none. */
const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 256;

/** Serves the files of a chain over HTTP, with byte ranges, through the same gate as TFTP. Faults `file/read`, `socket/bind`. */
export async function serveHttp(options: HttpOptions): Promise<Server> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) =>
    answer(options, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    const { address, port } = options;
    server.once('error', (cause) =>
      reject(new Fault('boot/http', { address: `${address}:${port}`, reason: reasonOf(cause) }, { cause })),
    );
    server.listen(port, address, resolve);
  });
  return server;
}

function answer({ folder, gate, metrics }: HttpOptions, request: IncomingMessage, response: ServerResponse): void {
  const path = decode(request.url ?? '/');
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD') end(response, 405, 'only GET and HEAD');
    else if (path === '/metrics') end(response, 200, metrics());
    else sendFile(join(folder, gate.admit(path)), request, response);
  } catch (error) {
    if (!isFault(error)) throw error;
    end(response, error.code === 'tftp/not-found' ? 404 : 403, error.message);
  }
}

function sendFile(file: string, request: IncomingMessage, response: ServerResponse): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const last = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
  if (start > last && size > 0) {
    end(response, 416, 'the range is outside the file');
    return;
  }
  response.writeHead(range === null ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': last - start + 1,
    'accept-ranges': 'bytes',
    ...(range !== null && { 'content-range': `bytes ${start}-${last}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) response.end();
  else pipe(file, response, { start, end: last });
}

function pipe(file: string, response: ServerResponse, range: { readonly start: number; readonly end: number }): void {
  const stream = createReadStream(file, range);
  stream.once('error', () => response.destroy());
  response.once('close', () => stream.destroy());
  stream.pipe(response);
}

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
