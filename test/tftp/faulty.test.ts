import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/binary/index.ts';
import { type FileSink, MemoryWritableFile, memoryFile, memorySource } from '../../src/tftp/file.ts';
import { fetchTftp, sendTftp, serveTftp } from '../../src/tftp/node.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runBeside } from '../support/peer.ts';
import { interop } from '../support/program.ts';
import { badNetwork } from '../support/proxy.ts';

const file = Uint8Array.from({ length: 60_000 }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
const retry = {
  initialDelayMs: 60,
  minDelayMs: 20,
  maxDelayMs: 200,
  maxRetries: 30,
  maxInitialRetries: 30,
  dallyMs: 300,
};

const weathers = [
  ['drops', { drop: 0.1, duplicate: 0, reorder: 0, delayMs: 0 }],
  ['doubles', { drop: 0, duplicate: 0.5, reorder: 0, delayMs: 0 }],
  ['overtakes', { drop: 0, duplicate: 0, reorder: 0.5, delayMs: 1 }],
  ['does all of it', { drop: 0.05, duplicate: 0.2, reorder: 0.2, delayMs: 1 }],
] as const;

describe.each(weathers)('through a network that %s', (_name, weather) => {
  test.each([1, 8])('a file is fetched and stored whole, window %i', async (windowSize) => {
    const kept: Uint8Array[] = [];
    using server = serveTftp({ source: memorySource({ file }), sink: keep(kept), port: 0, retry });
    const port = await badNetwork(server.local, weather, 7 * windowSize);
    const settings = { host: '127.0.0.1', port, blockSize: 1024, windowSize, retry };
    expect(equalBytes(await fetchTftp({ ...settings, name: 'file' }), file)).toBe(true);
    await sendTftp({ ...settings, name: 'up', file: memoryFile(file) });
    expect(kept).toHaveLength(1);
    expect(equalBytes(kept[0]!, file)).toBe(true);
  });
});

describe('others through a bad network', () => {
  const [, weather] = weathers[3];
  // curl asks for six seconds between retransmissions, which each loss would cost: nothing is lost here.
  const small = file.subarray(0, 9000);

  interop(['curl', 'atftp'], 'what curl and atftp fetch is whole, or atftp says that it failed', async () => {
    using server = serveTftp({ source: memorySource({ file: small }), port: 0, retry });
    const port = await badNetwork(server.local, { ...weather, drop: 0 }, 5);
    const folder = temporaryFolder();
    const curl = await runBeside('curl', ['-s', '--tftp-blksize', '1024', `tftp://127.0.0.1:${port}/file`, '-o', 'a'], {
      cwd: folder,
    });
    const options = ['--option', 'blksize 1024', '--option', 'windowsize 8', '--tftp-timeout', '1'];
    const atftp = await runBeside('atftp', ['-g', '-r', 'file', '-l', 'b', ...options, '127.0.0.1', String(port)], {
      cwd: folder,
    });
    expect(curl.status).toBe(0);
    expect(equalBytes(readFileSync(join(folder, 'a')), small)).toBe(true);
    // atftp 0.8 gives up (255) where a block that comes late meets a window that is over.
    expect([0, 255]).toContain(atftp.status);
    if (atftp.status === 0) expect(equalBytes(readFileSync(join(folder, 'b')), small)).toBe(true);
  });

  interop(['curl'], 'what curl stores is whole, or curl says that it failed', async () => {
    const kept: Uint8Array[] = [];
    using server = serveTftp({ source: memorySource({}), sink: keep(kept), port: 0, retry });
    const port = await badNetwork(server.local, { ...weather, drop: 0 }, 9);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), small);
    const { status } = await runBeside('curl', ['-s', '-T', 'file', `tftp://127.0.0.1:${port}/file`], { cwd: folder });
    // curl 7.88 sends a block again for every duplicate acknowledgement, and gives up after a number of them.
    expect([0, 55]).toContain(status);
    if (status === 0) expect(kept).toHaveLength(1);
    expect(kept.every((bytes) => equalBytes(bytes, small))).toBe(true);
  });
});

function keep(kept: Uint8Array[]): FileSink {
  return {
    create() {
      const into = new MemoryWritableFile(1 << 20);
      return { write: (bytes) => into.write(bytes), commit: () => void kept.push(into.bytes), abort: () => {} };
    },
  };
}
