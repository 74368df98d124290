import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { explainSignatures, verifyFit } from '../../src/fit/index.ts';
import { judgeForAll } from '../../src/fit/internal.ts';
import { temporaryFolder } from '../support/folder.ts';
import { compareWithMkimage, DOCUMENT_ITS, prepareInputs, runOurs, type Scenario } from '../support/mkimage.ts';
import { hasProgram, interop, runOk } from '../support/program.ts';

interface Parts {
  readonly root?: string;
  readonly kernel?: string;
  readonly fdt?: string;
  readonly images?: string;
  readonly configuration?: string;
  readonly configurations?: string;
}

/** A source with a kernel and a device tree under one configuration, and what a scenario adds. */
function its({
  root = '',
  kernel = '',
  fdt = '',
  images = '',
  configuration = '',
  configurations = '',
}: Parts): string {
  return `/dts-v1/;
/ {
  description = "scenario"; #address-cells = <1>; ${root}
  images {
    kernel-1 {
      description = "kernel"; data = /incbin/("Image"); type = "kernel"; arch = "arm64"; os = "linux";
      compression = "none"; load = <0x80000>; entry = <0x80000>; ${kernel}
    };
    fdt-1 {
      description = "tree"; data = /incbin/("fit-linux-kernel.dtb"); type = "flat_dt"; arch = "arm64";
      compression = "none"; ${fdt}
    };
    ${images}
  };
  configurations {
    default = "conf-1";
    conf-1 { kernel = "kernel-1"; fdt = "fdt-1"; ${configuration} };
    ${configurations}
  };
};
`;
}

const hash = (algo: string, name = 'hash-1'): string => `${name} { algo = "${algo}"; };`;
const SHA256 = hash('sha256');
const signature = (algo = 'sha256,rsa2048', hint = 'dev', rest = ''): string =>
  `signature-1 { algo = "${algo}"; key-name-hint = "${hint}"; ${rest} };`;
const COVERED = 'sign-images = "kernel", "fdt";';
const hashed = (configuration = '', more: Parts = {}): string =>
  its({ kernel: SHA256, fdt: SHA256, configuration, ...more });
const signed = hashed(signature(undefined, undefined, COVERED));
const image = (name: string, file: string, type: string, rest = SHA256): string =>
  `${name} { data = /incbin/("${file}"); type = "${type}"; arch = "arm64"; os = "linux"; compression = "none"; ${rest} };`;
const cipher = (algo: string, iv = 'iv-name-hint = "iv";'): string =>
  `cipher { algo = "${algo}"; key-name-hint = "${algo}"; ${iv} };`;

const BUILD = ['-f', 'a.its', 'x.itb'];
const SIGN = ['-f', 'a.its', '-k', 'keys', 'x.itb'];
const TRUST = ['-f', 'a.its', '-k', 'keys', '-K', 'control.dtb', '-r', 'x.itb'];
const AUTO = ['-f', 'auto', '-A', 'arm64', '-O', 'linux', '-T', 'kernel', '-C', 'none', '-d', 'Image'];

/** A control tree that demands pre-load headers. */
const PRELOAD = `/dts-v1/;
/ { model = "x"; image { pre-load { sig { algo-name = "sha256,rsa2048"; padding-name = "pkcs-1.5"; signature-size = <256>;
  mandatory = "yes"; key-name = "dev"; }; }; }; };`;

