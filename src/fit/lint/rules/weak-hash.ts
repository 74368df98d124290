import { bindingHashes, hashesOf } from '../hashes.ts';
import { lintRule } from '../rule.ts';

/** One of the hashes of every image binds its data. */
export const weakHash = lintRule({
  id: 'weak-hash',
  level: 'error',
  checks: 'One of the hashes of every image binds its data.',
  texts: {
    why: 'Other data with the same checksum or md5 can be made, so the signature does not bind the data.',
    remedy: 'Use sha256 or stronger.',
    found: 'the hashes are {hashes}',
  },
  *check({ images }, say) {
    for (const image of images) {
      const hashes = hashesOf(image);
      if (hashes.length > 0 && bindingHashes(image).length === 0)
        yield { path: image.path, found: say('found', { hashes: hashes.join(', ') }) };
    }
  },
  failing: { tree: `&kernel_hash { algo = "md5"; };` },
});
