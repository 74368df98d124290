import { loadLayouts, showRange } from '../load-layout.ts';
import { lintRule } from '../rule.ts';

/** Images of a configuration are loaded next to each other. */
export const loadOverlap = lintRule({
  id: 'load-overlap',
  level: 'warning',
  checks: 'Images of a configuration are loaded next to each other.',
  texts: {
    why: 'Images of one configuration are loaded over each other, so what runs is not what was verified.',
    remedy:
      'Move one of the load addresses, or remove those of the device tree and the ramdisk: U-Boot then finds room.',
    found: '{first} overlaps {second}',
  },
  *check(input, say) {
    for (const { configuration, ranges } of loadLayouts(input)) {
      for (const [i, second] of ranges.entries()) {
        for (const first of ranges.slice(0, i)) {
          if (second.start < first.end)
            yield {
              path: configuration.path,
              found: say('found', { first: showRange(first), second: showRange(second) }),
            };
        }
      }
    }
  },
  failing: { tree: `&fdt { load = <0x40080001>; };` },
  passing: { tree: `&fdt { load = <0x40100000>; };` },
});
