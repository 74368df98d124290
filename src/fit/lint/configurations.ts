import { REFERENCES } from '../discover.ts';
import { shownText, textsIn } from '../node.ts';
import type { LintRule } from './rule.ts';

/** Rules about what configurations refer to. */
export const configurationRules = {
  'missing-image': {
    level: 'danger',
    why: 'The configuration names an image that does not exist, so it cannot boot.',
    mend: 'Correct the name.',
    *check({ fit, configurations }) {
      const images = fit.root.child('images');
      for (const configuration of configurations) {
        for (const property of REFERENCES) {
          const value = configuration.property(property)?.value;
          for (const name of (value === undefined ? undefined : textsIn(value)) ?? []) {
            if (images?.child(name) === undefined)
              yield { path: `${configuration.path}:${property}`, found: `there is no image '${name}'` };
          }
        }
      }
      const parent = fit.root.child('configurations');
      const standard = parent && shownText(parent, 'default');
      if (parent === undefined || standard === undefined) return;
      if (!configurations.some(({ name }) => name === standard))
        yield { path: `${parent.path}:default`, found: `there is no configuration '${standard}'` };
    },
  },
  'no-default': {
    level: 'warning',
    why: 'Without a default the first configuration boots.',
    mend: "Add 'default' to /configurations.",
    *check({ fit }) {
      const parent = fit.root.child('configurations');
      if (parent !== undefined && shownText(parent, 'default') === undefined)
        yield { path: parent.path, found: "there is no 'default'" };
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;
