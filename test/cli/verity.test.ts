import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop } from '../support/program.ts';
import { noise } from '../verity/sample.ts';

const VECTORS = resolve(import.meta.dirname, '../vectors/verity');

interface Line {
  readonly [key: string]: unknown;
  readonly verdict?: string;
  readonly rootHash?: string;
  readonly bad?: readonly { readonly first: number }[];
  readonly repaired?: readonly unknown[];
}

function workplace() {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'data'), noise(300 * 4096));
  const run = (...args: string[]) => bootwright(['verity', ...args], { cwd });
  const json = (...args: string[]): Line => JSON.parse(run(...args, '--json').stdout) as Line;
  const damage = (file: string, at: number): void => {
    const bytes = readFileSync(join(cwd, file));
    bytes[at]! ^= 1;
    writeFileSync(join(cwd, file), bytes);
  };
  return { cwd, run, json, damage, read: (name: string) => readFileSync(join(cwd, name)) };
}

const contentOf = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));

const FORMAT = ['format', 'data', 'hash', '--seed', 'one', '--description', 'd.json', '--root-hash-file', 'rh'];
const FEC = ['--fec-file', 'fec'];

describe('bootwright verity', () => {
  test('formats again to the same bytes, and to others with another seed', () => {
    const { json, read } = workplace();
    const first = json(...FORMAT, ...FEC);
    const bytes = [read('hash'), read('fec')];
    expect(read('rh').toString()).toBe(first.rootHash);
    expect(json(...FORMAT, ...FEC).rootHash).toBe(first.rootHash);
    expect([read('hash'), read('fec')]).toEqual(bytes);
    expect(json('format', 'data', 'hash', '--seed', 'two').rootHash).not.toBe(first.rootHash);
    expect(first).toMatchObject({ dataBlocks: 300, hashBlocks: 4, treeOffset: 4096, fec: { roots: 2, offset: 0 } });
  });

  test('verifies with every pin, and says what is not pinned', () => {
    const { run, json, damage } = workplace();
    run(...FORMAT, ...FEC);
    expect(json('verify', 'data', 'hash', '--description', 'd.json', ...FEC)).toMatchObject({
      verdict: 'verified',
      parity: [],
    });
    expect(run('verify', 'data', 'hash', '--root-hash-file', 'rh', '--data-blocks', '300').status).toBe(0);
    const unpinned = run('verify', 'data', 'hash', '--root-hash-file', 'rh');
    expect([unpinned.status, unpinned.stderr]).toEqual([1, expect.stringContaining('verity/not-verified')]);
    const other = run('verify', 'data', 'hash', '--root-hash-file', 'rh', '--data-blocks', '299');
    expect([other.status, other.stderr]).toEqual([1, expect.stringContaining('verity/superblock-mismatch')]);
    expect(run('verify', 'data', 'hash', '--description', 'd.json', '--data-blocks', '300').status).toBe(2);
    expect(run('verify', 'nothing', 'hash', '--description', 'd.json').status).toBe(3);
    damage('data', 7 * 4096);
    damage('data', 9 * 4096);
    const report = json('verify', 'data', 'hash', '--description', 'd.json');
    expect(report.bad?.map(({ first }) => first)).toEqual([7, 9]);
    const text = run('verify', 'data', 'hash', '--description', 'd.json');
    expect(text.status).toBe(1);
    expect(text.stdout).toContain('altered   data block 7, bytes 28672-32767: caught at level 0');
    expect(text.stderr).toContain('[verity/data-block]');
    expect(run('verify', 'data', 'hash', '--description', 'd.json', '--range', '10-20').status).toBe(0);
  });

  test('repairs', () => {
    const { run, json, damage, read } = workplace();
    run(...FORMAT, ...FEC);
    const good = read('data');
    damage('data', 7 * 4096);
    const pins = ['data', 'hash', '--description', 'd.json'];
    expect(json('repair', ...pins, ...FEC, '--dry-run')).toMatchObject({ verdict: 'verified', dryRun: true });
    expect(read('data')).not.toEqual(good);
    const beyond = run('repair', ...pins);
    expect([beyond.status, beyond.stderr]).toEqual([1, expect.stringContaining('verity/beyond-repair')]);
    expect(json('repair', ...pins, ...FEC).repaired).toHaveLength(1);
    expect(read('data')).toEqual(good);
  });

  test('takes roots and offset of error correction from the description, and refuses flags that say otherwise', () => {
    const { run, json, damage } = workplace();
    expect(run(...FORMAT, ...FEC, '--fec-roots', '8').status).toBe(0);
    const pins = ['data', 'hash', '--description', 'd.json'];
    const devices = ['--data-device', '/dev/a', '--hash-device', '/dev/b'];
    const table = ['table', '--description', 'd.json', ...devices, '--style', 'table'];
    expect(json('verify', ...pins, ...FEC)).toMatchObject({ verdict: 'verified', parity: [] });
    expect(run('verify', ...pins, ...FEC, '--fec-roots', '8').status).toBe(0);
    expect(run(...table, '--fec-device', '/dev/f').stdout).toContain(' fec_roots 8 ');
    damage('data', 7 * 4096);
    expect(json('repair', ...pins, ...FEC)).toMatchObject({ verdict: 'verified', repaired: [{ block: 7 }] });
    const cases = [
      ['verify', ...pins, ...FEC, '--fec-roots', '2'],
      ['repair', ...pins, ...FEC, '--fec-offset', '4096'],
      [...table, '--fec-device', '/dev/f', '--fec-roots', '2'],
      ['verify', ...pins, '--fec-roots', '8'],
      ['format', 'data', 'hash', '--fec-roots', '8'],
      [...table, '--hash-size', '65536'],
    ];
    for (const args of cases) {
      const { status, stderr } = run(...args);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/--\S+ (is|requires)/)]);
    }
  });

  interop(['openssl'], 'signs here, or elsewhere with --request and --apply', () => {
    const { cwd, run, json, read } = workplace();
    run(...FORMAT);
    for (const name of ['rsa', 'ec']) {
      const by = ['--certificate', join(VECTORS, `${name}.crt`)];
      const key = join(VECTORS, `${name}.key`);
      const hash = ['--root-hash-file', 'rh'];
      expect(run('sign', ...hash, ...by, '--key', key, '--out', 'a.p7s', '--partition', 'sig').status).toBe(0);
      execFileSync('openssl', ['dgst', '-sha256', '-sign', key, '-out', 'raw', 'rh'], { cwd });
      expect(run('sign', ...hash, ...by, '--request', 'request').status).toBe(0);
      expect(run('sign', ...hash, ...by, '--apply', 'request', '--out', 'c.p7s').status).not.toBe(0);
      const answer = read('request')
        .toString()
        .replace('"signature": null', `"signature": "${read('raw').toString('base64')}"`);
      writeFileSync(join(cwd, 'answer'), answer);
      expect(run('sign', ...hash, ...by, '--apply', 'answer', '--out', 'b.p7s').status).toBe(0);
      const answered = read('b.p7s');
      expect(run('sign', ...hash, ...by, '--apply', 'raw', '--out', 'b.p7s').status).toBe(0);
      expect(read('b.p7s')).toEqual(answered);
      if (name === 'rsa') expect(read('b.p7s')).toEqual(read('a.p7s'));
      for (const signature of ['a.p7s', 'b.p7s', 'sig']) {
        const line = json('verify', 'data', 'hash', '--description', 'd.json', '--signature', signature, ...by);
        expect(line['signer']).toContain('sha256');
      }
    }
    const other = ['--certificate', join(VECTORS, 'other.crt')];
    const foreign = run('sign', '--root-hash-file', 'rh', ...other, '--apply', 'raw', '--out', 'c.p7s');
    expect(foreign.status).toBe(1);
    expect(readdirSync(cwd)).not.toContain('c.p7s');
    expect(run('verify', 'data', 'hash', '--description', 'd.json', '--signature', 'a.p7s').status).toBe(1);
    expect(run('sign', '--root-hash-file', 'rh', ...other, '--out', 'c.p7s').status).toBe(2);
  });

  test('sign refuses flags that would do nothing', () => {
    const { cwd, run } = workplace();
    run(...FORMAT);
    const by = ['--certificate', join(VECTORS, 'rsa.crt')];
    const key = ['--key', join(VECTORS, 'rsa.key')];
    const before = contentOf(cwd);
    const cases: [RegExp, ...string[]][] = [
      [
        /--root-hash with --description/,
        '--description',
        'd.json',
        '--root-hash',
        '0'.repeat(64),
        ...key,
        '--out',
        's',
      ],
      [/--root-hash-file with --desc/, '--description', 'd.json', '--root-hash-file', 'rh', ...key, '--out', 's'],
      [/--algorithm with --description/, '--description', 'd.json', '--algorithm', 'sha512', ...key, '--out', 's'],
      [/--partition with --description/, '--description', 'd.json', ...key, '--out', 's', '--partition', 'p'],
      [/--key with --request/, '--root-hash-file', 'rh', '--request', 'r', ...key],
      [/--out with --request/, '--root-hash-file', 'rh', '--request', 'r', '--out', 's'],
      [/--partition with --request/, '--root-hash-file', 'rh', '--request', 'r', '--partition', 'p'],
      [/--apply with --request/, '--root-hash-file', 'rh', '--request', 'r', '--apply', 'a'],
      [/--key with --apply/, '--root-hash-file', 'rh', '--apply', 'a', ...key, '--out', 's'],
      [/--out or --partition is required/, '--root-hash-file', 'rh', ...key],
    ];
    for (const [reason, ...args] of cases) {
      const { status, stderr } = run('sign', ...args, ...by);
      expect([status, stderr]).toEqual([2, expect.stringMatching(reason)]);
    }
    expect(contentOf(cwd)).toEqual(before);
  });

  test('sign looks where its outputs go before it writes one', () => {
    const { cwd, run } = workplace();
    run(...FORMAT);
    mkdirSync(join(cwd, 'folder'));
    for (const name of ['rsa.key', 'rsa.crt']) writeFileSync(join(cwd, name), readFileSync(join(VECTORS, name)));
    const files = () =>
      readdirSync(cwd).flatMap((name) => (name === 'folder' ? [] : readFileSync(join(cwd, name), 'hex')));
    const before = files();
    const sign = ['sign', '--certificate', 'rsa.crt'];
    const hash = ['--root-hash-file', 'rh'];
    const key = ['--key', 'rsa.key'];
    for (const place of ['no/file', 'data/file', 'folder']) {
      for (const args of [
        [...hash, ...key, '--out', place],
        [...hash, ...key, '--out', 's', '--partition', place],
        [...hash, '--request', place],
      ]) {
        const { status, stderr } = run(...sign, ...args);
        expect([status, stderr]).toEqual([3, expect.stringContaining('file/write')]);
      }
    }
    for (const args of [
      [...hash, ...key, '--out', 's', '--partition', './s'],
      [...hash, ...key, '--out', 'rh'],
      [...hash, ...key, '--out', './rsa.key'],
      [...hash, ...key, '--partition', 'rsa.crt'],
      [...hash, '--request', 'folder/../rh'],
      [...hash, '--apply', 'd.json', '--out', 'd.json'],
      ['--description', 'd.json', ...key, '--out', 'd.json'],
    ]) {
      const { status, stderr } = run(...sign, ...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining('are the same file')]);
    }
    expect(files()).toEqual(before);
  });

  test('a signed description is a pin, an altered one is not', () => {
    const { cwd, run, read } = workplace();
    run(...FORMAT);
    const by = ['--certificate', join(VECTORS, 'rsa.crt')];
    run('sign', '--description', 'd.json', ...by, '--key', join(VECTORS, 'rsa.key'), '--out', 'd.p7s');
    const verify = () =>
      run('verify', 'data', 'hash', '--description', 'd.json', '--description-signature', 'd.p7s', ...by);
    expect(verify().status).toBe(0);
    writeFileSync(join(cwd, 'd.json'), read('d.json').toString().replace('300', '299'));
    expect([verify().status, verify().stderr]).toEqual([1, expect.stringContaining('pki/signature')]);
  });

  test('refuses a signature or a certificate that nothing would be checked with', () => {
    const { cwd, run } = workplace();
    run(...FORMAT, ...FEC);
    writeFileSync(join(cwd, 'empty'), '');
    const by = ['--certificate', join(VECTORS, 'rsa.crt')];
    const flat = ['--root-hash-file', 'rh', '--data-blocks', '300'];
    const cases = [
      ['verify', 'data', 'hash', ...flat, '--description-signature', 'empty', ...by],
      ['verify', 'data', 'hash', ...flat, ...by],
      ['verify', 'data', 'hash', '--description', 'd.json', ...by],
      ['repair', 'data', 'hash', ...flat, ...FEC, '--description-signature', 'empty', ...by],
      ['repair', 'data', 'hash', '--description', 'd.json', ...FEC, ...by],
      ['table', '--description', 'd.json', '--data-device', '/dev/a', '--hash-device', '/dev/b', ...by],
    ];
    for (const args of cases) {
      const { status, stderr } = run(...args);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/--\S+ requires/)]);
    }
  });

  test('explains a superblock and warns', () => {
    const { run, json, damage } = workplace();
    run(...FORMAT, '--algorithm', 'sha1', '--salt', '-');
    const { stdout } = run('info', 'hash', '--data', 'data');
    expect(stdout).toContain('   └─ level 0: 3 blocks, 300 digests, bytes 8192 to 20479');
    expect((json('info', 'hash')['warnings'] as { kind: string }[]).map(({ kind }) => kind)).toEqual([
      'unauthenticated',
      'weak-hash',
      'no-salt',
    ]);
    damage('hash', 13);
    expect([run('info', 'hash').status, run('info', 'hash').stderr]).toEqual([1, expect.stringContaining('0xc')]);
  });

  test('prints tables', () => {
    const { run, read } = workplace();
    run(...FORMAT);
    const devices = ['--data-device', '/dev/sda1', '--hash-device', '/dev/sda2'];
    const table = run(
      'table',
      '--description',
      'd.json',
      ...devices,
      '--style',
      'table',
      '--flag',
      'panic_on_corruption',
    );
    expect(table.stdout).toContain(` 300 1 sha256 ${read('rh').toString()} `);
    expect(table.stdout).toMatch(/ 1 panic_on_corruption\n$/);
    expect(run('table', '--description', 'd.json', ...devices, '--name', 'a,b').status).toBe(2);
    expect(run('table', '--root-hash-file', 'rh', '--data-blocks', '300', ...devices).status).toBe(2);
  });

  test('tells what error correction covers as it was made', () => {
    const { cwd, run, json } = workplace();
    const size = 300 * 4096;
    writeFileSync(join(cwd, 'image'), noise(size));
    const pins = ['--salt', 'aa', '--description', 'd.json'];
    const inOne = ['one', 'one', '--hash-offset', String(size), '--data-blocks', '300', ...pins];
    const cases: [readonly string[], readonly [hash: string, fec: string], string][] = [
      [['image', 'hash', ...pins, ...FEC], ['b', 'c'], 'fec_blocks 304 fec_start 0'],
      [
        ['image', 'hash', ...pins, '--fec-file', 'hash', '--fec-offset', '20480'],
        ['b', 'b'],
        'fec_blocks 304 fec_start 5',
      ],
      [[...inOne, ...FEC], ['a', 'c'], 'fec_blocks 315 fec_start 0'],
      [
        [...inOne, '--fec-file', 'one', '--fec-offset', String(size + 16 * 4096)],
        ['a', 'a'],
        'fec_blocks 315 fec_start 316',
      ],
    ];
    for (const [made, [hash, fec], told] of cases) {
      // Behind the data a superblock, a tree of 4 blocks, and 11 blocks of something else.
      writeFileSync(join(cwd, 'one'), noise(size + 16 * 4096));
      const { fec: place } = json('format', ...made) as Line & { readonly fec: { readonly blocks: number } };
      expect(told).toContain(`fec_blocks ${place.blocks} `);
      const devices = ['--data-device', 'a', '--hash-device', hash, '--fec-device', fec];
      const table = ['table', '--description', 'd.json', ...devices, '--style', 'table'];
      expect(run(...table).stdout).toContain(` use_fec_from_device ${fec} fec_roots 2 ${told}\n`);
      const end = String((hash === 'a' ? size : 0) + (place.blocks - 299) * 4096);
      expect(run(...table, '--hash-size', end).stdout).toContain(told);
      const other = run(...table, '--hash-size', String(Number(end) + 4096));
      expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('the --description states')]);
    }
  });

  test('takes error correction for what it was made, whatever lies behind the tree now', () => {
    const { cwd, run, json, damage, read } = workplace();
    run(...FORMAT, ...FEC);
    // As on a partition that is larger than the tree.
    writeFileSync(join(cwd, 'hash'), Buffer.concat([read('hash'), noise(400 * 4096)]));
    const described = ['data', 'hash', '--description', 'd.json', ...FEC];
    expect(json('verify', ...described)).toMatchObject({ verdict: 'verified', parity: [] });
    const guessed = run('verify', 'data', 'hash', '--root-hash-file', 'rh', '--data-blocks', '300', ...FEC);
    expect([guessed.status, guessed.stderr]).toEqual([1, expect.stringContaining('binary/truncated')]);
    const data = read('data');
    damage('data', 7 * 4096);
    expect(run('repair', ...described).status).toBe(0);
    expect(Buffer.compare(read('data'), data)).toBe(0);
    // A hash file that ends before what was covered is not the one that was described.
    writeFileSync(join(cwd, 'd.json'), read('d.json').toString().replace('"blocks": 304', '"blocks": 705'));
    const short = run('verify', ...described);
    expect([short.status, short.stderr]).toEqual([1, expect.stringContaining('binary/truncated')]);
  });

  test('refuses a table in which areas overlap, or error correction leaves a part of the tree out', () => {
    const { run } = workplace();
    const pins = ['--root-hash', '0'.repeat(64), '--data-blocks', '300', '--salt', 'aabb', '--style', 'table'];
    const table = (data: string, hash: string, ...extra: string[]) =>
      run('table', ...pins, '--data-device', data, '--hash-device', hash, ...extra);
    const fec = ['--fec-device', 'c'];
    for (const [end, status] of [
      [4096, 2],
      [20_479, 2],
      [20_480, 0],
      [24_576, 0],
    ] as const) {
      const made = table('a', 'b', ...fec, '--hash-size', String(end));
      expect([made.status, made.stderr]).toEqual([
        status,
        status === 0 ? '' : expect.stringContaining('the tree ends at 20480'),
      ]);
    }
    expect(table('a', 'b', '--fec-device', 'b', '--fec-offset', '65536').stdout).toContain(
      'fec_blocks 315 fec_start 16',
    );
    const overlapping: [string, string, ...string[]][] = [
      ['a', 'a'],
      ['a', 'b', '--fec-device', 'b', '--fec-offset', '16384'],
      ['a', 'b', '--fec-device', 'b', '--fec-offset', '65536', '--hash-size', '69632'],
      ['a', 'b', '--fec-device', 'a', '--fec-offset', '4096'],
    ];
    for (const args of overlapping) {
      const { status, stderr } = table(...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining('verity/overlap')]);
    }
  });

  test('tells systemd of everything that the table says, or refuses', () => {
    const { run } = workplace();
    const devices = ['--data-device', '/dev/a', '--hash-device', '/dev/b', '--style', 'systemd'];
    const table = ['table', '--root-hash', '0'.repeat(64), '--data-blocks', '300', '--salt', 'aabb', ...devices];
    const lineOf = (...extra: string[]) =>
      run(...table, ...extra)
        .stdout.trim()
        .split(' ')
        .slice(3);
    const fec = ['--fec-device', '/dev/f', '--fec-roots', '8', '--fec-offset', '4096'];
    expect(lineOf()).toEqual([]);
    expect(lineOf('--hash-offset', '8192', '--flag', 'panic_on_corruption', ...fec)).toEqual([
      'systemd.verity_root_options=hash-offset=8192,panic-on-corruption,fec-device=/dev/f,fec-roots=8,fec-offset=4096',
    ]);
    expect(lineOf('--no-superblock', '--target', 'usr')).toEqual([
      'systemd.verity_usr_options=superblock=no,format=1,data-block-size=4096,hash-block-size=4096,data-blocks=300,hash=sha256,salt=aabb',
    ]);
    for (const extra of [
      ['--flag', 'try_verify_in_tasklet'],
      ['--signature-key', 'key'],
      ['--fec-device', '/dev/a,b'],
    ]) {
      const { status, stderr } = run(...table, ...extra);
      expect([status, stderr]).toEqual([2, expect.stringContaining('verity/table')]);
    }
    expect(run(...table.slice(0, -1), 'table', '--signature-key', 'key').status).toBe(0);
  });

  test('refuses outputs that would overwrite the image, the tree or each other', () => {
    const { cwd, run } = workplace();
    run(...FORMAT, ...FEC);
    const before = contentOf(cwd);
    const cases = [
      ['--root-hash-file', 'data'],
      ['--description', './data'],
      ['--root-hash-file', 'hash'],
      ['--description', 'hash'],
      [...FEC, '--description', 'fec'],
      ['--root-hash-file', 'new', '--description', './new'],
      ['--fec-file', 'new', '--root-hash-file', './new'],
    ];
    for (const outputs of cases) {
      const { status, stderr } = run('format', 'data', 'hash', ...outputs);
      expect([status, stderr]).toEqual([2, expect.stringContaining('verity/overlap')]);
      expect(contentOf(cwd)).toEqual(before);
    }
  });

  test('keeps the tree that is there where another output cannot be written', () => {
    const { cwd, run } = workplace();
    run(...FORMAT);
    mkdirSync(join(cwd, 'folder'));
    const before = [readdirSync(cwd), readFileSync(join(cwd, 'hash'), 'latin1')];
    for (const output of ['--fec-file', '--root-hash-file', '--description']) {
      for (const place of ['no/file', 'data/file', 'folder']) {
        const { status, stderr } = run('format', 'data', 'hash', output, place);
        expect([status, stderr]).toEqual([3, expect.stringContaining('file/write')]);
        expect([readdirSync(cwd), readFileSync(join(cwd, 'hash'), 'latin1')]).toEqual(before);
      }
    }
  });

  test('refuses a UUID where no superblock would hold it', () => {
    const { cwd, run } = workplace();
    const format = ['format', 'data', 'hash', '--no-superblock', '--salt', 'aa'];
    const { status, stderr } = run(...format, '--uuid', '01010101-0101-0101-0101-010101010101');
    expect([status, stderr]).toEqual([2, expect.stringContaining('--uuid with --no-superblock')]);
    expect(readdirSync(cwd)).toEqual(['data']);
    expect(run(...format).status).toBe(0);
  });

  test('refuses a seed where nothing is left to follow from it', () => {
    const { cwd, run } = workplace();
    const format = ['format', 'data', 'hash', '--seed', 'one', '--salt', 'aa'];
    for (const rest of [['--no-superblock'], ['--uuid', '01010101-0101-0101-0101-010101010101']]) {
      const { status, stderr } = run(...format, ...rest);
      expect([status, stderr]).toEqual([2, expect.stringContaining('--seed with --salt')]);
    }
    expect(readdirSync(cwd)).toEqual(['data']);
    expect(run(...format).status).toBe(0);
  });

  test('leaves nothing half-written where the output cannot be', () => {
    const { cwd, run } = workplace();
    const before = readdirSync(cwd);
    expect(run('format', 'data', 'no/hash').status).toBe(3);
    expect(run('format', 'data', 'data').status).toBe(2);
    expect(run('format', 'data', 'hash', '--salt', 'abc').status).toBe(2);
    expect(run('format', 'data', 'hash', '--data-block-size', '1000').status).toBe(2);
    expect(readdirSync(cwd)).toEqual(before);
  });
});
