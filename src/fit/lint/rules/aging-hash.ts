import { shownText } from '../../node.ts';
import { bindingHashes } from '../hashes.ts';
import { lintRule, signaturesOf } from '../rule.ts';

/** No data or signature depends on SHA-1 alone. */
export const agingHash = lintRule({
  id: 'aging-hash',
  level: 'warning',
  checks: 'No data or signature depends on SHA-1 alone.',
  texts: {
    why: 'Collisions of SHA-1 are practical: whoever makes both images can swap them.',
    remedy: 'Use sha256 or stronger.',
    found: 'the only hash that binds the data is sha1',
    algorithm: 'the algorithm is {algorithm}',
  },
  *check({ images, configurations }, say) {
    for (const image of images) {
      const binding = bindingHashes(image);
      if (binding.length > 0 && binding.every((name) => name === 'sha1'))
        yield { path: image.path, found: say('found') };
    }
    for (const signature of [...images, ...configurations].flatMap(signaturesOf)) {
      const algorithm = shownText(signature, 'algo');
      if (algorithm?.startsWith('sha1,') === true)
        yield { path: signature.path, found: say('algorithm', { algorithm }) };
    }
  },
  failing: { tree: `&kernel_hash { algo = "sha1"; };` },
});
