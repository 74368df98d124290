import { hostname } from 'node:os';
import { buildCommand } from '@stricli/core';
import {
  type BootReport,
  type BootServer,
  bootDevice,
  type ChainLock,
  parseBootServer,
  parseLock,
  raiseCounterFile,
  readCounterFile,
  sendBoardReport,
  tftpImageSource,
} from '../../boot/index.ts';
import { isReportName, printCounters, shapeOf, sizesOf } from '../../boot/internal.ts';
import { Fault, isFault } from '../../fault.ts';
import { readText } from '../../file/index.ts';
import { allowSha1Flag, boardFlag, boardOf } from '../fit/board.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson, warn } from '../shared/context.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag, optional } from '../shared/flags.ts';
import { printStep, printVerdict } from './step-text.ts';
import { readTrustOption, requiredTrustFlag, schemeFlag } from './trust.ts';

const flagTable = {
  trust: requiredTrustFlag,
  scheme: schemeFlag,
  lock: optional(
    String,
    'FILE',
    'Lock file of the build, which says how it is signed and the names and sizes of its files',
  ),
  counter: optional(
    String,
    'FILE',
    'File with the rollback counters; lower values are refused, and a verified boot raises them',
  ),
  board: boardFlag,
  allowSha1: allowSha1Flag,
  report: {
    kind: 'parsed',
    parse: String,
    inferEmpty: true,
    brief: 'Send the report to the server under this name [default: host name]',
    optional: true,
    placeholder: 'NAME',
  },
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright boot tftp://HOST/`: a device in software. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Boots a software device from a TFTP server, verifying each link',
    fullDescription: [
      'Trusts only the hash of the root of trust public key, as a device with fuses does. Exits with 1 if a link is refused and',
      'with 3 if a file cannot be fetched. --report sends the result to the server under a name, by default the host name;',
      'bootwright serve --accept-reports shows it.',
      '',
      'Example: bootwright boot tftp://127.0.0.1:6969/ --trust keys/firmware.crt',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'tftp://HOST[:PORT]/', placeholder: 'URL', parse: String }] },
    flags: flagTable,
  },
  async func({ trust, scheme, lock, counter, board, allowSha1, report: asked, json }, url) {
    const server = parseBootServer(url);
    const name = asked === undefined ? undefined : reportName(asked);
    const rotpk = await readTrustOption(trust, this.process.env);
    const built = lock === undefined ? undefined : await readRequiredLock(lock);
    const imageSource = tftpImageSource(server, built === undefined ? undefined : sizesOf(built));
    const recorded = shapeOf(built);
    const shape = { ...recorded, scheme: scheme ?? recorded.scheme };
    const rollback = counter === undefined ? {} : await readCounterFile(counter, shape.scheme);
    const observe = json ? undefined : (step: Parameters<typeof printStep>[0]) => print(this, printStep(step));
    const report = await bootDevice({
      imageSource,
      rotpk,
      anchor: { named: `--trust ${trust}` },
      ...shape,
      rollback,
      board: boardOf(board),
      allowSha1,
      ...(observe === undefined ? {} : { observe }),
    });
    if (json) printJson(this, report);
    else print(this, printVerdict(report));
    if (counter !== undefined && report.counters !== undefined) {
      const held = await raiseCounterFile(counter, shape.scheme, report.counters);
      if (!json) print(this, `counters in ${counter}: ${printCounters(held)}`);
    }
    const told = name === undefined || (await tell(this, { server, name, report }));
    if (report.verdict === 'refused') this.process.exitCode = EXIT.refused;
    else if (!told) this.process.exitCode = EXIT.inputOutput;
  },
});

/** A lock that has to be there. Faults `file/read` and `boot/lock`. */
async function readRequiredLock(file: string): Promise<ChainLock> {
  return parseLock(await readText(file, MAX_LOCK_BYTES), file);
}

/** A lock lists a few dozen files. */
const MAX_LOCK_BYTES = 1 << 20;

/** The name that was given, or this host's. Faults `cli/usage`. */
function reportName(asked: string): string {
  const name = asked === '' ? hostname().replaceAll(/[^A-Za-z0-9._-]/g, '-') : asked;
  if (isReportName(name)) return name;
  throw new Fault('cli/usage', {
    reason: cliMessage('cli/not-a-report-name', { name: JSON.stringify(name) }),
  });
}

/** Sends the report; a server that does not take it changes nothing about the verdict. Gives whether it was taken. */
async function tell(
  context: Context,
  { server, name, report }: { server: BootServer; name: string; report: BootReport },
): Promise<boolean> {
  try {
    await sendBoardReport(server, name, report);
    return true;
  } catch (error) {
    if (!isFault(error)) throw error;
    warn(context, `the server did not accept the report: ${error.message} [${error.code}]`);
    return false;
  }
}
