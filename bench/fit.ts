import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generateRsa } from '../src/crypto/index.ts';
import { makeNode, makeTree, readBlob, writeBlob } from '../src/devicetree/index.ts';
import { buildFit } from '../src/fit/index.ts';
import { keySigner, printPem, printPrivateKey, selfSigned } from '../src/pki/index.ts';
import { inTurn, Report, seconds } from './support/rows.ts';

/**
 * Image trees beside Debian's mkimage and dumpimage, whole processes with their start: a large payload embedded,
 * outside, and signed again; verification; a thousand small images in one process against a loop over mkimage.
 * /usr/bin/time measures the peak of resident memory.
 *
 *   npm run bench:fit -- [--megabytes N] [--rounds N] [--images N] [--json]
 */
const MEGABYTES = option('--megabytes', 200);
const ROUNDS = option('--rounds', 3);
const IMAGES = option('--images', 1000);
const BIN = resolve(import.meta.dirname, '../../bin/bootwright.js');
const ENV = { ...process.env, SOURCE_DATE_EPOCH: '1700000000', BOOTWRIGHT_COMPAT: '2023.01' };
const NODE = [process.execPath, BIN];

const folder = mkdtempSync(join(tmpdir(), 'bootwright-bench-'));
const report = new Report('fit');
try {
  await prepare();
  await large('sign embedded', ['-q', '-f', 'large.its', '-k', '.'], { ratio: 2, kilobytes: 1.3 * MEGABYTES * 1000 });
  await large('sign again', ['-q', '-F', '-k', '.'], { ratio: 2, kilobytes: 1.3 * MEGABYTES * 1000 });
  await verification();
  await large('sign, data outside', ['-q', '-f', 'large.its', '-k', '.', '-E'], { ratio: 2, kilobytes: 150_000 });
  await many();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report.end();

async function prepare(): Promise<void> {
  const key = await generateRsa(2048);
  const scheme = { kind: 'rsa-pkcs1', hash: 'sha256' } as const;
  const content = { serial: 1n, commonName: 'dev', notBefore: new Date(0), notAfter: new Date(2e12), scheme };
  writeFileSync(join(folder, 'dev.key'), printPrivateKey(key));
  writeFileSync(join(folder, 'dev.crt'), printPem('CERTIFICATE', await selfSigned(content, keySigner(key, 'dev'))));
  writeFileSync(join(folder, 'large'), randomFillSync(new Uint8Array(MEGABYTES * 1_000_000)));
  writeFileSync(join(folder, 'small'), randomFillSync(new Uint8Array(10_000)));
  for (const name of ['large', 'small']) writeFileSync(join(folder, `${name}.its`), source(name));
}

function source(file: string): string {
  return `/dts-v1/;
/ { description = "bench"; images { kernel-1 { data = /incbin/("${file}"); type = "kernel"; arch = "arm64";
    os = "linux"; compression = "none"; load = <0>; entry = <0>; hash-1 { algo = "sha256"; }; }; };
  configurations { default = "conf-1"; conf-1 { kernel = "kernel-1"; signature-1 { algo = "sha256,rsa2048";
    key-name-hint = "dev"; sign-images = "kernel"; }; }; }; };
`;
}

async function large(
  name: string,
  args: readonly string[],
  target: { readonly ratio: number; readonly kilobytes: number },
): Promise<void> {
  const peaks = { ours: 0, mkimage: 0 };
  const measure = (who: 'ours' | 'mkimage') => (): number => {
    const program = who === 'ours' ? [...NODE, 'as', 'mkimage'] : ['mkimage'];
    const used = measured([...program, ...args, `${who}.itb`]);
    peaks[who] = Math.max(peaks[who], used.kilobytes);
    return used.seconds;
  };
  const time = await inTurn(ROUNDS, { ours: measure('ours'), mkimage: measure('mkimage') });
  const common = { baselineName: 'mkimage 2023.01' };
  report.add({
    case: `${name}, ${MEGABYTES} MB`,
    unit: 's',
    ours: time.ours,
    baseline: time.mkimage,
    target: target.ratio,
    ...common,
  });
  const memory = { unit: 'MB', ours: peaks.ours / 1000, baseline: peaks.mkimage / 1000, ...common };
  report.add({ case: `  peak memory`, ...memory });
  report.note(
    `  peak memory ${peaks.ours <= target.kilobytes ? 'within' : 'ABOVE'} ${Math.round(target.kilobytes / 1000)} MB`,
  );
}

/** dumpimage taking the image out is the nearest thing in Debian: it reads all data once and hashes nothing. */
async function verification(): Promise<void> {
  const theirs = ['dumpimage', '-T', 'flat_dt', '-p', '0', '-o', 'taken', 'ours.itb'];
  const time = await inTurn(ROUNDS, {
    ours: () => measured([...NODE, 'fit', 'verify', 'ours.itb', '--key', 'dev.crt']).seconds,
    dumpimage: () => measured(theirs).seconds,
    mkimage: () => measured(['mkimage', '-q', '-F', 'ours.itb']).seconds,
  });
  report.add({
    case: `verify, ${MEGABYTES} MB`,
    unit: 's',
    ours: time.ours,
    baseline: time.dumpimage,
    baselineName: 'dumpimage -p (no hashing)',
  });
  report.add({
    case: `verify, ${MEGABYTES} MB`,
    unit: 's',
    ours: time.ours,
    baseline: time.mkimage,
    baselineName: 'mkimage -F (hashing alone)',
    target: 2,
  });
}

async function many(): Promise<void> {
  const key = keySigner(await generateRsa(2048), 'dev');
  const data = new Uint8Array(10_000);
  const signing = { signerFor: async () => key, time: 0, signer: { name: 'mkimage', version: '2023.01' } };
  const node = makeNode('kernel-1', { data, type: 'kernel', arch: 'arm64' }, [makeNode('hash-1', { algo: 'sha256' })]);
  const signature = makeNode('signature-1', { algo: 'sha256,rsa2048', 'key-name-hint': 'dev' });
  const configuration = makeNode('conf-1', { kernel: 'kernel-1' }, [signature]);
  const tree = readBlob(
    writeBlob(
      makeTree(
        makeNode('', { description: 'bench' }, [
          makeNode('images', {}, [node]),
          makeNode('configurations', { default: 'conf-1' }, [configuration]),
        ]),
      ),
    ),
  );
  mkdirSync(join(folder, 'many'));
  const ours = await seconds(async () => {
    for (let i = 0; i < IMAGES; i++) {
      const { fit } = await buildFit(tree, { timestamp: i, signing, compat: '2023.01' });
      writeFileSync(join(folder, 'many', `${i}.itb`), fit);
    }
  });
  const sample = Math.min(IMAGES, 50);
  const theirs = await seconds(() => {
    for (let i = 0; i < sample; i++) measured(['mkimage', '-q', '-f', 'small.its', '-k', '.', 'small.itb']);
  });
  report.add({
    case: `${IMAGES} small images, signed`,
    unit: '1/s',
    ours: IMAGES / ours,
    baseline: sample / theirs,
    baselineName: `mkimage, a process each, ${sample} of them`,
    target: 3,
  });
}

/** Wall time and peak memory of a program; a failure of it is one of the bench. */
function measured([program = '', ...args]: readonly string[]): { seconds: number; kilobytes: number } {
  const options = { cwd: folder, env: ENV, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%e %M', program, ...args], options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  const [time = 0, kilobytes = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { seconds: Math.max(time, 0.01), kilobytes };
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}
