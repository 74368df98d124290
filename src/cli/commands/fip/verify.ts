import { buildCommand } from '@stricli/core';
import { describeKey, describeScheme } from '../../../crypto/index.ts';
import { Fault } from '../../../fault.ts';
import {
  type ChainName,
  type ChainSource,
  chains,
  demandVerified,
  drawChain,
  resolveImage,
  verifyChain,
} from '../../../fip/index.ts';
import { checkPadding, type FipFile, hashRange, openFip, verifyFipFile } from '../../../fip/stream.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { readPublicKeyFile } from '../../key-file.ts';
import { withProgress } from '../../progress.ts';
import { chainNames, readAnchors, readCounters } from './anchors.ts';
import { imagesFlag, jsonFlag, readTable } from './arguments.ts';
import { type SchemeFlags, schemeFlags, schemeOf } from './scheme.ts';

interface Flags extends SchemeFlags {
  readonly key?: string;
  readonly cot?: ChainName;
  readonly rotpk?: string;
  readonly anchor?: readonly string[];
  readonly nvCounter?: readonly string[];
  readonly allow?: readonly string[];
  readonly images?: string;
  readonly json: boolean;
}

const list = (placeholder: string, brief: string) =>
  ({ kind: 'parsed', parse: String, variadic: true, optional: true, placeholder, brief }) as const;

/** `bootwright fip verify FIP --key KEY | --cot CHAIN --rotpk ANCHOR`: whether a FIP is what its signer made. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies a FIP: the signature at its end, or its chain of trust',
    fullDescription: [
      'With --key: the signature at the end, good only where exactly the bytes before it are all that the FIP has.',
      'With --cot: every certificate from the root down and every image against its hash, as the loaders check them;',
      'the child of a certificate is verified with the key that its parent vouches for. A FIP of which a part is not',
      'vouched for is not verified, and ends with 1 as a bad one does.',
      '',
      'Example: bootwright fip verify fip.bin --key keys/fip.pub',
      '         bootwright fip verify fip.bin --cot tbbr --rotpk rotpk.pem --nv-counter 3',
      '         bootwright fip verify fip.bin --cot dualroot --rotpk rot.pem --anchor prot-key=prot.pem',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the FIP', placeholder: 'FIP', parse: String }] },
    flags: {
      key: { kind: 'parsed', parse: String, optional: true, brief: 'Public key or certificate', placeholder: 'FILE' },
      ...schemeFlags,
      cot: { kind: 'enum', values: chainNames, optional: true, brief: 'Chain of trust' },
      rotpk: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'FILE|HASH',
        brief: 'Root of trust public key, or its hash in hexadecimal',
      },
      anchor: list('NAME=FILE|HASH', 'Another root of the chain: prot-key, swd-rot-key'),
      nvCounter: list('[NAME=]N', 'Counters of the device; certificates with lower ones are refused'),
      allow: list('NAME', 'An entry that may be unsigned'),
      images: imagesFlag,
      json: jsonFlag,
    },
  },
  async func(flags, path) {
    if ((flags.key === undefined) === (flags.cot === undefined))
      throw new Fault('cli/usage', { reason: '--key or --cot says what to verify' });
    const fip = await openFip(path);
    try {
      await checkPadding(fip);
      if (flags.cot === undefined) await verifyEnd(this, fip, flags);
      else await verifyTree(this, fip, { ...flags, cot: flags.cot });
    } finally {
      await fip.file.close();
    }
  },
});

async function verifyEnd(context: Context, fip: FipFile, flags: Flags): Promise<void> {
  const { path } = fip.file;
  const name = flags.key ?? '';
  const key = await readPublicKeyFile(name, context.process.env);
  const verdict = await withProgress(context, path, (progress) =>
    verifyFipFile(fip, key, schemeOf(key, flags), progress),
  );
  if (flags.json) {
    printJson(context, { file: path, verdict: 'verified', ...verdict });
    return;
  }
  const what = `${verdict.signedSize} bytes signed by ${name} (${describeKey(key)}; ${describeScheme(verdict.scheme)})`;
  print(context, `${path}: verified: ${what}`, ...verdict.warnings.map((warning) => `warning: ${warning}`));
}

async function verifyTree(context: Context, fip: FipFile, flags: Flags & { readonly cot: ChainName }): Promise<void> {
  const chain = chains[flags.cot];
  const table = await readTable(flags.images);
  const report = await verifyChain(sourceOf(fip), {
    chain,
    table,
    anchors: await readAnchors(chain, flags, context.process.env),
    counters: readCounters(flags.nvCounter),
    allowed: new Set((flags.allow ?? []).map((name) => resolveImage(table, name))),
  });
  if (flags.json) printJson(context, { file: fip.file.path, cot: flags.cot, ...report });
  else print(context, ...drawChain(report), `${fip.file.path}: ${report.verdict.replace('-', ' ')}`);
  demandVerified(report);
}

/** Certificates are read whole; images are hashed as they pass. */
function sourceOf({ file, toc }: FipFile): ChainSource {
  return {
    entries: toc.entries,
    digest: ({ offset, size }, hash) => hashRange(file, { start: offset, end: offset + size }, hash),
    async read({ offset, size }) {
      const bytes = new Uint8Array(size);
      await file.read(bytes, offset);
      return bytes;
    },
  };
}
