import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { sampleImages } from '../../support/images.ts';
import { startBrowser } from './browser.ts';
import { openPage, startUi } from './page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

const looks = [
  ['light', 1360, 'en-US'],
  ['dark', 1360, 'ko-KR'],
  ['light', 380, 'ko-KR'],
  ['dark', 380, 'en-US'],
] as const;

describe('every view', () => {
  test.each(looks)(
    '%s, %i pixels wide, %s: no finding from axe, nothing wider than the screen',
    async (colorScheme, width, locale) => {
      const samples = await sampleImages();
      const folder = temporaryFolder();
      const files = { 'image.fit': samples.fit, 'control.dtb': samples.control, 'root.img': samples.verity };
      for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
      writeFileSync(join(folder, 'root.roothash'), samples.rootHash);
      await using ui = await startUi([folder]);
      await using opened = await openPage(browser, ui.url, { colorScheme, locale, viewport: { width, height: 900 } });
      const { page } = opened;
      const main = page.locator('main > div:not([hidden])');
      for (const file of ['image.fit', 'root.img']) {
        await page.getByRole('button', { name: new RegExp(file) }).click();
        await main.getByRole('treeitem').first().waitFor();
        const panels = main.locator('.panels button');
        // Axe takes seconds for a page of bytes: all panels are looked at in one look, the first one in every look.
        const count = colorScheme === 'light' && width > 1000 ? await panels.count() : 1;
        for (let i = 0; i < count; i++) {
          await panels.nth(i).click();
          if (i === 0) {
            await main.locator('.trust .main').click();
            await main.locator('.whole.consistent').waitFor();
            await main.locator('p.verdict.consistent').waitFor();
          }
          expect(await findings(page), `${file}, panel ${i}`).toEqual([]);
        }
      }
      for (const view of ['lab', 'boards']) {
        await page.locator(`nav a[href="#${view}"]`).click();
        await main.locator(`#${view}-title`).waitFor();
        if (view === 'lab') await main.locator('.steps button').last().click();
        expect(await findings(page), view).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      }
      expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2));
      expect(opened.complaints).toEqual([]);
    },
  );
});

/** What axe-core finds on the page as it stands: the rule, and where. */
async function findings(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations;
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200) ?? ''}`);
}
