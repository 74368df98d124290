import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { interop } from '../support/program.ts';
import { INPUT, SERVER_ADDRESS, writeInputs } from './support/inputs.ts';
import { boot } from './support/machine.ts';
import { buildWithDebianTools } from './support/mkimage-chain.ts';

const PROGRAMS = ['apt-get', 'dpkg-deb', 'mksquashfs', 'qemu-system-aarch64', 'mkimage', 'veritysetup', 'dnsmasq'];

interop(PROGRAMS, 'a chain of Debian’s own tools boots', async () => {
  const folder = temporaryFolder();
  writeInputs(folder);
  buildWithDebianTools(folder);
  serve(folder);
  const { transcript, poweredOff } = await boot({
    uBoot: join(folder, INPUT.uBoot),
    controlDtb: join(folder, INPUT.controlDtb),
    disks: [join(folder, INPUT.root), join(folder, 'root.verity')],
  });
  expect(transcript).toMatch(/sha256,rsa2048:board\+ OK[\s\S]*\nBOOT OK\n/);
  expect(poweredOff).toBe(true);
});

function serve(folder: string): void {
  const tftp = ['--enable-tftp', `--tftp-root=${folder}`, `--listen-address=${SERVER_ADDRESS}`, '--bind-interfaces'];
  const server = spawn('dnsmasq', ['--no-daemon', '--port=0', ...tftp, '--user=root'], { stdio: 'ignore' });
  onTestFinished(() => {
    server.kill();
  });
}
