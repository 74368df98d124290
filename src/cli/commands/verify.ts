import { buildCommand, numberParser } from '@stricli/core';
import { bootDevice, folderSupply } from '../../boot/index.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT } from '../exit.ts';
import { printStep, printVerdict } from '../step-text.ts';
import { readTrustOption, recordedTrust } from '../trust.ts';

interface Flags {
  readonly trust: string | undefined;
  readonly rollback: number;
  readonly json: boolean;
}

/** `bootwright verify out`: a built chain, checked as a device would. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies a built chain link by link',
    fullDescription: [
      'Checks what `bootwright build` left, as a device would. Without --trust the hash that the build recorded is taken,',
      'which shows that the chain is whole, not whose it is.',
      '',
      'Example: bootwright verify out --trust keys/firmware.crt',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'folder of a built chain', placeholder: 'DIR', parse: String }],
    },
    flags: {
      trust: {
        kind: 'parsed',
        parse: String,
        brief: 'Key file, or SHA-256 of its SubjectPublicKeyInfo',
        optional: true,
        placeholder: 'KEY',
      },
      rollback: {
        kind: 'parsed',
        parse: numberParser,
        brief: 'Lowest rollback counter that is accepted',
        default: '0',
      },
      json: { kind: 'boolean', brief: 'The report as one JSON object', default: false },
    },
  },
  async func({ trust, rollback, json }, folder) {
    const rotpk = trust === undefined ? await recordedTrust(folder) : await readTrustOption(trust, this.process.env);
    const report = await bootDevice({ supply: folderSupply(folder), rotpk, rollback });
    if (json) printJson(this, report);
    else print(this, ...report.steps.map(printStep), printVerdict(report));
    if (report.verdict === 'refused') this.process.exitCode = EXIT.refused;
  },
});
