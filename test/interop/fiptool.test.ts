import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import { run as fiptool } from '../../src/cli/compat/tools/fiptool.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, run } from '../support/program.ts';

const A = '11111111-2222-3333-4444-555555555555';
const B = '21111111-2222-3333-4444-555555555555';

/** Each scenario is lines of arguments, run one after the other in a folder with the files a, b, empty and d/. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  'no command': [''],
  'an unknown command': ['bogus'],
  'an unknown global option': ['--bogus info x', '-h', '--verb help', '-vx help', '-v=1 help'],
  'global letters': ['create --tb-fw a f', '-vv info f', '-v -v info f', '-vv'],
  help: ['help'],
  'help of every command': ['help info', 'help create', 'help update', 'help unpack', 'help remove', 'help version'],
  'help of no command': ['help bogus', 'help help', 'help create more'],
  'create without arguments': ['create'],
  'create without images': ['create e.fip', 'info e.fip', '-v info e.fip'],
  'create one image': ['create --tb-fw a f', '-v info f'],
  'create in table order': ['-v create --nt-fw b --soc-fw a --tb-fw b f', 'info f'],
  'create with =': ['create --tb-fw=a --align=16 f'],
  'create with the FIP first': ['create f --tb-fw a'],
  'create with more operands': ['create f g --tb-fw a'],
  'create, the same image twice': ['create --tb-fw a --tb-fw b f', 'info f'],
  'create with an empty image': ['create --tb-fw a --soc-fw empty --nt-fw b f', 'info f'],
  'create with only an empty image': ['create --tb-fw empty f', 'info f'],
  'create aligned': ['create --align 64 --tb-fw a --nt-fw b f', 'info f'],
  'create aligned, hexadecimal and octal': ['create --align 0x100 --tb-fw a f', 'create --align 010 --tb-fw a g'],
  'create, bad alignments': [
    'create --align 3 f',
    'create --align 0 f',
    'create --align x f',
    'create --align 08 f',
    'create --align 16k f',
  ],
  'create, negative alignment': ['create --align -1 --tb-fw a f', 'create --align= --tb-fw a f'],
  'create with platform flags': [
    'create --plat-toc-flags 0x12cd --tb-fw a f',
    '-v info f',
    'create --plat-toc-flags ffff f',
  ],
  'create, bad platform flags': ['create --plat-toc-flags 0x12345 f', 'create --plat-toc-flags zz f'],
  'create, a missing file': ['create --tb-fw nofile f'],
  'create, a folder as image': ['create --tb-fw d f'],
  'create into a folder that is not there': ['create --tb-fw a nodir/f'],
  'create onto a folder': ['create --tb-fw a d'],
  'create, an unknown option': ['create --nosuch f', 'create -x f', 'create -v f'],
  'create, an option without its value': ['create --tb-fw', 'create --align'],
  'create, a flag that create does not have': ['create --force=1 f', 'create --out x f'],
  'create with blobs': [`create --blob uuid=${A},file=a --blob uuid=${B},file=b --tb-fw a f`, '-v info f'],
  'create, a blob whose UUID has a name': [
    'create --blob uuid=5ff9ec0b-4d22-3e4d-a544-c39d81c73f0a,file=a f',
    'info f',
  ],
  'create, a blob and its option': [
    'create --blob uuid=5ff9ec0b-4d22-3e4d-a544-c39d81c73f0a,file=a --tb-fw b f',
    'info f',
  ],
  'create, bad blobs': [
    'create --blob file=a f',
    'create --blob uuid=1-2,file=a f',
    `create --blob uuid=${A} f`,
    `create --blob uuid=${A},file= f`,
  ],
  'create, a null blob': ['create --blob uuid=00000000-0000-0000-0000-000000000000,file=a f'],
  'create, a blob with an unknown part': [`create --blob uuid=${A},file=a,x=1 f`, `create --blob UUID=${A},file=a g`],
  'create with an abbreviation': ['create --soc-fw-ke a f', 'info f'],
  'create with every image': [
    `create ${['scp-fwu-cfg', 'ap-fwu-cfg', 'fwu', 'fwu-cert', 'tb-fw', 'scp-fw', 'soc-fw', 'tos-fw', 'tos-fw-extra1', 'tos-fw-extra2', 'nt-fw', 'rmm-fw', 'fw-config', 'hw-config', 'tb-fw-config', 'soc-fw-config', 'tos-fw-config', 'nt-fw-config', 'rot-cert', 'trusted-key-cert', 'scp-fw-key-cert', 'soc-fw-key-cert', 'tos-fw-key-cert', 'nt-fw-key-cert', 'tb-fw-cert', 'scp-fw-cert', 'soc-fw-cert', 'tos-fw-cert', 'nt-fw-cert', 'sip-sp-cert', 'plat-sp-cert', 'cca-cert', 'core-swd-cert', 'plat-key-cert'].map((name) => `--${name} a`).join(' ')} f`,
    'info f',
    'unpack --out d f',
  ],
  'info of what is no FIP': ['info a', 'info empty', 'info nofile', 'info d'],
  'info, wrong arguments': ['info', 'info a b', 'info --verbose a', 'info -- a'],
  'update replaces': ['create --tb-fw a --nt-fw b f', '-v update --tb-fw b f', 'info f'],
  'update adds': ['create --tb-fw a f', '-v update --nt-fw b --soc-fw a f', 'info f'],
  'update to another file': ['create --tb-fw a f', 'update --nt-fw b --out g f', 'info g', 'info f'],
  'update makes the FIP': ['update --tb-fw a f', 'update g', 'info g'],
  'update lays out anew': [
    'create --align 64 --tb-fw a --nt-fw b f',
    'update f',
    'info f',
    'update --align 32 f',
    'info f',
  ],
  'update keeps and changes flags': [
    'create --plat-toc-flags 1234 --tb-fw a f',
    'update --nt-fw b f',
    '-v info f',
    'update --plat-toc-flags 1 f',
    '-v info f',
  ],
  'update with an empty image': ['create --tb-fw a --nt-fw b f', 'update --tb-fw empty f', 'info f'],
  'update blobs': [
    `create --blob uuid=${A},file=a f`,
    `-v update --blob uuid=${A},file=b f`,
    `-v update --blob uuid=${B},file=a f`,
    'info f',
  ],
  'update, wrong': ['update', 'update --align 3 f', 'update --tb-fw nofile f', 'update a --tb-fw a'],
  'unpack all': ['create --tb-fw a --nt-fw b f', '-v unpack f'],
  'unpack where files are': ['create --tb-fw a --nt-fw b f', 'unpack f', 'unpack f', '-v unpack --force f'],
  'unpack into a folder': ['create --tb-fw a f', 'unpack --out d f', 'unpack --out nodir f', 'unpack --out a f'],
  'unpack some': [
    'create --tb-fw a --nt-fw b f',
    'unpack --tb-fw x f',
    'unpack --soc-fw y f',
    'unpack --out d --tb-fw x --nt-fw y f',
  ],
  'unpack blobs': [
    `create --blob uuid=${A},file=a --blob uuid=${B},file=b --tb-fw a f`,
    '-v unpack f',
    `-v unpack --blob uuid=${A},file=xx f`,
    `unpack --tb-fw z f`,
  ],
  'unpack a blob that has a name': [
    'create --tb-fw a --nt-fw b f',
    'unpack --blob uuid=5FF9EC0B-4D22-3E4D-A544-C39D81C73F0A,file=x f',
    `unpack --blob uuid=${A},file=x3 f`,
  ],
  'unpack, wrong': ['unpack', 'unpack nofile', 'unpack --blob uuid=1 f', 'unpack --force=1 f'],
  'remove one': ['create --tb-fw a --nt-fw b f', '-v remove --tb-fw f', 'info f'],
  'remove all': ['create --tb-fw a --nt-fw b f', 'remove --tb-fw --nt-fw f', 'info f'],
  'remove what is not there': ['create --tb-fw a f', 'remove --nt-fw f', 'info f', `remove --blob uuid=${A} f`],
  'remove to another file': [
    'create --tb-fw a --nt-fw b f',
    'remove --tb-fw --out g f',
    'info g',
    'remove --nt-fw --out g f',
    'remove --nt-fw --force --out g f',
    'info g',
  ],
  'remove aligned': ['create --tb-fw a --nt-fw b f', 'remove --align 64 --tb-fw f', 'info f'],
  'remove a blob': [`create --blob uuid=${A},file=a --tb-fw b f`, `-v remove --blob uuid=${A} f`, 'info f'],
  'remove nothing': ['create --align 16 --tb-fw a f', 'remove f', 'info f'],
  'remove, wrong': ['remove', 'remove --tb-fw nofile', 'remove --tb-fw=1 f'],
};

const before = process.cwd();
afterEach(() => process.chdir(before));

describe('as fiptool: the same text, bytes and exit codes', () => {
  for (const [name, steps] of Object.entries(SAME)) {
    interop(['fiptool'], name, async () => {
      const [theirs, ours] = [inputs(), inputs()];
      for (const step of steps) {
        const args = step === '' ? [] : step.split(' ');
        const want = run('fiptool', args, { cwd: theirs });
        const got = await runOurs(args, ours);
        expect({ step, ...got }).toEqual({ step, ...want });
        expect({ step, files: snapshot(ours) }).toEqual({ step, files: snapshot(theirs) });
      }
    });
  }
});

/** Where fiptool accepts what a loader would misread; each ends with 1 and says why. */
const REFUSED: Readonly<
  Record<string, { readonly change?: (fip: Buffer) => Buffer; readonly args: string; readonly says: string }>
