import type { ByteSource } from '../binary/index.ts';
import { verifyDigest } from '../crypto/index.ts';
import { Fault, faultMessage, type Message } from '../fault.ts';
import { fitsAlgorithm, parseSignatureAlgorithm, schemeOf } from './algorithm.ts';
import { discoverSigned, narrowSigned } from './discover.ts';
import { readTrust, type TrustedKey, type TrustedKeys } from './key-node.ts';
import { fitMessage } from './messages.ts';
import { type FitNode, isSignatureNode, requiredText, textListOf, textOf } from './node.ts';
import { type Fit, openFit } from './open.ts';
import { blobTokens, mergeRegions, type Region, type RegionToken, signedDigest, signedTokens } from './region.ts';
import { type FitTarget, targetNames } from './target.ts';
import { checkFit, type FitReport, type FitVerifyOptions } from './verify.ts';
import { checkConfigurationSignature, regionBytes, type SignatureRules, signedStrings } from './verify-signature.ts';
import { WorkBudget } from './work-budget.ts';

/** Which verifier would accept an image, and the first reason of each that would not. */
export interface TargetVerdict {
  readonly target: FitTarget;
  readonly verdict: FitReport['verdict'];
  /** Whether it verifies: a loader also boots what nobody vouches for, which is no acceptance here. */
  readonly accepts: boolean;
  readonly reason: Message | undefined;
}

/** Why the signature of a configuration fails, as far as it can be found out. */
export interface SignatureExplanation {
  readonly path: string;
  readonly reason: Message;
}

/** What is tried for all signatures of a file together: changes, and bytes that are hashed for them. */
const MAX_TRIES = 2000;
const MAX_TRIED_BYTES = 1 << 28;

/** Asks every target. */
export function judgeForAll(
  input: Uint8Array | ByteSource,
  trust: Uint8Array | TrustedKeys,
  options: Omit<FitVerifyOptions, 'target'> = {},
): TargetVerdict[] {
  return targetNames.map((target) => {
    try {
      const { verdict, faults } = checkFit(input, trust, { ...options, target });
      return { target, verdict, accepts: verdict === 'verified', reason: faults[0] && faultMessage(faults[0]) };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { target, verdict: 'refused', accepts: false, reason: faultMessage(error) };
    }
  });
}

/**
 * Looks for what would make a failing configuration signature good: fewer signed nodes, or the tree without one of its
 * signed nodes, properties or NOPs. It cannot find a changed value; `diffFits` against the original does.
 */
export function explainSignatures(
  input: Uint8Array | ByteSource,
  trust: Uint8Array | TrustedKeys,
): SignatureExplanation[] {
  const fit = openFit(input);
  const { keys } = trust instanceof Uint8Array ? readTrust(trust) : trust;
  const tries = new Tries(fit);
  const configurations = [...(fit.root.child('configurations')?.children() ?? [])];
  return configurations.flatMap((configuration) =>
    [...configuration.children()].filter(isSignatureNode).flatMap((signature) => {
      const reason = explain(tries, configuration, signature, keys);
      return reason === undefined ? [] : [{ path: signature.path, reason }];
    }),
  );
}

function explain(
  tries: Tries,
  configuration: FitNode,
  signature: FitNode,
  keys: readonly TrustedKey[],
): Message | undefined {
  if (signature.property('value') === undefined) return fitMessage('fit/unsigned');
  const { fit } = tries;
  try {
    const { goodKeys } = checkConfigurationSignature(fit, configuration, signature, keys, tries.rules);
    if (goodKeys.length > 0) return undefined;
    const isGood = checkerFor(fit, signature, keys);
    const { paths } = discoverSigned(fit.root, configuration);
    const reason = explainSet(tries, configuration, signature, paths, isGood) ?? explainAddition(tries, paths, isGood);
    if (reason !== undefined) return reason;
  } catch (error) {
    if (error instanceof Fault) return faultMessage(error);
    throw error;
  }
  return tries.left
    ? fitMessage('fit/changed')
    : fitMessage('fit/changed-limit', { tries: MAX_TRIES, mebibytes: MAX_TRIED_BYTES >> 20 });
}

