import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { ARTIFACT_NAMES, type BootReport } from '../../src/boot/index.ts';
import { interop } from '../support/program.ts';
import { buildChainIn, type Chain, copyChain, withErofsRoot } from './support/chain.ts';
import { runBootwright, startServer } from './support/command.ts';
import { NOTHING_BOOTED } from './support/control-tree.ts';
import { SERVER_ADDRESS } from './support/inputs.ts';
import { type Booted, boot } from './support/machine.ts';
import { refusals } from './support/refusals.ts';
import { leadHashedNodesAway } from './support/tamper.ts';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'mkfs.erofs', 'mksquashfs', 'qemu-system-aarch64', 'timeout'];

describe('a chain for QEMU, with Debian’s U-Boot and Linux', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bootwright-boot-'));
  let chain: Chain;
  const compared = [row('', 'verify', 'boot (software)', 'the machine')];

  beforeAll(() => {
    chain = buildChainIn(folder);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    for (const row of compared) process.stdout.write(`${row}\n`);
  });

  for (const { name, choose, magic, at } of ROOTS) {
    interop(PROGRAMS, `is verified, served and booted, its root ${name}`, async () => {
      const { folder: out, trust } = choose(chain);
      expect(readFileSync(join(out, ARTIFACT_NAMES.rootfs)).readUInt32LE(at)).toBe(magic);
      await startServer('serve', out, '--trust', trust, '--bind', SERVER_ADDRESS);
      const said = await verdicts(chain, out);
      expect(said).toEqual([ACCEPTED, ACCEPTED]);
      const { transcript, poweredOff } = await bootMachine(chain, out);
      expect(transcript).toMatch(/sha256,rsa2048:kernel\+ OK[\s\S]*Starting kernel[\s\S]*\nBOOT OK\n/);
      expect(poweredOff).toBe(true);
      compared.push(row(`nothing (${name})`, ...said.map(({ verdict }) => verdict), lastWords(transcript)));
    });
  }

  interop(
    PROGRAMS,
    'is refused by the device in software where it is too old; U-Boot has no such counter',
    async () => {
      await startServer('serve', chain.folder, '--trust', chain.trust, '--bind', SERVER_ADDRESS);
      const counter = join(folder, 'counter');
      for (const [stage, asked, held] of [
        ['firmware', '2', '{ "version": 1, "firmware": 2, "kernel": 1 }'],
        ['kernel', 'kernel=2', '{ "version": 1, "firmware": 1, "kernel": 2 }'],
      ] as const) {
        writeFileSync(counter, held);
        const tooOld = { status: 1, verdict: 'refused', stage, code: 'boot/rollback' };
        const said = await verdicts(chain, chain.folder, ['--rollback', asked], ['--counter', counter]);
        expect(said).toEqual([tooOld, tooOld]);
      }
    },
  );

  // Debian's U-Boot 2023.01 has the fix, so the machine below refuses what the release of that number takes.
  interop(PROGRAMS, 'passes U-Boot as it was released before CVE-2026-46728 was fixed', async () => {
    const altered = mkdtempSync(join(folder, 'altered-'));
    const fit = leadHashedNodesAway('ramdisk', Buffer.from('not the signed one'))(chain.delivered.fit);
    copyChain(chain, altered, { fit });
    const asked = ['u-boot@2023.01', 'u-boot@2025.10', 'u-boot@2026.04'].map((target) =>
      runBootwright('verify', altered, '--trust', chain.trust, '--as', target),
    );
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([0, 0, 1]);
  });

  for (const { name, change, stage, code, console } of refusals) {
    interop(PROGRAMS, `is refused by the ${MACHINE_STAGE[stage]}: ${name}`, async () => {
      const altered = mkdtempSync(join(folder, 'altered-'));
      onTestFinished(() => rmSync(altered, { recursive: true, force: true }));
      copyChain(chain, altered, await change(chain.delivered, chain.owner));

      const served = await runBootwright('serve', altered, '--trust', chain.trust, '--bind', SERVER_ADDRESS);
      expect([served.status, served.stderr]).toEqual([1, expect.stringContaining('boot/not-served')]);

      await startServer('tftp', 'serve', altered, '--bind', SERVER_ADDRESS);
      const [said, { transcript, poweredOff }] = await Promise.all([
        verdicts(chain, altered),
        bootMachine(chain, altered),
      ]);
      const refused = { status: 1, verdict: 'refused', stage, code };
      expect(said).toEqual([refused, refused]);
      expect(transcript).toMatch(new RegExp(console.map(({ source }) => source).join('[\\s\\S]*')));
      expect(transcript.includes('Starting kernel')).toBe(stage === 'rootfs');
      expect(transcript.includes(NOTHING_BOOTED)).toBe(stage === 'kernel');
      expect(transcript).not.toContain('BOOT OK');
      expect(poweredOff).toBe(true);
      compared.push(row(name, ...said.map((verdict) => verdict.code ?? ''), lastWords(transcript)));
    });
  }
});

/** What the root may be, and by which number in its superblock it is known (Linux, SQUASHFS_MAGIC and EROFS_SUPER_MAGIC_V1). */
const ROOTS = [
  { name: 'squashfs', choose: (chain: Chain) => chain, magic: 0x7371_7368, at: 0 },
  { name: 'erofs', choose: withErofsRoot, magic: 0xe0f5_e1e2, at: 1024 },
] as const;

/** Who on the machine refuses a stage: the program before it. */
const MACHINE_STAGE = { kernel: 'boot loader', rootfs: 'kernel' } as const;

const ACCEPTED: Verdict = { status: 0, verdict: 'verified', stage: undefined, code: undefined };

interface Verdict {
  readonly status: number | null;
  readonly verdict: BootReport['verdict'];
  readonly stage: BootReport['stage'];
  readonly code: string | undefined;
}

/** What the verifier says of a folder, and what the device in software says of the same files from the server. */
async function verdicts(
  chain: Chain,
  folder: string,
  verifyOptions: readonly string[] = [],
  bootOptions: readonly string[] = [],
): Promise<Verdict[]> {
  const options = ['--trust', chain.trust, '--json'];
  const verified = await runBootwright('verify', folder, ...options, ...verifyOptions);
  const booted = await runBootwright('boot', `tftp://${SERVER_ADDRESS}/`, ...options, ...bootOptions);
  return [verified, booted].map(({ status, stdout, stderr }) => {
    if (stdout === '') throw new Error(stderr);
    const { verdict, stage, steps } = JSON.parse(stdout) as BootReport;
    return { status, verdict, stage, code: steps.find((step) => step.verdict === 'refused')?.fault?.code };
  });
}

/** A line of the comparison: what was altered, and what each of the three says of it. */
function row(altered: string, ...said: readonly string[]): string {
  return [altered.padEnd(66), ...said.slice(0, -1).map((text) => text.padEnd(20)), ...said.slice(-1)].join(' ');
}

/** The line of the console that says how it ended. */
function lastWords(transcript: string): string {
  return (
    transcript.split('\n').findLast((line) => /^(BOOT (OK|REFUSED)|Bad hash|Failed to verify|Could not)/.test(line)) ??
    ''
  );
}

function bootMachine(chain: Chain, folder: string): Promise<Booted> {
  const { rootfs, rootfsTree } = ARTIFACT_NAMES;
  return boot({ ...chain, disks: [join(folder, rootfs), join(folder, rootfsTree)] });
}
