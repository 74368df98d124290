import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hexText, utf8 } from '../../src/binary/index.ts';
import { generateKey, hash, type KeyKind } from '../../src/crypto/index.ts';
import { buildFip, knownImages, resolveImage } from '../../src/fip/index.ts';
import { printPrivateKey, printPublicKey } from '../../src/pki/index.ts';
import { BIN, bootwright } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, type Ran, runOk } from '../support/program.ts';

const IMAGES = ['tb-fw', 'soc-fw', 'nt-fw'];

type Cli = (line: string, env?: NodeJS.ProcessEnv) => Ran;

/** A folder with images, a FIP of them, and the key k. */
async function sample(kind: KeyKind = 'P-256'): Promise<{ readonly cwd: string; readonly cli: Cli }> {
  const cwd = temporaryFolder();
  const images = IMAGES.map((image) => ({ uuid: resolveImage(knownImages, image), data: utf8(`the ${image}`) }));
  for (const [i, { data }] of images.entries()) writeFileSync(join(cwd, IMAGES[i]!), data);
  writeFileSync(join(cwd, 'f'), buildFip(images.slice(1)));
  await makeKey(cwd, 'k', kind);
  return { cwd, cli: (line, env = {}) => bootwright(line.split(' '), { cwd, env }) };
}

async function makeKey(cwd: string, name: string, kind: KeyKind = 'P-256'): Promise<void> {
  const key = await generateKey(kind);
  writeFileSync(join(cwd, `${name}.key`), printPrivateKey(key), { mode: 0o600 });
  writeFileSync(join(cwd, `${name}.pub`), printPublicKey(key.public));
}