/** A smaller set of nodes for which the signature is good. */
function explainSet(
  tries: Tries,
  configuration: FitNode,
  signature: FitNode,
  paths: readonly string[],
  isGood: RegionCheck,
): Message | undefined {
  for (const [find, code] of [
    [
      () => narrowSigned(tries.fit.root, configuration, textListOf(signature, 'sign-images')).paths,
      'fit/narrow-images',
    ],
    [() => textListOf(signature, 'hashed-nodes'), 'fit/narrow-nodes'],
  ] as const) {
    if (!tries.left) return undefined;
    const set = new Set(find());
    if (!tries.take(signedTokens(tries.tokens, set), isGood)) continue;
    const missing = paths.filter((path) => !set.has(path));
    return fitMessage(code, { missing: missing.join(', ') });
  }
  return undefined;
}

/** One node, property or NOP without which the signature is good. */
function explainAddition(tries: Tries, paths: readonly string[], isGood: RegionCheck): Message | undefined {
  const signed = tries.left ? [...signedTokens(tries.tokens, paths)] : [];
  for (const token of signed) {
    if (!tries.left) return undefined;
    if (token.kind === 'end' || token.kind === 'finish') continue;
    const others = signed.filter((other) => !isPartOf(other, token));
    if (tries.take(others, isGood)) return describeAddition(token);
  }
  return undefined;
}

/** Whether a token is another, or lies in the node that it begins. */
function isPartOf({ node, ...token }: RegionToken, { kind, node: whole, start }: RegionToken): boolean {
  if (kind !== 'begin') return token.start === start;
  return node !== undefined && (node === whole || node.startsWith(`${whole}/`));
}

function describeAddition({ kind, node = '', name = '', start }: RegionToken): Message {
  const values = { node, start: start.toString(16) };
  if (kind === 'begin') return fitMessage('fit/added-node', values);
  return kind === 'nop' ? fitMessage('fit/added-nop', values) : fitMessage('fit/added-property', { name, ...values });
}

/** Whether a signature is good over some regions. */
type RegionCheck = (regions: readonly Region[]) => boolean;

/** What may still be tried on a file. */
class Tries {
  readonly fit: Fit;
  readonly rules: SignatureRules;
  #tokens: readonly RegionToken[] | undefined;
  #count = 0;
  #bytes = 0;

  constructor(fit: Fit) {
    this.fit = fit;
    this.rules = { target: 'strict', allowSha1: true, work: new WorkBudget(fit.size) };
  }

  get tokens(): readonly RegionToken[] {
    this.#tokens ??= [...blobTokens(this.fit.blob)];
    return this.#tokens;
  }

  get left(): boolean {
    return this.#count < MAX_TRIES && this.#bytes < MAX_TRIED_BYTES;
  }

  /** Whether a signature is good over these tokens; `false`, without a look, where nothing may be tried any more. */
  take(tokens: Iterable<RegionToken>, isGood: RegionCheck): boolean {
    if (!this.left) return false;
    const regions = mergeRegions(tokens);
    this.#count += 1;
    for (const { start, end } of regions) this.#bytes += end - start;
    return isGood(regions);
  }
}

function checkerFor(fit: Fit, signature: FitNode, keys: readonly TrustedKey[]): RegionCheck {
  const algorithm = parseSignatureAlgorithm(requiredText(signature, 'algo'), textOf(signature, 'padding'), signature);
  const value = signature.property('value')?.value ?? new Uint8Array(0);
  const strings = signedStrings(fit, signature);
  const usable = keys.filter(({ publicKey }) => fitsAlgorithm(publicKey, algorithm.key));
  return (regions) => {
    const digest = signedDigest(algorithm.hash, regionBytes(fit, regions), strings);
    return usable.some(
      ({ publicKey }) => verifyDigest(publicKey, schemeOf(algorithm, 'verify'), digest, value).kind === 'good',
    );
  };
}