> = {
  'an ambiguous abbreviation': { args: 'create --tb a g', says: "option '--tb' is ambiguous" },
  'images that overlap': { change: (fip) => poke(fip, 72, 0x88), args: 'info f', says: 'FIP f is corrupted: toc[' },
  'an image in the ToC': {
    change: (fip) => poke(fip, 32, 0x20),
    args: 'info f',
    says: 'starts inside the table of contents',
  },
  'another serial': { change: (fip) => poke(fip, 4, 0), args: 'info f', says: 'serialNumber' },
  'bytes after the end': {
    change: (fip) => Buffer.concat([fip, Buffer.of(1)]),
    args: 'unpack f',
    says: 'byte follows the end',
  },
  'an image twice': {
    change: (fip) => Buffer.concat([fip.subarray(0, 56), fip.subarray(16, 32), fip.subarray(72)]),
    args: 'remove --tb-fw f',
    says: 'is there already',
  },
};

describe('as fiptool: refused, where fiptool is wrong', () => {
  for (const [name, { change, args, says }] of Object.entries(REFUSED)) {
    interop(['fiptool'], name, async () => {
      const folder = inputs();
      run('fiptool', ['create', '--tb-fw', 'a', '--nt-fw', 'b', 'f'], { cwd: folder });
      const file = join(folder, 'f');
      if (change !== undefined) writeFileSync(file, change(readFileSync(file)));
      const { status, stderr } = await runOurs(args.split(' '), folder);
      expect(status).toBe(1);
      expect(stderr).toContain(says);
    });
  }
});

async function runOurs(args: readonly string[], cwd: string) {
  const [stdout, stderr] = [sink(), sink()];
  process.chdir(cwd);
  const status = await fiptool(args, { stdout, stderr, env: {}, stdin: async () => new Uint8Array() });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function sink() {
  const parts: string[] = [];
  return {
    write: (text: string | Uint8Array) => void parts.push(Buffer.from(text as Uint8Array).toString()),
    text: () => parts.join(''),
  };
}

function inputs(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a'), Buffer.alloc(100, 'abc'));
  writeFileSync(join(folder, 'b'), Buffer.alloc(37, 'xy'));
  writeFileSync(join(folder, 'empty'), '');
  mkdirSync(join(folder, 'd'));
  return folder;
}

function snapshot(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'hex')]));
}

function poke(fip: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(fip);
  changed[at] = value;
  return changed;
}
