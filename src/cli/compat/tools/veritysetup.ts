import { describeError } from '../../shared/exit.ts';
import { readVersion } from '../../shared/version.ts';
import type { CompatIo } from '../io.ts';
import { dump, format, verify } from './veritysetup/actions.ts';
import { Refusal, readOptions } from './veritysetup/options.ts';
import { textOfFault } from './veritysetup/text.ts';

/**
 * veritysetup's actions that need no kernel: `format`, `verify` and `dump`, with its text and its exit codes
 * (1 wrong parameters, 2 a block that does not verify, 4 no such device). Where it accepts what it must not, this
 * fails: see docs/verity.md.
 */
export async function run(args: readonly string[], io: CompatIo): Promise<number> {
  try {
    return await act(args, io);
  } catch (error) {
    const { status, text } =
      error instanceof Refusal ? { status: error.status, text: error.message } : textOfFault(error);
    io.stderr.write(`${text ?? describeError(error)}\n`);
    return status;
  }
}

const ACTIONS = { format, verify, dump } as const;
/** How many words an action needs; the original does not look at more. */
const WORDS = {
  format: { fewest: 2, usage: '<data_device> <hash_device>', refused: ['root-hash-signature'] },
  verify: { fewest: 2, usage: '<data_device> <hash_device> [<root_hash>]', refused: ['root-hash-signature'] },
  dump: { fewest: 1, usage: '<hash_device>', refused: ['root-hash-signature', 'root-hash-file'] },
} as const;

async function act(args: readonly string[], io: CompatIo): Promise<number> {
  const options = readOptions(args);
  const asked = [...options.values.keys()].find((name) => name === 'help' || name === 'version');
  if (asked !== undefined) {
    io.stdout.write(asked === 'help' ? `${USAGE}\n` : `bootwright ${readVersion()}\n`);
    return 0;
  }
  const [action, ...words] = options.words;
  if (action === undefined) throw new Refusal('veritysetup: Argument <action> missing.');
  if (action !== 'format' && action !== 'verify' && action !== 'dump') {
    const needsKernel = ['open', 'create', 'close', 'remove', 'status'].includes(action);
    throw new Refusal(
      `veritysetup: ${needsKernel ? `${action} needs the kernel; this tool works on files.` : 'Unknown action.'}`,
    );
  }
  const { fewest, usage, refused } = WORDS[action];
  if (words.length < fewest) {
    throw new Refusal(`veritysetup: ${action}: requires ${usage} as arguments`);
  }
  const unwanted = refused.find((name) => options.values.has(name));
  if (unwanted !== undefined) {
    throw new Refusal(`veritysetup: Option --${unwanted} is not allowed with ${action} action.`);
  }
  const status = await ACTIONS[action](words, options, io);
  if (status === 0 && options.values.has('verbose')) io.stdout.write('Command successful.\n');
  return status;
}

const USAGE = [
  'Usage: bootwright as veritysetup [OPTION...] <action> <action-specific>',
  '',
  ...Object.entries(WORDS).map(([name, { usage }]) => `  ${name} ${usage}`),
].join('\n');
