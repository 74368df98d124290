import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import { run as certCreate } from '../../src/cli/compat/tools/cert_create.ts';
import { createHash, hash } from '../../src/crypto/index.ts';
import { chains, issueChainCertificate, knownImages, verifyChain } from '../../src/fip/index.ts';
import { keySigner, parseCertificate, parsePrivateKey } from '../../src/pki/index.ts';
import { uuidOf } from '../fip/chain-sample.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, run, runOk } from '../support/program.ts';

const chain = chains.tbbr;
const IMAGES = ['tb-fw', 'soc-fw', 'scp-fw', 'tos-fw', 'nt-fw', 'hw-config', 'fwu', 'sp-pkg1'];
const before = process.cwd();
afterEach(() => process.chdir(before));

/** Arguments that make every certificate of the chain, with keys saved. */
const everything = (more: readonly string[] = []): string[] => [
  ...['-n', '-k', '--tfw-nvctr', '5', '--ntfw-nvctr', '7', ...more],
  ...Object.keys(chain.keys).flatMap((key) => [`--${key}`, `${key}.pem`]),
  ...chain.certificates.flatMap(({ image }) => [`--${image}`, `${image}.crt`]),
  ...IMAGES.flatMap((image) => [`--${image}`, image]),
];

function inputs(): string {
  const folder = temporaryFolder();
  for (const image of IMAGES) writeFileSync(join(folder, image), `the ${image}`);
  return folder;
}

async function runOurs(
  args: readonly string[],
  cwd: string,
): Promise<{ status: number; stdout: string; stderr: string }> {
  const text = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write(part: string | Uint8Array) {
      text[name] += String(part);
    },
  });
  process.chdir(cwd);
  const io = { stdout: sink('stdout'), stderr: sink('stderr'), env: {}, stdin: async () => new Uint8Array() };
  const status = await certCreate(args, io);
  return { status, ...text };
}

const VARIANTS: readonly (readonly [string, readonly string[], 'sha256' | 'sha384'])[] = [
  ['rsa', [], 'sha256'],
  ['ecdsa', ['-a', 'ecdsa'], 'sha256'],
  ['ecdsa, sha384', ['-a', 'ecdsa', '-s', 'sha384'], 'sha384'],
  ['brainpool', ['-a', 'ecdsa-brainpool-regular'], 'sha256'],
];

describe.each(VARIANTS)('certificates of cert_create, %s', (_, more, hashName) => {
  interop(['cert_create'], 'are verified, and ours say the same to the byte', async () => {
    const folder = inputs();
    const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
    runOk('cert_create', everything(more), { cwd: folder });
    const keys = new Map(Object.keys(chain.keys).map((key) => [key, parsePrivateKey(read(`${key}.pem`), key)]));
    for (const row of chain.certificates) {
      const theirs = parseCertificate(read(`${row.image}.crt`), row.image);
      const ours = await issueChainCertificate(row, {
        chain,
        hash: hashName,
        signers: new Map([...keys].map(([name, key]) => [name, keySigner(key, name)])),
        digests: new Map(IMAGES.map((image) => [image, hash(hashName, read(image))])),
        counters: new Map([
          ['tfw-nvctr', 5],
          ['ntfw-nvctr', 7],
        ]),
        notBefore: theirs.notBefore,
        notAfter: theirs.notAfter,
        serial: () => theirs.serial,
      });
      expect([row.image, parseCertificate(ours).tbs]).toEqual([row.image, theirs.tbs]);
    }
    const names = [...IMAGES, ...chain.certificates.map(({ image }) => image)];
    const entries = names.map((name, i) => ({ uuid: uuidOf(name), offset: i, size: 100, flags: 0n, name }));
    const nameOf = (uuid: string): string => entries.find((entry) => entry.uuid === uuid)!.name;
    const file = (uuid: string): string =>
      names.indexOf(nameOf(uuid)) < IMAGES.length ? nameOf(uuid) : `${nameOf(uuid)}.crt`;
    const report = await verifyChain(
      {
        entries,
        read: async ({ uuid }) => read(file(uuid)),
        digest: async ({ uuid }, name) =>
          createHash(name)
            .update(read(file(uuid)))
            .digest(),
      },
      {
        chain,
        table: knownImages,
        anchors: new Map([['rot-key', { kind: 'key', key: keys.get('rot-key')!.public }]]),
        counters: new Map([['tfw-nvctr', 5]]),
      },
    );
    expect(report).toMatchObject({ verdict: 'verified', reasons: [] });
  });
});

