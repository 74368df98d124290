import { exampleKey } from '../example-key.ts';
import { lintRule } from '../rule.ts';
import { requiredKeys } from '../signing-keys.ts';

/** Every required key has to sign. */
export const anyKey = lintRule({
  id: 'any-key',
  level: 'note',
  checks: 'Every required key has to sign.',
  texts: {
    why: "required-mode is 'any': one of the keys is enough.",
    remedy: "Use 'all' where every signer must agree.",
    found: 'any of {count} keys is enough',
  },
  *check({ trust }, say) {
    const { length: count } = trust === undefined ? [] : requiredKeys(trust);
    if (trust?.mode === 'any' && count > 1) yield { path: '/signature:required-mode', found: say('found', { count }) };
  },
  failing: {
    control: `&{/signature} {
	required-mode = "any";
	${exampleKey}
};`,
  },
  passing: {
    control: `&{/signature} {
	required-mode = "all";
	${exampleKey}
};`,
  },
});
