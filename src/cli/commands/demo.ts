import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommand } from '@stricli/core';
import {
  alterations,
  bootDevice,
  buildChain,
  type ChainLock,
  type Step,
  serveChain,
  tftpSupply,
  writeSample,
} from '../../boot/index.ts';
import { makeFolder, readFile } from '../../file/index.ts';
import { buildTime } from '../build-time.ts';
import { openChainKeys, readChainFile } from '../chain-file.ts';
import { type Context, print, printJson } from '../context.ts';
import { Tampered } from '../demo/tampered.ts';
import { type Expectation, judge, printOutcome, summarise } from '../demo/verdict.ts';
import { EXIT } from '../exit.ts';
import { printStep, printVerdict } from '../step-text.ts';

interface Flags {
  readonly folder: string | undefined;
  readonly kernel: string | undefined;
  readonly rootfs: string | undefined;
  readonly firmware: string | undefined;
  readonly json: boolean;
}

const own = (brief: string) => ({ kind: 'parsed', parse: String, brief, optional: true, placeholder: 'FILE' }) as const;

/** `bootwright demo`: the whole chain on generated input, then with one byte altered in each link. */
export const route = buildCommand<Flags, [], Context>({
  docs: {
    brief: 'Builds, signs, serves and boots a whole chain, then shows that every alteration is refused',
    fullDescription: [
      'Makes keys and inputs in a new folder, builds and signs every link, serves them over UDP on 127.0.0.1, boots a',
      'device in software over the wire, then alters one byte in each link in turn and boots again. Exits 0 only if every',
      'verdict is as expected. --json prints one object a verdict.',
      '',
      'Example: bootwright demo --kernel Image --rootfs rootfs.squashfs',
    ].join('\n'),
  },
  parameters: {
    flags: {
      folder: {
        kind: 'parsed',
        parse: String,
        brief: 'Folder for inputs and outputs; a new temporary one unless given',
        optional: true,
        placeholder: 'DIR',
      },
      kernel: own('A kernel of yours'),
      rootfs: own('A root file system image of yours'),
      firmware: own('A boot loader of yours, without its device tree'),
      json: { kind: 'boolean', brief: 'One JSON object a verdict', default: false },
    },
  },
  async func(flags) {
    const say = (...lines: readonly string[]): void => (flags.json ? undefined : print(this, ...lines));
    const folder = flags.folder ?? (await mkdtemp(join(tmpdir(), 'bootwright-demo-')));
    await makeFolder(folder);
    say(`Inputs, keys and outputs: ${folder}`, '');
    const out = join(folder, 'out');
    const lock = await build(folder, out, flags, this);
    for (const [stage, { outputs }] of Object.entries(lock.stages))
      say(`built   ${stage.padEnd(10)} ${Object.keys(outputs).join('  ')}`);
    const { server } = await serveChain({ folder: out, rotpk: lock.rotpk, port: 0 });
    const outcomes = [];
    try {
      const target = { host: server.local.address, port: server.local.port, folder: '' };
      say('', `Serving tftp://${target.host}:${target.port}/ and booting a device that trusts only ${lock.rotpk}`, '');
      const observe = (step: Step): void => say(printStep(step));
      const report = await bootDevice({ supply: tftpSupply(target), rotpk: lock.rotpk, observe });
      say(printVerdict(report));
      outcomes.push(judge({ name: 'nothing altered', verdict: 'verified' }, report));
    } finally {
      await server.drain();
    }
    say('', 'One byte altered in each link, served and booted again:', '');
    for (const alteration of alterations)
      outcomes.push(await bootAltered(out, lock, { ...alteration, verdict: 'refused' }));
    for (const outcome of flags.json ? outcomes : outcomes.slice(1))
      flags.json ? printJson(this, outcome) : print(this, printOutcome(outcome));
    say('', summarise(outcomes));
    if (outcomes.some(({ asExpected }) => !asExpected)) this.process.exitCode = EXIT.refused;
  },
});

async function build(folder: string, out: string, flags: Flags, context: Context): Promise<ChainLock> {
  const files: { kernel?: Uint8Array; rootfs?: Uint8Array; firmware?: Uint8Array } = {};
  for (const name of ['kernel', 'rootfs', 'firmware'] as const) {
    const file = flags[name];
    if (file !== undefined) files[name] = await readFile(file);
  }
  await writeSample(folder, files, buildTime(context.process.env));
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  const keys = await openChainKeys(chain, context.process.env);
  return buildChain({ ...chain, keys, out, time: Math.floor(buildTime(context.process.env).getTime() / 1000) });
}

async function bootAltered(out: string, lock: ChainLock, alteration: Expectation & (typeof alterations)[number]) {
  await using served = await Tampered.serve(out, alteration);
  const report = await bootDevice({ supply: tftpSupply(served.target), rotpk: lock.rotpk });
  return judge({ ...alteration, alteredAt: served.offset }, report);
}
