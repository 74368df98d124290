import { REFERENCES } from '../../discover.ts';
import { shownText } from '../../node.ts';
import { namesIn } from '../names.ts';
import { lintRule } from '../rule.ts';

/** Every image that a configuration names exists, and so does the default configuration. */
export const missingImage = lintRule({
  id: 'missing-image',
  level: 'error',
  checks: 'Every image that a configuration names exists, and so does the default configuration.',
  texts: {
    why: 'The configuration names an image that does not exist, so it cannot boot.',
    remedy: 'Correct the name.',
    found: "there is no image '{name}'",
    configuration: "there is no configuration '{name}'",
  },
  *check({ fit, configurations }, say) {
    const images = fit.root.child('images');
    for (const configuration of configurations) {
      for (const property of REFERENCES) {
        for (const name of namesIn(configuration, property)) {
          if (images?.child(name) === undefined)
            yield { path: `${configuration.path}:${property}`, found: say('found', { name }) };
        }
      }
    }
    const parent = fit.root.child('configurations');
    const name = parent && shownText(parent, 'default');
    if (parent === undefined || name === undefined) return;
    if (!configurations.some((one) => one.name === name))
      yield { path: `${parent.path}:default`, found: say('configuration', { name }) };
  },
  failing: { tree: `&conf { ramdisk = "ramdisk-1"; };` },
});
