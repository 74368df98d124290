import { hex, loadLayouts } from '../load-layout.ts';
import { lintRule } from '../rule.ts';

/** Nothing is loaded behind an image whose size in memory is unknown. */
export const loadUnknownSize = lintRule({
  id: 'load-unknown-size',
  level: 'note',
  checks: 'Nothing is loaded behind an image whose size in memory is unknown.',
  texts: {
    why: 'The size of an image after decompression is not recorded, so nobody can tell whether it reaches the next one.',
    remedy: 'Compare the distance with the size of the decompressed image, including its bss.',
    found: '{path} is decompressed to {start}, {next} follows after {distance} bytes',
  },
  *check(input, say) {
    for (const { configuration, ranges } of loadLayouts(input)) {
      for (const [i, range] of ranges.entries()) {
        const next = range.compressed ? ranges.slice(i + 1).find(({ start }) => start >= range.end) : undefined;
        if (next === undefined) continue;
        const values = {
          path: range.path,
          start: hex(range.start),
          next: next.path,
          distance: hex(next.start - range.start),
        };
        yield { path: configuration.path, found: say('found', values) };
      }
    }
  },
  failing: { tree: `&kernel { compression = "gzip"; data = [1f 8b 08 00]; }; &fdt { load = <0x41000000>; };` },
  passing: { tree: `&kernel { compression = "gzip"; data = [1f 8b 08 00]; };` },
});
