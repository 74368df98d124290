import { hexText } from '../binary/index.ts';
import {
  type BadSignature,
  type PublicKey,
  type SignatureVerdict,
  samePublicKey,
  verifyDigest,
} from '../crypto/index.ts';
import { Fault, faultMessage, isFault, type Message } from '../fault.ts';
import { fitsAlgorithm, parseSignatureAlgorithm, type SignatureAlgorithm, schemeOf } from './algorithm.ts';
import { assertListed, discoverSigned, type SignedSet } from './discover.ts';
import { fitHashes, isKnownTo } from './hashes.ts';
import type { TrustedKey } from './key-node.ts';
import { fitMessage } from './messages.ts';
import { type FitNode, isSignatureNode, requiredText, textListOf, textOf } from './node.ts';
import type { DataPlace, Fit } from './open.ts';
import { mergeRegions, type Region, signedDigest, signedRegions } from './region.ts';
import { type FitTarget, targets } from './target.ts';
import type { DataDigests } from './verify-hash.ts';
import { MAX_SIGNATURES, type WorkBudget } from './work-budget.ts';

/** What one signature node says, and by which trusted keys it verifies. */
export interface SignatureReport {
  readonly path: string;
  readonly offset: number;
  readonly algorithm: string;
  readonly padding: string;
  readonly hint: string;
  /** The trusted keys by which it verifies. */
  readonly goodKeys: readonly string[];
  /** One reason for each trusted key by which it does not. */
  readonly failures: readonly SignatureFailure[];
}

export interface SignatureFailure {
  readonly key: string;
  readonly reason: Message;
  /**
   * Whether the signature decodes under the key, which then made it, but for something else or in another form;
   * `undefined` where it was not tried.
   */
  readonly decodes: boolean | undefined;
  /** In hex, the digest that the key signed instead, where the padding tells. */
  readonly signed?: string;
}

/** By whose rules signatures are checked, and what it may cost. */
export interface SignatureRules {
  readonly target: FitTarget;
  /** Takes signatures over SHA-1 digests where the target is `strict`, which refuses them otherwise. */
  readonly allowSha1: boolean;
  readonly work: WorkBudget;
}

/** What a configuration signature covers. */
export interface Coverage {
  /** Paths of the nodes whose properties are signed. */
  readonly nodes: readonly string[];
  /** The signed bytes of the input, strings block included. */
  readonly regions: readonly Region[];
}

/** U-Boot has room for so many regions, and for so many more with each node (`fit_config_check_sig`). */
const BASE_REGIONS = 18;
const REGIONS_PER_NODE = 7;

/** What a configuration signature covers of the structure, as a target sees it. Faults `fit/limit` and `fit/signature`. */
function coveredBy(fit: Fit, configuration: FitNode, signature: FitNode, target: FitTarget): Coverage {
  if (targets[target].signedSet === 'recorded') return locate(fit, configuration, recorded(configuration, signature));
  const known =
    discovered.get(configuration) ?? attempt(() => locate(fit, configuration, discoverSigned(fit.root, configuration)));
  discovered.set(configuration, known);
  if (known instanceof Fault) throw known;
  return known;
}

/** By configuration, which is the same for all of its signatures: a tree that was read does not change. */
const discovered = new WeakMap<FitNode, Coverage | Fault>();

/** The signed set that the signature records itself. */
function recorded(configuration: FitNode, signature: FitNode): Pick<SignedSet, 'paths' | 'listed'> {
  const paths = textListOf(signature, 'hashed-nodes');
  if (paths.length === 0) throw signatureFault(signature, '', fitMessage('fit/no-hashed-nodes'));
  assertListed(signature, paths.length);
  // CVE-2020-10648: a copy of a signed configuration under another name.
  if (!paths.includes(configuration.path)) {
    throw signatureFault(signature, '', fitMessage('fit/not-listed'));
  }
  return { paths, listed: paths.length };
}

