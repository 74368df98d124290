import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootwright } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startBrowser } from './browser.ts';
import { openPage, startUi } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

test('a board that boots is seen live, and by a page that is opened later', async () => {
  const folder = temporaryFolder();
  expect(bootwright(['demo', '--folder', folder]).status).toBe(0);
  const out = join(folder, 'out');
  await using ui = await startUi([out, '--ui', '--port', '0', '--accept-reports'], ['serve']);
  await using opened = await openPage(browser, `${ui.url}#boards`);
  const { page } = opened;
  await page.getByText('No board has requested anything yet.').waitFor();
  const address = /tftp:\S+\/(?=\.)/.exec((await page.locator('main').textContent()) ?? '')?.[0];
  const trust = ['--trust', join(folder, 'keys', 'firmware.crt')];
  const booted = bootwright(['boot', address ?? '', ...trust]);
  expect(booted.status, booted.stderr).toBe(0);
  for (const file of ['fip.bin', 'image.fit', 'rootfs.img']) {
    await page.getByRole('row', { name: new RegExp(`${file}.*delivered`) }).waitFor();
  }
  await page.getByText(/checks passed/).waitFor();
  // Nobody said how that boot ended, and the page does not invent it.
  await page.getByText('The board has not reported how its boot ended.').waitFor();
  bootwright(['boot', address ?? '', ...trust, '--report', 'board-1']);
  await page.getByText(/^Reported by the board “board-1” at .*, not authenticated\.$/).waitFor();
  await page.locator('.board-verdict strong.verified').first().waitFor();
  const stranger = join(folder, 'keys', 'dev.crt');
  expect(bootwright(['boot', address ?? '', '--trust', stranger, '--report', 'board-1']).status).toBe(1);
  await page.getByText('Refused at the firmware stage').waitFor();
  await page.getByText(/firmware\.pub: the key's hash is/).waitFor();
  await using later = await openPage(browser, `${ui.url}#boards`);
  await later.page
    .getByRole('row', { name: /fip.bin.*delivered/ })
    .first()
    .waitFor();
  expect([...opened.complaints, ...later.complaints]).toEqual([]);
  await page.locator('nav a[href="#inspector"]').click();
  await page.getByRole('button', { name: /image.fit/ }).click();
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await page.locator('p.verdict.consistent').waitFor();
});
