import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { bootwright } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startBrowser } from './browser.ts';
import { type OpenedPage, openPage, startUi } from './page.ts';

const IMAGES = resolve(import.meta.dirname, '../../../docs/images');

/** Refreshes the pictures in docs/images: SCREENSHOTS=1 npm run test:web. Korean needs a font: fonts-nanum. */
describe('screenshots', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
    mkdirSync(IMAGES, { recursive: true });
  });
  afterAll(() => browser.close());

  const take = (page: Page, name: string): Promise<unknown> =>
    page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: true });
  const open = (url: string, options = {}): Promise<OpenedPage> =>
    openPage(browser, url, { viewport: { width: 1280, height: 800 }, ...options });

  test('inspector', async () => {
    const folder = temporaryFolder();
    bootwright(['demo', '--folder', folder]);
    const out = join(folder, 'out');
    await using ui = await startUi([out]);
    await using opened = await open(ui.url);
    const { page } = opened;
    await page.getByRole('button', { name: /^image.fit/ }).click();
    await page.getByRole('treeitem', { name: /configurations/ }).click();
    const { rotpk } = JSON.parse(readFileSync(join(out, 'chain.lock.json'), 'utf8')) as { rotpk: string };
    await page.getByLabel('Fuse hash or root hash').fill(rotpk);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Verify all' }).click();
    await page.locator('p.verdict.verified').waitFor();
    await take(page, 'inspector');
    await page.getByRole('button', { name: 'Chain of trust' }).click();
    await take(page, 'chain');
  });

  test('hash tree and differences', async () => {
    const folder = temporaryFolder();
    bootwright(['demo', '--folder', folder]);
    const out = join(folder, 'out');
    const altered = readFileSync(join(out, 'rootfs.img'));
    for (const block of [100, 101, 102, 700]) altered[block * 4096 + 9]! ^= 1;
    const shown = join(folder, 'altered');
    mkdirSync(shown);
    writeFileSync(join(shown, 'rootfs.img'), altered);
    for (const name of ['rootfs.verity', 'rootfs.p7s', 'image.fit']) copyFileSync(join(out, name), join(shown, name));
    await using ui = await startUi([shown]);
    await using opened = await open(ui.url, { colorScheme: 'dark' });
    const { page } = opened;
    await page.getByRole('button', { name: /^rootfs.verity/ }).click();
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.locator('p.verdict.refused').waitFor();
    await page.getByRole('button', { name: 'Hash tree', exact: true }).click();
    await page.getByLabel(/^Block/).fill('700');
    await page.getByLabel(/^Block/).press('Enter');
    await page.locator('.branch button').first().waitFor();
    await take(page, 'hash-tree');
  });

  test('differences, in Korean', async () => {
    const folder = temporaryFolder();
    bootwright(['demo', '--folder', folder]);
    const altered = readFileSync(join(folder, 'out', 'image.fit'));
    altered[1000]! ^= 1;
    altered[altered.indexOf('arm64') + 4]! ^= 1;
    const shown = join(folder, 'shown');
    mkdirSync(shown);
    writeFileSync(join(shown, 'altered.fit'), altered);
    for (const name of ['image.fit', 'control.dtb']) copyFileSync(join(folder, 'out', name), join(shown, name));
    await using ui = await startUi([shown]);
    await using opened = await open(ui.url, { locale: 'ko-KR' });
    const { page } = opened;
    await page.getByRole('button', { name: /^altered.fit/ }).click();
    await page.getByRole('button', { name: '검증', exact: true }).click();
    await page.locator('p.verdict.refused').waitFor();
    await page.getByRole('button', { name: '차이', exact: true }).click();
    await page.getByLabel('비교할 파일').selectOption({ label: 'image.fit' });
    await page.locator('.differences').waitFor();
    await take(page, 'differences');
  });

  test('epoll lab', async () => {
    await using ui = await startUi([]);
    await using opened = await open(`${ui.url}#lab`, { locale: 'ko-KR' });
    const { page } = opened;
    await page.locator('.steps button').nth(3).click();
    await page.locator('.panel button').first().click();
    await page.locator('.panel .good').nth(1).waitFor();
    await take(page, 'lab');
  });

  test('boards', async () => {
    const folder = temporaryFolder();
    bootwright(['demo', '--folder', folder]);
    await using ui = await startUi([join(folder, 'out'), '--ui', '--port', '0', '--accept-reports'], ['serve']);
    await using opened = await open(`${ui.url}#boards`);
    const { page } = opened;
    await page.getByText('No board has requested anything yet.').waitFor();
    const address = /tftp:\S+\/(?=\.)/.exec((await page.locator('main').textContent()) ?? '')?.[0];
    for (const key of ['firmware.crt', 'dev.crt'])
      bootwright(['boot', address ?? '', '--trust', join(folder, 'keys', key), '--report', 'board-1']);
    await page.locator('.board-verdict .refused').first().waitFor();
    await take(page, 'boards');
  });
});
