import { createHash, type SignatureVerdict, verifyDigest } from '../crypto/index.ts';
import { Fault, isFault } from '../fault.ts';
import {
  fitsAlgorithm,
  parseSignatureAlgorithm,
  type SignatureAlgorithm,
  type SignatureHash,
  schemeOf,
} from './algorithm.ts';
import { demandListed, discoverSigned, type SignedSet } from './discover.ts';
import type { TrustedKey } from './key-node.ts';
import { demandText, type FitNode, textListOf, textOf } from './node.ts';
import type { DataPlace, Fit } from './open.ts';
import { mergeRegions, type Region, signedRegions } from './region.ts';
import type { Target } from './target.ts';
import { targets } from './target.ts';

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
  readonly failures: readonly { readonly key: string; readonly reason: string }[];
}

/** What a configuration signature covers. */
export interface Coverage {
  /** Paths of the nodes whose properties are signed. */
  readonly nodes: readonly string[];
  /** The signed bytes of the input, strings block included. */
  readonly regions: readonly Region[];
}

/** U-Boot has room for so many regions, and for so many more with each node (`fit_config_check_sig`). */
const REGIONS_BASE = 18;
const REGIONS_A_NODE = 7;

/** What a configuration signature covers of the structure, as a target sees it. Faults `fit/limit` and `fit/signature`. */
function coveredBy(fit: Fit, configuration: FitNode, signature: FitNode, target: Target): Coverage {
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
  if (paths.length === 0) throw signatureFault(signature, '', "there is no 'hashed-nodes'");
  demandListed(signature, paths.length);
  // CVE-2020-10648: a copy of a signed configuration under another name.
  if (!paths.includes(configuration.path)) {
    throw signatureFault(signature, '', "'hashed-nodes' does not list the configuration itself");
  }
  return { paths, listed: paths.length };
}

function locate(fit: Fit, { path, offset }: FitNode, { paths, listed }: Pick<SignedSet, 'paths' | 'listed'>): Coverage {
  const limit = REGIONS_BASE + listed * REGIONS_A_NODE;
  const regions = signedRegions(fit.blob, paths, limit);
  if (regions === undefined)
    throw new Fault('fit/limit', { path, offset, what: 'the number of signed regions', limit });
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
  if (property === undefined) throw signatureFault(signature, '', "there is no 'hashed-strings'");
  const { value, offset } = property;
  const place = { path: `${signature.path}:hashed-strings`, offset };
  if (value.byteLength !== 8) throw signatureFault(place, '', "'hashed-strings' is not two cells");
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const [start, size] = [view.getUint32(0), view.getUint32(4)];
  if (start !== 0) throw signatureFault(place, '', 'the signed strings do not start with the block');
  if (size > stringsSize) throw signatureFault(place, '', `${size} signed bytes in a strings block of ${stringsSize}`);
  return fit.bytes.subarray(stringsOffset, stringsOffset + size);
}

/** Checks one configuration signature against every key. */
export function checkConfigurationSignature(
  fit: Fit,
  configuration: FitNode,
  signature: FitNode,
  keys: readonly TrustedKey[],
  target: Target,
): SignatureReport {
  return checkSignature(signature, keys, (algorithm) => {
    const { regions } = coveredBy(fit, configuration, signature, target);
    return digestOfRegions(fit, algorithm.hash, regions, signedStrings(fit, signature));
  });
}

/** Checks one image signature, which covers the data alone, against every key. */
export function checkImageSignature(
  fit: Fit,
  place: DataPlace,
  signature: FitNode,
  keys: readonly TrustedKey[],
): SignatureReport {
  return checkSignature(signature, keys, ({ hash }) => {
    const hasher = createHash(hash);
    for (const piece of fit.pieces(place)) hasher.update(piece);
    return hasher.digest();
  });
}

/** What a configuration signature covers in the input. */
export function coverageOf(fit: Fit, configuration: FitNode, signature: FitNode, target: Target): Coverage {
  const { nodes, regions } = coveredBy(fit, configuration, signature, target);
  const { stringsOffset } = fit.blob.header;
  const strings = { start: stringsOffset, end: stringsOffset + signedStrings(fit, signature).byteLength };
  return { nodes, regions: mergeRegions([...regions, strings]) };
}

/** The digest of regions of the structure, then of the strings. */
export function digestOfRegions(
  fit: Fit,
  hash: SignatureHash,
  regions: readonly Region[],
  strings: Uint8Array,
): Uint8Array {
  const hasher = createHash(hash);
  for (const { start, end } of regions) hasher.update(fit.bytes.subarray(start, end));
  return hasher.update(strings).digest();
}

function checkSignature(
  signature: FitNode,
  keys: readonly TrustedKey[],
  digestOf: (algorithm: SignatureAlgorithm) => Uint8Array,
): SignatureReport {
  const algorithm = parseSignatureAlgorithm(demandText(signature, 'algo'), textOf(signature, 'padding'), signature);
  const value = signature.property('value');
  const goodKeys: string[] = [];
  const failures: { key: string; reason: string }[] = [];
  let digest: Uint8Array | undefined;
  for (const key of keys) {
    const reason = unfit(key, algorithm) ?? (value === undefined ? 'the signature is empty: nobody signed' : undefined);
    if (reason !== undefined || value === undefined) {
      failures.push({ key: key.path, reason: reason ?? '' });
      continue;
    }
    digest ??= digestOf(algorithm);
    const verdict = verdictOf(key, algorithm, digest, value.value);
    if (verdict.kind === 'good') goodKeys.push(key.path);
    else failures.push({ key: key.path, reason: verdict.reason });
  }
  return {
    path: signature.path,
    offset: value?.offset ?? signature.offset,
    algorithm: algorithm.name,
    padding: algorithm.padding,
    hint: textOf(signature, 'key-name-hint') ?? '',
    goodKeys,
    failures,
  };
}

function unfit(key: TrustedKey, algorithm: SignatureAlgorithm): string | undefined {
  if (!fitsAlgorithm(key.publicKey, algorithm.key)) return `the signature is for another kind of key, ${algorithm.key}`;
  if (key.hash !== undefined && key.hash !== algorithm.hash) {
    return `the key node allows ${key.hash}, the signature uses ${algorithm.hash}`;
  }
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
    if (isFault(error, 'crypto/key-unfit')) return { kind: 'bad', reason: error.message };
    throw error;
  }
}

function signatureFault(place: { readonly path: string; readonly offset: number }, key: string, reason: string): Fault {
  return new Fault('fit/signature', { path: place.path, offset: place.offset, key, reason });
}
