import { limitOf } from '../listed.ts';
import { lintRule } from '../rule.ts';

/** U-Boot has room for what the signature of a configuration covers. */
export const beyondLimits = lintRule({
  id: 'beyond-limits',
  level: 'error',
  checks: 'U-Boot has room for what the signature of a configuration covers.',
  texts: {
    why: 'U-Boot has room for 100 signed nodes with paths of 4096 bytes in all, and counts an image each time it is named.',
    remedy: 'Refer to fewer images or join them, and sign the rest in a configuration of its own.',
    found: '{what} exceeds {limit}',
  },
  *check({ fit, configurations }, say) {
    for (const configuration of configurations) {
      const limit = limitOf(fit, configuration);
      if (limit !== undefined) yield { path: configuration.path, found: say('found', limit) };
    }
  },
  failing: { tree: `&conf { loadables = ${Array(101).fill('"kernel-1"').join(', ')}; };` },
});
