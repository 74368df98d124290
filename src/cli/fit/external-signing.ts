import { Fault } from '../../fault.ts';
import { readText } from '../../file/index.ts';
import { publicKeysIn } from '../../fit/files.node.ts';
import { type Fit, type FitNode, locateData, openFit, type SigningOptions } from '../../fit/index.ts';
import { coverageOf } from '../../fit/internal.ts';
import { answeringSigner, parseRequests, recordingSigner, type SignatureRequest } from '../../pki/index.ts';
import { cliMessage } from '../messages.ts';
import type { Environment } from '../shared/context.ts';
import { keyOptions } from '../shared/open-key.ts';
import { type LayoutFlags, optionsOf, type SigningFlags, timeOf } from './arguments.ts';
import { RandomSource } from './random-source.ts';

/** Signing by somebody else: what is asked for is recorded, or the answers are taken from a file. */
export interface ExternalSigning {
  readonly signing: SigningOptions;
  readonly recorded: readonly SignatureRequest[];
  /** The random bytes of the image tree, the same with the answers as in the request. */
  readonly random: RandomSource;
}

/** How `--request` or `--apply` sign; `undefined` where neither is given. */
export async function externalSigningOf(
  flags: SigningFlags & LayoutFlags & { readonly request: string | undefined; readonly apply: string | undefined },
  env: Environment,
): Promise<ExternalSigning | undefined> {
  const recorded: SignatureRequest[] = [];
  if (flags.request !== undefined) {
    if (flags.apply !== undefined)
      throw new Fault('cli/usage', { reason: cliMessage('cli/not-both', { one: '--request', other: '--apply' }) });
    const find = publicKeysIn({ ...keyOptions(env), folder: flags.keys, file: flags.key });
    const signerFor: SigningOptions['signerFor'] = async (need) =>
      recordingSigner(await find(need), need.path, (request) => recorded.push(request));
    return { signing: { signerFor, time: timeOf(env), ...optionsOf(flags) }, recorded, random: new RandomSource() };
  }
  if (flags.apply === undefined) return undefined;
  const file = flags.apply;
  const answers = parseRequests(await readText(file), file);
  const signerFor: SigningOptions['signerFor'] = async ({ path }) => {
    const request = answers.requests.find(({ id }) => id === path);
    if (request === undefined) {
      throw new Fault('crypto/key-missing', { key: path, reason: cliMessage('cli/no-answer', { file }) });
    }
    return answeringSigner(answers, request.publicKey, path);
  };
  const time = Number(answers.settings['time']);
  if (!Number.isSafeInteger(time)) throw new Fault('cli/usage', { reason: cliMessage('cli/no-time', { file }) });
  return { signing: { signerFor, time, ...optionsOf(flags) }, recorded, random: new RandomSource(answers.settings) };
}

/** The requests with the bytes behind each digest: places in the file that `--apply` will write. */
export function withRanges(requests: readonly SignatureRequest[], built: Uint8Array, file: string): SignatureRequest[] {
  const fit = openFit(built);
  return requests.map((request) => ({
    ...request,
    ranges: rangesOf(fit, request.id).map(({ start, end }) => ({ file, start, end })),
  }));
}

function rangesOf(fit: Fit, path: string): readonly { readonly start: number; readonly end: number }[] {
  const names = path.split('/').slice(1);
  let node: FitNode | undefined = fit.root;
  const nodes = names.flatMap((name) => {
    node = node?.child(name);
    return node ?? [];
  });
  const [section, parent, signature] = nodes;
  if (parent === undefined || signature === undefined) return [];
  if (section?.name === 'configurations') return coverageOf(fit, parent, signature, 'strict').regions;
  const { start, size } = locateData(fit, parent, { strict: true });
  return [{ start, end: start + size }];
}
