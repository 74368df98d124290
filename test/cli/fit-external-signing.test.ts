import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/binary/index.ts';
import { createHash, signDigest } from '../../src/crypto/index.ts';
import { makeNode, writeBlob } from '../../src/devicetree/index.ts';
import { buildFit, checkFit, openFit, trustKeys } from '../../src/fit/index.ts';
import { parseRequests, printPublicKey, printRequests } from '../../src/pki/index.ts';
import { encodeBase64 } from '../../src/pki/internal.ts';
import { bootwright } from '../support/cli.ts';
import { goodTree, hashNode, imageNode, keyFor, sample, signatureNode } from '../support/fit.ts';
import { temporaryFolder } from '../support/folder.ts';
import { interop, runOk } from '../support/program.ts';

const ENV = { SOURCE_DATE_EPOCH: '1700000000' };
const runFit = (cwd: string, env: NodeJS.ProcessEnv, ...args: readonly string[]) =>
  bootwright(['fit', ...args], { cwd, env: { ...ENV, ...env } });

async function unsigned(algo = 'sha256,rsa2048', padding = 'pkcs-1.5'): Promise<string> {
  const folder = temporaryFolder();
  const properties = { algo, padding };
  const tree = goodTree({
    images: [
      imageNode('kernel-1', { data: sample(3000, 1), type: 'kernel', os: 'linux' }, [
        hashNode(),
        signatureNode(properties),
      ]),
    ],
    configurations: ['conf-1', 'conf-2'].map((name) =>
      makeNode(name, { kernel: 'kernel-1' }, [signatureNode(properties)]),
    ),
  });
  writeFileSync(join(folder, 'a.itb'), (await buildFit(tree, { timestamp: 1 })).fit);
  return folder;
}

