import { isHashNode } from '../../node.ts';
import { listedSignatures } from '../listed.ts';
import { lintRule } from '../rule.ts';

/** A signature protects every image of its configuration with its hash and cipher nodes. */
export const narrowSignature = lintRule({
  id: 'narrow-signature',
  level: 'error',
  checks: 'A signature protects every image of its configuration with its hash and cipher nodes.',
  texts: {
    why: 'What the signature leaves out can be replaced. U-Boot 2026.04 and later refuse such an image.',
    remedy: 'Sign again: bootwright signs everything that the configuration refers to, whatever sign-images says.',
    found: 'leaves out {paths}',
  },
  *check(input, say) {
    for (const { signature, images, listed } of listedSignatures(input)) {
      for (const image of images) {
        const nodes = [image, ...[...image.children()].filter((node) => isHashNode(node) || node.name === 'cipher')];
        const missing = nodes.filter(({ path }) => !listed.has(path)).map(({ path }) => path);
        if (missing.length > 0) yield { path: signature.path, found: say('found', { paths: missing.join(', ') }) };
      }
    }
  },
  failing: {
    tree: `&signature { hashed-nodes = "/", "/configurations/conf-1", "/images/kernel-1", "/images/kernel-1/hash-1"; };`,
  },
});
