import { readFile } from '../../file/index.ts';
import { checkFit, type Target } from '../../fit/index.ts';
import { openStore } from '../../verity/file.node.ts';
import { EXIT } from '../exit.ts';
import { parseOptions, type Tool, untilQuit, usageError } from './getopt.ts';
import type { CompatIo } from './io.ts';

const tool: Tool = {
  name: 'fit_check_sign',
  synopsis: 'fit_check_sign -f FIT -k CONTROL.dtb [-c CONFIGURATION]',
  letters: 'f:k:c:s',
  options: [
    { letter: 'f', long: 'file', value: true, help: 'the image tree' },
    { letter: 'k', long: 'key', value: true, help: 'device tree with the keys' },
    { letter: 'c', long: 'config', value: true, help: 'configuration to check in place of the default' },
    { letter: 's', long: 'spl', help: 'taken: every image is checked anyway' },
  ],
};

/** The rules of fit_check_sign are those of the U-Boot that it comes with. */
const TARGETS: Readonly<Record<string, Target>> = { '2023.01': 'u-boot@2023.01', '2025.10': 'u-boot@2025.10' };

/**
 * `bootwright as fit_check_sign`: whether U-Boot would boot an image tree. It checks the data of every image that the
 * configuration refers to, not of three kinds alone, and ends with 1 where no key was required.
 */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return untilQuit(io, async () => {
    const { options } = parseOptions(tool, args, io);
    const last = (letter: string): string | undefined => options.findLast((one) => one.letter === letter)?.value;
    const file = last('f');
    const keys = last('k');
    if (file === undefined) throw usageError(tool, 'Missing fdt file');
    if (keys === undefined) throw usageError(tool, 'Missing key file');
    const target = TARGETS[io.env['BOOTWRIGHT_COMPAT'] ?? ''] ?? 'u-boot@2026.10';
    using store = openStore(file, file);
    const report = checkFit(store, await readFile(keys), { target, configuration: last('c') });
    for (const { path, signatures, images } of report.configurations) {
      const made = signatures.map(
        ({ algorithm, hint, goodKeys }) => `${algorithm}:${hint}${goodKeys.length > 0 ? '+' : '-'}`,
      );
      io.stdout.write(`Verifying Hash Integrity for node '${path.split('/').at(-1)}'... ${made.join(' ')}\n`);
      for (const image of images) {
        const hashes = image.hashes.map(({ algorithm, good }) => `${algorithm}${good ? '+' : '-'}`);
        io.stdout.write(`   ${image.path}: ${hashes.join(' ')}\n`);
      }
    }
    for (const { message } of report.faults) io.stderr.write(`fit_check_sign: ${message}\n`);
    const good = report.verdict === 'verified';
    io.stdout.write(good ? 'Signature check OK\n' : 'Signature check Bad (error 1)\n');
    return good ? EXIT.good : EXIT.refused;
  });
}
