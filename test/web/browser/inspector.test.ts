import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromBytes, hexText } from '../../../src/binary/index.ts';
import { hash } from '../../../src/crypto/index.ts';
import { makeNode, makeTree, writeBlob } from '../../../src/devicetree/index.ts';
import { inspect, type Piece } from '../../../src/inspect/index.ts';
import { keySigner, selfSigned } from '../../../src/pki/index.ts';
import { formatVerity, writeSuperblock } from '../../../src/verity/index.ts';
import { bootwright } from '../../support/cli.ts';
import { goodFit, goodTree, imageNode, keyFor, sample } from '../../support/fit.ts';
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

  test('judges by all that is open: consistent, verified once it is trusted, and refused after one altered byte', async () => {
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
    await page.getByRole('button', { name: /^altered.fit/ }).waitFor();
    await verdictOf(page, /^image.fit/, 'Consistent');
    await page
      .getByText(/nobody vouches for control.dtb/)
      .first()
      .waitFor();
    expect(await page.getByRole('row', { name: /u-boot@2026.04/ }).textContent()).toContain('accepts');
    await trust(page, 'control.dtb');
    await verdictOf(page, /^image.fit/, 'Verified');
    await verdictOf(page, /^altered.fit/, 'Refused');
    await page.getByRole('button', { name: 'Differences' }).click();
    await page.getByLabel('Compare with').selectOption({ label: 'image.fit' });
    await page.getByText('changed', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Chain of trust' }).click();
    await page.getByRole('img', { name: 'Chain of trust' }).waitFor();
    expect(opened.complaints).toEqual([]);
  });

  test('a claim looks like no check: hatched and with a symbol, in bytes, tree, legend and chain', async () => {
    const forged = samples.fit.slice();
    for (const { offset, size } of signatureValues(forged)) forged.fill(0x41, offset, offset + size);
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await openFiles(page, write([['forged.fit', forged]]));
    const marked = (mark: string) => page.locator(`.cells span.${mark}`).count();
    await page.locator('.cells span.claimed').first().waitFor();
    await page.getByText('claimed by the file, not checked').first().waitFor();
    await verdictOf(page, /^forged.fit/, 'Not verified');
    expect([await marked('verified'), await marked('checked')]).toEqual([0, 0]);
    expect(await marked('claimed')).toBeGreaterThan(0);
    const styles = await page
      .locator('.cells span.claimed, .cells span.nobody')
      .evaluateAll((all) => [...new Set(all.map((one) => getComputedStyle(one).backgroundImage.slice(0, 9)))]);
    expect(styles.toSorted()).toEqual(['none', 'repeating']);
    const symbol = (mark: string) =>
      page.locator(`.legend .mark.${mark}`).evaluate((one) => getComputedStyle(one, '::before').content);
    const symbols = await Promise.all(['verified', 'checked', 'claimed', 'nobody', 'part', 'broken'].map(symbol));
    expect(new Set(symbols).size).toBe(6);
    await page.getByRole('button', { name: 'Chain of trust' }).click();
    await page.locator('svg path.edge.claimed').first().waitFor({ state: 'attached' });
    await page.getByText(/claims to vouch for forged.fit/).waitFor();
    expect(await page.locator('svg path.edge.checked').count()).toBe(0);
    await openFiles(page, write([['control.dtb', samples.control]]));
    await page.getByRole('button', { name: /^control.dtb/ }).waitFor();
    await page.getByRole('button', { name: 'Verdict', exact: true }).click();
    await verdictOf(page, /^forged.fit/, 'Refused');
    expect([await marked('verified'), await marked('checked')]).toEqual([0, 0]);
    expect(opened.complaints).toEqual([]);
  });

  test('a certificate that signed itself claims a signature, and is trusted by nobody', async () => {
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await openFiles(page, write([['dev.der', samples.certificate]]));
    await page.getByText(/claims a signature by CN=demo root/).waitFor();
    await verdictOf(page, /^dev.der/, 'Not verified');
    expect(await page.locator('.cells span.verified, .cells span.checked').count()).toBe(0);
    await trust(page, 'dev.der');
    await page.locator('p.verdict', { hasText: 'Verified' }).waitFor();
  });

  test('a refused image colours its rows, those above them, and no other', async () => {
    const altered = samples.fit.slice();
    const at = kernelOffset(samples.fit);
    altered[at + 7]! ^= 1;
    await using ui = await startUi([]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await openFiles(
      page,
      write([
        ['image.fit', altered],
        ['control.dtb', samples.control],
      ]),
    );
    await page.getByRole('button', { name: /^control.dtb/ }).waitFor();
    await trust(page, 'control.dtb');
    await verdictOf(page, /^image.fit/, 'Refused');
    const markOf = async (name: RegExp): Promise<string | null> =>
      page.getByRole('treeitem', { name }).first().locator('.mark').getAttribute('class');
    expect(await markOf(/^FIT/)).toBe('mark broken');
    for (const name of [/^\S*structure/, /^\S*images/, /^\S*kernel-1/]) expect(await markOf(name)).toBe('mark broken');
    await page
      .getByRole('treeitem', { name: /kernel-1/ })
      .first()
      .click();
    expect(await markOf(/data property/)).toBe('mark broken');
    expect(await markOf(/fdt-1/)).not.toBe('mark broken');
    expect(
      await page
        .getByRole('treeitem', { name: /kernel-1/ })
        .first()
        .textContent(),
    ).toContain('refused or altered');
  });

  test('the root hash of a refused image tree verifies nothing, whatever was verified first', async () => {
    const files = await attackedChain();
    for (const order of [files, files.toReversed()]) {
      await using ui = await startUi([]);
      await using opened = await openPage(browser, ui.url);
      const { page } = opened;
      await openFiles(page, write(order));
      for (const [name] of files) await page.getByRole('button', { name: new RegExp(`^${name}`) }).waitFor();
      await trust(page, 'control.dtb');
      await verdictOf(page, /^image.fit/, 'Refused');
      await verdictOf(page, /^rootfs.verity/, 'Not verified');
      await page.getByText(/image.fit vouches for it, but is itself refused/).waitFor();
      await page.getByRole('button', { name: 'Verify all' }).click();
      await page.locator('.whole.refused').waitFor();
      expect(await page.locator('nav.files .verdict.verified').count()).toBe(1);
      expect(opened.complaints).toEqual([]);
    }
  });

  test('one verdict on a whole chain from the hash of the fuses, drawn from end to end', async () => {
    const folder = temporaryFolder();
    bootwright(['demo', '--folder', folder]);
    const out = join(folder, 'out');
    const { rotpk } = JSON.parse(readFileSync(join(out, 'chain.lock.json'), 'utf8')) as { rotpk: string };
    await using ui = await startUi([out]);
    await using opened = await openPage(browser, ui.url);
    const { page } = opened;
    await page.getByRole('button', { name: /^rootfs.verity/ }).waitFor();
    await page.getByRole('button', { name: 'Verify all' }).click();
    await page.locator('.whole.consistent').waitFor();
    await page
      .getByText(/nobody vouches for firmware.pub/)
      .first()
      .waitFor();
    await page.getByLabel('Fuse hash or root hash').fill('not a hash');
    await page.getByRole('button', { name: 'Trust this hash' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Fuse hash or root hash').fill('0'.repeat(64));
    await page.getByRole('button', { name: 'Trust this hash' }).click();
    await page.locator('.whole.consistent').waitFor();
    await page.getByText(/no open file has the hash 0000/).waitFor();
    await page.getByRole('button', { name: /^Stop trusting/ }).click();
    await page.getByLabel('Fuse hash or root hash').fill(rotpk);
    await page.keyboard.press('Enter');
    await page.locator('.whole.verified').waitFor();
    await page.getByRole('button', { name: 'Chain of trust' }).click();
    for (const line of [
      /key hash sha256:.* vouches for rsa2048/,
      /vouches for fip.bin/,
      /fip.bin vouches for nt-fw/,
      /nt-fw .*vouches for control.dtb/,
      /control.dtb vouches for .*key-dev/,
      /key-dev vouches for .*config-1/,
      /image.fit vouches for root hash/,
      /root hash .* vouches for rootfs.verity/,
      /rootfs.verity vouches for rootfs.img/,
      /vouches for rootfs.p7s/,
    ]) {
      expect(await page.locator('.hidden-list li', { hasText: line }).count(), String(line)).toBeGreaterThan(0);
    }
    expect(await page.locator('svg rect.link.verified, svg rect.link.anchored').count()).toBeGreaterThan(8);
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
    await page.getByText(/이 해시 트리의 루트 해시 .*이\(가\) 적힌 파일이 열려 있지 않습니다/).waitFor();
    await page.getByLabel('언어').selectOption('en');
    await page.getByText(/no open file names its root hash/).waitFor();
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
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('cancelled').first().waitFor();
    expect(opened.complaints).toEqual([]);
  });
});

async function verdictOf(page: Page, file: RegExp, want: string): Promise<void> {
  await page.getByRole('button', { name: file }).click();
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await page.locator('p.verdict', { hasText: want }).waitFor();
}

/** Trusts an open file, as a person does who knows that it is theirs. */
async function trust(page: Page, file: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${file}`) }).click();
  await page.getByRole('button', { name: `Trust ${file}`, exact: true }).click();
  await page.getByRole('button', { name: `Trust ${file}`, exact: true, pressed: true }).waitFor();
}

/** Where the values of signatures lie in an image tree. */
function signatureValues(fit: Uint8Array): { readonly offset: number; readonly size: number }[] {
  const find = (piece: Piece, inSignature: boolean): { offset: number; size: number }[] => {
    if (inSignature && piece.name === 'value' && piece.type === 'property') {
      return piece.children.filter(({ name }) => name === 'value');
    }
    return piece.children.flatMap((child) => find(child, inSignature || child.name.startsWith('signature')));
  };
  const found = find(inspect(fromBytes(fit, 'image.fit'), 'image.fit').root, false);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

const kernelOffset = (fit: Uint8Array): number =>
  inspect(fromBytes(fit, 'image.fit'), 'image.fit').protectedRanges.find(({ by }) => by === '/images/kernel-1/hash-1')!
    .offset;

/** Data of an attacker with a hash tree of its own, whose root hash is written over the one in a signed image tree. */
async function attackedChain(): Promise<(readonly [string, Uint8Array])[]> {
  const genuine = formatVerity({ data: sample(4096 * 9, 3), salt: sample(8, 1), uuid: sample(16, 2) });
  const evil = sample(4096 * 9, 4);
  const { hash: tree, rootHash } = formatVerity({ data: evil, salt: sample(8, 1), uuid: sample(16, 2) });
  const table = `0 72 verity 1 /dev/vda /dev/vdb 4096 4096 9 1 sha256 ${genuine.rootHash} ${hexText(sample(8, 1))}`;
  const chosen = makeNode('chosen', { bootargs: `dm-mod.create="root,,,ro,${table}"` });
  const images = ['kernel-1', 'tee-1']
    .map((one) => imageNode(one, { data: sample(50, 1), type: 'kernel' }))
    .concat(imageNode('fdt-1', { data: writeBlob(makeTree(makeNode('', {}, [chosen]))), type: 'flat_dt' }));
  const { fit, control } = await goodFit(goodTree({ images }));
  const copy = Buffer.from(fit);
  copy.write(rootHash, copy.indexOf(genuine.rootHash));
  return [
    ['image.fit', copy],
    ['rootfs.verity', tree],
    ['rootfs.img', evil],
    ['control.dtb', control],
  ];
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
    // The digest of the top block, which has to be right for anything below it to be looked at.
    ['big.roothash', new TextEncoder().encode(`${hexText(hash('sha256', new Uint8Array(32 + 4096)))}\n`)],
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
