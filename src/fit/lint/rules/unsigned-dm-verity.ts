import { listedSignatures } from '../listed.ts';
import { lintRule } from '../rule.ts';

/** A signature protects the dm-verity nodes of its images. */
export const unsignedDmVerity = lintRule({
  id: 'unsigned-dm-verity',
  level: 'error',
  checks: 'A signature protects the dm-verity nodes of its images.',
  texts: {
    why: 'Whoever changes the root hash can change the file system.',
    remedy: 'Sign again with a signer that protects dm-verity nodes (bootwright, or mkimage 2026.10).',
    found: 'leaves out {path}',
  },
  *check(input, say) {
    for (const { signature, images, listed } of listedSignatures(input)) {
      for (const { path } of images.flatMap((image) => image.child('dm-verity') ?? [])) {
        if (!listed.has(path)) yield { path: signature.path, found: say('found', { path }) };
      }
    }
  },
  failing: { tree: `&kernel { dm-verity { }; };` },
});
