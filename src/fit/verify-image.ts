import { Fault, type Message } from '../fault.ts';
import type { Findings } from './findings.ts';
import { bindsData, bindsStrongly, type FitHashName } from './hashes.ts';
import type { TrustedKey, TrustedKeys } from './key-node.ts';
import { fitMessage } from './messages.ts';
import { type FitNode, isHashNode, textOf } from './node.ts';
import { type DataPlace, type Fit, locateData } from './open.ts';
import { targets } from './target.ts';
import { checkHash, DataDigests, type HashNode, readHashNode } from './verify-hash.ts';
import { checkImageSignature, type SignatureReport, type SignatureRules, signaturesOf } from './verify-signature.ts';
import { checkRequiredKeys } from './wrong-key.ts';

/** One digest of an image's data. */
export interface HashReport {
  readonly path: string;
  readonly algorithm: FitHashName;
  readonly good: boolean;
  /** Whether U-Boot skips it (`uboot-ignore`), so that it binds nothing. */
  readonly ignored: boolean;
}

/** What verifying an image found. */
export interface ImageReport {
  readonly path: string;
  readonly type: string;
  /** Where its data lies, in bytes of the input; `undefined` where it could not be found. */
  readonly data: DataPlace | undefined;
  /** Whether the data was hashed: not where what refers to it was refused before. */
  readonly hashed: boolean;
  /** Whether something that vouches for the image binds its data, not a checksum or nothing. */
  readonly bound: boolean;
  readonly hashes: readonly HashReport[];
  readonly signatures: readonly SignatureReport[];
}

/** What is known of an image before its data is read. */
interface LocatedImage {
  readonly type: string;
  readonly data: DataPlace | undefined;
  readonly nodes: readonly FitNode[];
  readonly hashes: readonly HashNode[];
}

/** Checks the images of one image tree, each once, however many configurations refer to it. */
export class ImageChecks {
  readonly #fit: Fit;
  readonly #trust: TrustedKeys;
  readonly #rules: SignatureRules;
  readonly #findings: Findings;
  readonly #digests: DataDigests;
  readonly #located = new Map<string, LocatedImage>();
  readonly #hashed = new Map<string, ImageReport>();
  /** Paths of images that are not good: they spoil every configuration that refers to them. */
  readonly #spoilt = new Set<string>();

  constructor(fit: Fit, trust: TrustedKeys, rules: SignatureRules, findings: Findings) {
    this.#fit = fit;
    this.#trust = trust;
    this.#rules = rules;
    this.#findings = findings;
    this.#digests = new DataDigests(fit, rules.work);
  }

  isSpoilt(image: FitNode): boolean {
    return this.#spoilt.has(image.path);
  }

  /** Where an image's data lies and what should bind it; its data is not read. */
  locate(image: FitNode): ImageReport {
    const { type, data } = this.#locate(image);
    return { path: image.path, type, data, hashed: false, bound: false, hashes: [], signatures: [] };
  }

  /** Compares an image's data with its hashes and with the signatures by keys that are required for images. */
  check(image: FitNode): ImageReport {
    const known = this.#hashed.get(image.path);
    if (known !== undefined) return known;
    const located = this.#locate(image);
    const { type, data } = located;
    const report = this.#watch(image, () => {
      const hashes = data === undefined ? [] : this.#hashes(image, data, located);
      const signatures = data === undefined ? [] : this.#signatures(image, data);
      const bound = this.#checkBinding(image, located, hashes, signatures);
      return { path: image.path, type, data, hashed: data !== undefined, bound, hashes, signatures };
    });
    this.#hashed.set(image.path, report);
    return report;
  }

  get #strict(): boolean {
    return targets[this.#rules.target].strict;
  }

  #locate(image: FitNode): LocatedImage {
    const known = this.#located.get(image.path);
    if (known !== undefined) return known;
    const located = this.#watch(image, () => {
      const type = this.#findings.try(() => textOf(image, 'type')) ?? '';
      const data = this.#findings.try(() => locateData(this.#fit, image, { strict: this.#strict }));
      const nodes = [...image.children()].filter(isHashNode);
      const hashes = nodes.flatMap((node) => this.#findings.try(() => readHashNode(node, this.#rules.target)) ?? []);
      return { type, data, nodes, hashes };
    });
    this.#located.set(image.path, located);
    return located;
  }

  #hashes(image: FitNode, data: DataPlace, { hashes }: LocatedImage): HashReport[] {
    return hashes.flatMap((hash) => {
      const checked = this.#findings.try(() => checkHash(this.#digests, image, hash, data));
      if (checked === undefined) return [];
      const { algorithm, fault } = checked;
      if (fault !== undefined) this.#findings.report(fault);
      return { path: hash.node.path, algorithm, good: fault === undefined, ignored: hash.ignored };
    });
  }

  #signatures(image: FitNode, data: DataPlace): SignatureReport[] {
    const keys = this.#trust.keys.filter(({ required }) => required !== 'conf');
    if (keys.length === 0) return [];
    const nodes = this.#findings.try(() => signaturesOf(image));
    if (nodes === undefined) return [];
    const reports = nodes.flatMap(
      (node) => this.#findings.try(() => checkImageSignature(this.#digests, data, node, keys, this.#rules)) ?? [],
    );
    checkRequiredKeys({ what: image, nodes, signatures: reports, kind: 'image' }, this.#trust, this.#findings);
    return reports;
  }

  /**
   * A configuration signature reaches data only through a hash. `strict`, and U-Boot that finds out what is signed, refuse
   * an image without any; what U-Boot takes although it binds nothing is not verified. Gives whether the data is bound.
   */
  #checkBinding(
    image: FitNode,
    { data, nodes }: LocatedImage,
    hashes: readonly HashReport[],
    signatures: readonly SignatureReport[],
  ): boolean {
    const { target, allowSha1 } = this.#rules;
    const binds = this.#strict && !allowSha1 ? bindsStrongly : bindsData;
    const good = hashes.filter((hash) => hash.good);
    if (data === undefined || hashes.length < nodes.length || good.length < hashes.length) return false;
    if (good.some(({ algorithm, ignored }) => !ignored && binds(algorithm))) return true;
    const { path, offset } = image;
    const reason = weakness(good, nodes);
    if (this.#strict || (nodes.length === 0 && targets[target].signedSet === 'discovered')) {
      this.#findings.report(new Fault('fit/unprotected', { path, offset, reason }));
      return false;
    }
    const required = this.#requiredForImages();
    const bySignature = required.some((key) => signatures.some(({ goodKeys }) => goodKeys.includes(key.path)));
    if (bySignature) return true;
    this.#findings.report(new Fault('fit/not-verified', { what: fitMessage('fit/data-of', { path }), reason }));
    return false;
  }

  #requiredForImages(): readonly TrustedKey[] {
    return this.#trust.keys.filter(({ required }) => required === 'image');
  }

  #watch<Result>(image: FitNode, action: () => Result): Result {
    const before = this.#findings.faults.length;
    const result = action();
    if (this.#findings.faults.length > before) this.#spoilt.add(image.path);
    return result;
  }
}

function weakness(hashes: readonly HashReport[], nodes: readonly FitNode[]): Message {
  if (nodes.length === 0) return fitMessage('fit/no-hash');
  if (hashes.some(({ algorithm, ignored }) => ignored && bindsData(algorithm))) return fitMessage('fit/ignored-hash');
  return hashes.some(({ algorithm }) => algorithm === 'sha1')
    ? fitMessage('fit/only-sha1')
    : fitMessage('fit/only-checksum');
}
