import process from 'node:process';
import {
  type Application,
  buildApplication,
  buildCommand,
  buildRouteMap,
  type CommandContext,
  generateHelpTextForAllCommands,
  type RouteMap,
  run,
  text_en,
} from '@stricli/core';
import { concatBytes } from '../binary/index.ts';
import { removeTemporariesOnSignals } from '../file/index.ts';
import type { CompatIo } from './compat/io.ts';
import { runAs } from './compat/run.ts';
import { rootHelp } from './help.ts';
import { asBrief, type Noun, nouns } from './nouns.ts';
import type { Context } from './shared/context.ts';
import { describeError, exitFromLibrary, exitOf, jsonError } from './shared/exit.ts';
import { unknownCommand, usageFault } from './shared/usage-fault.ts';
import { type Route, verbsOf } from './shared/verbs.ts';
import { readVersion } from './shared/version.ts';

/** Runs the command line. Gives the exit code: 0 good, 1 refused or not verified, 2 usage, 3 input/output. */
export async function main(args: readonly string[]): Promise<number> {
  removeTemporariesOnSignals();
  if (!process.stdout.listeners('error').includes(ignoreClosedPipe)) process.stdout.on('error', ignoreClosedPipe);
  if (args[0] === 'as') return runAs(args.slice(1), compatIo());
  const context: Context = {
    process: { stdout: process.stdout, stderr: process.stderr, env: process.env },
  };
  await run(applicationOf(await rootRoute([args[0] ?? '']), args), args, context);
  return exitFromLibrary(Number(context.process.exitCode ?? 0));
}

/** The help text of every command, by the words that call it: what the reference is made of. */
export async function documentCommands(): Promise<readonly (readonly [route: string, help: string])[]> {
  const application = applicationOf(await rootRoute(Object.keys(nouns)), []);
  // Help reads no context; the library types it as if it might.
  const commands = generateHelpTextForAllCommands(application as unknown as Application<CommandContext>);
  return [['bootwright', rootHelp()], ...commands.filter(([route]) => route !== 'bootwright as')];
}

function applicationOf(root: RouteMap<Context>, args: readonly string[]): Application<Context> {
  const json = asksForJson(args);
  const told = new Set<string>();
  const describe = json ? jsonError : (error: unknown) => describeError(error, told);
  return buildApplication(root, {
    name: 'bootwright',
    versionInfo: { currentVersion: readVersion() },
    scanner: { caseStyle: 'allow-kebab-for-camel' },
    documentation: {
      caseStyle: 'convert-camel-to-kebab',
      useAliasInUsageLine: true,
      disableAnsiColor: json,
    },
    determineExitCode: exitOf,
    localization: {
      text: {
        ...text_en,
        exceptionWhileRunningCommand: describe,
        exceptionWhileParsingArguments: (error) => describe(usageFault(error, args)),
        noCommandRegisteredForInput: ({ input, corrections }) => describe(unknownCommand(input, corrections)),
        commandErrorResult: describe,
      },
    },
  });
}

/** Whether errors are for a program too. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
}

/** The first words of the command line; the chosen ones with their verbs. */
async function rootRoute(chosen: readonly string[]): Promise<RouteMap<Context>> {
  const routes: Record<string, Route> = {
    as: shown({ brief: asBrief }),
  };
  for (const [name, noun] of Object.entries(nouns)) {
    routes[name] = chosen.includes(name) ? await loadNoun(noun) : shown(noun);
  }
  const map = buildRouteMap<string, Context>({ routes, docs: { brief: 'Commands by what they are about' } });
  return { ...map, formatHelp: rootHelp };
}

async function loadNoun(noun: Noun): Promise<Route> {
  const loaded = await noun.load();
  return 'verbs' in loaded ? verbsOf(noun.brief, loaded.verbs) : loaded.route;
}

/** Stands in the root help for a noun that this call does not run. */
function shown(noun: Pick<Noun, 'brief'>): Route {
  return buildCommand<object, [], Context>({
    docs: { brief: noun.brief },
    parameters: {},
    func: () => {
      throw new Error(`${noun.brief}: not loaded`);
    },
  });
}

function compatIo(): CompatIo {
  return { stdout: process.stdout, stderr: process.stderr, env: process.env, stdin: readStandardInput };
}

async function readStandardInput(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of process.stdin as AsyncIterable<Uint8Array>) pieces.push(piece);
  return concatBytes(pieces);
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
