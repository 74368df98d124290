import { exampleKey } from '../example-key.ts';
import { lintRule, signaturesOf } from '../rule.ts';
import { algorithmOf, isSignedBy } from '../signing-keys.ts';

/** Every required key signed. */
export const missingKey = lintRule({
  id: 'missing-key',
  level: 'error',
  checks: 'Every required key signed.',
  texts: {
    why: 'A loader with this control tree refuses what a required key has not signed.',
    remedy: 'Sign with the required key, or put the key that signed into the control tree.',
    found: 'no signature by {keys}',
  },
  *check({ trust, images, configurations }, say) {
    if (trust === undefined) return;
    const { keys, mode } = trust;
    for (const [nodes, kind] of [
      [configurations, 'conf'],
      [images, 'image'],
    ] as const) {
      const required = keys.filter((key) => key.required === kind);
      for (const node of nodes) {
        const signatures = signaturesOf(node);
        const missing = required.filter((key) => !signatures.some((signature) => isSignedBy(signature, key)));
        if (missing.length === 0 || (mode === 'any' && missing.length < required.length)) continue;
        const names = missing.map((key) => `${key.hint} (${algorithmOf(key)})`);
        yield { path: node.path, found: say('found', { keys: names.join(mode === 'all' ? ' and ' : ' or ') }) };
      }
    }
  },
  failing: {
    control: `&{/signature} {
	${exampleKey}
};`,
  },
  passing: { control: '' },
});
