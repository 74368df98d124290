import { Fault } from '../fault.ts';
import type { FitNode } from './node.ts';
import type { Fit } from './open.ts';
import { sectionsOf } from './open.ts';

/** U-Boot walks no deeper (`FDT_MAX_DEPTH` of `fdt_find_regions` in image-fit-sig.c). */
const DEPTH_MAX = 32;
/** Names and lists in fixed buffers of U-Boot: the longest path. */
const PATH_MAX = 4096;

export interface ShapeOptions {
  /**
   * `refuse` node names with '@', as U-Boot with signatures does since 2021.04; `exact` accepts them where no sibling
   * has the same name before the '@', so that even a loose lookup finds one node.
   */
  readonly unitAddresses: 'refuse' | 'exact';
}

/**
 * Refuses trees in which two readers could see different things: equal names, '@' in names, paths beyond U-Boot's
 * limits. Gives every fault to `report`.
 */
export function checkShape(fit: Fit, options: ShapeOptions, report: (fault: Fault) => void): void {
  sectionsOf(fit);
  checkNode(fit.root, 0);

  function checkNode(node: FitNode, depth: number): void {
    if (depth >= DEPTH_MAX || node.path.length > PATH_MAX) {
      const [what, limit] = depth >= DEPTH_MAX ? ['nesting', DEPTH_MAX] : ['path', PATH_MAX];
      throw new Fault('fit/limit', { path: node.path, offset: node.offset, what: String(what), limit: Number(limit) });
    }
    reportTwice(node.properties(), 'property');
    reportTwice(node.children(), 'node');
    const children = [...node.children()];
    for (const child of children) {
      if (child.name.includes('@') && (options.unitAddresses === 'refuse' || isAmbiguous(child, children))) {
        report(new Fault('fit/unit-address', { path: child.path, offset: child.offset }));
      }
      checkNode(child, depth + 1);
    }

    function reportTwice(
      items: Iterable<{ readonly name: string; readonly offset: number }>,
      what: 'node' | 'property',
    ) {
      const seen = new Set<string>();
      for (const { name, offset } of items) {
        if (seen.has(name)) {
          const path = what === 'node' ? `${node.path === '/' ? '' : node.path}/${name}` : `${node.path}:${name}`;
          report(new Fault('fit/duplicate', { path, offset, what }));
        }
        seen.add(name);
      }
    }
  }
}

const stem = (name: string): string => name.split('@')[0] ?? name;

function isAmbiguous(node: FitNode, siblings: readonly FitNode[]): boolean {
  return siblings.some((other) => other !== node && stem(other.name) === stem(node.name));
}
