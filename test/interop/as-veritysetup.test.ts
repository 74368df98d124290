import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run as runVeritysetup } from '../../src/cli/compat/tools/veritysetup.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, type Ran, run } from '../support/program.ts';
import { noise } from '../verity/sample.ts';

/** Runs `bootwright as veritysetup` in this process; file names are whole, so that no folder has to be entered. */
async function ours(args: readonly string[]): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const write = (stream: 'stdout' | 'stderr') => (text: string | Uint8Array) => {
    said[stream] += String(text);
  };
  const status = await runVeritysetup(args, {
    stdout: { write: write('stdout') },
    stderr: { write: write('stderr') },
    env: {},
    stdin: async () => new Uint8Array(),
  });
  return { status, ...said };
}

const theirs = (args: readonly string[]): Ran => run('veritysetup', args);

/** What of the texts is the same: the original prints its usage after a mistake, and its own path before some. */
const comparable = ({ status, stdout, stderr }: Ran) => ({
  status,
  stdout,
  stderr: stderr
    .replace(/Usage: veritysetup[\s\S]*<action-specific>\n/, '')
    .replaceAll(/^\S*veritysetup: /gm, 'veritysetup: ')
    .trim(),
});

const FIXED = ['--salt=aabb', '--uuid=01010101-0101-0101-0101-010101010101'];

function images() {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('data'), noise(256 * 4096));
  return at;
}

