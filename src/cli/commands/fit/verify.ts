import { buildCommand } from '@stricli/core';
import { readHeader } from '../../../devicetree/index.ts';
import { Fault, inside } from '../../../fault.ts';
import { readFile } from '../../../file/index.ts';
import {
  checkFit,
  diffFits,
  explainSignatures,
  judgeForAll,
  openFit,
  readTrust,
  type Target,
  type Trust,
  targetNames,
  targetOf,
  trustKeys,
} from '../../../fit/index.ts';
import { openStore } from '../../../verity/file.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { EXIT } from '../../exit.ts';
import { allowSha1Flag, boardFlag, boardOf } from '../../fit/board.ts';
import { watched } from '../../fit/watch.ts';
import { openPublicKey } from '../../open-signer.ts';
import { withProgress } from '../../progress.ts';
import { jsonFlag } from './arguments.ts';
import { describeReport, jsonReport, showChange } from './describe.ts';

interface Flags {
  readonly key: readonly string[];
  readonly as: Target;
  readonly configuration?: string;
  readonly board?: readonly string[];
  readonly allowSha1: boolean;
  readonly knownKey?: readonly string[];
  readonly explain: boolean;
  readonly original?: string;
  readonly json: boolean;
}

/** `bootwright fit verify FIT --key CONTROL.dtb|KEY.pem`: whether the keys vouch for an image tree. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies an image tree, and explains',
    fullDescription: [
      'The keys are those of a control device tree, with what it requires of each, or keys by file, each of which then',
      'has to have signed the configuration. strict refuses everything that is known to be unsafe and checks every',
      'configuration; a U-Boot version checks, by its own rules, what it boots by default and what it would choose for',
      'a board if it is built with FIT_BEST_MATCH. --board names the board, and what is chosen for it is checked.',
      'External data is streamed.',
      'Where nothing was required, the verdict is "not verified", and the exit code 1.',
      '',
      'Example: bootwright fit verify image.itb --key u-boot.dtb --explain',
      '         bootwright fit verify image.itb --key dev.crt --as u-boot@2023.01',
      '         bootwright fit verify image.itb --key u-boot.dtb --as 2025.10 --board acme,board-2 --board acme,board',
      '         bootwright fit verify bad.itb --key u-boot.dtb --original good.itb',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image tree', placeholder: 'FIT', parse: String }] },
    flags: {
      key: { kind: 'parsed', parse: String, variadic: true, placeholder: 'FILE', brief: 'Control tree or public key' },
      as: {
        kind: 'parsed',
        parse: parseTarget,
        default: 'strict',
        placeholder: 'TARGET',
        brief: `Whose rules: ${targetNames.join(', ')}`,
      },
      configuration: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'NAME',
        brief: 'The one configuration to check',
      },
      board: boardFlag,
      allowSha1: allowSha1Flag,
      knownKey: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        placeholder: 'FILE',
        brief: 'Public key that is not trusted, to be named where it made a signature',
      },
      explain: { kind: 'boolean', default: false, brief: 'What is signed, why it fails, which U-Boot accepts it' },
      original: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'FIT',
        brief: 'The image as it was signed, to find what differs',
      },
      json: jsonFlag,
    },
  },
  async func(flags, path) {
    const { allowSha1, configuration } = flags;
    const board = boardOf(flags.board);
    const trust = await readKeys(flags.key, flags.knownKey ?? [], this.process.env);
    using store = openStore(path, path);
    const options = { target: flags.as, configuration, board, allowSha1 };
    const passes = flags.explain ? 1 + targetNames.length : 1;
    const { report, more } = await withProgress(this, path, async (progress) => {
      const source = watched(store, progress, passes);
      const checked = inside(path, () => checkFit(source, trust, options));
      if (!flags.explain) return { report: checked, more: undefined };
      const explained = { targets: judgeForAll(source, trust, options), signatures: explainSignatures(source, trust) };
      return { report: checked, more: explained };
    });
    const first = flags.original === undefined ? undefined : firstSignedDifference(flags.original, path);
    if (flags.json) printJson(this, { ...jsonReport(path, report), ...more, difference: first });
    else {
      for (const line of describeReport(path, report, flags.explain)) print(this, line);
      for (const { path: node, reason } of more?.signatures ?? []) print(this, `  ${node}: ${reason}`);
      for (const { target, verdict, reason } of more?.targets ?? []) {
        print(this, `  ${target}: ${said[verdict]}${reason === undefined ? '' : `: ${reason}`}`);
      }
      if (first !== undefined) {
        print(this, `  first difference: ${first.path} ${first.kind}: ${showChange(first)}`);
      }
    }
    if (report.verdict !== 'verified') this.process.exitCode = EXIT.refused;
  },
});

const said = {
  verified: 'would accept it',
  refused: 'would refuse it',
  'not-verified': 'does not vouch for it',
} as const;

function parseTarget(text: string): Target {
  const target = targetOf(text);
  if (target !== undefined) return target;
  throw new Fault('cli/usage', { reason: `'${text}' is none of ${targetNames.join(', ')}` });
}

async function readKeys(
  files: readonly string[],
  known: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Trust> {
  const trusts: Trust[] = [];
  for (const file of files) {
    const bytes = await readFile(file);
    trusts.push(
      isTree(bytes)
        ? inside(file, () => readTrust(bytes))
        : trustKeys([{ path: file, publicKey: await openPublicKey(file, env) }]),
    );
  }
  // Keys by file, and those of a tree that wants all of its keys, each have to have signed.
  const mode = trusts.every((trust) => trust.mode === 'any') ? 'any' : 'all';
  const others = await Promise.all(
    known.map(async (file) => ({ path: file, publicKey: await openPublicKey(file, env) })),
  );
  const untrusted = trustKeys(others).keys.map((key) => ({ ...key, required: undefined }));
  return { keys: [...trusts.flatMap(({ keys }) => keys), ...untrusted], mode };
}

function isTree(bytes: Uint8Array): boolean {
  try {
    readHeader(bytes);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === 'binary/constant') return false;
    if (error instanceof Fault && error.code === 'binary/truncated') return false;
    throw error;
  }
}

/** The first signed place, or else the first place, in which an image differs from the one that was signed. */
function firstSignedDifference(original: string, path: string) {
  using before = openStore(original, original);
  using after = openStore(path, path);
  const differences = diffFits(
    inside(original, () => openFit(before)),
    openFit(after),
  );
  return differences.find(({ signed }) => signed) ?? differences[0];
}
