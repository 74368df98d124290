import type { ByteSource } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { type BootChoice, type Chosen, chooseConfigurations } from './choose.ts';
import { imagesOf } from './discover.ts';
import { Findings } from './findings.ts';
import { readTrust, type TrustedKey, type TrustedKeys } from './key-node.ts';
import { fitMessage } from './messages.ts';
import type { FitNode } from './node.ts';
import { type Fit, openFit, sectionsOf } from './open.ts';
import { danglingIn } from './references.ts';
import { checkShape, type ShapeOptions } from './shape.ts';
import { type FitTarget, targets } from './target.ts';
import { ImageChecks, type ImageReport } from './verify-image.ts';
import {
  type Coverage,
  checkConfigurationSignature,
  coverageOf,
  type SignatureReport,
  type SignatureRules,
  signaturesOf,
} from './verify-signature.ts';
import { WorkBudget } from './work-budget.ts';
import { checkRequiredKeys } from './wrong-key.ts';

/** By whose rules an image tree is verified, and which configuration. */
export interface FitVerifyOptions extends Partial<ShapeOptions> {
  /** Whose rules apply; `strict` (the default) refuses all that is known to be unsafe. */
  readonly target?: FitTarget | undefined;
  /** The one configuration to check: where a person names it to the boot loader. */
  readonly configuration?: string | undefined;
  /**
   * The `compatible` of the board, most specific first, for a loader with FIT_BEST_MATCH: what it would choose is
   * checked. Without it, and without `configuration`, everything is checked that some board would boot.
   */
  readonly board?: readonly string[] | undefined;
  /** Takes SHA-1, in signatures and as the one hash of an image, where the target is `strict`, which refuses it. */
  readonly allowSha1?: boolean | undefined;
}

/** What verifying a configuration found. */
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
  readonly target: FitTarget;
  /** Which configuration boots. */
  readonly choice: BootChoice;
  /** Those that were checked; the one that boots, where it is known, is the first. */
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
 * @throws Fault the first reason against it; `fit/not-verified` where no key was required, or nothing boots by default
 * @example
 * const { configurations } = verifyFit(fit, controlDtb, { board: ['acme,board-2', 'acme,board'] });
 */
export function verifyFit(
  input: Uint8Array | ByteSource,
  trust: Uint8Array | TrustedKeys,
  options: FitVerifyOptions = {},
): FitReport {
  return new Verification(input, trust, options, true).run();
}

/**
 * As `verifyFit`, but goes on after a failure and lists every one in the report. Only a tree or a trust store that
 * cannot be read throws.
 */
export function checkFit(
  input: Uint8Array | ByteSource,
  trust: Uint8Array | TrustedKeys,
  options: FitVerifyOptions = {},
): FitReport {
  return new Verification(input, trust, options, false).run();
}

/** Trust in keys that come from elsewhere than a control device tree: each must have signed the configuration. */
export function trustKeys(keys: readonly Pick<TrustedKey, 'publicKey' | 'path'>[]): TrustedKeys {
  const trusted = keys.map(({ publicKey, path }) => ({
    path,
    publicKey,
    hint: path,
    hash: undefined,
    required: 'conf' as const,
  }));
  return { keys: trusted, mode: 'all' };
}

/** The report of the configuration that boots. Faults `fit/not-verified` where it is not known which does. */
export function bootedConfiguration({ choice, configurations }: FitReport): ConfigurationReport {
  const found = configurations.find(({ path }) => path === choice.boots);
  if (found !== undefined) return found;
  throw new Fault('fit/not-verified', { what: fitMessage('fit/image-tree'), reason: fitMessage('fit/unknown-boot') });
}

class Verification {
  readonly #fit: Fit;
  readonly #trust: TrustedKeys;
  readonly #options: FitVerifyOptions;
  readonly #rules: SignatureRules;
  readonly #findings: Findings;
  readonly #images: ImageChecks;

  constructor(
    input: Uint8Array | ByteSource,
    trust: Uint8Array | TrustedKeys,
    options: FitVerifyOptions,
    stopAtFirst: boolean,
  ) {
    this.#fit = openFit(input);
    this.#trust = trust instanceof Uint8Array ? readTrust(trust) : trust;
    this.#options = options;
    const { target = 'strict', allowSha1 = false } = options;
    this.#rules = { target, allowSha1, work: new WorkBudget(this.#fit.size) };
    this.#findings = new Findings(stopAtFirst);
    this.#images = new ImageChecks(this.#fit, this.#trust, this.#rules, this.#findings);
  }

