import { verifyDigest } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import type { Source } from '../verity/index.ts';
import { fitsAlgorithm, parseSignatureAlgorithm, schemeOf } from './algorithm.ts';
import { discoverSigned, narrowSigned } from './discover.ts';
import { readTrust, type Trust } from './key-node.ts';
import { demandText, type FitNode, isSignatureNode, textListOf, textOf } from './node.ts';
import { type Fit, openFit } from './open.ts';
import { blobTokens, type RegionToken, regionDigest, signedTokens } from './region.ts';
import { type Target, targetNames } from './target.ts';
import { checkFit, type VerifyOptions } from './verify.ts';
import { signedStrings } from './verify-signature.ts';

/** Which verifier would accept an image, and the first reason of each that would not. */
export interface TargetVerdict {
  readonly target: Target;
  readonly accepts: boolean;
  readonly reason: string | undefined;
}

/** Why the signature of a configuration fails, as far as it can be found out. */
export interface SignatureExplanation {
  readonly path: string;
  readonly reason: string;
}

/** Tokens of a signed region that are tried one by one; a tree of U-Boot's limits has fewer. */
const TRIES_MAX = 2000;

/** Asks every target. */
export function judgeForAll(
  input: Uint8Array | Source,
  trust: Uint8Array | Trust,
  options: Omit<VerifyOptions, 'target'> = {},
): TargetVerdict[] {
  return targetNames.map((target) => {
    try {
      const { verdict, faults } = checkFit(input, trust, { ...options, target });
      return { target, accepts: verdict === 'verified', reason: faults[0]?.message };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { target, accepts: false, reason: error.message };
    }
  });
}

/**
 * Looks for what would make a failing configuration signature good: fewer signed nodes, or the tree without one of its
 * signed nodes, properties or NOPs. A changed value cannot be found so; `diffFits` against the original finds it.
 */
export function explainSignatures(input: Uint8Array | Source, trust: Uint8Array | Trust): SignatureExplanation[] {
  const fit = openFit(input);
  const { keys } = trust instanceof Uint8Array ? readTrust(trust) : trust;
  const configurations = [...(fit.root.child('configurations')?.children() ?? [])];
  return configurations.flatMap((configuration) =>
    [...configuration.children()].filter(isSignatureNode).flatMap((signature) => {
      const reason = explain(fit, configuration, signature, { keys, mode: 'all' });
      return reason === undefined ? [] : [{ path: signature.path, reason }];
    }),
  );
}

function explain(fit: Fit, configuration: FitNode, signature: FitNode, trust: Trust): string | undefined {
  const value = signature.property('value')?.value;
  if (value === undefined) return 'nobody signed: the signature node has no value';
  let isGood: (tokens: Iterable<RegionToken>) => boolean;
  try {
    isGood = checkerFor(fit, signature, value, trust);
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
  const tokens = [...blobTokens(fit.blob)];
  const { paths } = discoverSigned(fit.root, configuration);
  if (isGood(signedTokens(tokens, paths))) return undefined;
  const narrow = narrowSigned(fit.root, configuration, textListOf(signature, 'sign-images')).paths;
  const recorded = textListOf(signature, 'hashed-nodes');
  for (const [set, what] of [
    [narrow, "the images that 'sign-images' names"],
    [recorded, "the nodes that 'hashed-nodes' lists"],
  ] as const) {
    if (!isGood(signedTokens(tokens, set))) continue;
    const missing = paths.filter((path) => !set.includes(path));
    return `it covers only ${what}, not ${missing.join(', ')}: U-Boot before 2026.04 takes it, later ones refuse`;
  }
  return explainAddition(tokens, paths, isGood) ?? 'something signed was changed or removed, or another key signed';
}

/** One node, property or NOP without which the signature is good. */
function explainAddition(
  tokens: readonly RegionToken[],
  paths: readonly string[],
  isGood: (tokens: Iterable<RegionToken>) => boolean,
): string | undefined {
  const signed = [...signedTokens(tokens, paths)];
  if (signed.length > TRIES_MAX) return undefined;
  for (const token of signed) {
    if (token.kind === 'end' || token.kind === 'finish') continue;
    if (token.kind === 'begin') {
      const inside = (node: string | undefined): boolean =>
        node !== undefined && (node === token.node || node.startsWith(`${token.node}/`));
      if (isGood(signed.filter(({ node }) => !inside(node)))) {
        return `node ${token.node} at 0x${token.start.toString(16)} was added after signing`;
      }
    } else if (isGood(signed.filter((other) => other !== token))) {
      const what = token.kind === 'nop' ? 'a NOP in' : `property ${token.name} of`;
      return `${what} ${token.node} at 0x${token.start.toString(16)} was added after signing`;
    }
  }
  return undefined;
}

function checkerFor(fit: Fit, signature: FitNode, value: Uint8Array, { keys }: Trust) {
  const algorithm = parseSignatureAlgorithm(demandText(signature, 'algo'), textOf(signature, 'padding'), signature);
  const strings = signedStrings(fit, signature);
  const usable = keys.filter(({ publicKey }) => fitsAlgorithm(publicKey, algorithm.key));
  return (tokens: Iterable<RegionToken>): boolean => {
    const digest = regionDigest(algorithm.hash, tokens, strings);
    return usable.some(
      ({ publicKey }) => verifyDigest(publicKey, schemeOf(algorithm, 'verify'), digest, value).kind === 'good',
    );
  };
}
