import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFiles, formatFiles } from '../../src/verity/files.node.ts';
import { formatVerity } from '../../src/verity/index.ts';
import { expectFaultAsync } from '../support/fault.ts';
import { makeFifo } from '../support/fifo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noise, SALT, UUID } from './sample.ts';

function files(size: number) {
  const folder = temporaryFolder();
  const content = noise(size);
  const data = join(folder, 'data');
  writeFileSync(data, content);
  return { folder, content, data, hash: join(folder, 'hash') };
}

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

describe('files', () => {
  test.each([
    [{}],
    [{ format: 0 }],
    [{ format: 0, algorithm: 'sha1', salt: new Uint8Array(256).fill(7) }],
    [{ algorithm: 'sha384', dataBlockSize: 512, hashBlockSize: 1024 }],
    [{ algorithm: 'blake2b-512', dataBlockSize: 131_072, salt: new Uint8Array() }],
    [{ dataBlockSize: 1024, hashBlockSize: 65_536 }],
  ] as const)('the fast path gives the same bytes, case %#', async (change) => {
    const { content, data, hash } = files(3 << 20);
    const options = { salt: SALT, uuid: UUID, ...change };
    const made = await formatFiles({ data, hash, ...options });
    const want = formatVerity({ data: content, ...options });
    expect(made.rootHash).toBe(want.rootHash);
    expect(Buffer.compare(bytesOf(hash), want.hash)).toBe(0);
    const report = await checkFiles({ data, hash, rootHash: made.rootHash, parameters: made.parameters });
    expect(report.verdict).toBe('verified');
  });

  test('several threads give the same bytes and find the same bad blocks', async () => {
    const { content, data, hash } = files(20 << 20);
    const seen: number[] = [];
    const made = await formatFiles({
      data,
      hash,
      salt: SALT,
      uuid: UUID,
      threads: 3,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    const want = formatVerity({ data: content, salt: SALT, uuid: UUID });
    expect(Buffer.compare(bytesOf(hash), want.hash)).toBe(0);
    expect(Math.max(...seen)).toBe(1);
    for (const block of [0, 300, 301, 5119]) content[block * 4096]! ^= 1;
    writeFileSync(data, content);
    const options = { data, hash, rootHash: made.rootHash, parameters: made.parameters, threads: 3 };
    const report = await checkFiles(options);
    expect(report.bad.map(({ first, blocks }) => [first, blocks])).toEqual([
      [0, 1],
      [300, 2],
      [5119, 1],
    ]);
    const range = { first: 2, count: 100 };
    expect((await checkFiles({ ...options, range })).verdict).toBe('verified');
  });

  test('a stale tail of an older, longer hash file goes', async () => {
    const { data, hash } = files(40_960);
    writeFileSync(hash, new Uint8Array(1 << 20).fill(9));
    await formatFiles({ data, hash, salt: SALT, uuid: UUID });
    expect(bytesOf(hash).length).toBe(8192);
  });

  test('data and tree in one file', async () => {
    const { content, data } = files(300 * 4096);
    const hashOffset = 300 * 4096;
    const made = await formatFiles({ data, hash: data, hashOffset, salt: SALT, uuid: UUID });
    expect(made.parameters.dataBlocks).toBe(300);
    const all = bytesOf(data);
    expect(Buffer.compare(all.subarray(0, hashOffset), content)).toBe(0);
    const options = { data, hash: data, hashOffset, rootHash: made.rootHash, parameters: made.parameters };
    expect((await checkFiles(options)).verdict).toBe('verified');
  });

  test('refuses one file in two roles, and keeps it', async () => {
    const { content, data } = files(40_960);
    await expectFaultAsync(() => formatFiles({ data, hash: data, salt: SALT }), 'verity/overlap', { offset: 0 });
    await expectFaultAsync(
      () => formatFiles({ data, hash: data, hashOffset: 8192, dataBlocks: 10, salt: SALT }),
      'verity/overlap',
      { first: 'data', second: 'hash', offset: 8192 },
    );
    expect(Buffer.compare(bytesOf(data), content)).toBe(0);
  });

  test('refuses error correction data over the data or the tree', async () => {
    const { content, data, hash } = files(40_960);
    const fec = (path: string, offset: number) => ({
      data,
      hash,
      salt: SALT,
      uuid: UUID,
      fec: { path, offset, roots: 2 },
    });
    await expectFaultAsync(() => formatFiles(fec(data, 0)), 'verity/overlap', {
      second: 'error correction',
      offset: 0,
    });
    await expectFaultAsync(() => formatFiles(fec(hash, 4096)), 'verity/overlap', { first: 'hash', offset: 4096 });
    await expectFaultAsync(() => formatFiles(fec(`${hash}.fec`, 100)), 'verity/parameter', { name: 'fecOffset' });
    expect(Buffer.compare(bytesOf(data), content)).toBe(0);
    // Everything is checked before anything is written.
    expect(existsSync(hash)).toBe(false);
  });

  test('error correction data right behind the tree in its own file leave the tree', async () => {
    const { data, hash } = files(40_960);
    const fec = { path: hash, offset: 8192, roots: 2 };
    const { rootHash, parameters } = await formatFiles({ data, hash, salt: SALT, uuid: UUID, fec });
    const report = await checkFiles({ data, hash, rootHash, parameters, fec });
    expect(report).toMatchObject({ verdict: 'verified', parity: [] });
  });

  test('a failure while error correction data are made keeps the tree that is there', async () => {
    const { folder, data, hash } = files(40_960);
    await formatFiles({ data, hash, salt: SALT, uuid: UUID });
    const before = bytesOf(hash);
    const pipe = join(folder, 'pipe');
    makeFifo(pipe);
    const fec = { path: pipe, offset: 0, roots: 2 };
    await expectFaultAsync(() => formatFiles({ data, hash, salt: new Uint8Array(), uuid: UUID, fec }), 'file/read');
    expect(Buffer.compare(bytesOf(hash), before)).toBe(0);
  });

  test('says what bytes behind the data and behind the tree nothing covers', async () => {
    const { content, data, hash } = files(40_960);
    const { rootHash, parameters } = await formatFiles({ data, hash, salt: SALT, uuid: UUID });
    writeFileSync(data, Buffer.concat([content, Buffer.from('garbage')]));
    writeFileSync(hash, Buffer.concat([bytesOf(hash), Buffer.from('!')]));
    const report = await checkFiles({ data, hash, rootHash, parameters });
    expect(report.verdict).toBe('verified');
    expect(report.trailing).toEqual([
      { area: 'data', offset: 40_960, size: 7 },
      { area: 'hash', offset: 8192, size: 1 },
    ]);
  });

  test('refuses a FIFO, a folder and what is not there', async () => {
    const { folder, data, hash } = files(4096);
    const pipe = join(folder, 'pipe');
    makeFifo(pipe);
    const reason = 'it is neither a regular file nor a block device';
    await expectFaultAsync(() => formatFiles({ data: pipe, hash, salt: SALT }), 'file/read', { file: pipe, reason });
    await expectFaultAsync(() => formatFiles({ data: folder, hash, salt: SALT }), 'file/read', { reason });
    await expectFaultAsync(() => formatFiles({ data: join(folder, 'no'), hash, salt: SALT }), 'file/read');
    await expectFaultAsync(() => formatFiles({ data, hash: join(folder, 'no/hash'), salt: SALT }), 'file/write');
  });

  test('a hash file that shrinks is a fault with its offset', async () => {
    const { data, hash } = files(400 * 4096);
    const { rootHash, parameters } = await formatFiles({ data, hash, salt: SALT, uuid: UUID });
    truncateSync(hash, 8192);
    await expectFaultAsync(() => checkFiles({ data, hash, rootHash, parameters }), 'binary/truncated', {
      path: 'hash',
      offset: 4096,
      need: 5 * 4096,
      have: 4096,
    });
  });
});
