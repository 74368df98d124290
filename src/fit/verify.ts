import { Fault } from '../fault.ts';
import type { Source } from '../verity/index.ts';
import { imagesOf } from './discover.ts';
import { bindsData, isFitHash } from './hashes.ts';
import { readTrust, type Trust, type TrustedKey } from './key-node.ts';
import { type FitNode, isHashNode, isSignatureNode, textOf } from './node.ts';
import { type DataPlace, type Fit, locateData, openFit, sectionsOf } from './open.ts';
import { danglingIn } from './references.ts';
import { checkShape, type ShapeOptions } from './shape.ts';
import { type Target, targets } from './target.ts';
import { checkHash } from './verify-hash.ts';
import {
  type Coverage,
  checkConfigurationSignature,
  checkImageSignature,
  coverageOf,
  type SignatureReport,
} from './verify-signature.ts';

export interface VerifyOptions extends Partial<ShapeOptions> {
  /** Whose rules apply; `strict` (the default) refuses all that is known to be unsafe. */
  readonly target?: Target | undefined;
  /** The one configuration to check; by default the one that boots by default, and with `strict` every one. */
  readonly configuration?: string | undefined;
}

/** One digest of an image's data. */
export interface HashReport {
  readonly path: string;
  readonly algorithm: string;
  readonly good: boolean;
}

export interface ImageReport {
  readonly path: string;
  readonly type: string;
  /** Where its data lies, in bytes of the input; `undefined` where it could not be found. */
  readonly data: DataPlace | undefined;
  readonly hashes: readonly HashReport[];
  readonly signatures: readonly SignatureReport[];
}

export interface ConfigurationReport {
  readonly path: string;
  readonly isDefault: boolean;
  readonly verified: boolean;
  readonly signatures: readonly SignatureReport[];
  /** What the first good signature covers. */
  readonly coverage: Coverage | undefined;
  readonly images: readonly ImageReport[];
}

/** What a verifier found, in the order in which it looked. */
export interface FitReport {
  readonly verdict: 'verified' | 'refused' | 'not-verified';
  readonly target: Target;
  readonly configurations: readonly ConfigurationReport[];
  /** Every reason against it; empty where it is verified. */
  readonly faults: readonly Fault[];
}

/**
 * Verifies an image tree against the keys of a control device tree, or keys given by name: the signature of each
 * configuration that is checked, over what it has to cover, then the data of every image that it refers to.
 *
 * @param trust a control device tree, or what `readTrust` or `trustKeys` gave
 * @returns the report, whose verdict is `verified`
 * @throws Fault the first reason against it; `fit/not-verified` where no key was required
 * @example
 * const { configurations } = verifyFit(fit, controlDtb);
 */
export function verifyFit(
  input: Uint8Array | Source,
  trust: Uint8Array | Trust,
  options: VerifyOptions = {},
): FitReport {
  return new Verification(input, trust, options, true).run();
}

/**
 * As `verifyFit`, but goes on after a failure and lists every one in the report. Only a tree or a trust store that
 * cannot be read throws.
 */
export function checkFit(
  input: Uint8Array | Source,
  trust: Uint8Array | Trust,
  options: VerifyOptions = {},
): FitReport {
  return new Verification(input, trust, options, false).run();
}

/** Trust in keys that come from elsewhere than a control device tree: each must have signed the configuration. */
export function trustKeys(keys: readonly Pick<TrustedKey, 'publicKey' | 'path'>[]): Trust {
  const trusted = keys.map(({ publicKey, path }) => ({
    path,
    publicKey,
    hint: path,
    hash: undefined,
    required: 'conf' as const,
  }));
  return { keys: trusted, mode: 'all' };
}

class Verification {
  readonly #fit: Fit;
  readonly #trust: Trust;
  readonly #target: Target;
  readonly #options: VerifyOptions;
  readonly #stopAtFirst: boolean;
  readonly #faults: Fault[] = [];
  readonly #images = new Map<string, ImageReport>();
  /** Paths of images that are not good: each is checked once, but spoils every configuration that refers to it. */
  readonly #badImages = new Set<string>();

