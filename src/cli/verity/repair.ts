import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { repairFiles } from '../../verity/files.node.ts';
import type { RepairedBlock } from '../../verity/index.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag, toggle } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import { fecFlags, fecOf, given, imageAndTree, threadsFlag } from './arguments.ts';
import { expectedFlags, readExpected } from './expected.ts';
import { reportText } from './report-text.ts';

const flagTable = {
  ...expectedFlags,
  ...fecFlags,
  dryRun: toggle('Show what would be repaired and write nothing'),
  threads: threadsFlag,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright verity repair DATA HASH --fec-file FEC`: restores damaged blocks. */
export const command = buildCommand<Flags, [string, string], Context>({
  docs: {
    brief: 'Repairs damaged blocks from the error correction data',
    fullDescription: [
      'The hash tree shows which blocks are damaged, so as many blocks of a codeword can be repaired as it has roots. A block',
      'is written in place once its digest is the one that the root hash vouches for; nothing else is written. Hash blocks over',
      'intact blocks are recomputed without error correction data.',
      '',
      'Example: bootwright verity repair rootfs.img rootfs.verity --description rootfs.json --fec-file rootfs.fec --dry-run',
    ].join('\n'),
  },
  parameters: {
    positional: imageAndTree,
    flags: flagTable,
  },
  async func(flags, data, hash) {
    const { parameters, rootHash, hashOffset, superblock, fec: told } = await readExpected(flags, hash);
    const fec = fecOf(flags, told);
    const { dryRun, json } = flags;
    const { repaired, report } = await withProgress(
      this,
      data,
      (progress) =>
        repairFiles({
          data,
          hash,
          parameters,
          rootHash,
          hashOffset,
          superblock,
          ...(fec === undefined ? {} : { fec }),
          ...given(flags, ['threads']),
          dryRun,
          onProgress: ({ done, total }) => progress(done, total),
        }),
      'bytes',
    );
    if (json) printJson(this, { data, hash, dryRun, repaired, ...report });
    else {
      for (const block of repaired) print(this, repairLine(block, dryRun));
      for (const line of reportText(
        { ...report, trailing: [] },
        { data: dryRun ? `${data}, once repaired` : data, hash },
      ))
        print(this, line);
    }
    if (report.verdict === 'verified') return;
    this.process.exitCode = EXIT.refused;
    if (json) return;
    const reason = cliMessage(fec === undefined ? 'cli/no-parity' : 'cli/too-many-errors');
    throw new Fault('verity/beyond-repair', {
      blocks: report.bad.reduce((sum, { blocks }) => sum + blocks, 0),
      reason,
    });
  },
});

function repairLine({ area, level, block, offset, by }: Omit<RepairedBlock, 'content'>, dryRun: boolean): string {
  const name = area === 'data' ? 'data' : `level ${level} hash`;
  return `${dryRun ? 'would repair' : 'repaired'} ${name} block ${block} at byte ${offset}, ${by === 'rebuilt' ? 'from the blocks below it' : 'from error correction'}`;
}
