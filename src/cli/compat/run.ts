import { Fault } from '../../fault.ts';
import { describeError, EXIT } from '../exit.ts';
import type { CompatIo } from './io.ts';
import { personalities } from './names.ts';

/** `bootwright as NAME ARGS…`: the arguments go to the personality untouched. Gives the exit code. */
export async function runAs(args: readonly string[], io: CompatIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(usageText());
    return name === undefined ? EXIT.usage : EXIT.good;
  }
  const personality = Object.hasOwn(personalities, name) ? personalities[name] : undefined;
  if (personality === undefined) {
    io.stderr.write(`bootwright: no tool called ${name}\n${usageText()}`);
    return EXIT.usage;
  }
  try {
    const { run } = await personality.load();
    return await run(rest, io);
  } catch (error) {
    // The originals end with 1 on every failure; a personality that knows better returns its code.
    io.stderr.write(`${describeError(error)}\n`);
    return error instanceof Fault ? EXIT.refused : EXIT.inputOutput;
  }
}

function usageText(): string {
  const rows = Object.entries(personalities).map(([name, { brief }]) => `  ${name.padEnd(20)} ${brief}`);
  return ['usage: bootwright as NAME ARGS…', '', 'Takes the place of another tool:', ...rows, ''].join('\n');
}
