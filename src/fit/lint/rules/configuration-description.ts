import { lintRule } from '../rule.ts';

/** Every configuration has a description. */
export const configurationDescription = lintRule({
  id: 'configuration-description',
  level: 'note',
  checks: 'Every configuration has a description.',
  texts: {
    why: 'SPL chooses among configurations by their descriptions, and refuses an image tree in which one has none.',
    remedy: "Add 'description' to the configuration; for SPL it is the name of the board.",
    found: 'the configuration has no description',
  },
  *check({ configurations }, say) {
    for (const node of configurations) {
      if (node.property('description') === undefined) yield { path: node.path, found: say('found') };
    }
  },
  failing: { tree: `&conf { /delete-property/ description; };` },
});
