import { placeOf } from '../data.ts';
import { lintRule } from '../rule.ts';

/** Every image has data. */
export const emptyImage = lintRule({
  id: 'empty-image',
  level: 'warning',
  checks: 'Every image has data.',
  texts: {
    why: 'An image without data has a valid hash but boots nothing.',
    remedy: 'Build the image again: its input file was empty.',
    found: 'its data has no bytes',
  },
  *check({ fit, images }, say) {
    for (const image of images) {
      if (placeOf(fit, image)?.size === 0) yield { path: image.path, found: say('found') };
    }
  },
  failing: { tree: `&fdt { data = []; };` },
});
