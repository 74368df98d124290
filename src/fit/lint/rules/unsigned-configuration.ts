import { lintRule, signaturesOf } from '../rule.ts';

/** Every configuration has a signature node. */
export const unsignedConfiguration = lintRule({
  id: 'unsigned-configuration',
  level: 'error',
  checks: 'Every configuration has a signature node.',
  texts: {
    why: 'Where a key is required, this configuration does not boot; where none is required, anything boots.',
    remedy: 'Add a signature node and sign, or remove the configuration.',
    found: 'there is no signature',
  },
  *check({ configurations }, say) {
    for (const node of configurations) {
      if (signaturesOf(node).length === 0) yield { path: node.path, found: say('found') };
    }
  },
  failing: { tree: `/delete-node/ &signature;` },
});