describe('fip sign and fip verify', () => {
  test('a signed FIP is verified; an altered one, an unsigned one and another key are not', async () => {
    const { cwd, cli } = await sample();
    expect(cli('fip verify f --key k.pub')).toMatchObject({ status: 1, stdout: '' });
    const unsigned = cli('fip verify f --key k.pub --json');
    expect(JSON.parse(unsigned.stdout)).toMatchObject({ verdict: 'not-verified', code: 'fip/unsigned' });
    expect(cli('fip sign f --key k.key --export k.der --export k.pem').status).toBe(0);
    expect(readFileSync(join(cwd, 'k.pem'))).toEqual(readFileSync(join(cwd, 'k.pub')));
    expect(cli('fip verify f --key k.pub')).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(cli('fip verify f --key k.der --json').stdout)).toMatchObject({ verdict: 'verified' });
    await makeKey(cwd, 'other');
    expect(cli('fip verify f --key other.pub').stderr).toContain('fip/signature');
    const fip = readFileSync(join(cwd, 'f'));
    fip[200]! ^= 1;
    writeFileSync(join(cwd, 'f'), fip);
    expect(cli('fip verify f --key k.pub').status).toBe(1);
  });

  test('an update of a signed FIP says that the signature is lost', async () => {
    const { cli } = await sample();
    cli('fip sign f --key k.key');
    expect(cli('fip update f tb-fw=tb-fw').stderr).toContain('sign the FIP again');
    expect(cli('fip verify f --key k.pub').status).toBe(1);
  });

  test('one way to sign, and one thing to verify', async () => {
    const { cli } = await sample();
    for (const line of [
      'sign f',
      'sign f --key k.key --apply x',
      'sign f --request r',
      'verify f',
      'verify f --key k.pub --cot tbbr',
    ])
      expect([line, cli(`fip ${line}`).status]).toEqual([line, 2]);
  });

  test.each([
    'verify f --key k.pub --rotpk k.pub',
    'verify f --key k.pub --anchor prot-key=k.pub',
    'verify f --key k.pub --nv-counter 9',
    'verify f --key k.pub --allow nt-fw',
    'verify f --key k.pub --images i',
    'verify f --cot tbbr --rotpk k.pub --hash sha256',
    'verify f --cot tbbr --rotpk k.pub --algorithm ecdsa',
    'sign f --key k.key --public k.pub',
    'sign f --apply r.json --public k.pub',
    'sign f --apply r.json --hash sha1',
    'sign f --apply r.json --algorithm ecdsa',
  ])('what would silently not be done is refused: fip %s', async (line) => {
    const { cwd, cli } = await sample();
    cli('fip sign f --key k.key');
    const before = readFileSync(join(cwd, 'f'));
    expect(cli(`fip ${line}`)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/--[a-z-]+ has no effect with --(key|cot|apply)/),
    });
    expect(readFileSync(join(cwd, 'f'))).toEqual(before);
  });

  for (const [kind, more, sign] of [
    ['rsa2048', '', ['-pkeyopt', 'digest:sha256']],
    [
      'rsa2048',
      ' --algorithm rsa-pss',
      ['-pkeyopt', 'digest:sha256', '-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:32'],
    ],
    ['P-384', ' --hash sha384', []],
  ] as const) {
    interop(['openssl'], `a key that is elsewhere signs in two steps, ${kind}${more}`, async () => {
      const { cwd, cli } = await sample(kind);
      expect(cli(`fip sign f --public k.pub --request r.json${more}`).status).toBe(0);
      expect(cli(`fip verify f --key k.pub${more}`).status).toBe(1);
      expect(cli('fip sign f --apply r.json')).toMatchObject({ status: 3 });
      const request = JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8')) as RequestJson;
      const [{ digest, ranges }] = request.requests;
      expect(ranges).toMatchObject([{ file: 'f', start: 0 }]);
      writeFileSync(join(cwd, 'digest'), Buffer.from(digest, 'hex'));
      runOk('openssl', ['pkeyutl', '-sign', '-inkey', 'k.key', '-in', 'digest', '-out', 'sig', ...sign], { cwd });
      request.requests[0].signature = readFileSync(join(cwd, 'sig'), 'base64');
      writeFileSync(join(cwd, 'r.json'), JSON.stringify(request));
      expect(cli('fip sign f --apply r.json')).toMatchObject({ status: 0, stderr: '' });
      expect(cli(`fip verify f --key k.pub${more}`).status).toBe(0);

      cli('fip update f tb-fw=tb-fw');
      const late = cli('fip sign f --apply r.json');
      expect(late.status).toBe(1);
      expect(late.stderr).toContain('the input changed since the request was made');
    });
  }

  test.each([
    ['--public k.pub --request no/r.json', 'no/r.json'],
    ['--key k.key --export no/k.pem', 'no/k.pem'],
    ['--key k.key --export no/k.pem --out g', 'no/k.pem'],
  ])('where what goes beside it cannot be written, the FIP stays as it was: fip sign f %s', async (more, file) => {
    const { cwd, cli } = await sample();
    const [before, names] = [readFileSync(join(cwd, 'f')), readdirSync(cwd)];
    expect(cli(`fip sign f ${more}`)).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringContaining(`cannot write ${file}`),
    });
    expect([readFileSync(join(cwd, 'f')), readdirSync(cwd)]).toEqual([before, names]);
  });

  test('an answer that does not verify is not attached', async () => {
    const { cwd, cli } = await sample();
    cli('fip sign f --public k.pub --request r.json');
    const before = readFileSync(join(cwd, 'f'));
    const request = JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8')) as RequestJson;
    request.requests[0].signature = Buffer.alloc(64, 1).toString('base64');
    writeFileSync(join(cwd, 'r.json'), JSON.stringify(request));
    expect(cli('fip sign f --apply r.json').stderr).toContain('pki/signature');
    expect(readFileSync(join(cwd, 'f'))).toEqual(before);
  });

  test.each([['{}'], ['[]'], ['x'], ['{"format":"bootwright signing requests","version":1,"requests":[{}]}']])(
    'a request file of %s is refused',
    async (text) => {
      const { cwd, cli } = await sample();
      writeFileSync(join(cwd, 'r.json'), text);
      expect(cli('fip sign f --apply r.json')).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('pki/request'),
      });
    },
  );
});

