import { keyNameOf } from '../algorithm.ts';
import type { TrustedKey, TrustedKeys } from '../key-node.ts';
import { type FitNode, shownText } from '../node.ts';
import { type Found, type LintInput, type LintRule, signaturesOf } from './rule.ts';

/** Rules about the control tree that would verify the image tree. */
export const trustRules = {
  'no-required-key': {
    level: 'error',
    why: 'The control tree requires no key, so the loader checks nothing.',
    remedy: 'Add the key with --require (mkimage -r).',
    *check({ trust }) {
      if (trust !== undefined && requiredIn(trust).length === 0)
        yield { path: '/signature', found: `${trust.keys.length} keys, none required` };
    },
  },
  'required-image-only': {
    level: 'error',
    why: "Keys required for 'image' alone leave configurations free.",
    remedy: "Require a key for 'conf'.",
    *check({ trust }) {
      const required = trust === undefined ? [] : requiredIn(trust);
      if (required.length > 0 && required.every((key) => key.required !== 'conf'))
        yield { path: '/signature', found: "every required key is for 'image'" };
    },
  },
  'any-key': {
    level: 'note',
    why: "required-mode is 'any': one of the keys is enough.",
    remedy: "Use 'all' where every signer must agree.",
    *check({ trust }) {
      const { length } = trust === undefined ? [] : requiredIn(trust);
      if (trust?.mode === 'any' && length > 1)
        yield { path: '/signature:required-mode', found: `any of ${length} keys is enough` };
    },
  },
  'missing-key': {
    level: 'error',
    why: 'A loader with this control tree refuses what a required key has not signed.',
    remedy: 'Sign with the required key, or put the key that signed into the control tree.',
    check: missingKeys,
  },
  'unknown-key': {
    level: 'warning',
    why: 'A signature by a key that the control tree does not have vouches for nothing there.',
    remedy: 'Put the key into the control tree, or remove the signature.',
    *check({ trust, images, configurations }) {
      if (trust === undefined) return;
      for (const signature of [...configurations, ...images].flatMap(signaturesOf)) {
        if (trust.keys.some((key) => isBy(signature, key))) continue;
        const by = `${shownText(signature, 'key-name-hint') ?? ''} (${shownText(signature, 'algo') ?? ''})`;
        yield { path: signature.path, found: `it is by ${by}` };
      }
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

const requiredIn = ({ keys }: TrustedKeys): TrustedKey[] => keys.filter(({ required }) => required !== undefined);

/** What the tree's signatures say of their keys; who really signed, only verifying tells. */
function* missingKeys({ trust, images, configurations }: LintInput): Generator<Found> {
  if (trust === undefined) return;
  const { keys, mode } = trust;
  for (const [nodes, kind] of [
    [configurations, 'conf'],
    [images, 'image'],
  ] as const) {
    const required = keys.filter((key) => key.required === kind);
    for (const node of nodes) {
      const signatures = signaturesOf(node);
      const missing = required.filter((key) => !signatures.some((signature) => isBy(signature, key)));
      if (missing.length === 0 || (mode === 'any' && missing.length < required.length)) continue;
      const wanted = missing.map((key) => `${key.hint} (${algorithmOf(key)})`);
      yield { path: node.path, found: `no signature by ${wanted.join(mode === 'all' ? ' and ' : ' or ')}` };
    }
  }
}

/** Whether a signature says that a key made it. */
const isBy = (signature: FitNode, key: TrustedKey): boolean =>
  shownText(signature, 'key-name-hint') === key.hint && shownText(signature, 'algo') === algorithmOf(key);

const algorithmOf = ({ hash, publicKey }: TrustedKey): string => `${hash ?? ''},${keyNameOf(publicKey)}`;
