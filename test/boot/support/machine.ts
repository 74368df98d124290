import { spawn } from 'node:child_process';
import { runOk } from '../../support/program.ts';

/** What a machine is made of: all paths of files, none of which it writes to. */
export interface Machine {
  readonly uBoot: string;
  /** U-Boot's control device tree: it carries the trusted keys and the boot command. */
  readonly controlDtb: string;
  /** The virtio disks: /dev/vda and so on. */
  readonly disks: readonly string[];
}

/** How a machine ended, with all that its serial console said. */
export interface Booted {
  readonly transcript: string;
  /** False where it had to be ended because it did not power itself off in time. */
  readonly poweredOff: boolean;
}

const PROGRAM = 'qemu-system-aarch64';
/** A boot takes 3 to 25 s with emulated instructions. */
const LIMIT_SECONDS = 100;
/** Without random seeds in it the device tree is the same each time, and so is what is signed. */
const BOARD = ['-M', 'virt,dtb-randomness=off', '-cpu', 'cortex-a57', '-smp', '1', '-m', '512'];
const QUIET = ['-nographic', '-no-reboot', '-nodefaults', '-serial', 'stdio'];
const NETWORK = ['-netdev', 'user,id=network', '-device', 'virtio-net-device,netdev=network'];

/**
 * Writes the device tree that QEMU would hand to the firmware. The firmware must be named for it: without one, QEMU
 * describes a second flash that is not there when U-Boot runs from the first, and Linux dies on it.
 */
export function dumpDeviceTree(uBoot: string, path: string): void {
  const [board, machine, ...rest] = BOARD;
  runOk(PROGRAM, [board!, `${machine!},dumpdtb=${path}`, ...rest, ...QUIET, ...NETWORK, '-bios', uBoot]);
}

/** Runs a machine until it powers itself off, and for at most LIMIT_SECONDS, even if this process dies before. */
export async function boot(machine: Machine): Promise<Booted> {
  // QEMU fills the virtio slots from the last one down, Linux names what it finds from the first one up.
  const disks = machine.disks
    .toReversed()
    .flatMap((file, index) => [
      ...['-drive', `if=none,id=disk${index},file=${file},format=raw,readonly=on`],
      ...['-device', `virtio-blk-device,drive=disk${index}`],
    ]);
  const firmware = ['-bios', machine.uBoot, '-dtb', machine.controlDtb];
  const limit = ['--signal=KILL', String(LIMIT_SECONDS), PROGRAM];
  const child = spawn('timeout', [...limit, ...BOARD, ...QUIET, ...NETWORK, ...disks, ...firmware], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { transcript: Buffer.concat(said).toString('latin1').replaceAll('\r', ''), poweredOff: status === 0 };
}
