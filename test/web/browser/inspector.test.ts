import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeNode, makeTree, writeBlob } from '../../../src/devicetree/index.ts';
import { keySigner, selfSigned } from '../../../src/pki/index.ts';
import { writeSuperblock } from '../../../src/verity/index.ts';
import { keyFor, sample } from '../../support/fit.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type SampleImages, sampleImages } from '../../support/images.ts';
import { interop, runOk } from '../../support/program.ts';
import { startBrowser } from './browser.ts';
import { openFiles, openPage, startUi } from './page.ts';

let browser: Browser;
let samples: SampleImages;
beforeAll(async () => {
  [browser, samples] = await Promise.all([startBrowser(), sampleImages()]);
});
afterAll(() => browser.close());

/** Each kind that our own tools write: [sample, file, what the page calls it]. */
const kinds: readonly (readonly [keyof SampleImages, string, RegExp])[] = [
  ['fip', 'fip.bin', /firmware image package, 3 images/],
  ['fit', 'image.fit', /image tree, 3 images/],
  ['dtb', 'board.dtb', /device tree/],
  ['verity', 'root.img', /dm-verity image/],
  ['certificate', 'root.crt', /certificate of CN=demo root/],
  ['rootHashSignature', 'root.p7s', /PKCS#7 signature/],
  ['publicKeyPem', 'rotpk.pem', /public key/],
  ['rootHash', 'root.roothash', /root hash/],
];

describe('the inspector', () => {
  test('shows every kind of image; nothing leaves the machine and no policy is violated', async () => {
    const files = write(kinds.map(([name, file]) => [file, bytesOf(name)]));
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    await openFiles(opened.page, files);
    for (const [, file, summary] of kinds) {
      await opened.page.getByRole('button', { name: file }).click();
      await opened.page.getByRole('heading', { level: 2, name: summary }).waitFor();
      expect(await opened.page.getByRole('treeitem').count()).toBeGreaterThan(0);
    }
    expect(opened.complaints).toEqual([]);
    expect(opened.requests.filter((url) => !url.startsWith(ui.url) && !url.startsWith('blob:'))).toEqual([]);
  });

  test('opens what bootwright ui was given', async () => {
    const [fit] = write([['image.fit', samples.fit]]);
    await using ui = await startUi([fit!]);
    await using opened = await openPage(browser, ui.url);
    await opened.page.getByRole('heading', { level: 2, name: /image tree, 3 images/ }).waitFor();
    expect(opened.complaints).toEqual([]);
  });

  test('works from a folder, with no server at all', async () => {
    const page = pathToFileURL(join(import.meta.dirname, '../../../dist/web/index.html')).href;
    await using opened = await openPage(browser, page);
    await openFiles(opened.page, write([['fip.bin', samples.fip]]));
    await opened.page.getByRole('heading', { level: 2, name: /firmware image package/ }).waitFor();
    expect(opened.complaints).toEqual([]);
  });

  test('opens what is dropped on it, and tells what a file of no known kind may be', async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 2, 3)], 'dropped.bin'));
      return transfer;
    });
    await page.locator('.inspector').dispatchEvent('drop', { dataTransfer: dropped });
    await page.getByRole('heading', { level: 2, name: 'dropped.bin: an ELF program' }).waitFor();
    await page.getByText('Digests').click();
    await page.getByText('sha256').waitFor();
    expect(await page.locator('.cells span').count()).toBe(7);
  });

  test('links tree and bytes both ways, by keys too', async () => {
    await using ui = await startUi(write([['fip.bin', samples.fip]]));
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await page.getByRole('treeitem').first().waitFor();
    await page.getByRole('treeitem').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const chosen = page.locator('[role=treeitem][aria-selected=true]');
    expect(await chosen.locator('.name').textContent()).toBe('name');
    await page.locator('.cells .selected').nth(3).waitFor();
    expect(await page.locator('.cells .selected').count()).toBe(4);
    const cell = page.locator('.cells span').nth(0x10);
    const read = opened.requests.length;
    await cell.hover();
    expect(await page.locator('.piece-line').textContent()).toContain('uuid');
    await cell.click();
    expect(await chosen.locator('.name').textContent()).toBe('uuid');
    // What is on the screen was read; pointing at it reads nothing again.
    expect(opened.requests.length).toBe(read);
  });

  test('judges by what lies beside it: verified, and refused after one altered byte', async () => {
    const altered = samples.fit.slice();
    altered[600]! ^= 1;
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await openFiles(
      page,
      write([
        ['image.fit', samples.fit],
        ['control.dtb', samples.control],
        ['altered.fit', altered],
      ]),
    );
    await page.getByRole('button', { name: /altered.fit/ }).waitFor();
    await verdictOf(page, /^image.fit/, 'Verified');
    expect(await page.getByRole('row', { name: /u-boot@2026.04/ }).textContent()).toContain('accepts');
    await verdictOf(page, /^altered.fit/, 'Refused');
    await page.getByRole('button', { name: 'Differences' }).click();
    await page.getByLabel('Compare with').selectOption({ label: 'image.fit' });
    await page.getByText('changed', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Chain of trust' }).click();
    await page.getByRole('img', { name: 'Chain of trust' }).waitFor();
    expect(opened.complaints).toEqual([]);
  });

  test('draws the hash tree, marks the bad block and shows its branch', async () => {
    const altered = samples.verity.slice();
    altered[4096 * 17] = altered[4096 * 17]! ^ 1;
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await openFiles(
      page,
      write([
        ['root.img', altered],
        ['root.roothash', bytesOf('rootHash')],
      ]),
    );
    await verdictOf(page, /^root.img/, 'Refused');
    await page.getByRole('button', { name: 'Hash tree', exact: true }).click();
    await page.getByRole('button', { name: '0x11000' }).click();
    expect(await page.getByLabel(/^Block/).inputValue()).toBe('17');
    expect(await page.locator('.branch li').count()).toBe(3);
    expect(await page.locator('.cell.broken').count()).toBeGreaterThan(0);
  });

  interop(['mkimage', 'dtc', 'fiptool', 'veritysetup', 'openssl'], "the original tools' images", async () => {
    const folder = temporaryFolder();
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('board.dts'), '/dts-v1/; / { model = "original"; };');
    runOk('dtc', ['-O', 'dtb', '-o', at('board.dtb'), at('board.dts')]);
    writeFileSync(at('kernel.bin'), sample(5000, 1));
    writeFileSync(at('data.img'), sample(4096 * 64, 2));
    runOk('mkimage', [
      '-f',
      'auto',
      '-A',
      'arm64',
      '-O',
      'linux',
      '-T',
      'kernel',
      '-C',
      'none',
      '-a',
      '0',
      '-e',
      '0',
      '-d',
      at('kernel.bin'),
      at('image.fit'),
    ]);
    runOk('fiptool', ['create', '--tb-fw', at('kernel.bin'), '--hw-config', at('board.dtb'), at('fip.bin')]);
    runOk('veritysetup', ['format', at('data.img'), at('hash.img')]);
    runOk('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=original',
      '-keyout',
      at('dev.key'),
      '-out',
      at('dev.crt'),
    ]);
    const summaries = [
      /^board.dtb: device tree/,
      /^image.fit: image tree/,
      /^fip.bin: firmware/,
      /^hash.img: dm-verity hash tree/,
      /^dev.crt: certificate of CN=original/,
      /^dev.key: private key/,
    ];
    await using ui = await startUi([folder]);
    await using opened = await openPage(browser, ui.url);
    for (const summary of summaries) {
      const file = summary.source.slice(1, summary.source.indexOf(':'));
      await opened.page.getByRole('button', { name: new RegExp(`^${file}`) }).click();
      await opened.page.getByRole('heading', { level: 2, name: summary }).waitFor();
    }
    expect(opened.complaints).toEqual([]);
  });

  test('shows hostile names as text, never as markup', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const tree = makeNode('', { description: evil, '#address-cells': 1 }, [
      makeNode('images', {}, [
        makeNode(evil.replaceAll('/', '_'), { description: evil, data: sample(10, 1), type: 'kernel' }),
      ]),
      makeNode('configurations', { default: evil }, [makeNode('conf-1', { description: evil, kernel: evil })]),
    ]);
    const signer = keySigner(await keyFor('dev'), 'dev');
    const scheme = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;
    const dates = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2036-01-01T00:00:00Z') };
    const certificate = await selfSigned({ serial: 1n, commonName: evil, scheme, ...dates }, signer);
    const fip = samples.fip.slice();
    fip.set(new TextEncoder().encode(evil).subarray(0, 16), 0x10);
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    await openFiles(
      page,
      write([
        ['evil.fit', writeBlob(makeTree(tree))],
        ['evil.crt', certificate],
        ['evil.fip', fip],
        ['<b>evil.bin', sample(20, 1)],
      ]),
    );
    for (const file of [/^evil.fit/, /^evil.crt/, /^evil.fip/, /evil.bin/]) {
      await page.getByRole('button', { name: file }).click();
      await page.getByRole('treeitem').first().waitFor();
      for (const panel of ['Verdict', 'Chain of trust']) await page.getByRole('button', { name: panel }).click();
    }
    expect(await page.locator('img, b').count()).toBe(0);
    expect(dialogs).toBe(0);
    expect(opened.complaints).toEqual([]);
    expect(opened.requests.every((url) => url.startsWith(ui.url) || url.startsWith('blob:'))).toBe(true);
  });

  test('a truncated file: the tree as far as it goes, and the place of the fault', async () => {
    await using ui = await startUi(write([['cut.fit', samples.fit.subarray(0, 2000)]]));
    await using opened = await openPage(browser, ui.url);
    await opened.page.getByText(/Reading stopped/).waitFor();
    expect(await opened.page.getByRole('treeitem').count()).toBeGreaterThan(3);
  });

  test('findings, faults and verdicts are Korean in a Korean page, and change with its language', async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url, { locale: 'ko-KR' });
    const { page } = opened;
    await openFiles(
      page,
      write([
        ['cut.fit', samples.fit.subarray(0, 2000)],
        ['root.img', samples.verity],
      ]),
    );
    await page.getByText(/읽기가 멈춘 이유: .*바이트가 필요하지만 \d+바이트만 남아 있습니다/).waitFor();
    await page.getByRole('button', { name: /^root.img/ }).click();
    await page.getByRole('button', { name: '검증', exact: true }).click();
    await page.getByText('루트 해시가 함께 열려 있지 않습니다').waitFor();
    await page.getByLabel('언어').selectOption('en');
    await page.getByText('no root hash lies beside it').waitFor();
    expect(opened.complaints).toEqual([]);
  });

  test('a sparse image of 2 GB opens at once, in little memory, and a long task can be cancelled', async () => {
    const file = sparseVerity();
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await openFiles(page, [file.image, file.rootHash]);
    await page.getByRole('button', { name: /big.img dm-verity image/ }).click();
    await page.getByRole('treeitem', { name: /data/ }).first().waitFor();
    await page.getByRole('treeitem', { name: /level 0/ }).click();
    expect(await page.locator('.position output').first().textContent()).toMatch(/^0x8/);
    expect(await largestRenderer()).toBeLessThan(RENDERER_MAX_BYTES);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('cancelled').first().waitFor();
    expect(opened.complaints).toEqual([]);
  });
});

