import { hashesOf } from '../hashes.ts';
import { lintRule } from '../rule.ts';

/** Every image has a hash node. */
export const noHash = lintRule({
  id: 'no-hash',
  level: 'error',
  checks: 'Every image has a hash node.',
  texts: {
    why: 'A configuration signature protects data only through hash nodes.',
    remedy: 'Add a hash node with algo = "sha256".',
    found: 'there is no hash node',
  },
  *check({ images }, say) {
    for (const image of images) {
      if (hashesOf(image).length === 0) yield { path: image.path, found: say('found') };
    }
  },
  failing: { tree: `/delete-node/ &kernel_hash;` },
});
