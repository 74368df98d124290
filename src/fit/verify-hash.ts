import { equalBytes, hexText } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { digestOf, type FitHashName, fitHashes, isFitHash, isKnownTo } from './hashes.ts';
import { fitMessage } from './messages.ts';
import { type FitNode, isHashNode, requiredText } from './node.ts';
import { type DataPlace, type Fit, locateData } from './open.ts';
import type { FitTarget } from './target.ts';
import { WorkBudget } from './work-budget.ts';

/** What became of one hash node. */
export interface CheckedHash {
  readonly algorithm: FitHashName;
  /** `fit/hash-mismatch` where the data has another digest. */
  readonly fault: Fault | undefined;
}

/** A hash node that was read. */
export interface HashNode {
  readonly node: FitNode;
  readonly algorithm: FitHashName;
  readonly value: Uint8Array;
  /** Whether U-Boot skips it, whatever the data is. */
  readonly ignored: boolean;
}

/** Digests of an image tree's data, each computed once, however many nodes give it. Faults `fit/limit`. */
export class DataDigests {
  readonly #fit: Fit;
  readonly #work: WorkBudget;
  readonly #known = new Map<string, Uint8Array>();

  constructor(fit: Fit, work = new WorkBudget(fit.size)) {
    this.#fit = fit;
    this.#work = work;
  }

  digest(place: DataPlace, algorithm: FitHashName, node: FitNode): Uint8Array {
    const key = `${algorithm} ${place.start} ${place.size}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#work.hashData(node, place.size);
    const digest = digestOf(algorithm, this.#fit.pieces(place));
    this.#known.set(key, digest);
    return digest;
  }
}

/** Reads a hash node. Faults `fit/algorithm` where the target does not know the hash, and `fit/structure`. */
export function readHashNode(node: FitNode, target: FitTarget): HashNode {
  const algorithm = requiredText(node, 'algo');
  if (!isFitHash(algorithm) || !isKnownTo(target, fitHashes[algorithm])) {
    throw new Fault('fit/algorithm', { path: node.path, offset: node.offset, algorithm });
  }
  const value = node.property('value')?.value;
  if (value !== undefined) return { node, algorithm, value, ignored: isIgnored(node) };
  throw new Fault('fit/structure', { path: node.path, offset: node.offset, reason: fitMessage('fit/no-digest') });
}

/**
 * Whether `uboot-ignore` is one cell other than 0, for which U-Boot prints `-skipped` and compares nothing; its tools on
 * a computer do compare (boot/image-fit.c, `fit_image_check_hash`).
 */
export function isIgnored(node: FitNode): boolean {
  const value = node.property('uboot-ignore')?.value;
  return value?.length === 4 && value.some((byte) => byte !== 0);
}

/** Compares an image's data with one of its hash nodes. Faults `fit/limit`. */
export function checkHash(
  digests: DataDigests,
  image: FitNode,
  { node, algorithm, value }: HashNode,
  data: DataPlace,
): CheckedHash {
  const got = digests.digest(data, algorithm, node);
  if (equalBytes(got, value)) return { algorithm, fault: undefined };
  const fault = new Fault('fit/hash-mismatch', {
    path: node.path,
    offset: data.start,
    image: image.name,
    algorithm,
    want: hexText(value.subarray(0, got.byteLength)),
    got: hexText(got),
  });
  return { algorithm, fault };
}

/** Compares an image's data with every hash node that it has; gives their algorithms. Faults at the first that differs. */
export function verifyImageHashes(fit: Fit, image: FitNode): FitHashName[] {
  const data = locateData(fit, image, { strict: true });
  const digests = new DataDigests(fit);
  return [...image.children()].filter(isHashNode).map((node) => {
    const { algorithm, fault } = checkHash(digests, image, readHashNode(node, 'strict'), data);
    if (fault !== undefined) throw fault;
    return algorithm;
  });
}