  constructor(input: Uint8Array | Source, trust: Uint8Array | Trust, options: VerifyOptions, stopAtFirst: boolean) {
    this.#fit = openFit(input);
    this.#trust = trust instanceof Uint8Array ? readTrust(trust) : trust;
    this.#target = options.target ?? 'strict';
    this.#options = options;
    this.#stopAtFirst = stopAtFirst;
  }

  run(): FitReport {
    const { unitAddresses = 'refuse' } = this.#options;
    checkShape(this.#fit, { unitAddresses }, (fault) => this.#report(fault));
    this.#demandTrust();
    const chosen = this.#chosen();
    const sound = this.#faults.length === 0;
    const configurations = chosen.map(({ node, isDefault }) => this.#configuration(node, isDefault, sound));
    return { verdict: this.#verdict(), target: this.#target, configurations, faults: this.#faults };
  }

  get #strict(): boolean {
    return targets[this.#target].strict;
  }

  #required(kind: 'conf' | 'image'): readonly TrustedKey[] {
    return this.#trust.keys.filter((key) => key.required === kind);
  }

  #demandTrust(): void {
    const conf = this.#required('conf').length;
    const image = this.#required('image').length;
    if (conf > 0 || (image > 0 && !this.#strict)) return;
    const reason =
      image > 0
        ? "only 'image' keys are required: nothing protects configurations, load addresses and entry points"
        : 'no key is required';
    this.#report(new Fault('fit/not-verified', { what: 'the image tree', reason }));
  }

  #chosen(): { node: FitNode; isDefault: boolean }[] {
    const { configurations } = sectionsOf(this.#fit);
    if (configurations === undefined) {
      const reason = 'there are no configurations, so nothing says what boots';
      this.#report(new Fault('fit/configuration', { path: '/configurations', offset: 0, reason }));
      return [];
    }
    const all = [...configurations.children()];
    const wanted = this.#options.configuration;
    // U-Boot falls back to the first configuration where there is no default.
    const standard = textOf(configurations, 'default') ?? all[0]?.name;
    const name = wanted ?? standard;
    const node = all.find((candidate) => candidate.name === name);
    if (node === undefined) {
      const offset = configurations.property('default')?.offset ?? configurations.offset;
      const path = wanted === undefined ? '/configurations:default' : `/configurations/${wanted}`;
      this.#report(
        new Fault('fit/configuration', { path, offset, reason: `there is no configuration '${name ?? ''}'` }),
      );
      return [];
    }
    const others = wanted === undefined && this.#strict ? all.filter((other) => other !== node) : [];
    return [node, ...others].map((one) => ({ node: one, isDefault: one.name === standard }));
  }

  #configuration(configuration: FitNode, isDefault: boolean, sound: boolean): ConfigurationReport {
    const before = this.#faults.length;
    const keys = this.#trust.keys.filter(({ required }) => required !== 'image');
    const nodes = [...configuration.children()].filter(isSignatureNode);
    const signatures = nodes.flatMap((node) => this.#try(() => this.#signature(configuration, node, keys)) ?? []);
    this.#demandKeys(configuration, nodes, signatures, this.#required('conf'));
    const goodPath = signatures.find(({ goodKeys }) => goodKeys.length > 0)?.path;
    const good = nodes.find(({ path }) => path === goodPath);
    const coverage = good === undefined ? undefined : coverageOf(this.#fit, configuration, good, this.#target);
    this.#references(configuration);
    const images = imagesOf(this.#fit.root, configuration).map((image) => this.#image(image));
    const spoilt = images.some(({ path }) => this.#badImages.has(path));
    const verified = sound && !spoilt && this.#faults.length === before;
    return { path: configuration.path, isDefault, verified, signatures, coverage, images };
  }

  #signature(configuration: FitNode, node: FitNode, keys: readonly TrustedKey[]): SignatureReport {
    return checkConfigurationSignature(this.#fit, configuration, node, keys, this.#target);
  }

  /** Every required key has signed, or one of them where the mode is `any`. */
  #demandKeys(
    what: FitNode,
    nodes: readonly FitNode[],
    signatures: readonly SignatureReport[],
    required: readonly TrustedKey[],
  ): void {
    const missing = required.filter((key) => !signatures.some(({ goodKeys }) => goodKeys.includes(key.path)));
    if (missing.length === 0 || (this.#trust.mode === 'any' && missing.length < required.length)) return;
    for (const key of missing) {
      const attempt = signatures.find(({ hint }) => hint === key.hint) ?? signatures[0];
      // Why a signature could not be looked at was reported.
      if (attempt === undefined && nodes.length > 0) continue;
      const failure = attempt?.failures.find((one) => one.key === key.path);
      const place = attempt ?? what;
      const reason = failure?.reason ?? 'there is no signature by this key';
      this.#report(new Fault('fit/signature', { path: place.path, offset: place.offset, key: key.path, reason }));
    }
  }

  #references(configuration: FitNode): void {
    const images = sectionsOf(this.#fit).images;
    for (const { property, name } of this.#try(() => [...danglingIn(configuration, images)]) ?? []) {
      const { offset } = configuration.property(property)!;
      const reason = `there is no image '${name}'`;
      this.#report(new Fault('fit/configuration', { path: `${configuration.path}:${property}`, offset, reason }));
    }
  }

  #image(image: FitNode): ImageReport {
    const known = this.#images.get(image.path);
    if (known !== undefined) return known;
    const before = this.#faults.length;
    const type = this.#try(() => textOf(image, 'type')) ?? '';
    const data = this.#try(() => locateData(this.#fit, image, { strict: this.#strict }));
    const hashes = data === undefined ? [] : this.#hashes(image, data);
    const signatures = data === undefined ? [] : this.#imageSignatures(image, data);
    const report = { path: image.path, type, data, hashes, signatures };
    this.#images.set(image.path, report);
    if (this.#faults.length > before) this.#badImages.add(image.path);
    return report;
  }

  #hashes(image: FitNode, data: DataPlace): HashReport[] {
    const nodes = [...image.children()].filter(isHashNode);
    const reports = nodes.flatMap((node) => this.#try(() => this.#hash(image, node, data)) ?? []);
    const binding = reports.some(({ algorithm, good }) => good && isFitHash(algorithm) && bindsData(algorithm));
    const failed = reports.length < nodes.length || reports.some(({ good }) => !good);
    if (this.#strict && !binding && !failed) {
      const reason =
        nodes.length === 0 ? 'no hash node binds the data' : 'a checksum or md5 does not bind the data to a signature';
      this.#report(new Fault('fit/unprotected', { path: image.path, offset: image.offset, reason }));
    }
    return reports;
  }

  #hash(image: FitNode, node: FitNode, data: DataPlace): HashReport {
    const { algorithm, fault } = checkHash(this.#fit, image, node, data);
    if (fault !== undefined) this.#report(fault);
    return { path: node.path, algorithm, good: fault === undefined };
  }

  #imageSignatures(image: FitNode, data: DataPlace): SignatureReport[] {
    const keys = this.#trust.keys.filter(({ required }) => required !== 'conf');
    const required = this.#required('image');
    const nodes = [...image.children()].filter(isSignatureNode);
    if (keys.length === 0) return [];
    const reports = nodes.flatMap((node) => this.#try(() => checkImageSignature(this.#fit, data, node, keys)) ?? []);
    this.#demandKeys(image, nodes, reports, required);
    return reports;
  }

  #verdict(): FitReport['verdict'] {
    const [first] = this.#faults;
    if (first === undefined) return 'verified';
    return this.#faults.every(({ code }) => code === 'fit/not-verified') ? 'not-verified' : 'refused';
  }

  #try<Result>(action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#report(error);
      return undefined;
    }
  }

  #report(fault: Fault): void {
    if (this.#stopAtFirst) throw fault;
    // All signatures of a configuration meet the same limit.
    if (this.#faults.at(-1) !== fault) this.#faults.push(fault);
  }
}
