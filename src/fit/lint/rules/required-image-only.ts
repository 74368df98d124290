import { lintRule } from '../rule.ts';
import { requiredKeys } from '../signing-keys.ts';

/** A key is required for configurations. */
export const requiredImageOnly = lintRule({
  id: 'required-image-only',
  level: 'error',
  checks: 'A key is required for configurations.',
  texts: {
    why: "Keys that are required for 'image' only leave configurations unprotected.",
    remedy: "Require a key for 'conf'.",
    found: "every required key is for 'image'",
  },
  *check({ trust }, say) {
    const required = trust === undefined ? [] : requiredKeys(trust);
    if (required.length > 0 && required.every((key) => key.required !== 'conf'))
      yield { path: '/signature', found: say('found') };
  },
  failing: {
    tree: `&kernel { signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; }; &fdt { signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; };`,
    control: `&key_dev { required = "image"; };`,
  },
  passing: {
    tree: `&kernel { signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; }; &fdt { signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; };`,
    control: '',
  },
});
