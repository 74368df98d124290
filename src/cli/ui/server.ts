import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { traceOnKernel } from '../../epoll/internal.ts';
import { parseScenario } from '../../epoll/model/index.ts';
import { Fault } from '../../fault.ts';
import { packageFile } from '../../file/index.ts';
import type { EventStream } from './event-stream.ts';

/** A file that the page may read. */
export interface ServedFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export interface UiOptions {
  readonly files: readonly ServedFile[];
  /** 0 for any. */
  readonly port: number;
  /** Tells the page of every board's transfer. */
  readonly events?: EventStream;
}

/** A page that is served until it is closed. */
export interface UiServer extends AsyncDisposable {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the page and the named files on the loopback interface, and nothing else: files are asked for by number, and
 * a request that names another host than this one (DNS rebinding) is refused.
 */
export async function serveUi(options: UiOptions): Promise<UiServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => response.destroy());
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/`, close, [Symbol.asyncDispose]: close };
}

const PAGE = resolve(fileURLToPath(packageFile('dist/web')));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** The page's own policy, as a header too: only a header can keep other pages from framing it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async function answer(options: UiOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
  const host = request.headers.host?.replace(/:\d+$/, '');
  if (host !== '127.0.0.1' && host !== 'localhost') return refuse(response, 403);
  if (request.method !== 'GET') return refuse(response, 405);
  const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
  if (options.events?.answer(request, response) === true) return;
  if (path === '/session.json') return sendJson(response, sessionOf(options));
  if (path === '/trace')
    return sendTrace(response, new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('scenario') ?? '');
  const number = /^\/files\/(\d{1,6})$/.exec(path)?.[1];
  if (number !== undefined) return sendFile(response, options.files[Number(number)], request.headers.range);
  return sendPage(response, path === '/' ? '/index.html' : path);
}

/** What the page may ask for, so that it asks for nothing that is not there. */
const sessionOf = ({ files, events }: UiOptions) => ({
  files: files.map(({ name, size }) => ({ name, size })),
  boards: events !== undefined,
  traces: process.platform === 'linux',
});

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

/** The steps of a scenario of the epoll lab on the kernel of this machine. */
function sendTrace(response: ServerResponse, text: string): void {
  const scenario = parseScenario(text);
  if (scenario === undefined) refuse(response, 400);
  else sendJson(response, traceOnKernel(scenario));
}

async function sendPage(response: ServerResponse, path: string): Promise<void> {
  const type = TYPES[extname(path)];
  // The built page is flat: one name without folders is all that can be asked for.
  if (type === undefined || !/^\/[a-z]+\.[a-z]+$/.test(path)) return refuse(response, 404);
  try {
    const body = await readFile(join(PAGE, path));
    response.setHeader('Content-Type', type);
    response.end(body);
  } catch {
    refuse(response, 404);
  }
}

function sendFile(response: ServerResponse, file: ServedFile | undefined, range: string | undefined): void {
  const wanted = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  const size = file?.size ?? 0;
  const start = Number(wanted?.[1] ?? 0);
  const end = Math.min(Number(wanted?.[2] ?? size - 1), size - 1);
  if (file === undefined || start > end) {
    refuse(response, file === undefined ? 404 : 416);
    return;
  }
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', end - start + 1);
  if (wanted !== null) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`);
  }
  const stream = createReadStream(file.path, { start, end });
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        new Fault(
          'linux/syscall',
          { call: `listen on 127.0.0.1:${port}`, errno: error.code ?? error.message, number: error.errno ?? 0 },
          { cause: error },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', done);
  });
}
