import { shownText } from '../../node.ts';
import { lintRule, signaturesOf } from '../rule.ts';
import { isSignedBy } from '../signing-keys.ts';

/** The control tree has the key of every signature. */
export const unknownKey = lintRule({
  id: 'unknown-key',
  level: 'warning',
  checks: 'The control tree has the key of every signature.',
  texts: {
    why: 'A signature by a key that is not in the control tree proves nothing there.',
    remedy: 'Put the key into the control tree, or remove the signature.',
    found: 'the signature is by {key} ({algorithm})',
  },
  *check({ trust, images, configurations }, say) {
    if (trust === undefined) return;
    for (const signature of [...configurations, ...images].flatMap(signaturesOf)) {
      if (trust.keys.some((key) => isSignedBy(signature, key))) continue;
      const key = shownText(signature, 'key-name-hint') ?? '';
      yield { path: signature.path, found: say('found', { key, algorithm: shownText(signature, 'algo') ?? '' }) };
    }
  },
  failing: {
    tree: `&conf { signature-2 { algo = "sha256,ecdsa256"; key-name-hint = "guest"; value = [00]; }; };`,
    control: '',
  },
  passing: { control: '' },
});
