import { lintRule } from '../rule.ts';
import { requiredKeys } from '../signing-keys.ts';

/** The control tree requires a key. */
export const noRequiredKey = lintRule({
  id: 'no-required-key',
  level: 'error',
  checks: 'The control tree requires a key.',
  texts: {
    why: 'The control tree requires no key, so the loader checks nothing.',
    remedy: 'Add the key with --require (mkimage -r).',
    found: '{count} {count|key|keys}, none required',
  },
  *check({ trust }, say) {
    if (trust !== undefined && requiredKeys(trust).length === 0)
      yield { path: '/signature', found: say('found', { count: trust.keys.length }) };
  },
  failing: { control: `&key_dev { /delete-property/ required; };` },
  passing: { control: '' },
});