describe('as cert_create', () => {
  interop(['openssl'], 'makes what openssl reads and verifies', async () => {
    const folder = inputs();
    const made = await runOurs(everything(['-a', 'ecdsa']), folder);
    expect(made.status).toBe(0);
    const notice = (name: string): string => `NOTICE:  Creating new key for '${name}'`;
    expect(made.stderr.match(/^NOTICE: .*$/gm)?.toSorted()).toEqual(Object.values(chain.keys).map(notice).toSorted());
    for (const { image } of chain.certificates) {
      const pem = runOk('openssl', ['x509', '-inform', 'der', '-in', `${image}.crt`], { cwd: folder }).stdout;
      writeFileSync(join(folder, 'c.pem'), pem);
      const verify = ['verify', '-check_ss_sig', '-ignore_critical', '-partial_chain', '-trusted', 'c.pem', 'c.pem'];
      expect(runOk('openssl', verify, { cwd: folder }).stdout).toBe('c.pem: OK\n');
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.pem'))).toHaveLength(8);
  });

  interop(['cert_create'], 'has its help', async () => {
    const folder = inputs();
    for (const args of [['-h'], ['-nh'], ['--help'], ['--bogus'], ['-nz'], ['-n', '-s'], ['-nb'], ['-n=1']]) {
      const { status, stdout, stderr } = run('cert_create', args, { cwd: folder });
      expect(await runOurs(args, folder)).toMatchObject({ status, stdout, stderr });
    }
  });

  const rot = ['-n', '--tb-fw-cert', 'o.crt', '--tb-fw', 'tb-fw'];
  const EXITS: readonly (readonly [string, readonly string[]])[] = [
    ['one certificate', [...rot, '--tfw-nvctr', '5']],
    ['letters that are joined', ['-np', '-ssha384', '-aecdsa', ...rot.slice(1), '--tfw-nvctr', '5']],
    ['a larger RSA key', [...rot, '--tfw-nvctr', '5', '-b', '3072']],
    ['an RSA key size that is none', [...rot, '--tfw-nvctr', '5', '-b', '1000']],
    ['a key algorithm that is none', [...rot, '--tfw-nvctr', '5', '-a', 'foo']],
    ['a hash that is none', [...rot, '--tfw-nvctr', '5', '-s', 'md5']],
    ['no counter', rot],
    ['a missing image', [...rot, '--tfw-nvctr', '5', '--hw-config', 'nofile']],
    ['an image that may not be missing', ['-n', '--nt-fw-cert', 'o.crt', '--ntfw-nvctr', '1']],
    ['no image for the boot loader', ['-n', '--tb-fw-cert', 'o.crt', '--tfw-nvctr', '1']],
    ['no image for the runtime firmware', ['-n', '--soc-fw-cert', 'o.crt', '--tfw-nvctr', '1']],
    ['no keys', [...rot.slice(1), '--tfw-nvctr', '5']],
    ['no counter where none is needed', ['-n', '--fwu-cert', 'o.crt', '--fwu', 'fwu']],
  ];
  for (const [name, args] of EXITS) {
    interop(['cert_create'], `exits alike: ${name}`, async () => {
      const [theirs, ours] = [inputs(), inputs()];
      const { status } = run('cert_create', args, { cwd: theirs });
      expect((await runOurs(args, ours)).status).toBe(status);
      expect(readdirSync(ours)).toEqual(readdirSync(theirs));
    });
  }

  const REFUSED: readonly (readonly [string, readonly string[], string])[] = [
    ['a counter that is no number', [...rot, '--tfw-nvctr', 'abc'], 'tfw-nvctr abc: not a whole number from 0'],
    ['a negative counter', [...rot, '--tfw-nvctr', '-5'], 'not a whole number from 0'],
    ['a counter of 2^32', [...rot, '--tfw-nvctr', '4294967296'], 'above 2147483647'],
    [
      'an output that cannot be written',
      ['-n', '--tb-fw-cert', 'no/o.crt', '--tb-fw', 'tb-fw', '--tfw-nvctr', '5'],
      'cannot write no/o.crt',
    ],
  ];
  for (const [name, args, says] of REFUSED) {
    interop(['cert_create'], `refused, where cert_create is wrong: ${name}`, async () => {
      const folder = inputs();
      const { status, stderr } = await runOurs(args, folder);
      expect(status).toBe(1);
      expect(stderr).toContain(says);
      expect(readdirSync(folder)).not.toContain('o.crt');
    });
  }
});