function locate(fit: Fit, { path, offset }: FitNode, { paths, listed }: Pick<SignedSet, 'paths' | 'listed'>): Coverage {
  const limit = BASE_REGIONS + listed * REGIONS_PER_NODE;
  const regions = signedRegions(fit.blob, paths, limit);
  if (regions === undefined)
    throw new Fault('fit/limit', { path, offset, what: fitMessage('fit/signed-regions'), limit });
  return { nodes: paths, regions };
}

function attempt<Value>(action: () => Value): Value | Fault {
  try {
    return action();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** The strings that a signature covers; faults `fit/signature` where `hashed-strings` does not lie in the block. */
export function signedStrings(fit: Fit, signature: FitNode): Uint8Array {
  const { stringsOffset, stringsSize } = fit.blob.header;
  const property = signature.property('hashed-strings');
  if (property === undefined) throw signatureFault(signature, '', fitMessage('fit/no-hashed-strings'));
  const { value, offset } = property;
  const place = { path: `${signature.path}:hashed-strings`, offset };
  if (value.byteLength !== 8) throw signatureFault(place, '', fitMessage('fit/hashed-strings'));
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const [start, size] = [view.getUint32(0), view.getUint32(4)];
  if (start !== 0) throw signatureFault(place, '', fitMessage('fit/strings-start'));
  if (size > stringsSize) throw signatureFault(place, '', fitMessage('fit/strings-size', { size, block: stringsSize }));
  return fit.bytes.subarray(stringsOffset, stringsOffset + size);
}

/** The signature nodes of a configuration or image. Faults `fit/limit` where there are too many to try. */
export function signaturesOf(node: FitNode): FitNode[] {
  const nodes = [...node.children()].filter(isSignatureNode);
  if (nodes.length <= MAX_SIGNATURES) return nodes;
  const { path, offset } = nodes[MAX_SIGNATURES]!;
  throw new Fault('fit/limit', { path, offset, what: fitMessage('fit/signatures'), limit: MAX_SIGNATURES });
}

/** Checks one configuration signature against every key. */
export function checkConfigurationSignature(
  fit: Fit,
  configuration: FitNode,
  signature: FitNode,
  keys: readonly TrustedKey[],
  rules: SignatureRules,
): SignatureReport {
  return checkSignature(signature, keys, rules, ({ hash }) => {
    const { regions } = coveredBy(fit, configuration, signature, rules.target);
    const strings = signedStrings(fit, signature);
    const bytes = regions.reduce((sum, { start, end }) => sum + end - start, strings.byteLength);
    rules.work.hashSigned(signature, bytes);
    return signedDigest(hash, regionBytes(fit, regions), strings);
  });
}

/** Checks one image signature, which covers the data alone, against every key. */
export function checkImageSignature(
  digests: DataDigests,
  place: DataPlace,
  signature: FitNode,
  keys: readonly TrustedKey[],
  rules: SignatureRules,
): SignatureReport {
  return checkSignature(signature, keys, rules, ({ hash }) => digests.digest(place, hash, signature));
}

/** What a configuration signature covers in the input. */
export function coverageOf(fit: Fit, configuration: FitNode, signature: FitNode, target: FitTarget): Coverage {
  const { nodes, regions } = coveredBy(fit, configuration, signature, target);
  const { stringsOffset } = fit.blob.header;
  const strings = { start: stringsOffset, end: stringsOffset + signedStrings(fit, signature).byteLength };
  return { nodes, regions: mergeRegions([...regions, strings]) };
}

/** The bytes of regions of the structure block, in order. */
export const regionBytes = (fit: Fit, regions: readonly Region[]): readonly Uint8Array[] =>
  regions.map(({ start, end }) => fit.bytes.subarray(start, end));

function checkSignature(
  signature: FitNode,
  keys: readonly TrustedKey[],
  rules: SignatureRules,
  digestOf: (algorithm: SignatureAlgorithm) => Uint8Array,
): SignatureReport {
  const algorithm = parseSignatureAlgorithm(requiredText(signature, 'algo'), textOf(signature, 'padding'), signature);
  if (!isKnownTo(rules.target, fitHashes[algorithm.hash])) {
    throw new Fault('fit/algorithm', { path: signature.path, offset: signature.offset, algorithm: algorithm.name });
  }
  const value = signature.property('value');
  const hint = textOf(signature, 'key-name-hint') ?? '';
  const verdicts = new Map<TrustedKey, SignatureVerdict | Untried>();
  let digest: Uint8Array | undefined;
  let maker: PublicKey | undefined;
  // A signature is by one key: the one that it names is asked first, and the others only where that is not it.
  for (const key of [...keys].sort((a, b) => Number(b.hint === hint) - Number(a.hint === hint))) {
    const reason = unfit(key, algorithm, rules) ?? (value === undefined ? NOBODY_SIGNED : undefined);
    if (reason !== undefined || value === undefined) verdicts.set(key, untried(reason ?? NOBODY_SIGNED));
    else if (maker !== undefined && !samePublicKey(maker, key.publicKey)) verdicts.set(key, untried(ANOTHER_KEY));
    else {
      rules.work.trySignature(signature, key.publicKey);
      digest ??= digestOf(algorithm);
      const verdict = verdictOf(key, algorithm, digest, value.value);
      verdicts.set(key, verdict);
      if (verdict.kind === 'good') maker = key.publicKey;
    }
  }
  return {
    path: signature.path,
    offset: value?.offset ?? signature.offset,
    algorithm: algorithm.name,
    padding: algorithm.padding,
    hint,
    goodKeys: keys.filter((key) => verdicts.get(key)?.kind === 'good').map(({ path }) => path),
    failures: keys.flatMap((key) => failureOf(key, verdicts.get(key))),
  };
}

/** Why a signature was not tried under a key. */
type Untried = Omit<BadSignature, 'decodes'> & { readonly decodes: undefined };

const NOBODY_SIGNED = fitMessage('fit/empty-signature');
const ANOTHER_KEY = fitMessage('fit/other-key');

const untried = (reason: Message): Untried => ({ kind: 'bad', reason, decodes: undefined });

function failureOf(key: TrustedKey, verdict: SignatureVerdict | Untried | undefined): SignatureFailure[] {
  if (verdict?.kind !== 'bad') return [];
  const { reason, decodes } = verdict;
  const signed = verdict.decodes === undefined ? undefined : verdict.digest;
  return [{ key: key.path, reason, decodes, ...(signed !== undefined && { signed: hexText(signed) }) }];
}

function unfit(
  key: TrustedKey,
  { key: kind, hash }: SignatureAlgorithm,
  { target, allowSha1 }: SignatureRules,
): Message | undefined {
  if (hash === 'sha1' && targets[target].strict && !allowSha1) {
    return fitMessage('fit/sha1-signature');
  }
  if (!fitsAlgorithm(key.publicKey, kind)) return fitMessage('fit/signature-kind', { kind });
  if (key.hash !== undefined && key.hash !== hash) return fitMessage('fit/key-hash', { allowed: key.hash, hash });
  return undefined;
}

function verdictOf(
  key: TrustedKey,
  algorithm: SignatureAlgorithm,
  digest: Uint8Array,
  value: Uint8Array,
): SignatureVerdict {
  try {
    return verifyDigest(key.publicKey, schemeOf(algorithm, 'verify'), digest, value);
  } catch (error) {
    if (isFault(error, 'crypto/key-unfit')) return { kind: 'bad', reason: faultMessage(error), decodes: false };
    throw error;
  }
}

function signatureFault(
  place: { readonly path: string; readonly offset: number },
  key: string,
  reason: Message,
): Fault {
  return new Fault('fit/signature', { path: place.path, offset: place.offset, key, reason });
}