const scenarios: readonly Scenario[] = [
  { name: "the document's source", its: DOCUMENT_ITS, args: BUILD },
  { name: "the document's source, signed with -K -r", its: DOCUMENT_ITS, args: TRUST },
  { name: 'the same quietly', its: DOCUMENT_ITS, args: ['-q', ...TRUST] },
  { name: 'no hashes', its: its({}), args: BUILD },
  ...['crc16-ccitt', 'crc32', 'md5', 'sha1', 'sha256', 'sha384', 'sha512'].map((algo) => ({
    name: `hash ${algo}`,
    its: its({ kernel: hash(algo), fdt: hash(algo) }),
    args: BUILD,
  })),
  {
    name: 'several hashes an image',
    its: its({ kernel: `${hash('crc16-ccitt')} ${hash('sha1', 'hash-2')} ${hash('sha512', 'hash')}`, fdt: SHA256 }),
    args: BUILD,
  },
  {
    name: 'a hash with a value already',
    its: its({ kernel: 'hash-1 { value = <1>; algo = "sha256"; };' }),
    args: BUILD,
  },
  ...['sha1', 'sha256', 'sha384', 'sha512'].flatMap((algo) =>
    (['dev:2048', 'dev3:3072', 'dev4:4096'] as const).map((key) => {
      const [hint = '', bits = ''] = key.split(':');
      const configuration = signature(`${algo},rsa${bits}`, hint, COVERED);
      return { name: `signature ${algo},rsa${bits}`, its: hashed(configuration), args: TRUST };
    }),
  ),
  {
    name: 'padding pkcs-1.5 by name',
    its: hashed(signature(undefined, undefined, `padding = "pkcs-1.5"; ${COVERED}`)),
    args: TRUST,
  },
  {
    name: 'padding pss',
    its: hashed(signature(undefined, undefined, `padding = "pss"; ${COVERED}`)),
    args: TRUST,
    random: true,
  },
  { name: 'ECDSA P-256', its: hashed(signature('sha256,ecdsa256', 'ec', COVERED)), args: SIGN, random: true },
  { name: 'an image signature', its: its({ kernel: `${SHA256} ${signature()}`, fdt: SHA256 }), args: TRUST },
  {
    name: 'image and configuration signatures',
    its: hashed(signature(undefined, undefined, COVERED), { kernel: `${SHA256} ${signature()}` }),
    args: TRUST,
  },
  {
    name: 'two signatures a configuration',
    its: hashed(
      `${signature(undefined, undefined, COVERED)} signature-2 { algo = "sha512,rsa4096"; key-name-hint = "dev4"; ${COVERED} };`,
    ),
    args: TRUST,
  },
  {
    name: 'two configurations',
    its: hashed(signature(undefined, undefined, COVERED), {
      configurations: `conf-2 { kernel = "kernel-1"; ${signature('sha256,rsa3072', 'dev3', 'sign-images = "kernel";')} };`,
    }),
    args: TRUST,
  },
  {
    name: 'sign-images in another order',
    its: hashed(signature(undefined, undefined, 'sign-images = "fdt", "kernel";')),
    args: SIGN,
  },
  { name: 'a comment', its: signed, args: ['-c', 'a comment', ...SIGN] },
  { name: 'a comment of another length', its: signed, args: ['-c', 'another comment!!', ...SIGN] },
  { name: 'another algorithm', its: signed, args: ['-o', 'sha512,rsa2048', ...SIGN] },
  { name: 'one key file for all', its: signed, args: ['-f', 'a.its', '-G', 'keys/dev.key', 'x.itb'] },
  { name: 'signature nodes without keys', its: signed, args: BUILD },
  {
    name: 'keys that are not required',
    its: signed,
    args: ['-f', 'a.its', '-k', 'keys', '-K', 'control.dtb', 'x.itb'],
  },
  { name: 'keys added a second time', its: signed, before: [TRUST], args: TRUST },
  { name: 'the key for pre-load headers', its: signed, control: PRELOAD, args: TRUST },
  { name: 'the same a second time', its: signed, control: PRELOAD, before: [TRUST], args: TRUST },
  {
    name: 'the same while signing again',
    its: signed,
    control: PRELOAD,
    before: [TRUST],
    args: ['-F', '-k', 'keys', '-K', 'control.dtb', 'x.itb'],
  },
  { name: 'the key for pre-load headers without a signature', its: hashed(), control: PRELOAD, args: TRUST },
  { name: 'external data', its: signed, args: ['-E', ...SIGN] },
  { name: 'external data, unsigned', its: hashed(), args: ['-E', ...BUILD] },
  ...['8', '10', '100', '1000'].map((align) => ({
    name: `external data at multiples of 0x${align}`,
    its: signed,
    args: ['-E', '-B', align, ...SIGN],
  })),
  ...['2000', '10000'].map((position) => ({
    name: `external data at 0x${position}`,
    its: signed,
    args: ['-E', '-p', position, ...SIGN],
  })),
  { name: 'external data inside the tree', its: signed, args: ['-E', '-p', '10', ...SIGN] },
  {
    name: 'external data at 0x1000 and multiples of 16',
    its: hashed(),
    args: ['-E', '-B', '10', '-p', '1000', ...BUILD],
  },
  {
    name: 'external device trees of odd sizes',
    its: hashed('', {
      images: `${image('a', 'tiny', 'flat_dt')} ${image('b', 'tiny', 'ramdisk')} ${image('c', 'optee.bin', 'flat_dt')} ${image('d', 'tiny', 'script')}`,
    }),
    args: ['-E', ...BUILD],
  },
  { name: 'sign again', its: signed, before: [SIGN], args: ['-F', '-k', 'keys', 'x.itb'] },
  {
    name: 'sign what was unsigned',
    its: signed,
    before: [BUILD],
    args: ['-F', '-k', 'keys', '-K', 'control.dtb', '-r', 'x.itb'],
  },
  {
    name: 'sign again with another algorithm',
    its: signed,
    before: [SIGN],
    args: ['-F', '-k', 'keys', '-o', 'sha384,rsa2048', 'x.itb'],
  },
  {
    name: 'sign again with a comment',
    its: signed,
    before: [SIGN],
    args: ['-F', '-k', 'keys', '-c', 'hello', 'x.itb'],
  },
  { name: 'hash again', its: hashed(), before: [BUILD], args: ['-F', 'x.itb'] },
  { name: 'hash again with a new time', its: hashed(), before: [BUILD], args: ['-F', '-t', 'x.itb'] },
  {
    name: 'sign external data again, inside',
    its: signed,
    before: [['-E', ...SIGN]],
    args: ['-F', '-k', 'keys', 'x.itb'],
  },
  {
    name: 'sign external data again, outside',
    its: signed,
    before: [['-E', ...SIGN]],
    args: ['-F', '-E', '-k', 'keys', 'x.itb'],
  },
  { name: 'move data out', its: signed, before: [SIGN], args: ['-F', '-E', '-B', '20', 'x.itb'] },
  ...['aes128', 'aes192', 'aes256'].map((algo) => ({
    name: `cipher ${algo}`,
    its: its({
      kernel: `${SHA256} ${cipher(algo)}`,
      fdt: SHA256,
      configuration: signature(undefined, undefined, COVERED),
    }),
    args: TRUST,
  })),
  { name: 'a cipher without keys', its: its({ kernel: `${cipher('aes128')} ${SHA256}`, fdt: SHA256 }), args: BUILD },
  {
    name: 'a cipher with a random vector',
    its: its({ kernel: `${cipher('aes128', '')} ${SHA256}`, fdt: SHA256 }),
    args: SIGN,
    random: true,
  },
  {
    name: 'an encrypted image signed again',
    its: its({
      kernel: `${SHA256} ${cipher('aes256')}`,
      fdt: SHA256,
      configuration: signature(undefined, undefined, COVERED),
    }),
    before: [TRUST],
    args: ['-F', '-k', 'keys', 'x.itb'],
  },
  {
    name: 'loadables, fpga, firmware, ramdisk and script',
    its: hashed(
      'loadables = "a", "b"; fpga = "c"; firmware = "a"; ramdisk = "d"; script = "e"; compatible = "x,y", "z";',
      {
        images: `${image('a', 'optee.bin', 'firmware')} ${image('b', 'tiny', 'tee')} ${image('c', 'tiny', 'fpga', `load = <1>; ${SHA256}`)} ${image('d', 'tiny', 'ramdisk')} ${image('e', 'tiny', 'script')}`,
      },
    ),
    args: BUILD,
  },
  {
    name: 'an overlay list',
    its: hashed('', {
      images: image('fdt-2', 'tiny', 'flat_dt', `load = <5>; ${SHA256}`),
      configurations: 'conf-2 { kernel = "kernel-1"; fdt = "fdt-1", "fdt-2"; };',
    }),
    args: BUILD,
  },
  {
    name: 'every type in the listing',
    its: hashed('', {
      images: [
        'firmware',
        'filesystem',
        'kernel_noload',
        'multi',
        'standalone',
        'tee',
        'copro',
        'pmmc',
        'x86_setup',
        'nonsense',
      ]
        .map((type, i) => image(`i-${i}`, 'tiny', type))
        .join(' '),
    }),
    args: BUILD,
  },
  {
    name: 'addresses of two cells',
    its: hashed('', { images: image('far', 'tiny', 'kernel', 'load = <1 2>; entry = <0 0x80000>;') }),
    args: BUILD,
  },
  { name: 'no configurations', its: its({}).replace(/configurations \{[\s\S]*\};\n\};/, '};'), args: BUILD },
  {
    name: "properties of one's own and reserved memory",
    its: hashed('', { root: 'vendor,thing = <1 2 3>, "x";' }).replace('/ {', '/memreserve/ 0x1000 0x2000;\n/ {'),
    args: SIGN,
  },
  {
    name: 'labels, comments and bits',
    its: hashed('', { images: `/* a */ l: ${image('b-1', 'tiny', 'ramdisk')} // b` }),
    args: BUILD,
  },
  { name: 'auto', args: [...AUTO, 'x.itb'] },
  { name: 'auto with names and addresses', args: [...AUTO, '-n', 'a name', '-a', '80000', '-e', '80040', 'x.itb'] },
  { name: 'auto with device trees', args: [...AUTO, '-b', 'fit-linux-kernel.dtb', '-b', 'control.dtb', 'x.itb'] },
  { name: 'auto with a ramdisk', args: [...AUTO, '-i', 'tiny', 'x.itb'] },
  { name: 'auto with everything, outside', args: [...AUTO, '-E', '-b', 'fit-linux-kernel.dtb', '-i', 'tiny', 'x.itb'] },
  {
    name: 'auto, signed',
    args: [...AUTO, '-k', 'keys', '-g', 'dev', '-o', 'sha256,rsa2048', '-b', 'control.dtb', 'x.itb'],
  },
  {
    name: 'auto of firmware',
    args: ['-f', 'auto', '-A', 'arm', '-O', 'u-boot', '-T', 'firmware', '-d', 'tiny', '-b', 'control.dtb', 'x.itb'],
  },
  { name: 'list', its: signed, before: [SIGN], args: ['-l', 'x.itb'] },
  { name: 'list what has data outside', its: signed, before: [['-E', ...SIGN]], args: ['-l', 'x.itb'] },
  {
    name: 'long options',
    its: signed,
    args: ['--fit', 'a.its', '--key-dir=keys', '--key-dest', 'control.dtb', '--key-required', '--quiet', 'x.itb'],
  },
  { name: 'joined options', its: signed, args: ['-qrEfa.its', '-kkeys', 'x.itb'] },
  { name: 'the version', args: ['-V'] },
  { name: 'no output', its: signed, args: ['-f', 'a.its'] },
  { name: 'a source that is not there', args: ['-f', 'nope.its', 'x.itb'] },
  { name: 'a source with a mistake', its: '/dts-v1/; / { images { x = ; }; };', args: BUILD },
  { name: 'data that is not there', its: hashed('', { images: image('x', 'nope', 'kernel') }), args: BUILD },
  {
    name: 'a control tree that is not there',
    its: signed,
    args: ['-f', 'a.its', '-k', 'keys', '-K', 'nope.dtb', 'x.itb'],
  },
  { name: 'an option that does not exist', args: ['-Z', 'x.itb'] },
];

