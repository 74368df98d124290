import { lintRule } from '../rule.ts';

/** The root has a description. */
export const noDescription = lintRule({
  id: 'no-description',
  level: 'warning',
  checks: 'The root has a description.',
  texts: {
    why: "U-Boot's format check requires a description in the root.",
    remedy: "Add 'description' to the root.",
    found: 'the root has no description',
  },
  *check({ fit }, say) {
    if (fit.root.property('description') === undefined) yield { path: '/', found: say('found') };
  },
  failing: { tree: `/ { /delete-property/ description; };` },
});