describe('as veritysetup', () => {
  interop(['veritysetup'], 'format and dump print the same and write the same', async () => {
    const at = images();
    const cases = [
      [],
      ['--fec-device=FEC', '--fec-roots=3'],
      ['--fec-device=FEC', '--fec-offset=8192'],
      ['--no-superblock'],
      ['--no-superblock', '--uuid=foo'],
      ['--format=0', '-h', 'sha1', '--data-block-size', '1024'],
      ['--data-blocks=100', '--hash-block-size=512'],
      ['--hash=sha384', '--root-hash-file=RH'],
    ];
    for (const extra of cases) {
      const results: unknown[] = [];
      for (const tool of [ours, theirs]) {
        for (const name of ['fec', 'rh', 'hash']) writeFileSync(at(name), '');
        const args = extra.map((arg) => arg.replace('FEC', at('fec')).replace('RH', at('rh')));
        const uuid = extra.includes('--no-superblock') ? FIXED.slice(0, 1) : FIXED;
        const said = comparable(await tool(['format', ...uuid, ...args, at('data'), at('hash')]));
        const fec = args.filter((arg) => arg.startsWith('--fec'));
        const dumped = comparable(await tool(['dump', at('hash'), ...fec]));
        results.push({
          said,
          dumped,
          files: ['fec', 'rh', 'hash'].map((name) =>
            createHash('sha256')
              .update(readFileSync(at(name)))
              .digest('hex'),
          ),
        });
      }
      expect(results[0]).toEqual(results[1]);
    }
  });

  interop(['veritysetup'], 'verify ends with the same words and codes', async () => {
    const at = images();
    const made = theirs(['format', ...FIXED, `--fec-device=${at('fec')}`, at('data'), at('hash')]);
    const root = /Root hash:\s+(\S+)/.exec(made.stdout)![1]!;
    writeFileSync(at('rh'), root);
    const damaged = (from: string, to: string, places: readonly number[]): string => {
      copyFileSync(at(from), at(to));
      const bytes = readFileSync(at(to));
      for (const place of places) bytes[place]! ^= 1;
      writeFileSync(at(to), bytes);
      return at(to);
    };
    const bad = damaged('data', 'bad', [5000]);
    const two = damaged('data', 'two', [5000, 905_000]);
    const all = damaged(
      'data',
      'all',
      Array.from({ length: 256 }, (_, i) => 4096 * i),
    );
    const short = damaged('data', 'short', []);
    truncateSync(short, 100 * 1024);
    const tree = [4097, 8193, 12_290, 4400].map((place) => damaged('hash', `hash${place}`, [place]));
    const shortHash = damaged('hash', 'short-hash', []);
    truncateSync(shortHash, 8192);
    const fec = `--fec-device=${at('fec')}`;
    mkdirSync(at('folder'));
    writeFileSync(at('nonsense'), 'zz\n');
    const parities = [at('none'), at('none/fec'), at('folder')].map((path) => `--fec-device=${path}`);
    const cases = [
      [at('data'), at('hash'), root],
      ['-v', at('data'), at('hash'), root],
      [at('data'), at('hash'), '--root-hash-file', at('rh')],
      [at('data'), at('hash')],
      [at('data'), at('hash'), `${root.slice(0, -1)}${root.endsWith('0') ? '1' : '0'}`],
      [at('data'), at('hash'), 'abc'],
      [at('data'), at('hash'), `${root}00`],
      [at('data'), at('data'), root],
      [bad, at('hash'), root],
      [two, at('hash'), root],
      [short, at('hash'), root],
      ...tree.map((hash) => [at('data'), hash, root]),
      [at('data'), shortHash, root],
      [at('data'), at('hash'), root, '--no-superblock', '--salt=aabb', '--hash-offset=4096'],
      [at('data'), at('hash'), root, 'extra'],
      [at('data'), at('hash'), root, '--root-hash-file', at('rh')],
      [at('data'), at('hash'), '--root-hash-file', at('nonsense')],
      ...parities.flatMap((parity) => [
        [at('data'), at('hash'), root, parity],
        [at('data'), at('hash'), 'abc', parity],
        [at('data'), at('hash'), parity],
        [at('data'), at('data'), root, parity],
        [at('none'), at('hash'), root, parity],
        [at('data'), at('hash'), root, parity, '--no-superblock', '--salt=aabb', '--hash-offset=4096'],
      ]),
      [at('none'), at('hash'), 'abc'],
      [at('none'), at('none2'), root],
      [at('data/none'), at('hash'), root],
      [at('folder'), at('hash'), root],
      [bad, at('hash'), root, fec],
      [two, at('hash'), root, fec],
      [join(at('no'), 'data'), at('hash'), root],
    ];
    for (const args of cases) {
      expect({ args, ...comparable(await ours(['verify', ...args])) }).toEqual({
        args,
        ...comparable(theirs(['verify', ...args])),
      });
    }
    const hopeless = [
      await ours(['verify', all, at('hash'), root, fec]),
      theirs(['verify', all, at('hash'), root, fec]),
    ];
    expect(hopeless.map(({ status }) => status)).toEqual([2, 2]);
    expect(hopeless[0]!.stderr).toContain('Errors cannot be repaired with FEC device.');
  });

  interop(['veritysetup'], 'mistakes end with the same words and codes', async () => {
    const at = images();
    writeFileSync(at('hash'), '');
    mkdirSync(at('folder'));
    const both = [at('data'), at('hash')];
    const cases = [
      ['format', ...both, '--salt=zz'],
      ['format', ...both, '--uuid=foo'],
      ['format', ...both, '--hash=foo'],
      ['format', ...both, '--data-block-size=1000'],
      ['format', ...both, '--hash-offset=100'],
      ['format', ...both, `--fec-device=${at('fec')}`, '--fec-roots=1'],
      ['format', at('data'), at('data')],
      ['format', at('none'), at('hash')],
      ['format', at('none'), at('none/hash')],
      ['format', at('data'), at('none/hash'), '--salt=zz'],
      ['format', at('data'), at('data/hash')],
      ['format', at('data'), at('folder')],
      ['format', ...both, `--fec-device=${at('none/fec')}`],
      ['format', ...both, `--fec-device=${at('folder')}`],
      ['format', ...both, '--salt=zz', `--root-hash-file=${at('none/rh')}`],
      ['format', ...both, `--root-hash-file=${at('none/rh')}`],
      ['format', ...both, `--root-hash-file=${at('folder')}`],
      ['dump', at('hash'), `--fec-device=${at('none')}`],
      ['format', at('data')],
      ['verify'],
      ['frobnicate'],
      ['dump', at('data')],
      ['format', ...both, `--root-hash-signature=${at('hash')}`],
      ['verify', ...both, '00'.repeat(32), `--root-hash-signature=${at('hash')}`],
      ['dump', at('hash'), `--root-hash-signature=${at('hash')}`],
      ['dump', at('hash'), `--root-hash-file=${at('hash')}`],
      ['verify', '--root-hash-signature=x'],
    ];
    for (const args of cases) {
      const [us, them] = [comparable(await ours(args)), comparable(theirs(args))];
      const said = them.stderr.split('\n')[0];
      expect({ args, status: us.status, said: us.stderr.split('\n')[0] }).toEqual({ args, status: them.status, said });
    }
  });

  interop(['veritysetup'], 'error correction made over altered data does not make them good', async () => {
    const at = images();
    const made = theirs(['format', ...FIXED, `--fec-device=${at('fec')}`, at('data'), at('hash')]);
    const root = /Root hash:\s+(\S+)/.exec(made.stdout)![1]!;
    const altered = readFileSync(at('data'));
    altered[7]! ^= 0xff;
    writeFileSync(at('data'), altered);
    // The attacker makes parity for the altered data beside the tree that is there.
    copyFileSync(at('hash'), at('hash2'));
    theirs(['format', ...FIXED, `--fec-device=${at('fec')}`, at('data'), at('hash2')]);
    expect((await ours(['verify', at('data'), at('hash'), root, `--fec-device=${at('fec')}`])).status).toBe(2);
  });

  interop(['veritysetup'], 'words that are too many do no harm', async () => {
    const at = images();
    expect(comparable(await ours(['format', ...FIXED, at('data'), at('hash'), 'extra']))).toEqual(
      comparable(theirs(['format', ...FIXED, at('data'), at('hash'), 'extra'])),
    );
    const cases = [['extra'], ['extra', 'more'], [`--fec-device=${at('none')}`]];
    for (const extra of cases) {
      const args = ['dump', at('hash'), ...extra];
      expect({ args, ...comparable(await ours(args)) }).toEqual({ args, ...comparable(theirs(args)) });
    }
  });

  interop(
    ['veritysetup'],
    'a root hash beside the file of one has to be the same, and the file has to be there',
    async () => {
      const at = images();
      await ours(['format', ...FIXED, at('data'), at('hash'), `--root-hash-file=${at('rh')}`]);
      const root = readFileSync(at('rh'), 'utf8');
      const other = '00'.repeat(32);
      writeFileSync(at('other'), other);
      const cases: [number, number, ...string[]][] = [
        [0, 0, root, at('rh')],
        [0, 0, root.toUpperCase(), at('rh')],
        [1, 1, root, at('other')],
        // Where the original ends well without having checked what it was told.
        [1, 0, other, at('rh')],
        [1, 0, 'abc', at('rh')],
        [1, 0, other, at('none')],
      ];
      for (const [us, them, word, file] of cases) {
        const args = ['verify', at('data'), at('hash'), word!, `--root-hash-file=${file}`];
        expect([args, (await ours(args)).status, theirs(args).status]).toEqual([args, us, them]);
      }
    },
  );

  test('options of verify are pins that the superblock has to meet', async () => {
    const at = images();
    await ours(['format', at('data'), at('hash'), ...FIXED, `--root-hash-file=${at('rh')}`]);
    // The level-0 hash blocks as an image of their own: the root hash is the same.
    const tree = readFileSync(at('hash'));
    writeFileSync(at('blocks'), tree.subarray(8192));
    const forged = Buffer.from(tree.subarray(0, 8192));
    forged.writeBigUInt64LE(2n, 72);
    writeFileSync(at('forged'), forged);
    const verify = (data: string, hash: string, ...pins: string[]) =>
      ours(['verify', at(data), at(hash), `--root-hash-file=${at('rh')}`, ...pins]);
    const right = ['--data-blocks=256', '--hash=sha256', '--salt=aabb', '--format=1', '--data-block-size=4096'];
    expect(await verify('data', 'hash', ...right, '--hash-block-size=4096')).toMatchObject({ status: 0, stderr: '' });
    expect((await verify('blocks', 'forged')).status).toBe(0);
    const pinned = await verify('blocks', 'forged', '--data-blocks=256');
    expect([pinned.status, pinned.stderr]).toEqual([1, expect.stringContaining('verity/superblock-mismatch')]);
    const wrong = ['--salt=aabc', '--salt=-', '--format=0', '--data-block-size=512', '--hash-block-size=1024'];
    for (const pin of [...wrong, '--hash=sha1', '--data-block-size=1000']) {
      expect([pin, (await verify('data', 'hash', pin)).status]).toEqual([pin, 1]);
    }
  });

  interop(['veritysetup'], 'the first of help and version is printed, with or without an action', async () => {
    for (const args of [['--version'], ['-V'], ['-V', 'verify'], ['--version', '--help'], ['--help', '-V']]) {
      const [us, them] = [await ours(args), theirs(args)];
      const isHelp = /^Usage|<action>/m.test(them.stdout);
      expect({ args, status: us.status, stderr: us.stderr }).toEqual({ args, status: them.status, stderr: '' });
      expect(us.stdout).toMatch(isHelp ? /^Usage/ : /^bootwright \d\S+\n$/);
    }
  });

  test('a root hash file that is the image or the tree is refused before anything is written', async () => {
    const at = images();
    await ours(['format', at('data'), at('hash'), ...FIXED]);
    const content = () => ['data', 'hash'].map((file) => readFileSync(at(file), 'latin1'));
    const before = content();
    for (const name of ['data', 'hash']) {
      const { status, stderr } = await ours(['format', at('data'), at('hash'), `--root-hash-file=${at(name)}`]);
      expect([status, stderr]).toEqual([1, expect.stringContaining('verity/overlap')]);
      expect(content()).toEqual(before);
    }
  });

  test('a superblock without data blocks is refused', async () => {
    const at = images();
    await ours(['format', ...FIXED, at('data'), at('hash')]);
    const bytes = readFileSync(at('hash'));
    bytes.fill(0, 72, 80);
    writeFileSync(at('hash'), bytes);
    expect(await ours(['dump', at('hash')])).toMatchObject({ status: 1, stdout: '' });
  });
});
