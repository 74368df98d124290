import { roleTypes } from '../../discover.ts';
import { shownText } from '../../node.ts';
import { namesIn } from '../names.ts';
import { lintRule } from '../rule.ts';

/** Every image that a configuration names is of a type that the loader takes there. */
export const wrongType = lintRule({
  id: 'wrong-type',
  level: 'warning',
  checks: 'Every image that a configuration names is of a type that the loader takes there.',
  texts: {
    why: 'The loader does not take an image of that type in this place, and boots nothing.',
    remedy: "Set the image's 'type' to what it is, or name another image.",
    found: "{name} is of type '{type}'",
  },
  *check({ fit, configurations }, say) {
    const images = fit.root.child('images');
    for (const configuration of configurations) {
      for (const [property, types] of Object.entries(roleTypes)) {
        for (const name of namesIn(configuration, property)) {
          const image = images?.child(name);
          const type = image && (shownText(image, 'type') ?? '');
          if (type === undefined || types.includes(type)) continue;
          yield { path: `${configuration.path}:${property}`, found: say('found', { name, type }) };
        }
      }
    }
  },
  failing: { tree: `&fdt { type = "kernel"; };` },
});
