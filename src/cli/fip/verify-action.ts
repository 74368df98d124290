import { describeKey, describeScheme } from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import {
  assertVerified,
  type ChainName,
  type ChainReport,
  type ChainSource,
  chains,
  parseLoaderProfile,
  resolveImage,
  unsignedOfFip,
  verifyChain,
} from '../../fip/index.ts';
import { counterConflict, describeLoaders, drawChain } from '../../fip/internal.ts';
import { type FipFile, openWholeFip } from '../../fip/open.node.ts';
import { hashRange, verifyFipFile } from '../../fip/sign.node.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { openPublicKey } from '../shared/open-key.ts';
import { withProgress } from '../shared/progress.ts';
import { printUnsigned } from '../shared/unsigned.ts';
import { assertFlagsUsed } from '../shared/unused-flags.ts';
import { readAnchors, readCounters } from './anchors.ts';
import { readTable } from './arguments.ts';
import { schemeOf } from './scheme.ts';
import type { VerifyFlags } from './verify-flags.ts';

/** Runs `bootwright fip verify`. */
export async function verify(this: Context, flags: VerifyFlags, path: string): Promise<void> {
  if ((flags.key === undefined) === (flags.cot === undefined))
    throw new Fault('cli/usage', { reason: cliMessage('cli/exactly-one', { flags: '--key and --cot' }) });
  if (flags.cot === undefined)
    assertFlagsUsed(flags, '--key', ['rotpk', 'anchor', 'nvCounter', 'as', 'allow', 'images']);
  else assertFlagsUsed(flags, '--cot', ['hash', 'algorithm']);
  const fip = await openWholeFip(path);
  try {
    if (flags.cot === undefined) await verifyEnd(this, fip, flags);
    else await verifyTree(this, fip, { ...flags, cot: flags.cot });
  } finally {
    fip.file.close();
  }
}

async function verifyEnd(context: Context, fip: FipFile, flags: VerifyFlags): Promise<void> {
  const { path } = fip.file;
  const name = flags.key ?? '';
  const key = await openPublicKey(name, context.process.env);
  const verdict = await withProgress(context, path, (progress) =>
    verifyFipFile(fip, key, schemeOf(key, flags), progress),
  ).catch((error: unknown) => {
    if (flags.json && error instanceof Fault) printJson(context, { file: path, ...refusal(error) });
    throw error;
  });
  if (flags.json) {
    printJson(context, { file: path, verdict: 'verified', ...verdict });
    return;
  }
  const what = `${verdict.signedSize} bytes signed by ${name} (${describeKey(key)}; ${describeScheme(verdict.scheme)})`;
  print(context, `${path}: verified: ${what}`, ...verdict.warnings.map((warning) => `warning: ${warning.text}`));
}

/** What `--json` says of a FIP that is not good. */
const refusal = (fault: Fault): object => ({
  verdict: fault.code === 'fip/unsigned' ? 'not-verified' : 'refused',
  code: fault.code,
  message: fault.message,
});

async function verifyTree(
  context: Context,
  fip: FipFile,
  flags: VerifyFlags & { readonly cot: ChainName },
): Promise<void> {
  const chain = chains[flags.cot];
  const table = await readTable(flags.images);
  const walked = await verifyChain(sourceOf(fip), {
    chain,
    table,
    anchors: await readAnchors(chain, flags, context.process.env),
    counters: readCounters(flags.nvCounter),
    profile: flags.as === undefined ? undefined : parseLoaderProfile(flags.as),
    allowed: new Set((flags.allow ?? []).map((name) => resolveImage(table, name))),
  });
  const report = withCounters(walked);
  const unsignedBytes = unsignedOfFip(fip.toc, table);
  const told = { acceptedBy: namesOf(report), unsignedBytes };
  if (flags.json) printJson(context, { file: fip.file.path, cot: flags.cot, ...report, ...told });
  else {
    const verdict = `${fip.file.path}: ${report.verdict.replace('-', ' ')}`;
    print(context, ...drawChain(report), ...printUnsigned(unsignedBytes), ...describeLoaders(report), verdict);
  }
  assertVerified(report);
}

/** The report, with certificates refused that are good each by itself and not together. */
function withCounters(report: ChainReport): ChainReport {
  const conflict = counterConflict(report.counters);
  if (conflict === undefined) return report;
  return {
    ...report,
    verdict: 'refused',
    acceptedBy: [],
    reasons: [...report.reasons, { image: 'counters', reason: conflict }],
  };
}

const namesOf = ({ acceptedBy }: ChainReport): string[] => acceptedBy.map(({ name }) => name);

/** Certificates are read whole; images are hashed as they pass. */
function sourceOf({ file, toc }: FipFile): ChainSource {
  return {
    entries: toc.entries,
    digest: ({ offset, size }, hash) => hashRange(file, { start: offset, end: offset + size }, hash),
    async read({ offset, size }) {
      const bytes = new Uint8Array(size);
      file.readInto(offset, bytes);
      return bytes;
    },
  };
}