describe('cert create, fip create, fip verify --cot', () => {
  const images = IMAGES.map((image) => `${image}=${image}`).join(' ');
  const certificates = [
    'tb-fw-cert',
    'trusted-key-cert',
    'soc-fw-key-cert',
    'soc-fw-cert',
    'nt-fw-key-cert',
    'nt-fw-cert',
  ];
  const packed = `${images} ${certificates.map((name) => `${name}=certs/${name}.crt`).join(' ')}`;

  test('certificates that disagree on a counter are refused together', async () => {
    const { cwd, cli } = await sample();
    const make = (counter: number, out: string): void =>
      void cli(`cert create ${images} --nv-counter ${counter} --key rot-key=k.key --new-keys P-256 --out ${out}`);
    make(1, 'certs');
    make(2, 'newer');
    copyFileSync(join(cwd, 'newer/tb-fw-cert.crt'), join(cwd, 'certs/tb-fw-cert.crt'));
    cli(`fip create g ${packed}`);
    const { status, stderr } = cli('fip verify g --cot tbbr --rotpk k.pub');
    expect(status).toBe(1);
    expect(stderr).toContain('counters: tfw-nvctr is 2 in tb-fw-cert and 1 in trusted-key-cert');
    expect(JSON.parse(cli('fip verify g --cot tbbr --rotpk k.pub --json').stdout)).toMatchObject({
      verdict: 'refused',
      acceptedBy: [],
    });
  });

  test('a whole chain', async () => {
    const { cwd, cli } = await sample();
    const made = cli(`cert create ${images} --nv-counter 3 --key rot-key=k.key --new-keys P-256 --out certs`);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(cli('cert show certs/soc-fw-cert.crt').stdout).toContain(
      'place      tbbr soc-fw-cert, signed by soc-fw-key',
    );
    expect(cli(`fip create g ${packed}`).status).toBe(0);
    const good = cli('fip verify g --cot tbbr --rotpk k.pub --nv-counter tfw=3');
    expect(good.stdout).toMatch(/not signed: 0x0 to 0x10, 16 bytes: header of the table of contents, flags 0x0\n/);
    const { unsignedBytes } = JSON.parse(cli('fip verify g --cot tbbr --rotpk k.pub --json').stdout) as {
      unsignedBytes: { start: number; end: number; what: string }[];
    };
    expect(unsignedBytes[1]).toMatchObject({
      start: 16,
      end: 56,
      what: expect.stringMatching(/^entry of \S+: its place, flags 0x0$/),
    });
    expect(good).toMatchObject({ status: 0, stderr: '' });
    expect(good.stdout).toContain('ok  soc-fw  sha256');
    const { stdout } = cli('cert rotpk k.pub --json');
    const { digest } = JSON.parse(stdout) as { readonly digest: string };
    expect(cli(`fip verify g --cot tbbr --rotpk ${digest}`).status).toBe(0);
    expect(cli('fip verify g --cot tbbr --rotpk k.pub --nv-counter 4').stderr).toContain('but the device is at 4');
    expect(cli('fip verify g --cot tbbr --rotpk k.pub --nv-counter tfw=4 --nv-counter 1').stderr).toContain(
      'but the device is at 4',
    );
    expect(cli('fip verify g --cot tbbr').stderr).toContain('not verified');
    expect(cli('fip verify g --cot dualroot --rotpk k.pub').status).toBe(1);
    cli('fip update g rmm-fw=tb-fw');
    expect(cli('fip verify g --cot tbbr --rotpk k.pub').stdout).toContain('?  rmm-fw  no certificate covers it');
    expect(cli('fip verify g --cot tbbr --rotpk k.pub --allow rmm-fw').status).toBe(0);
    expect(existsSync(join(cwd, 'certs/rot-key.pem'))).toBe(false);
  });

  test('what no usual build of the loader takes is said, and not made where the build is named', async () => {
    const { cwd, cli } = await sample('rsa2048');
    const line = `cert create ${images} --nv-counter 3 --key rot-key=k.key --new-keys P-256 --out certs`;
    const named = cli(`${line} --as tf-a:rsa2048-sha256`);
    expect(named).toMatchObject({ status: 1, stdout: '' });
    expect(named.stderr).toMatch(/tf-a:rsa2048-sha256 refuses it: soc-fw-key-cert: it is signed by P-256/);
    expect(existsSync(join(cwd, 'certs'))).toBe(false);
    const made = cli(`${line} --json`);
    expect(made).toMatchObject({ status: 0, stderr: expect.stringMatching(/^warning: .* \[unusual-loader-build\]/) });
    expect(JSON.parse(made.stdout)).toMatchObject({ findings: [{ rule: 'unusual-loader-build' }] });
    expect(cli(`fip create g ${packed}`).status).toBe(0);
    const verify = 'fip verify g --cot tbbr --rotpk k.pub';
    expect(cli(verify)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/accepted by .*tf-a:rsa2048\+p256-sha256.*\nwarning: only builds of TF-A with/),
    });
    expect(cli(`${verify} --as tf-a:rsa2048-sha256`)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/BAD soc-fw-key-cert .*tf-a:rsa2048-sha256 refuses it: it is signed by P-256/),
    });
    expect(cli(`${verify} --as tf-a:rsa2048+p256-sha256`).status).toBe(0);
    expect(cli(`${verify} --as tf-a:rsa2048+p256-sha256 --json`).stdout).toContain('"tf-a:rsa2048+p256-sha256"');
    expect(cli(`${verify} --as tf-a:rsa2048`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('fip/profile'),
    });
    expect(cli('fip verify g --key k.pub --as tf-a:rsa2048-sha256').status).toBe(2);
    // The hash is the build's where none is asked for.
    expect(cli('cert create tb-fw=tb-fw --nv-counter 0 --key rot-key=k.key --as tf-a:rsa2048-sha384').status).toBe(0);
    expect(cli('cert show tb-fw-cert.crt').stdout).toContain('rsa-pss, salt 48');
    const other = 'cert create tb-fw=tb-fw --nv-counter 0 --key rot-key=k.key --as tf-a:rsa2048-sha384 --hash sha256';
    expect(cli(other).stderr).toContain('it is signed over sha256');
  });

  test.each([
    ['', 'tfw-nvctr'],
    [' --nv-counter 1 --key rot-key=no', 'no key no'],
    [' --nv-counter 1 --key scp-fw-key=k.key --cert tos-fw-cert', 'tos-fw'],
    [' --nv-counter 1 --public rot-key=k.pub', 'only its public key was given'],
    [' --nv-counter 1 --public rot-key=k.pub --request no/r.json', 'cannot write no/r.json'],
  ])('a call that fails leaves no new keys behind: cert create …%s', async (more, says) => {
    const { cwd, cli } = await sample();
    const before = readdirSync(cwd);
    const failed = cli(`cert create ${images} --new-keys P-256${more}`);
    expect(failed.stderr).toContain(says);
    expect([failed.status === 0, readdirSync(cwd)]).toEqual([false, before]);
    expect(cli(`cert create ${images} --new-keys P-256 --nv-counter 1`).status).toBe(0);
    expect(cli(`cert create ${images} --new-keys P-256 --nv-counter 1`).stderr).toContain('it exists already');
  });

  test('new keys are kept beside a request that vouches for them', async () => {
    const { cwd, cli } = await sample();
    const line = `cert create ${images} --new-keys P-256 --nv-counter 1 --public rot-key=k.pub --request r.json`;
    expect(cli(line).stdout).toContain('trusted-world-key.pem  new key');
    expect(existsSync(join(cwd, 'trusted-world-key.pem'))).toBe(true);
  });

  test('can be repeated to the byte', async () => {
    const { cwd, cli } = await sample('rsa2048');
    const line = 'cert create tb-fw=tb-fw --nv-counter 3 --key rot-key=k.key --serial 100 --deterministic --out';
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    expect(cli(`${line} x`, env).status).toBe(0);
    expect(cli(`${line} y`, env).status).toBe(0);
    expect(readFileSync(join(cwd, 'x/tb-fw-cert.crt'))).toEqual(readFileSync(join(cwd, 'y/tb-fw-cert.crt')));
  });

  test('an image from a pipe is vouched for and packed as it is', async () => {
    const { cwd, cli } = await sample();
    const piped = (line: string) =>
      runOk('sh', ['-c', `cat tb-fw | "$0" "$1" ${line}`, process.execPath, BIN], { cwd });
    const digest = hexText(hash('sha256', readFileSync(join(cwd, 'tb-fw'))));
    piped('cert create tb-fw=/dev/stdin --key rot-key=k.key --nv-counter 1 --out c');
    expect(cli('cert show c/tb-fw-cert.crt').stdout).toContain(`tb-fw  sha256 ${digest}`);
    piped('as cert_create --rot-key k.key --tfw-nvctr 1 --tb-fw /dev/stdin --tb-fw-cert o.crt');
    expect(cli('cert show o.crt').stdout).toContain(`tb-fw  sha256 ${digest}`);
    piped('fip create g nt-fw=/dev/stdin');
    piped('as fiptool create --nt-fw /dev/stdin h');
    for (const fip of ['g', 'h']) expect(cli(`fip info ${fip} --hash`).stdout).toContain(digest);
    const listed = runOk('sh', ['-c', `cat g | "$0" "$1" fip info /dev/stdin`, process.execPath, BIN], { cwd }).stdout;
    expect(listed).toContain('1 images');
  });

  interop(['openssl'], 'with a root key that is elsewhere', async () => {
    const { cwd, cli } = await sample();
    for (const key of ['tw', 'ntw', 'soc', 'nt']) await makeKey(cwd, key);
    const keys = ['trusted-world-key=tw', 'non-trusted-world-key=ntw', 'soc-fw-key=soc', 'nt-fw-key=nt'];
    const line = `cert create ${images} --nv-counter 3 --public rot-key=k.pub ${keys.map((key) => `--key ${key}.key`).join(' ')} --out certs`;
    expect(cli(line).stderr).toContain('only its public key was given');
    expect(cli(`${line} --request r.json`).status).toBe(0);
    const request = JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8')) as RequestJson;
    expect(request.requests.map(({ id }) => id)).toEqual(['tb-fw-cert', 'trusted-key-cert']);
    for (const row of request.requests) {
      writeFileSync(join(cwd, 'digest'), Buffer.from(row.digest, 'hex'));
      runOk('openssl', ['pkeyutl', '-sign', '-inkey', 'k.key', '-in', 'digest', '-out', 'sig'], { cwd });
      row.signature = readFileSync(join(cwd, 'sig'), 'base64');
    }
    writeFileSync(join(cwd, 'r.json'), JSON.stringify(request));
    expect(cli(`${line} --apply r.json`)).toMatchObject({ status: 0, stderr: '' });
    cli(`fip create g ${packed}`);
    expect(cli('fip verify g --cot tbbr --rotpk k.pub --nv-counter 3').status).toBe(0);
  });

  test.each([
    [
      'an image that no certificate speaks of',
      'cert create rot-cert=tb-fw',
      2,
      'no certificate of tbbr vouches for it',
    ],
    ['a key of another chain', 'cert create tb-fw=tb-fw --key prot-key=k.key', 2, 'prot-key is not a key of tbbr'],
    ['no key', 'cert create tb-fw=tb-fw --nv-counter 1', 2, 'rot-key signs tb-fw-cert: give it by --key'],
    ['no counter', 'cert create tb-fw=tb-fw --key rot-key=k.key', 2, 'tfw-nvctr'],
    [
      'a counter that is no number',
      'cert create tb-fw=tb-fw --key rot-key=k.key --nv-counter abc',
      2,
      'not a whole number',
    ],
    ['a counter beyond four bytes', 'cert create tb-fw=tb-fw --key rot-key=k.key --nv-counter 4294967296', 2, 'above'],
    [
      'a certificate without its image',
      'cert create --cert tos-fw-cert --nv-counter 1 --new-keys P-256',
      2,
      'tos-fw-cert has to vouch for tos-fw, which was not given',
    ],
    ['an image twice', 'cert create tb-fw=tb-fw tb-fw=nt-fw --nv-counter 1 --key rot-key=k.key', 2, 'given twice'],
    ['a key twice', 'cert create tb-fw=tb-fw --nv-counter 1 --key rot-key=k.key --key rot-key=x', 2, 'given twice'],
    [
      'a key that is here and elsewhere',
      'cert create tb-fw=tb-fw --key rot-key=k.key --public rot-key=k.pub',
      2,
      'twice',
    ],
    [
      'a counter twice',
      'fip verify f --cot tbbr --rotpk k.pub --nv-counter tfw=9 --nv-counter tfw-nvctr=1',
      2,
      'twice',
    ],
    ['every counter twice', 'fip verify f --cot tbbr --rotpk k.pub --nv-counter 9 --nv-counter 1', 2, 'twice'],
    ['an anchor twice', 'fip verify f --cot tbbr --rotpk k.pub --anchor rot-key=k.pub', 2, 'given twice'],
    ...['-5', '0', '1.5', '2800001', 'x'].map(
      (days) =>
        [
          `${days} days`,
          `cert create tb-fw=tb-fw --nv-counter 1 --key rot-key=k.key --days ${days}`,
          2,
          '--days: ',
        ] as const,
    ),
    ['nothing to make', 'cert create --key rot-key=k.key', 2, 'an image (IMAGE=FILE)'],
    ['a certificate that is none', 'cert show k.pub', 1, 'pki/'],
  ] as const)('%s', async (_, line, status, says) => {
    const { cli } = await sample();
    const ran = cli(line);
    expect(ran).toMatchObject({ status, stdout: '' });
    expect(ran.stderr).toContain(says);
  });
});

interface RequestJson {
  readonly requests: [RequestRow, ...RequestRow[]];
}

interface RequestRow {
  readonly id: string;
  readonly digest: string;
  readonly ranges?: readonly object[];
  signature: string | null;
}
