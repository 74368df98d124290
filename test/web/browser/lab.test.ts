import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { openPage, startUi } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

describe('the epoll lab', () => {
  test("starts with the document's experiment: level reads everything, edge sleeps beside five bytes", async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, `${ui.url}#lab`);
    const { page } = opened;
    await page.getByRole('button', { name: 'To the end' }).click();
    await page.getByText('Everything that arrived was read.').waitFor();
    await page.getByText('5 bytes stay unread forever').waitFor();
    expect(opened.complaints).toEqual([]);
  });

  test('draining cures it', async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, `${ui.url}#lab`);
    const { page } = opened;
    await page.getByRole('checkbox', { name: 'Read until EAGAIN' }).check();
    await page.getByRole('button', { name: 'To the end' }).click();
    await page.getByText('Everything that arrived was read.').nth(1).waitFor();
  });

  test('asks before a wait, and says whether the answer was right', async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, `${ui.url}#lab`);
    const { page } = opened;
    await page.getByLabel('Ask me before each wait').check();
    await page.getByText('Edge-triggered: what does the next epoll_wait return?').waitFor();
    await page.getByRole('button', { name: 'it returns A' }).click();
    await page.getByText('Right: it returns A: EPOLLIN.').waitFor();
    await page.locator('.question').getByRole('button', { name: 'Next call' }).click();
    await page.getByRole('button', { name: 'Next call' }).click();
    await page.getByRole('button', { name: 'it returns A' }).click();
    await page.getByText('No: it sleeps, and nothing will wake it.').waitFor();
  });

  test('arrivals are moved by keys and by dragging', async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, `${ui.url}#lab`);
    const { page } = opened;
    const piece = page.locator('.piece').first();
    await piece.focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: 'A: 6 bytes before call 2' }).waitFor();
    const box = (await piece.boundingBox())!;
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.mouse.down();
    await page.mouse.move(box.x + 5 + 3 * 26, box.y + 5, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'A: 6 bytes before call 5' }).waitFor();
  });

  test('plays every experiment on the real kernel, which agrees with the model', async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, `${ui.url}#lab`);
    const { page } = opened;
    for (const name of await page.getByLabel('Experiment').locator('option').allTextContents()) {
      await page.getByLabel('Experiment').selectOption({ label: name });
      await page.getByRole('button', { name: 'Run it on the kernel of this machine' }).click();
      await page
        .getByText(/Model and kernel agree on all/)
        .nth(1)
        .waitFor();
      expect(await page.getByText(/the model returns .*, this kernel returned/).count()).toBe(0);
    }
    expect(opened.complaints).toEqual([]);
  });
});
