import { isFault } from '../../../fault.ts';
import { openStore, readFile } from '../../../file/index.ts';
import { type ConfigurationReport, checkFit, type FitTarget, readTrust, type TrustedKeys } from '../../../fit/index.ts';
import { boardOf } from '../../fit/board.ts';
import { EXIT } from '../../shared/exit.ts';
import type { CompatIo } from '../io.ts';
import { parseToolOptions, runTool, type Tool, usageError } from '../tool.ts';

const tool: Tool = {
  name: 'fit_check_sign',
  synopsis: 'fit_check_sign -f FIT -k CONTROL.dtb [-c CONFIGURATION | --board COMPATIBLE]',
  letters: 'f:k:c:b:s',
  options: [
    { letter: 'f', name: 'file', takesValue: true, help: 'the image tree' },
    { letter: 'k', name: 'key', takesValue: true, help: 'device tree with the keys' },
    { letter: 'c', name: 'config', takesValue: true, help: 'configuration to check in place of the default' },
    {
      letter: 'b',
      name: 'board',
      takesValue: true,
      help: 'choose as a loader with FIT_BEST_MATCH does for this board',
    },
    { letter: 's', name: 'spl', help: 'taken: every image is checked anyway' },
  ],
};

/** The rules of fit_check_sign are those of the U-Boot that it comes with. */
const TARGETS: Readonly<Record<string, FitTarget>> = { '2023.01': 'u-boot@2023.01', '2025.10': 'u-boot@2025.10' };

/**
 * `bootwright as fit_check_sign`: whether U-Boot would boot an image tree. It checks the data of every image that the
 * configuration refers to, not of three kinds alone, and ends with 1 where no key was required, or where it depends on a
 * board which configuration boots and one of them does not verify.
 */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    const { options } = parseToolOptions(tool, args, io);
    const last = (letter: string): string | undefined => options.findLast((one) => one.letter === letter)?.value;
    const file = last('f');
    const keys = last('k');
    if (file === undefined) throw usageError(tool, 'Missing fdt file');
    if (keys === undefined) throw usageError(tool, 'Missing key file');
    const target = TARGETS[io.env['BOOTWRIGHT_COMPAT'] ?? ''] ?? 'u-boot@2026.10';
    const board = boardOf(options.filter(({ letter }) => letter === 'b').map(({ value }) => value));
    using store = openStore(file);
    const trust = readTrust(await readFile(keys));
    const report = printFailure(io, trust, () => checkFit(store, trust, { target, configuration: last('c'), board }));
    for (const configuration of report.configurations) printConfiguration(io, configuration);
    if (report.faults.some(({ code }) => !NO_SIGNATURE.has(code))) io.stdout.write(`${failureOf(trust)}\n`);
    if (trust.keys.every(({ required }) => required === undefined)) io.stderr.write(`${nothingRequired(keys)}\n`);
    for (const { message } of report.faults) io.stderr.write(`fit_check_sign: ${message}\n`);
    const good = report.verdict === 'verified';
    io.stderr.write(good ? 'Signature check OK\n' : BAD);
    return good ? EXIT.good : EXIT.refused;
  });
}

/** -EPERM, which U-Boot's verifier gives. */
const BAD = 'Signature check bad (error -1)\n';
/** Faults that leave open whether the signatures are good. */
const NO_SIGNATURE: ReadonlySet<string> = new Set(['fit/hash-mismatch', 'fit/not-verified', 'fit/configuration']);

function printConfiguration({ stdout }: CompatIo, { path, signatures, images }: ConfigurationReport): void {
  const made = signatures.map(
    ({ algorithm, hint, goodKeys }) => `${algorithm}:${hint}${goodKeys.length > 0 ? '+' : '-'}`,
  );
  stdout.write(`Verifying Hash Integrity for node '${path.split('/').at(-1)}'... ${made.join(' ')}\n`);
  for (const image of images) {
    const hashes = image.hashes.map(({ algorithm, good }) => `${algorithm}${good ? '+' : '-'}`);
    stdout.write(`   ${image.path}: ${image.hashed ? hashes.join(' ') : 'not hashed'}\n`);
  }
}

/** The original says OK of any image there. */
const nothingRequired = (keys: string): string =>
  `fit_check_sign: ${keys} requires no key: U-Boot with this tree checks nothing (mkimage -K ${keys} -r adds the key)`;

/** A tree that cannot be read is refused in the original's words as well, which scripts look for. */
function printFailure<Result>({ stdout, stderr }: CompatIo, trust: TrustedKeys, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (isFault(error)) {
      stdout.write(`${failureOf(trust)}\n`);
      stderr.write(BAD);
    }
    throw error;
  }
}

/** What U-Boot prints where a required key did not sign (`fit_config_verify_required_keys`). */
function failureOf({ keys, mode }: TrustedKeys): string {
  const required = keys.find((key) => key.required !== undefined);
  if (mode === 'any' && required !== undefined) return "Failed to verify 'any' of the required signature(s)";
  return `Failed to verify required signature '${required?.path.split('/').at(-1) ?? ''}'`;
}
