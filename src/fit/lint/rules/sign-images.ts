import { namesIn } from '../names.ts';
import { lintRule, signaturesOf } from '../rule.ts';

/** sign-images names properties that the configuration has. */
export const signImages = lintRule({
  id: 'sign-images',
  level: 'warning',
  checks: 'sign-images names properties that the configuration has.',
  texts: {
    why: 'mkimage signs what sign-images names, and silently leaves out a name that is misspelt.',
    remedy: "Name properties of the configuration in 'sign-images', or remove it: bootwright signs everything anyway.",
    found: "the configuration has no property '{name}'",
  },
  *check({ configurations }, say) {
    for (const configuration of configurations) {
      for (const signature of signaturesOf(configuration)) {
        for (const name of namesIn(signature, 'sign-images')) {
          if (configuration.property(name) === undefined)
            yield { path: `${signature.path}:sign-images`, found: say('found', { name }) };
        }
      }
    }
  },
  failing: { tree: `&signature { sign-images = "kernel", "ftd"; };` },
});
