import { buildCommand } from '@stricli/core';
import {
  acceptances,
  type BootReport,
  bootDevice,
  type ChainContents,
  type ChainFinding,
  contentFindings,
  folderImageSource,
  LOCK_NAME,
  type LoaderFinding,
  lintChain,
  printSarif,
  readChain,
  unsignedBytes,
} from '../../boot/index.ts';
import {
  contentMessage,
  contentRules,
  describeAcceptance,
  loaderErrorsOf,
  printRollback,
  rollbackIn,
} from '../../boot/internal.ts';
import { Fault } from '../../fault.ts';
import { printTrust } from '../../trust/index.ts';
import { allowSha1Flag, boardFlag, boardOf } from '../fit/board.ts';
import { targetFlag } from '../fit/target.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag, list, toggle } from '../shared/flags.ts';
import { readVersion } from '../shared/version.ts';
import { readRollbackOption } from './rollback.ts';
import { printStep, printVerdict } from './step-text.ts';
import { readTrust, recordedShape, schemeFlag, trustFlag } from './trust.ts';

const flagTable = {
  trust: trustFlag,
  scheme: schemeFlag,
  rollback: list(
    String,
    '[NAME=]N',
    'Lowest rollback counters to accept: N for all, or firmware=N, kernel=N, tfw=N, ntfw=N',
  ),
  as: targetFlag,
  board: boardFlag,
  allowSha1: allowSha1Flag,
  explain: toggle('Show the trust tree, the unprotected bytes, the counters and the findings'),
  json: jsonFlag,
  sarif: toggle('Print refusals and findings as SARIF 2.1.0'),
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright verify out`: a built chain, checked as a device would. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies a built chain link by link',
    fullDescription: [
      'Verifies the output of bootwright build as a device would. Without --trust it starts at the hash that the build',
      'recorded; the best verdict is then CONSISTENT, because nobody said whose chain it is. --explain draws the trust tree and',
      'lists unprotected bytes, rollback counters, the boot loaders that would accept the chain, and findings. Findings never',
      'change the exit code: it is 1 only if a link is refused.',
      '',
      'Example: bootwright verify out --trust keys/firmware.crt --explain',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'folder of a built chain', placeholder: 'DIR', parse: String }],
    },
    flags: flagTable,
  },
  async func({ trust, scheme, rollback, as: target, board: given, allowSha1, explain, json, sarif }, folder) {
    if (json && sarif)
      throw new Fault('cli/usage', { reason: cliMessage('cli/not-both', { one: '--json', other: '--sarif' }) });
    const shape = await recordedShape(folder, scheme);
    const trusted = await readTrust(trust, { folder, keyFile: shape.names.firmwareKey, env: this.process.env });
    const imageSource = folderImageSource(folder);
    const minima = readRollbackOption(rollback, shape.scheme);
    const board = boardOf(given);
    const report = await bootDevice({ imageSource, ...trusted, ...shape, rollback: minima, target, board, allowSha1 });
    if (report.verdict === 'refused') this.process.exitCode = EXIT.refused;
    const wanted = (explain || sarif) && report.verdict !== 'refused';
    const chain = wanted ? await readChain(imageSource, shape, { board, allowSha1 }) : undefined;
    const content = chain === undefined ? [] : await contentFindings(imageSource, shape.names, chain.control);
    const loaderErrors = report.verdict === 'refused' ? [] : await loaderErrorsOf(imageSource, shape);
    if (sarif) {
      const findings = chain === undefined ? [] : [...unnamed(report), ...lintChain(chain), ...content];
      this.process.stdout.write(printSarif(report, findings, { folder, version: readVersion() }));
    } else if (json) {
      const found = loaderErrors.length === 0 ? {} : { findings: loaderErrors };
      printJson(this, { ...report, ...found, ...(chain !== undefined && explanationOf(report, chain, content)) });
    } else printReport(this, report, chain, chain === undefined ? loaderErrors : content);
  },
});

function printReport(
  context: Context,
  report: BootReport,
  chain: ChainContents | undefined,
  found: readonly LoaderFinding[],
): void {
  print(context, ...report.steps.map(printStep), printVerdict(report));
  if (chain === undefined) {
    printFindings(context, found);
    return;
  }
  print(context, '', 'Chain of trust:', ...printTrust(report.trust), '', 'Not protected:');
  for (const { file, bytes, what } of unsignedBytes(chain))
    print(context, `  ${file}, ${bytes} bytes: ${what.map(({ text }) => text).join(', ')}`);
  print(context, '', 'Rollback counters:', ...printRollback(chain).map((line) => `  ${line}`));
  print(context, '', 'Boot loaders:', ...loadersOf(chain), '', 'Findings:');
  printFindings(context, [...lintChain(chain), ...found]);
}

/** What code hosts have to show of a chain that is only consistent: without it, no finding would look like verified. */
function unnamed({ verdict }: BootReport): ChainFinding[] {
  if (verdict !== 'consistent') return [];
  const id = 'chain/unnamed-anchor';
  return [{ id, ...contentRules[id], file: LOCK_NAME, message: contentMessage(id) }];
}

function printFindings(context: Context, findings: readonly LoaderFinding[]): void {
  for (const { level, id, message, remedy } of findings)
    print(context, `  ${level} ${id}: ${message.text}`, `    ${remedy.text}`);
}

/** What boot loaders of the targets would do; of one that cannot verify, that. */
function loadersOf(chain: ChainContents): string[] {
  const accepted = acceptances(chain);
  if (accepted.length === 0) return ["  the chain's own cannot verify this image: see the findings"];
  return accepted.map((one) => `  ${describeAcceptance(one).text}`);
}

function explanationOf(report: BootReport, chain: ChainContents, content: readonly ChainFinding[]) {
  return {
    unsigned: unsignedBytes(chain),
    rollback: rollbackIn(chain),
    targets: acceptances(chain),
    findings: [...unnamed(report), ...lintChain(chain), ...content],
  };
}
