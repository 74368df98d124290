import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { ARTIFACT_NAMES, type BootReport } from '../../src/boot/index.ts';
import { interop } from '../support/program.ts';
import { buildChainIn, type Chain, copyChain } from './support/chain.ts';
import { runBootwright, startServer } from './support/command.ts';
import { NOTHING_BOOTED } from './support/control-tree.ts';
import { SERVER_ADDRESS } from './support/inputs.ts';
import { type Booted, boot } from './support/machine.ts';
import { refusals } from './support/refusals.ts';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'mksquashfs', 'qemu-system-aarch64', 'timeout'];

describe('a chain for QEMU, with Debian’s U-Boot and Linux', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bootwright-boot-'));
  let chain: Chain;

  beforeAll(() => {
    chain = buildChainIn(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  interop(PROGRAMS, 'is verified, served and booted', async () => {
    await startServer('serve', chain.folder, '--trust', chain.trust, '--bind', SERVER_ADDRESS);
    expect(await verdicts(chain, chain.folder)).toEqual([ACCEPTED, ACCEPTED]);
    const { transcript, poweredOff } = await bootMachine(chain, chain.folder);
    expect(transcript).toMatch(/sha256,rsa2048:kernel\+ OK[\s\S]*Starting kernel[\s\S]*\nBOOT OK\n/);
    expect(poweredOff).toBe(true);
  });

  interop(
    PROGRAMS,
    'is refused by the device in software where it is too old; U-Boot has no such counter',
    async () => {
      await startServer('serve', chain.folder, '--trust', chain.trust, '--bind', SERVER_ADDRESS);
      const tooOld = { status: 1, verdict: 'refused', stage: 'kernel', code: 'boot/rollback' };
      expect(await verdicts(chain, chain.folder, ['--rollback', '2'])).toEqual([tooOld, tooOld]);
    },
  );

  for (const { name, change, stage, code, console } of refusals) {
    interop(PROGRAMS, `is refused by the ${MACHINE_STAGE[stage]}: ${name}`, async () => {
      const altered = mkdtempSync(join(folder, 'altered-'));
      onTestFinished(() => rmSync(altered, { recursive: true, force: true }));
      copyChain(chain, altered, await change(chain.delivered, chain.owner));

      const served = await runBootwright('serve', altered, '--trust', chain.trust, '--bind', SERVER_ADDRESS);
      expect([served.status, served.stderr]).toEqual([1, expect.stringContaining('boot/not-served')]);

      await startServer('tftp', 'serve', altered, '--address', SERVER_ADDRESS);
      const refused = { status: 1, verdict: 'refused', stage, code };
      expect(await verdicts(chain, altered)).toEqual([refused, refused]);

      const { transcript, poweredOff } = await bootMachine(chain, altered);
      expect(transcript).toMatch(new RegExp(console.map(({ source }) => source).join('[\\s\\S]*')));
      expect(transcript.includes('Starting kernel')).toBe(stage === 'rootfs');
      expect(transcript.includes(NOTHING_BOOTED)).toBe(stage === 'kernel');
      expect(transcript).not.toContain('BOOT OK');
      expect(poweredOff).toBe(true);
    });
  }
});

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
async function verdicts(chain: Chain, folder: string, more: readonly string[] = []): Promise<Verdict[]> {
  const options = ['--trust', chain.trust, '--json', ...more];
  const verified = await runBootwright('verify', folder, ...options);
  const booted = await runBootwright('boot', `tftp://${SERVER_ADDRESS}/`, ...options);
  return [verified, booted].map(({ status, stdout, stderr }) => {
    if (stdout === '') throw new Error(stderr);
    const { verdict, stage, steps } = JSON.parse(stdout) as BootReport;
    return { status, verdict, stage, code: steps.find((step) => step.verdict === 'refused')?.fault?.code };
  });
}

function bootMachine(chain: Chain, folder: string): Promise<Booted> {
  const { rootfs, rootfsTree } = ARTIFACT_NAMES;
  return boot({ ...chain, disks: [join(folder, rootfs), join(folder, rootfsTree)] });
}
