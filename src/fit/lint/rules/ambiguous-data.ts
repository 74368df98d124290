import { lintRule } from '../rule.ts';

/** The data of an image is given in one way. */
export const ambiguousData = lintRule({
  id: 'ambiguous-data',
  level: 'error',
  checks: 'The data of an image is given in one way.',
  texts: {
    why: 'Loaders that prefer different places see different data.',
    remedy: 'Sign again with -F, or delete the stale property.',
    found: 'there are {properties}',
  },
  *check({ images }, say) {
    for (const image of images) {
      const places = ['data', 'data-offset', 'data-position'].filter((name) => image.property(name) !== undefined);
      if (places.length > 1) yield { path: image.path, found: say('found', { properties: places.join(' and ') }) };
    }
  },
  failing: { tree: `&kernel { data-offset = <0>; };` },
});
