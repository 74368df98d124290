import { isFault, type Message, messageFrom } from '../../fault.ts';
import { discoverSigned, imagesOf } from '../discover.ts';
import { type FitNode, textsIn } from '../node.ts';
import type { Fit } from '../open.ts';
import { type LintInput, signaturesOf } from './rule.ts';

/** What a configuration has too much of to be signed or verified. */
export function limitOf(
  { root }: Fit,
  configuration: FitNode,
): { readonly what: Message; readonly limit: number } | undefined {
  try {
    discoverSigned(root, configuration);
    return undefined;
  } catch (error) {
    if (!isFault(error, 'fit/limit')) throw error;
    const { what, limit } = error.context;
    return { what: messageFrom(what), limit };
  }
}

/** A signature of a configuration that lists which nodes it covers, as far as that can be believed. */
export interface ListedSignature {
  readonly signature: FitNode;
  readonly images: readonly FitNode[];
  readonly listed: ReadonlySet<string>;
}

export function* listedSignatures({ fit, configurations }: LintInput): Generator<ListedSignature> {
  for (const configuration of configurations) {
    if (limitOf(fit, configuration) !== undefined) continue;
    for (const signature of signaturesOf(configuration)) {
      const record = signature.property('hashed-nodes')?.value;
      const texts = record === undefined ? undefined : textsIn(record);
      if (texts !== undefined) yield { signature, images: imagesOf(fit.root, configuration), listed: new Set(texts) };
    }
  }
}
