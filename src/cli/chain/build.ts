import { dirname, join } from 'node:path';
import { buildCommand } from '@stricli/core';
import {
  artifactNames,
  buildChain,
  type ChainFinding,
  CONTROL_NAME,
  contentFindings,
  folderImageSource,
  LOCK_NAME,
  PROVENANCE_NAME,
} from '../../boot/index.ts';
import { readFile } from '../../file/index.ts';
import { buildTime } from '../shared/build-time.ts';
import { type Context, print, printJson, visible } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional, toggle } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import { readVersion } from '../shared/version.ts';
import { openChainKeys, readChainFile } from './chain-file.ts';
import { printSize } from './step-text.ts';

const flagTable = {
  out: optional(String, 'DIR', 'Output folder [default: out, next to the manifest]'),
  force: toggle('Also rebuild what has not changed'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright build chain.yaml`: every link of a chain, built and signed. */
export const route = buildCommand<Flags, [string?], Context>({
  docs: {
    brief: 'Builds and signs a whole chain from its manifest',
    fullDescription: [
      'Builds the hash tree of the root file system, then the image tree, then the firmware; each holds the hash or the key of',
      'the previous one. Equal inputs give equal outputs: timestamps come from SOURCE_DATE_EPOCH, or are 0.',
      'What has not changed since the last build is kept.',
      `Also writes ${LOCK_NAME} with every digest and the hash that devices must trust, and ${PROVENANCE_NAME} (in-toto).`,
      '',
      'Example: bootwright build chain.yaml -o out',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'manifest [default: chain.yaml]', placeholder: 'FILE', parse: String, optional: true }],
    },
    flags: flagTable,
    aliases: { o: 'out' },
  },
  async func(flags, file = 'chain.yaml') {
    const out = flags.out ?? join(dirname(file), 'out');
    const chain = await readChainFile(file);
    const keys = await openChainKeys(chain, this.process.env);
    const epoch = this.process.env['SOURCE_DATE_EPOCH'];
    const time = epoch === undefined ? 0 : buildTime(this.process.env).getTime() / 1000;
    const how = new Map<string, string>();
    const observe = (stage: string, what: 'built' | 'unchanged'): void => void how.set(stage, what);
    const warn = (message: string): void => {
      this.process.stderr.write(`warning: ${visible(message)}\n`);
    };
    const options = { ...chain, keys, out, time, version: readVersion(), force: flags.force, observe, warn };
    const lock = await withProgress(
      this,
      chain.manifest.rootfs.image,
      (progress) => buildChain({ ...options, progress }),
      'bytes',
    );
    const control = await readFile(join(out, CONTROL_NAME));
    for (const finding of await contentFindings(folderImageSource(out), artifactNames(chain.manifest), control)) {
      this.process.stderr.write(`${visible(printFinding(finding))}\n`);
    }
    if (flags.json) return printJson(this, lock);
    for (const [stage, { outputs }] of Object.entries(lock.stages)) {
      for (const [name, { size, sha256 }] of Object.entries(outputs)) {
        print(
          this,
          `${(how.get(stage) ?? '').padEnd(9)} ${stage.padEnd(10)} ${join(out, name).padEnd(28)} ${printSize(size).padStart(9)}  sha256 ${sha256}`,
        );
      }
    }
    print(this, '', `root hash                ${lock.rootHash}`, `hash of the trusted key  ${lock.rotpk}`);
  },
});

/** One line: how much it matters, where it is, what is wrong and what to do. */
const printFinding = ({ id, level, file, message, remedy }: ChainFinding): string =>
  `${level}: ${file}: ${message.text} ${remedy.text} [${id}]`;
