import { existsSync } from 'node:fs';
import { buildCommand } from '@stricli/core';
import {
  bootDevice,
  type ChainLock,
  type FirmwareScheme,
  parseBootServer,
  readLock,
  shapeOf,
  tftpSupply,
} from '../../boot/index.ts';
import { Fault, isFault } from '../../fault.ts';
import { readText, writeFile } from '../../file/index.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT } from '../exit.ts';
import { printStep, printVerdict } from '../step-text.ts';
import { readTrustOption, requiredTrustFlag, schemeFlag } from '../trust.ts';

interface Flags {
  readonly trust: string;
  readonly scheme: FirmwareScheme | undefined;
  readonly lock: string | undefined;
  readonly counter: string | undefined;
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
      trust: requiredTrustFlag,
      scheme: schemeFlag,
      lock: {
        kind: 'parsed',
        parse: String,
        brief: 'Lock of the build: how it is signed and what its files are called, where that is not the usual',
        optional: true,
        placeholder: 'FILE',
      },
      counter: {
        kind: 'parsed',
        parse: String,
        brief: 'File with the rollback counter: images below it are refused, and it rises',
        optional: true,
        placeholder: 'FILE',
      },
      json: { kind: 'boolean', brief: 'The report as one JSON object', default: false },
    },
  },
  async func({ trust, scheme, lock, counter, json }, url) {
    const supply = tftpSupply(parseBootServer(url));
    const rotpk = await readTrustOption(trust, this.process.env);
    const recorded = shapeOf(lock === undefined ? undefined : await demandLock(lock));
    const shape = { ...recorded, scheme: scheme ?? recorded.scheme };
    const rollback = counter === undefined ? 0 : await readCounter(counter);
    const observe = json ? undefined : (step: Parameters<typeof printStep>[0]) => print(this, printStep(step));
    const report = await bootDevice({
      supply,
      rotpk,
      ...shape,
      rollback,
      ...(observe === undefined ? {} : { observe }),
    });
    if (json) printJson(this, report);
    else print(this, printVerdict(report));
    const reached = report.kernel?.counter ?? 0;
    if (counter !== undefined && reached > rollback) await writeFile(counter, `${reached}\n`);
    if (report.verdict === 'refused') this.process.exitCode = EXIT.refused;
  },
});

/** A lock that has to be there. Faults `file/read` and `cli/usage`. */
async function demandLock(file: string): Promise<ChainLock> {
  const lock = await readLock(file);
  if (lock !== undefined) return lock;
  if (!existsSync(file)) await readText(file);
  throw new Fault('cli/usage', { reason: `${file} is no lock of a build` });
}

/** The counter that a device kept; 0 for one that never booted. Faults `cli/usage` where the file holds something else. */
async function readCounter(file: string): Promise<number> {
  let text: string;
  try {
    text = await readText(file, COUNTER_MAX_BYTES);
  } catch (error) {
    if (isFault(error, 'file/read') && !existsSync(file)) return 0;
    throw error;
  }
  const counter = Number(text.trim());
  if (/^\d+\s*$/.test(text) && counter <= 0xffff_ffff) return counter;
  throw new Fault('cli/usage', { reason: `${file} holds no rollback counter: a number below 2^32` });
}

const COUNTER_MAX_BYTES = 64;