describe('external signing', () => {
  test('a request is answered with the key alone, and the answers attached', async () => {
    const folder = await unsigned();
    const key = await keyFor('dev');
    mkdirSync(join(folder, 'public'));
    writeFileSync(join(folder, 'public/dev.pub'), printPublicKey(key.public));
    const before = readFileSync(join(folder, 'a.itb'));
    const asked = runFit(
      folder,
      {},
      'sign',
      'a.itb',
      '--keys',
      'public',
      '--request',
      'r.json',
      '-o',
      'b.itb',
      '--json',
    );
    expect(asked).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(folder, 'a.itb')).equals(before)).toBe(true);
    const file = parseRequests(readFileSync(join(folder, 'r.json'), 'utf8'), 'r.json');
    expect(file.requests.map(({ id }) => id)).toEqual([
      '/images/kernel-1/signature-1',
      '/configurations/conf-1/signature-1',
      '/configurations/conf-2/signature-1',
    ]);

    const early = runFit(folder, {}, 'sign', 'a.itb', '--apply', 'r.json', '-o', 'b.itb');
    expect(early).toMatchObject({ status: 3, stderr: expect.stringContaining('no signature yet') });

    const requests = file.requests.map((row) => ({ ...row, signature: signDigest(key, row.scheme, row.digest) }));
    writeFileSync(join(folder, 'r.json'), printRequests({ ...file, requests }));
    expect(runFit(folder, {}, 'sign', 'a.itb', '--apply', 'r.json', '-o', 'b.itb')).toMatchObject({
      status: 0,
      stderr: '',
    });
    const signed = readFileSync(join(folder, 'b.itb'));
    const trust = trustKeys([{ path: 'dev', publicKey: key.public }]);
    expect(checkFit(signed, trust)).toMatchObject({ verdict: 'verified' });
    const raw = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as {
      requests: { ranges?: { start: number; end: number }[] }[];
    };
    for (const [i, { ranges }] of raw.requests.entries()) {
      if (ranges === undefined) continue;
      const bytes = concatBytes(ranges.map(({ start, end }) => signed.subarray(start, end)));
      expect(createHash('sha256').update(bytes).digest()).toEqual(file.requests[i]!.digest);
    }

    const swapped = requests.map((row, i) => ({ ...row, signature: requests[(i + 1) % requests.length]!.signature }));
    writeFileSync(join(folder, 'r.json'), printRequests({ ...file, requests: swapped }));
    const bad = runFit(folder, {}, 'sign', 'a.itb', '--apply', 'r.json', '-o', 'c.itb');
    expect(bad).toMatchObject({ status: 1, stderr: expect.stringContaining('pki/signature') });
  });

  test('the ranges of a request are the bytes behind its digest', async () => {
    const folder = await unsigned();
    const key = await keyFor('dev');
    writeFileSync(join(folder, 'dev.pub'), printPublicKey(key.public));
    runFit(folder, {}, 'sign', 'a.itb', '--keys', '.', '--request', 'r.json', '-o', 'b.itb');
    const asked = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as {
      requests: { digest: string; signature: string | null; ranges: { file: string; start: number; end: number }[] }[];
    };
    for (const request of asked.requests) {
      const digest = Buffer.from(request.digest, 'hex');
      request.signature = encodeBase64(signDigest(key, { kind: 'rsa-pkcs1', hash: 'sha256' }, digest));
    }
    writeFileSync(join(folder, 'r.json'), JSON.stringify(asked));
    runFit(folder, {}, 'sign', 'a.itb', '--apply', 'r.json', '-o', 'b.itb');
    const signed = readFileSync(join(folder, 'b.itb'));
    for (const { digest, ranges } of asked.requests) {
      expect(ranges.every(({ file }) => file === 'b.itb')).toBe(true);
      const bytes = concatBytes(ranges.map(({ start, end }) => signed.subarray(start, end)));
      expect(Buffer.from(createHash('sha256').update(bytes).digest()).toString('hex')).toBe(digest);
    }
  });

  test('the answers meet the initialisation vectors and salts that the request was made with', async () => {
    const folder = temporaryFolder();
    const verity = { algo: 'sha256', 'data-block-size': 4096, 'hash-block-size': 4096 };
    const tree = goodTree({
      images: [
        imageNode('kernel-1', { data: sample(3000, 1), type: 'kernel', os: 'linux' }, [
          hashNode(),
          makeNode('cipher', { algo: 'aes256', 'key-name-hint': 'aes' }),
        ]),
        ...['root-1', 'root-2'].map((name, i) =>
          imageNode(name, { data: sample(8192, i), type: 'filesystem' }, [hashNode(), makeNode('dm-verity', verity)]),
        ),
      ],
      configurations: [makeNode('conf-1', { kernel: 'kernel-1', loadables: ['root-1', 'root-2'] }, [signatureNode()])],
    });
    const key = await keyFor('dev');
    writeFileSync(join(folder, 'a.itb'), writeBlob(tree));
    writeFileSync(join(folder, 'aes.bin'), sample(32, 9), { mode: 0o600 });
    writeFileSync(join(folder, 'dev.pub'), printPublicKey(key.public));
    const sign = (...args: readonly string[]) =>
      runFit(folder, {}, 'sign', 'a.itb', '--keys', '.', '-o', 'b.itb', '--external', '--align', '0x1000', ...args);
    expect(sign('--request', 'r.json')).toMatchObject({ status: 0, stderr: '' });
    const file = parseRequests(readFileSync(join(folder, 'r.json'), 'utf8'), 'r.json');
    const requests = file.requests.map((row) => ({ ...row, signature: signDigest(key, row.scheme, row.digest) }));
    writeFileSync(join(folder, 'r.json'), printRequests({ ...file, requests }));
    expect(sign('--apply', 'r.json')).toMatchObject({ status: 0, stderr: '' });
    const signed = readFileSync(join(folder, 'b.itb'));
    expect(checkFit(signed, trustKeys([{ path: 'dev', publicKey: key.public }]))).toMatchObject({
      verdict: 'verified',
    });
    const images = openFit(signed).root.child('images')!;
    const drawn = [
      images.child('kernel-1')!.child('cipher')!.property('iv')!.value,
      ...['root-1', 'root-2'].map((name) => images.child(name)!.child('dm-verity')!.property('salt')!.value),
    ].map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(new Set(drawn).size).toBe(3);
    expect(Object.values(file.settings).slice(1)).toEqual(drawn);
  });

  interop(['openssl'], 'an encrypted key opens with its passphrase, and with nothing else', async () => {
    const folder = await unsigned();
    runOk('openssl', ['genrsa', '-aes256', '-passout', 'pass:secret', '-out', join(folder, 'dev.key'), '2048']);
    const sign = (env: NodeJS.ProcessEnv) => runFit(folder, env, 'sign', 'a.itb', '--keys', '.', '-o', 'b.itb');
    expect(sign({})).toMatchObject({ status: 1, stderr: expect.stringContaining('crypto/passphrase') });
    const wrong = sign({ BOOTWRIGHT_PASSPHRASE: 'x' });
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('crypto/passphrase') });
    expect(sign({ BOOTWRIGHT_PASSPHRASE: 'secret' })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a key in a PKCS#11 token', () => {
  for (const [algo, padding, type] of [
    ['sha256,rsa2048', 'pkcs-1.5', 'rsa:2048'],
    ['sha512,rsa2048', 'pss', 'rsa:2048'],
    ['sha256,ecdsa256', 'pkcs-1.5', 'EC:prime256v1'],
  ] as const) {
    interop(['softhsm2-util', 'pkcs11-tool'], `signs with ${algo}, ${padding}`, async () => {
      const folder = await unsigned(algo, padding);
      mkdirSync(join(folder, 'tokens'));
      writeFileSync(
        join(folder, 'softhsm.conf'),
        `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\n`,
      );
      const env = { SOFTHSM2_CONF: join(folder, 'softhsm.conf'), BOOTWRIGHT_PIN: '1234' };
      runOk('softhsm2-util', ['--init-token', '--free', '--label', 'boot', '--pin', '1234', '--so-pin', '4321'], {
        env,
      });
      const module = '/usr/lib/softhsm/libsofthsm2.so';
      runOk(
        'pkcs11-tool',
        [
          '--module',
          module,
          '--token-label',
          'boot',
          '--login',
          '--pin',
          '1234',
          '--keypairgen',
          '--key-type',
          type,
          '--label',
          'dev',
          '--id',
          '01',
        ],
        { env },
      );
      const uri = `pkcs11:token=boot;object=dev?module-path=${module}`;
      const signed = runFit(folder, env, 'sign', 'a.itb', '--key', uri, '-o', 'b.itb', '--json');
      expect(signed).toMatchObject({ status: 0, stderr: '' });
      const spki = join(folder, 'dev.der');
      runOk(
        'pkcs11-tool',
        [
          '--module',
          module,
          '--token-label',
          'boot',
          '--read-object',
          '--type',
          'pubkey',
          '--label',
          'dev',
          '--output-file',
          spki,
        ],
        { env },
      );
      expect(runFit(folder, env, 'verify', 'b.itb', '--key', 'dev.der')).toMatchObject({ status: 0 });
      const missing = runFit(folder, env, 'sign', 'a.itb', '--key', uri.replace('dev', 'nobody'), '-o', 'c.itb');
      expect(missing).toMatchObject({ status: 3, stderr: expect.stringContaining('crypto/key-missing') });
      const wrong = runFit(folder, { ...env, BOOTWRIGHT_PIN: '9999' }, 'sign', 'a.itb', '--key', uri, '-o', 'c.itb');
      expect(wrong).toMatchObject({ status: 1, stderr: expect.stringMatching(/the PIN is wrong .*\[crypto\/pin\]/) });
    });
  }
});
