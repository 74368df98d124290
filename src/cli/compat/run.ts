import { fileURLToPath } from 'node:url';
import { Fault } from '../../fault.ts';
import { packageFile } from '../../file/index.ts';
import { cliMessage } from '../messages.ts';
import { describeError, EXIT, exitOf } from '../shared/exit.ts';
import type { CompatIo } from './io.ts';
import { compatTools } from './names.ts';
import { writeWrappers } from './wrappers.ts';

/** `bootwright as NAME ARGS…`: the arguments go to the tool untouched. Gives the exit code. */
export async function runAs(args: readonly string[], io: CompatIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(usageText());
    return name === undefined ? EXIT.usage : EXIT.good;
  }
  if (name === '--wrappers') return wrap(rest[0], io);
  const tool = Object.hasOwn(compatTools, name) ? compatTools[name] : undefined;
  if (tool === undefined) {
    io.stderr.write(`${describeError(unknownTool(name))}\n`);
    return EXIT.usage;
  }
  try {
    const { run } = await tool.load();
    return await run(rest, io);
  } catch (error) {
    // The originals end with 1 on every failure; a tool that knows better returns its code.
    io.stderr.write(`${describeError(error)}\n`);
    return error instanceof Fault ? EXIT.refused : EXIT.inputOutput;
  }
}

async function wrap(folder: string | undefined, io: CompatIo): Promise<number> {
  if (folder === undefined) {
    const reason = cliMessage('cli/flag-value-required', { flag: '--wrappers' });
    io.stderr.write(`${describeError(new Fault('cli/usage', { reason }))}\n`);
    return EXIT.usage;
  }
  try {
    const paths = await writeWrappers(folder, fileURLToPath(packageFile('bin/bootwright.js')));
    io.stdout.write(`${paths.join('\n')}\n`);
    return EXIT.good;
  } catch (error) {
    io.stderr.write(`${describeError(error)}\n`);
    return exitOf(error);
  }
}

const unknownTool = (name: string): Fault =>
  new Fault('cli/usage', { reason: cliMessage('cli/unknown-tool', { name }) });

function usageText(): string {
  const rows = Object.entries(compatTools).map(([name, { brief }]) => `  ${name.padEnd(20)} ${brief}`);
  return [
    'usage: bootwright as NAME ARGS…',
    '       bootwright as --wrappers DIR    writes a program for each of them, to put in front of PATH',
    '',
    'Takes the place of another tool:',
    ...rows,
    '',
  ].join('\n');
}
