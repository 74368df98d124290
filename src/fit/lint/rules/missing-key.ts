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
	key-other {
		required = "conf";
		algo = "sha256,ecdsa256";
		key-name-hint = "other";
		ecdsa,curve = "prime256v1";
		ecdsa,x-point = [7cf27b18 8d034f7e 8a523803 04b51ac3 c08969e2 77f21b35 a60b48fc 47669978];
		ecdsa,y-point = [07775510 db8ed040 293d9ac6 9f7430db ba7dade6 3ce98229 9e04b79d 227873d1];
	};
};`,
  },
  passing: { control: '' },
});
