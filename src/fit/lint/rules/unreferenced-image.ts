import { imagesOf } from '../../discover.ts';
import { lintRule } from '../rule.ts';

/** Every image is part of a configuration. */
export const unreferencedImage = lintRule({
  id: 'unreferenced-image',
  level: 'note',
  checks: 'Every image is part of a configuration.',
  texts: {
    why: 'No configuration refers to this image, so no signature protects it.',
    remedy: 'Refer to it from a configuration, or leave it out.',
    found: 'no configuration refers to it',
  },
  *check({ fit, images, configurations }, say) {
    const referenced = new Set(configurations.flatMap((one) => imagesOf(fit.root, one)).map(({ path }) => path));
    for (const { path } of images) {
      if (!referenced.has(path)) yield { path, found: say('found') };
    }
  },
  failing: { tree: `&conf { /delete-property/ fdt; }; &signature { sign-images = "kernel"; };` },
});