  run(): FitReport {
    const { unitAddresses = 'refuse' } = this.#options;
    const { target } = this.#rules;
    const { faults } = this.#findings;
    checkShape(this.#fit, { unitAddresses }, (fault) => this.#findings.report(fault));
    this.#checkTrust();
    const sound = faults.length === 0;
    const { choice, candidates } = this.#choose();
    const shaped = !this.#findings.refusedSince(0);
    const configurations = candidates.map((node) => this.#configuration(node, choice.default, { sound, shaped }));
    return { verdict: this.#verdict(), target, choice, configurations, faults };
  }

  #required(kind: 'conf' | 'image'): readonly TrustedKey[] {
    return this.#trust.keys.filter((key) => key.required === kind);
  }

  #checkTrust(): void {
    const conf = this.#required('conf').length;
    const image = this.#required('image').length;
    if (conf > 0 || (image > 0 && !targets[this.#rules.target].strict)) return;
    const reason = image > 0 ? fitMessage('fit/no-vouching') : fitMessage('fit/no-required-key');
    this.#findings.report(new Fault('fit/not-verified', { what: fitMessage('fit/image-tree'), reason }));
  }

  #choose(): Pick<Chosen, 'choice' | 'candidates'> {
    const { configurations } = sectionsOf(this.#fit);
    const { configuration, board = [] } = this.#options;
    if (configurations === undefined) {
      const reason = fitMessage('fit/no-configurations');
      this.#findings.report(new Fault('fit/configuration', { path: '/configurations', offset: 0, reason }));
      return {
        choice: { board, boots: undefined, by: undefined, default: undefined, bestMatch: [] },
        candidates: [],
      };
    }
    const { target } = this.#rules;
    const chosen = chooseConfigurations(this.#fit, configurations, { target, configuration, board });
    if (chosen.fault !== undefined) this.#findings.report(chosen.fault);
    return chosen;
  }

  #configuration(
    configuration: FitNode,
    standard: string | undefined,
    tree: { readonly sound: boolean; readonly shaped: boolean },
  ): ConfigurationReport {
    const { faults } = this.#findings;
    const before = faults.length;
    const { signatures, coverage } = this.#signatures(configuration);
    this.#references(configuration);
    const images = imagesOf(this.#fit.root, configuration);
    if (images.length === 0) this.#reportEmpty(configuration);
    // What was refused stays so, whatever its data is.
    const refused = !tree.shaped || this.#findings.refusedSince(before);
    const reports = images.map((image) => (refused ? this.#images.locate(image) : this.#images.check(image)));
    const spoilt = images.some((image) => this.#images.isSpoilt(image));
    const verified = tree.sound && !refused && !spoilt && faults.length === before;
    const { path } = configuration;
    return { path, isDefault: path === standard, verified, signatures, coverage, images: reports };
  }

  #signatures(configuration: FitNode): Pick<ConfigurationReport, 'signatures' | 'coverage'> {
    const nodes = this.#findings.try(() => signaturesOf(configuration));
    if (nodes === undefined) return { signatures: [], coverage: undefined };
    const keys = this.#trust.keys.filter(({ required }) => required !== 'image');
    const signatures = nodes.flatMap(
      (node) => this.#findings.try(() => this.#signature(configuration, node, keys)) ?? [],
    );
    checkRequiredKeys({ what: configuration, nodes, signatures, kind: 'conf' }, this.#trust, this.#findings);
    const goodPath = signatures.find(({ goodKeys }) => goodKeys.length > 0)?.path;
    const good = nodes.find(({ path }) => path === goodPath);
    const coverage = good === undefined ? undefined : coverageOf(this.#fit, configuration, good, this.#rules.target);
    return { signatures, coverage };
  }

  #signature(configuration: FitNode, node: FitNode, keys: readonly TrustedKey[]): SignatureReport {
    return checkConfigurationSignature(this.#fit, configuration, node, keys, this.#rules);
  }

  #references(configuration: FitNode): void {
    const images = sectionsOf(this.#fit).images;
    for (const { property, name } of this.#findings.try(() => [...danglingIn(configuration, images)]) ?? []) {
      const { offset } = configuration.property(property)!;
      const reason = fitMessage('fit/no-image', { name });
      const path = `${configuration.path}:${property}`;
      this.#findings.report(new Fault('fit/configuration', { path, offset, reason }));
    }
  }

  #reportEmpty({ path, offset }: FitNode): void {
    this.#findings.report(new Fault('fit/configuration', { path, offset, reason: fitMessage('fit/names-no-image') }));
  }

  #verdict(): FitReport['verdict'] {
    if (this.#findings.faults.length === 0) return 'verified';
    return this.#findings.refusedSince(0) ? 'refused' : 'not-verified';
  }
}
