import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildFip, knownImages, parseUuid, readFip, resolveImage, TocTerminator } from '../../src/fip/index.ts';
import { entryOffset, parseImageTable } from '../../src/fip/internal.ts';
import { bootwright } from '../support/cli.ts';
import { expectFault } from '../support/fault.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, run } from '../support/program.ts';

const uuid = parseUuid('11111111-2222-3333-4444-555555555555');

function sample(): string {
  const cwd = temporaryFolder();
  const images = [
    { uuid: resolveImage(knownImages, 'tb-fw'), data: Buffer.from('firmware') },
    { uuid, data: Buffer.from('mine') },
  ];
  writeFileSync(join(cwd, 'fip.bin'), buildFip(images));
  writeFileSync(join(cwd, 'a'), 'payload');
  return cwd;
}

describe('fip', () => {
  test('create, update, remove and info agree', () => {
    const cwd = sample();
    const images = join(cwd, 'images.json');
    writeFileSync(images, JSON.stringify({ images: [{ option: 'my-fw', name: 'Mine', uuid }] }));
    const create = [
      'fip',
      'create',
      'f',
      'my-fw=a',
      'tb-fw=a',
      '--images',
      images,
      '--align',
      '0x20',
      '--plat-toc-flags',
      'abcd',
    ];
    expect(bootwright(create, { cwd })).toMatchObject({ status: 0, stderr: '' });
    expect(bootwright(['fip', 'update', 'f', `nt-fw=a`, '--align', '16'], { cwd }).status).toBe(0);
    expect(bootwright(['fip', 'remove', 'f', 'tb-fw'], { cwd }).status).toBe(0);
    const { stdout } = bootwright(['fip', 'info', 'f', '--hash', '--json', '--images', images], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      flags: String(0xabcdn << 32n),
      images: [
        { image: 'nt-fw', size: 7 },
        { image: 'my-fw', name: 'Mine', uuid, size: 7 },
      ],
    });
    expect(readFip(readFileSync(join(cwd, 'f'))).images).toHaveLength(2);
  });

  test('unpack names files for their images, and leaves what is there', () => {
    const cwd = sample();
    expect(bootwright(['fip', 'unpack', 'fip.bin', '--out', 'out'], { cwd }).status).toBe(0);
    expect(readdirSync(join(cwd, 'out')).sort()).toEqual([`${uuid}.bin`, 'tb-fw.bin']);
    const again = bootwright(['fip', 'unpack', 'fip.bin', '--out', 'out'], { cwd });
    expect(again).toMatchObject({ status: 3, stdout: '' });
    expect(again.stderr).toContain('it exists already');
  });

  test('unpack never writes through a link', () => {
    const cwd = sample();
    writeFileSync(join(cwd, 'precious'), 'untouched');
    symlinkSync('precious', join(cwd, 'tb-fw.bin'));
    expect(bootwright(['fip', 'unpack', 'fip.bin'], { cwd }).status).toBe(3);
    expect(existsSync(join(cwd, `${uuid}.bin`))).toBe(false);
    expect(bootwright(['fip', 'unpack', 'fip.bin', '--force'], { cwd }).status).toBe(0);
    expect(readFileSync(join(cwd, 'precious'), 'utf8')).toBe('untouched');
    expect(lstatSync(join(cwd, 'tb-fw.bin')).isFile()).toBe(true);
  });

  test.each([
    ['one file by its name', [`${uuid}=x`, 'tb-fw=x'], 2, 'two images would be written to'],
    ['one file, spelled differently', [`${uuid}=x`, 'tb-fw=./d/../x'], 2, 'two images would be written to'],
    ['one file, through a link', [`${uuid}=d/x`, 'tb-fw=link/x'], 2, 'two images would be written to'],
    ['one file in the folder to be made', [`${uuid}=new/y/tb-fw.bin`, 'tb-fw', '--out', 'new/y'], 2, 'two images'],
    ['a folder', ['tb-fw', `${uuid}=d`, '--out', 'new/y'], 3, 'cannot write d: it is a folder'],
    ['a folder that is not there', ['tb-fw', `${uuid}=no/x`, '--out', 'new'], 3, 'cannot write no/x: its folder'],
    ['the folder that is to be made', ['tb-fw', `${uuid}=new`, '--out', 'new/y'], 3, 'cannot write new: '],
  ])('unpack writes nothing where an image would go to %s', (_, args, status, says) => {
    const cwd = sample();
    mkdirSync(join(cwd, 'd'));
    symlinkSync('d', join(cwd, 'link'));
    const before = readdirSync(cwd, { recursive: true });
    const ran = bootwright(['fip', 'unpack', 'fip.bin', '--force', ...args], { cwd });
    expect(ran).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(says) });
    expect(readdirSync(cwd, { recursive: true })).toEqual(before);
  });

  const NEXT = [
    'info f',
    'update f tb-fw=a',
    'remove f tb-fw',
    'unpack f --out o',
    'sign f --key k.key',
    'verify f --key k.pub',
  ];

  test.each([...NEXT.map((line) => `fip ${line}`), 'as fiptool info f', 'as fiptool unpack --out o f'])(
    'images behind an early terminator are not overlooked: %s',
    (line) => {
      const cwd = sample();
      bootwright(['fip', 'create', 'f', 'tb-fw=a', 'soc-fw=a', 'nt-fw=a'], { cwd });
      bootwright(['keys', 'new', 'k', '--kind', 'P-256'], { cwd });
      const fip = readFileSync(join(cwd, 'f'));
      fip.set(TocTerminator.encode({ offsetAddress: BigInt(fip.length) }), entryOffset(1));
      expectHeldBack(cwd, fip, line, 'the padding holds');
    },
  );

  test.each(NEXT.slice(1))('padding that is not zero far behind the table: %s', (line) => {
    const cwd = sample();
    bootwright(['fip', 'create', 'f', 'tb-fw=a', 'soc-fw=a', '--align', '0x20000'], { cwd });
    bootwright(['keys', 'new', 'k', '--kind', 'P-256'], { cwd });
    const fip = readFileSync(join(cwd, 'f'));
    fip[0x30000] = 7;
    expectHeldBack(cwd, fip, `fip ${line}`, 'padding at 0x30000: the padding holds 0x7');
    expect(bootwright(['fip', 'info', 'f'], { cwd }).status).toBe(0);
  });

  test.each([
    ['a FIP that is not there', ['info', 'nofile'], 3, 'no such file'],
    ['no FIP', ['info', 'a'], 1, 'binary/truncated'],
    ['an image without its file', ['create', 'f', 'tb-fw'], 2, 'has no file'],
    ['a name that nobody knows', ['create', 'f', 'tb=a'], 2, 'fip/name'],
    ['an image twice', ['create', 'f', 'tb-fw=a', 'tb-fw=a'], 2, 'is given twice'],
    ['a bad alignment', ['create', 'f', 'tb-fw=a', '--align', '3'], 2, 'fip/alignment'],
    ['an output that is there', ['update', 'fip.bin', 'nt-fw=a', '--out', 'a'], 3, 'it exists already'],
    ['an output folder that is not there', ['create', 'no/f', 'tb-fw=a'], 3, 'no such file or folder'],
    ['removing what is not there', ['remove', 'fip.bin', 'nt-fw'], 1, 'no image nt-fw [fip/missing]'],
    ['a key that is not there', ['sign', 'fip.bin', '--key', 'nokey'], 3, 'crypto/key-missing'],
  ] as const)('%s', (_, args, status, text) => {
    const cwd = sample();
    const ran = bootwright(['fip', ...args], { cwd });
    expect(ran.stderr).toContain(text);
    expect(ran.status).toBe(status);
    expect(readdirSync(cwd).sort()).toEqual(['a', 'fip.bin']);
  });
});

