import { readVersion } from '../../shared/version.ts';
import type { CompatIo } from '../io.ts';
import { OptionError, type OptionSpec, parseOptions } from '../options.ts';
import { type Command, commands, helpText, usageText } from './fiptool/help.ts';
import { create, remove, update } from './fiptool/pack.ts';
import { info, unpack } from './fiptool/read.ts';
import { Session, ToolError, UsageError } from './fiptool/session.ts';

type Run = (session: Session, args: readonly string[]) => void | Promise<void>;

const RUN: Readonly<Record<Command, Run>> = {
  info,
  create,
  update,
  unpack,
  remove,
  version: ({ io }) => io.stdout.write(`bootwright ${readVersion()}\n`),
  help: ({ io }, [command]) => io.stdout.write(command === undefined ? usageText() : helpText(command)),
};

const verbose: OptionSpec = { name: 'verbose', letter: 'v', takesValue: false };

/**
 * fiptool of TF-A: its arguments, texts, bytes and exit codes. Where it accepts what a loader would misread, an
 * ambiguous abbreviation or a FIP whose table is not sound, this ends with 1.
 */
export async function run(args: readonly string[], io: CompatIo): Promise<number> {
  const at = args.findIndex((word) => !word.startsWith('-'));
  const global = at < 0 ? args : args.slice(0, at);
  const name = args[at];
  try {
    const { options } = parseOptions(global, [verbose]);
    const command = commands.find((known) => known === name);
    if (command === undefined) io.stdout.write(usageText());
    else return await runCommand(command, args.slice(at + 1), new Session(io, options.length > 0));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    io.stderr.write(`fiptool: ${error.message}\n`);
    io.stdout.write(usageText());
  }
  return 0;
}

async function runCommand(command: Command, args: readonly string[], session: Session): Promise<number> {
  const { io } = session;
  try {
    await RUN[command](session, args);
    return 0;
  } catch (error) {
    if (error instanceof ToolError) io.stderr.write(`ERROR: ${error.message}\n`);
    else if (error instanceof OptionError || error instanceof UsageError) {
      if (error instanceof OptionError) io.stderr.write(`${command}: ${error.message}\n`);
      io.stdout.write(helpText(command));
    } else throw error;
    return 1;
  } finally {
    session.close();
  }
}