async function verdictOf(page: Page, file: RegExp, want: string): Promise<void> {
  await page.getByRole('button', { name: file }).click();
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.locator('p.verdict', { hasText: want }).waitFor();
}

/** A renderer with nothing in it takes some 150 MB; an image that was read whole would take 2 GB more. */
const RENDERER_MAX_BYTES = 400 * 2 ** 20;

/** Resident bytes of the largest page process, its workers included. */
async function largestRenderer(): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  expect(renderers.length).toBeGreaterThan(0);
  const sizes = renderers.map(
    ({ id }) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) * 1024,
  );
  return Math.max(...sizes);
}

const BIG_BLOCKS = 2 ** 19;

/** 2 GB of zeros that take no room on disk, with the superblock of a hash area behind them. */
function sparseVerity(): { readonly image: string; readonly rootHash: string } {
  const [image, rootHash] = write([
    ['big.img', new Uint8Array(0)],
    ['big.roothash', new TextEncoder().encode(`${'ab'.repeat(32)}\n`)],
  ]) as [string, string];
  const size = BIG_BLOCKS * 4096;
  const head = new Uint8Array(4096);
  const view = new DataView(head.buffer);
  // An ext superblock that says how long the file system is (magic at 1080, blocks at 1028, log2 of their size − 10).
  view.setUint16(1080, 0xef53, true);
  view.setUint32(1028, BIG_BLOCKS, true);
  view.setUint32(1048, 2, true);
  const parameters = {
    format: 1,
    algorithm: 'sha256',
    dataBlockSize: 4096,
    hashBlockSize: 4096,
    dataBlocks: BIG_BLOCKS,
    salt: new Uint8Array(32),
  } as const;
  const descriptor = openSync(image, 'r+');
  writeSync(descriptor, head, 0, head.length, 0);
  const superblock = writeSuperblock({ parameters, uuid: new Uint8Array(16) });
  writeSync(descriptor, superblock, 0, superblock.length, size);
  ftruncateSync(descriptor, size + 4096 * (1 + 1 + 32 + 4096));
  closeSync(descriptor);
  return { image, rootHash };
}

function bytesOf(name: keyof SampleImages): Uint8Array {
  const value = samples[name];
  return typeof value === 'string' ? new TextEncoder().encode(`${value}\n`) : value;
}

/** Writes files into a new folder; gives their paths. */
function write(files: readonly (readonly [string, Uint8Array])[]): string[] {
  const folder = temporaryFolder();
  return files.map(([name, bytes]) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  });
}
