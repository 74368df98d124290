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
  passing: {
    control: `&{/signature} {
	required-mode = "all";
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
});
