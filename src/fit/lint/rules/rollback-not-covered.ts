import { lintRule, signaturesOf } from '../rule.ts';

/** Nothing relies on the signatures to keep old images from booting. */
export const rollbackNotCovered = lintRule({
  id: 'rollback-not-covered',
  level: 'note',
  checks: 'Nothing relies on the signatures to keep old images from booting.',
  texts: {
    why: 'An older image with good signatures verifies too: the format has no version that is checked.',
    remedy: 'Check a version in the boot command, or change keys when an image must no longer boot.',
    found: 'signatures carry no version',
  },
  *check({ configurations }, say) {
    if (configurations.some((node) => signaturesOf(node).length > 0))
      yield { path: '/configurations', found: say('found') };
  },
  failing: {},
  passing: { tree: `/delete-node/ &signature;` },
});
