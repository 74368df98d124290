import { spawn } from 'node:child_process';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { BIN } from '../../support/cli.ts';

/** A page of `bootwright ui`, with everything that it asked for and complained of. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** Addresses of every request. */
  readonly requests: readonly string[];
  /** Errors of scripts, of the console, and violations of the content security policy. */
  readonly complaints: readonly string[];
}

/** Runs `bootwright ui ARGS…` until disposed. */
export async function startUi(
  args: readonly string[],
  command: readonly string[] = ['ui'],
): Promise<{ readonly url: string } & AsyncDisposable> {
  const child = spawn(process.execPath, [BIN, ...command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const url = await new Promise<string>((found, fail) => {
    let text = '';
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
      const match = /http:\/\/127\.0\.0\.1:\d+\//.exec(text);
      if (match !== null) found(match[0]);
    });
    child.once('exit', (code) => fail(new Error(`bootwright ui ended with ${code}: ${text}`)));
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url, [Symbol.asyncDispose]: stop };
}

/** Opens an address in a fresh profile. */
export async function openPage(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<OpenedPage> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1360, height: 1000 },
    locale: 'en-US',
    ...options,
  });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy'))
      complaints.push(message.text());
  });
  await page.goto(url);
  return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Opens files through the page's own button. */
export async function openFiles(page: Page, files: readonly string[]): Promise<void> {
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([...files]);
}
