import { lintRule, signaturesOf } from '../rule.ts';

/** Where images are signed, a configuration is signed too. */
export const imageSignatureOnly = lintRule({
  id: 'image-signature-only',
  level: 'warning',
  checks: 'Where images are signed, a configuration is signed too.',
  texts: {
    why: 'An image signature protects the data only: load address, type and combination can be changed.',
    remedy: 'Sign configurations, and keep image signatures only where an old loader needs them.',
    found: '{count} {count|image is|images are} signed, no configuration is',
  },
  *check({ images, configurations }, say) {
    const { length: count } = images.filter((image) => signaturesOf(image).length > 0);
    const isSigned = configurations.some((node) => signaturesOf(node).length > 0);
    if (count > 0 && !isSigned) yield { path: '/images', found: say('found', { count }) };
  },
  failing: {
    tree: `/delete-node/ &signature; &kernel { signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; };`,
  },
  passing: { tree: `/delete-node/ &signature;` },
});
