import { lintRule } from '../rule.ts';

/** There is a configuration. */
export const nothingToVerify = lintRule({
  id: 'nothing-to-verify',
  level: 'error',
  checks: 'There is a configuration.',
  texts: {
    why: 'Only the signature of a configuration says what boots, so no loader can verify anything here.',
    remedy: 'Add configurations with signature nodes, and sign.',
    found: 'there is no configuration',
  },
  *check({ configurations }, say) {
    if (configurations.length === 0) yield { path: '/configurations', found: say('found') };
  },
  failing: { tree: `/delete-node/ &conf; &{/configurations} { /delete-property/ default; };` },
  passing: {
    tree: `&conf { /delete-property/ kernel; /delete-property/ fdt; }; &{/configurations} { /delete-property/ default; };`,
  },
});
