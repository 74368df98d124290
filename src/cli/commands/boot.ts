import { buildCommand, numberParser } from '@stricli/core';
import { bootDevice, parseBootServer, tftpSupply } from '../../boot/index.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT } from '../exit.ts';
import { printStep, printVerdict } from '../step-text.ts';
import { readTrustOption } from '../trust.ts';

interface Flags {
  readonly trust: string;
  readonly rollback: number;
  readonly json: boolean;
}

/** `bootwright boot tftp://HOST/`: a device in software. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Boots a device in software: fetches a chain, verifies each link, stops at the first that is wrong',
    fullDescription: [
      'Trusts nothing but the hash of the root of trust public key, as a device with fuses does. Exits 1 where a link is',
      'refused, 3 where a file cannot be fetched.',
      '',
      'Example: bootwright boot tftp://127.0.0.1:6969/ --trust keys/firmware.crt',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'tftp://HOST[:PORT]/', placeholder: 'URL', parse: String }] },
    flags: {
      trust: {
        kind: 'parsed',
        parse: String,
        brief: 'Key file, or SHA-256 of its SubjectPublicKeyInfo',
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
  async func({ trust, rollback, json }, url) {
    const supply = tftpSupply(parseBootServer(url));
    const rotpk = await readTrustOption(trust, this.process.env);
    const observe = json ? undefined : (step: Parameters<typeof printStep>[0]) => print(this, printStep(step));
    const report = await bootDevice({ supply, rotpk, rollback, ...(observe === undefined ? {} : { observe }) });
    if (json) printJson(this, report);
    else print(this, printVerdict(report));
    if (report.verdict === 'refused') this.process.exitCode = EXIT.refused;
  },
});