const inputs = mkdtempSync(join(tmpdir(), 'bootwright-mkimage-'));

describe('as mkimage gives the bytes and the output of mkimage 2023.01', () => {
  beforeAll(() => {
    if (hasProgram('mkimage') && hasProgram('dtc') && hasProgram('openssl')) prepareInputs(inputs);
  });
  afterAll(() => rmSync(inputs, { recursive: true, force: true }));
  for (const scenario of scenarios) {
    interop(['mkimage', 'dtc', 'openssl'], scenario.name, () =>
      compareWithMkimage(inputs, temporaryFolder(), scenario),
    );
  }

  interop(
    ['mkimage', 'dtc', 'openssl'],
    'our verifier accepts what mkimage signed, and mkimage lists what we did',
    () => {
      const folder = temporaryFolder();
      cpSync(inputs, folder, { recursive: true });
      writeFileSync(join(folder, 'a.its'), signed);
      runOk('mkimage', TRUST, { cwd: folder });
      const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
      const report = verifyFit(read('x.itb'), read('control.dtb'));
      expect(report.configurations[0]).toMatchObject({ verified: true, path: '/configurations/conf-1' });
      expect(judgeForAll(read('x.itb'), read('control.dtb')).every(({ accepts }) => accepts)).toBe(true);
    },
  );

  interop(
    ['mkimage', 'dtc', 'openssl'],
    'U-Boot from 2026.04 on refuses what mkimage signs with a narrow sign-images',
    () => {
      const folder = temporaryFolder();
      cpSync(inputs, folder, { recursive: true });
      writeFileSync(join(folder, 'a.its'), hashed(signature(undefined, undefined, 'sign-images = "kernel";')));
      runOk('mkimage', TRUST, { cwd: folder });
      const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
      const accepting = judgeForAll(read('x.itb'), read('control.dtb')).filter(({ accepts }) => accepts);
      expect(accepting.map(({ target }) => target)).toEqual(['u-boot@2023.01', 'u-boot@2025.10']);
      expect(explainSignatures(read('x.itb'), read('control.dtb'))[0]!.reason.text).toMatch(
        /covers only .*sign-images.*fdt-1/,
      );
    },
  );

  interop(['openssl', 'dtc'], 'auto-conf signs its configurations over sha1', async () => {
    const folder = temporaryFolder();
    cpSync(inputs, folder, { recursive: true });
    const args = ['-q', '-f', 'auto-conf', '-T', 'kernel', '-A', 'arm64', '-d', 'Image', '-b', 'fit-linux-kernel.dtb'];
    const key = ['-k', 'keys', '-g', 'dev', '-o', 'sha256,rsa2048', '-K', 'control.dtb', '-r', 'x.itb'];
    expect(await runOurs(folder, [...args, ...key])).toMatchObject({ status: 0, stderr: '' });
    const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
    const { configurations } = verifyFit(read('x.itb'), read('control.dtb'), { allowSha1: true });
    expect(configurations[0]!.images.map(({ hashes }) => hashes.map(({ algorithm }) => algorithm))).toEqual([
      ['sha1'],
      ['sha1'],
    ]);
  });
});
