import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommand } from '@stricli/core';
import {
  type Alteration,
  alterations,
  bootDevice,
  buildChain,
  type ChainLock,
  serveChain,
  tftpImageSource,
  writeSample,
} from '../../boot/index.ts';
import { makeFolder, readFile } from '../../file/index.ts';
import { openChainKeys, readChainFile } from '../chain/chain-file.ts';
import { printStep, printVerdict } from '../chain/step-text.ts';
import { buildTime } from '../shared/build-time.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonEventsFlag, optional } from '../shared/flags.ts';
import { readVersion } from '../shared/version.ts';
import { Tampered } from './tampered.ts';
import { type Expectation, judge, type Outcome, printOutcome, summarise } from './verdict.ts';

const own = (brief: string) => optional(String, 'FILE', brief);

const flagTable = {
  folder: optional(String, 'DIR', 'Folder for inputs and outputs [default: a new temporary folder]'),
  kernel: own('Kernel to use instead of the sample'),
  rootfs: own('Root file system image to use instead of the sample'),
  firmware: own('Boot loader to use instead of the sample, without its device tree'),
  json: jsonEventsFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright demo`: the whole chain on generated input, then with one byte altered in each link. */
export const route = buildCommand<Flags, [], Context>({
  docs: {
    brief: 'Builds, serves and boots a sample chain, then shows that every alteration is refused',
    fullDescription: [
      'Makes keys and inputs in a new folder, builds and signs every link, serves them over UDP on 127.0.0.1, and boots a',
      'software device over the network; then alters one byte in each link in turn and boots again. Exits with 0 only if every',
      'verdict is as expected. --json prints one object per verdict.',
      '',
      'Example: bootwright demo --kernel Image --rootfs rootfs.squashfs',
    ].join('\n'),
  },
  parameters: {
    flags: flagTable,
  },
  async func(flags) {
    const say = (...lines: readonly string[]): void => (flags.json ? undefined : print(this, ...lines));
    const folder = flags.folder ?? (await mkdtemp(join(tmpdir(), 'bootwright-demo-')));
    const out = join(folder, 'out');
    await makeFolder(folder);
    say(`Inputs, keys and outputs: ${folder}`, '');
    const lock = await build(folder, flags, this);
    for (const [stage, { outputs }] of Object.entries(lock.stages)) {
      say(`built   ${stage.padEnd(10)} ${Object.keys(outputs).join('  ')}`);
    }
    const outcomes = [await bootUnaltered(out, lock, say)];
    if (flags.json) printJson(this, outcomes[0]);
    say('', 'One byte altered in each link, served and booted again:', '');
    for (const alteration of alterations) {
      const outcome = await bootAltered(out, lock, { ...alteration, verdict: 'refused' });
      outcomes.push(outcome);
      if (flags.json) printJson(this, outcome);
      say(...printOutcome(outcome));
    }
    say('', summarise(outcomes));
    if (outcomes.some(({ asExpected }) => !asExpected)) this.process.exitCode = EXIT.refused;
  },
});

type Say = (...lines: readonly string[]) => void;

async function bootUnaltered(out: string, { rotpk }: ChainLock, say: Say): Promise<Outcome> {
  const server = await serveChain({ folder: out, rotpk, port: 0 });
  try {
    const target = { host: server.local.address, port: server.local.port, folder: '' };
    say('', `Serving tftp://${target.host}:${target.port}/ and booting a device that trusts only ${rotpk}`, '');
    const report = await bootDevice({
      imageSource: tftpImageSource(target),
      rotpk,
      observe: (step) => say(printStep(step)),
    });
    say(printVerdict(report));
    return judge({ name: 'nothing altered', verdict: 'verified' }, report);
  } finally {
    await server.drain();
  }
}

async function build(folder: string, flags: Flags, context: Context): Promise<ChainLock> {
  const files: { kernel?: Uint8Array; rootfs?: Uint8Array; firmware?: Uint8Array } = {};
  for (const name of ['kernel', 'rootfs', 'firmware'] as const) {
    const file = flags[name];
    if (file !== undefined) files[name] = await readFile(file);
  }
  await writeSample(folder, files, buildTime(context.process.env));
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  const keys = await openChainKeys(chain, context.process.env);
  const time = Math.floor(buildTime(context.process.env).getTime() / 1000);
  return buildChain({ ...chain, keys, out: join(folder, 'out'), time, version: readVersion() });
}

async function bootAltered(out: string, lock: ChainLock, alteration: Expectation & Alteration): Promise<Outcome> {
  await using served = await Tampered.serve(out, alteration);
  const report = await bootDevice({ imageSource: tftpImageSource(served.target), rotpk: lock.rotpk });
  return judge({ ...alteration, alteredAt: served.offset }, report);
}
