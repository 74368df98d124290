import type { CompatIo } from '../../src/cli/compat/io.ts';
import { compatTools } from '../../src/cli/compat/names.ts';

export interface CompatRan {
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Runs a tool in this process; file names are relative to its current folder. */
export async function runCompat(name: string, args: readonly string[], stdin = new Uint8Array(0)): Promise<CompatRan> {
  const tool = compatTools[name];
  if (tool === undefined) throw new Error(`there is no tool ${name}`);
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  const sink = (list: Uint8Array[]): CompatIo['stdout'] => ({ write: (text) => void list.push(Buffer.from(text)) });
  const { run } = await tool.load();
  const io: CompatIo = { stdout: sink(stdout), stderr: sink(stderr), env: process.env, stdin: async () => stdin };
  const status = await run(args, io);
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('latin1') };
}
