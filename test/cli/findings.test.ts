import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/binary/index.ts';
import { makeNode } from '../../src/devicetree/index.ts';
import { buildFit } from '../../src/fit/index.ts';
import { bootwright } from '../support/cli.ts';
import { goodTree, imageNode, sample, signatureNode } from '../support/fit.ts';

const cwd = mkdtempSync(join(tmpdir(), 'bootwright-findings-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
let secret: Uint8Array;
beforeAll(() => {
  expect(bootwright(['demo', '--folder', '.'], { cwd }).status).toBe(0);
  secret = concatBytes([sample(3000, 1), readFileSync(join(cwd, 'keys/dev.key'))]);
  writeFileSync(join(cwd, 'secret'), secret);
  writeFileSync(join(cwd, 'empty'), '');
});

const cli = (line: string) => bootwright(line.split(' '), { cwd });
/** The demo's chain with one text of its manifest replaced. */
function chainWith(from: string, to: string): string {
  const text = readFileSync(join(cwd, 'chain.yaml'), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(cwd, 'altered.yaml'), text.replace(from, to));
  return 'altered.yaml';
}

describe('a chain whose files hold what they should not', () => {
  test.each([
    ['an empty kernel', 'file: Image,', 'file: empty,', 'warning', 'fit/lint/empty-image'],
    ['a private key in the kernel', 'file: Image,', 'file: secret,', 'error', 'fit/lint/private-key'],
    ['a private key in the firmware', 'bl31.bin', 'secret', 'error', 'chain/private-key'],
    [
      'a private key in the root file system',
      'image: rootfs.squashfs',
      'image: secret.img',
      'warning',
      'chain/private-key-in-rootfs',
    ],
  ])('%s is told by build, verify --explain, --json and --sarif', (_, from, to, level, id) => {
    writeFileSync(
      join(cwd, 'secret.img'),
      concatBytes([sample(4096 - 3000, 2), secret, sample(8192, 3)]).subarray(0, 8192),
    );
    const file = chainWith(from, to);
    const built = cli(`build ${file} -o o`);
    expect([built.status, built.stderr]).toEqual([0, expect.stringContaining(`[${id}]`)]);
    expect(built.stderr).toMatch(level === 'error' ? /^error: /m : /^warning: /m);
    expect(cli('verify o --explain').stdout).toContain(`  ${level} ${id}: `);
    expect(JSON.parse(cli('verify o --explain --json').stdout)).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ id, level })]),
    });
    const { runs } = JSON.parse(cli('verify o --sarif').stdout) as {
      runs: { results: { ruleId: string; level: string }[]; tool: { driver: { rules: { id: string }[] } } }[];
    };
    const result = runs[0]!.results.find(({ ruleId }) => ruleId === id);
    expect(result?.level).toBe(level);
    expect(runs[0]!.tool.driver.rules.filter((rule) => rule.id === id)).toHaveLength(1);
  });

  test('the demo has nothing of the kind', () => {
    const built = cli('build chain.yaml -o o');
    expect([built.status, built.stderr]).toEqual([0, '']);
    expect(cli('verify o --explain').stdout).not.toMatch(/fit\/lint|private-key/);
  });

  test('nobody named the key: SARIF says so too', () => {
    expect(JSON.parse(cli('verify out --sarif').stdout)).toHaveProperty(
      'runs[0].results[0].ruleId',
      'chain/unnamed-anchor',
    );
    expect(cli('verify out --trust keys/firmware.crt --sarif').stdout).not.toContain('unnamed-anchor');
    // The chain's own key file says no more than its lock.
    expect(cli('verify out --trust out/firmware.pub').stdout).toContain('CONSISTENT');
  });
});

describe('what is built with a private key in it is told at once', () => {
  test('fip create, fip update, as fiptool', () => {
    for (const line of [
      'fip create f.bin soc-fw=secret',
      'fip update f.bin nt-fw=secret',
      'as fiptool create --soc-fw secret g.bin',
    ]) {
      const { status, stderr } = cli(line);
      expect([line, status, stderr]).toEqual([
        line,
        0,
        expect.stringMatching(/^error: [fg]\.bin: soc-fw holds a private key \(PEM\) at 0x/),
      ]);
    }
    expect(JSON.parse(cli('fip create f.bin soc-fw=secret --json').stdout)).toMatchObject({
      findings: [{ id: 'private-key', level: 'error', image: 'soc-fw', form: 'PEM' }],
    });
    expect(cli('fip create f.bin soc-fw=Image')).toMatchObject({ status: 0, stderr: '' });
  });

  test('fit sign, as mkimage', async () => {
    const kernel = imageNode('kernel-1', { data: secret, type: 'kernel', load: 0x80000 });
    const conf = makeNode('conf-1', { description: 'x', kernel: 'kernel-1' }, [signatureNode()]);
    const { fit } = await buildFit(goodTree({ images: [kernel], configurations: [conf] }));
    for (const line of ['fit sign image.itb --keys keys', 'as mkimage -F -q -k keys image.itb']) {
      writeFileSync(join(cwd, 'image.itb'), fit);
      const { status, stderr } = cli(line);
      expect([line, status]).toEqual([line, 0]);
      expect(stderr).toMatch(
        /^error: \/images\/kernel-1: a private key \(PEM\) lies at 0x[0-9a-f]+\. .*\[private-key\]\n$/,
      );
    }
    const verified = cli('fit verify image.itb --key keys/dev.crt --explain');
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining('[private-key]')]);
  });
});

test('fit verify names the bytes that nobody signed', async () => {
  const { fit } = await buildFit(goodTree());
  writeFileSync(join(cwd, 'image.itb'), fit);
  expect(cli('fit sign image.itb --keys keys').status).toBe(0);
  const { unsigned, verdict } = JSON.parse(cli('fit verify image.itb --key keys/dev.crt --json').stdout) as {
    verdict: string;
    unsigned: { start: number; end: number; what: string }[];
  };
  expect(verdict).toBe('verified');
  expect(unsigned.slice(0, 2).map(({ start, end, what }) => [start, end, what])).toEqual([
    [0, 40, 'header'],
    [40, 56, 'memory reservations'],
  ]);
  expect(cli('fit verify image.itb --key keys/dev.crt --explain').stdout).toContain(
    'not signed: 0x0 to 0x28, 40 bytes: header',
  );
  const signed = new Uint8Array(readFileSync(join(cwd, 'image.itb')));
  // Whatever is said to be signed is refused when it changes.
  const free = new Set(unsigned.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));
  const covered = Array.from(signed.keys()).filter((at) => !free.has(at));
  for (const at of [covered[0]!, covered[Math.floor(covered.length / 2)]!, covered.at(-1)!]) {
    const altered = signed.slice();
    altered[at]! ^= 0x20;
    writeFileSync(join(cwd, 'altered.itb'), altered);
    expect([at, cli('fit verify altered.itb --key keys/dev.crt').status]).toEqual([at, 1]);
  }
});
