import { isHashNode } from '../../node.ts';
import { isIgnored } from '../../verify-hash.ts';
import { lintRule } from '../rule.ts';

/** No hash is marked with uboot-ignore. */
export const ignoredHash = lintRule({
  id: 'ignored-hash',
  level: 'error',
  checks: 'No hash is marked with uboot-ignore.',
  texts: {
    why: 'U-Boot skips a hash with uboot-ignore and boots whatever data is there.',
    remedy: 'Remove uboot-ignore and sign again.',
    found: 'the hash is not compared',
  },
  *check({ images }, say) {
    for (const node of images.flatMap((image) => [...image.children()].filter(isHashNode))) {
      if (isIgnored(node)) yield { path: `${node.path}:uboot-ignore`, found: say('found') };
    }
  },
  failing: { tree: `&kernel_hash { uboot-ignore = <1>; };` },
});
