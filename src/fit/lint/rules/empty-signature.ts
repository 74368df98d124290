import { lintRule, signaturesOf } from '../rule.ts';

/** Every signature node has a value. */
export const emptySignature = lintRule({
  id: 'empty-signature',
  level: 'error',
  checks: 'Every signature node has a value.',
  texts: {
    why: 'The signature node has no value: nobody signed.',
    remedy: 'Sign with bootwright fit sign FIT --key KEY.',
    found: 'there is no value',
  },
  *check({ images, configurations }, say) {
    for (const signature of [...images, ...configurations].flatMap(signaturesOf)) {
      if (signature.property('value') === undefined) yield { path: signature.path, found: say('found') };
    }
  },
  failing: { tree: `&signature { /delete-property/ value; };` },
});