/** Runs a line on the FIP f, which is refused for this reason, and changes no file. */
function expectHeldBack(cwd: string, fip: Uint8Array, line: string, reason: string): void {
  writeFileSync(join(cwd, 'f'), fip);
  const before = readdirSync(cwd);
  const ran = bootwright(line.split(' '), { cwd });
  expect(ran).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(reason) });
  expect(readFileSync(join(cwd, 'f'))).toEqual(Buffer.from(fip));
  expect(readdirSync(cwd)).toEqual(before);
}

describe('images of your own', () => {
  const table = (...images: readonly object[]): string => JSON.stringify({ images });
  test.each([
    ['a path', table({ option: '../up', uuid })],
    ['an absolute path', table({ option: '/etc/passwd', uuid })],
    ['a hidden name', table({ option: '.bashrc', uuid })],
    ['upper case, which some file systems fold', table({ option: 'TB-FW', uuid })],
    ['a name of TF-A', table({ option: 'tb-fw', uuid })],
    ["TF-A's UUID under another name", table({ option: 'x', uuid: resolveImage(knownImages, 'tb-fw') })],
    ['a name twice', table({ option: 'x', uuid }, { option: 'x', uuid: uuid.replace('1', '2') })],
    ['a UUID twice', table({ option: 'x', uuid }, { option: 'y', uuid })],
    ['no UUID', table({ option: 'x' })],
    ['no table', '{}'],
    ['no JSON', 'images:'],
  ])('%s is refused', (_, text) => {
    expectFault(() => parseImageTable(text, 'images.json'), 'fip/name');
  });
});

interop(['fiptool'], 'fip create packs what fiptool packs', () => {
  const cwd = sample();
  run('fiptool', ['create', '--align', '16', '--soc-fw', 'a', '--tb-fw', 'a', 'theirs'], { cwd });
  bootwright(['fip', 'create', 'ours', 'soc-fw=a', 'tb-fw=a', '--align', '16'], { cwd });
  expect(readFileSync(join(cwd, 'ours'))).toEqual(readFileSync(join(cwd, 'theirs')));
});
