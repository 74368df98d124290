import { Fault, type Message } from '../fault.ts';
import { fitMessage } from './messages.ts';
import type { FitNode } from './node.ts';
import { type Fit, sectionsOf } from './open.ts';

/** U-Boot walks no deeper (`FDT_MAX_DEPTH` of `fdt_find_regions` in image-fit-sig.c). */
const MAX_DEPTH = 32;
/** What a path and two more bytes may take: the buffer of `fdt_find_regions` has 200 bytes. */
const MAX_PATH_LENGTH = 199;

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
    if (depth >= MAX_DEPTH) throw beyond(node, fitMessage('fit/nesting'), MAX_DEPTH);
    for (const fault of repeatedNames(node)) report(fault);
    const children = [...node.children()];
    const stems = options.unitAddresses === 'exact' ? countStems(children) : undefined;
    for (const child of children) {
      if (node.path.length + child.name.length + 2 > MAX_PATH_LENGTH)
        throw beyond(child, fitMessage('fit/path-length'), MAX_PATH_LENGTH);
      if (child.name.includes('@') && (stems === undefined || stems.get(stem(child.name)) !== 1)) {
        report(new Fault('fit/unit-address', { path: child.path, offset: child.offset }));
      }
      checkNode(child, depth + 1);
    }
  }
}

/**
 * The child that libfdt finds under a name: the first whose name is it, whatever unit address follows (fdt_ro.c,
 * fdt_nodename_eq_). It has to be the one of exactly this name, and no other may be called so.
 *
 * @throws Fault `fit/unit-address`, `fit/duplicate`
 */
export function soleChild(node: FitNode, name: string): FitNode | undefined {
  const [found, second] = [...node.children()].filter((child) => stem(child.name) === name);
  for (const one of [found, second]) {
    if (one !== undefined && one.name !== name) {
      throw new Fault('fit/unit-address', { path: one.path, offset: one.offset });
    }
  }
  if (second !== undefined)
    throw new Fault('fit/duplicate', { path: second.path, offset: second.offset, what: 'node' });
  return found;
}

/** Refuses a node below which two readers could see different things, as `checkShape` does a whole image tree. */
export function assertShape(node: FitNode): void {
  for (const fault of repeatedNames(node)) throw fault;
  for (const child of node.children()) {
    if (child.name.includes('@')) throw new Fault('fit/unit-address', { path: child.path, offset: child.offset });
    assertShape(child);
  }
}

/** A fault for each property and each child whose name another before it has. */
function* repeatedNames(node: FitNode): Generator<Fault> {
  const kinds = { property: node.properties(), node: node.children() } as const;
  for (const what of ['property', 'node'] as const) {
    const seen = new Set<string>();
    for (const { name, offset } of kinds[what]) {
      if (seen.has(name)) {
        const path = what === 'node' ? `${node.path === '/' ? '' : node.path}/${name}` : `${node.path}:${name}`;
        yield new Fault('fit/duplicate', { path, offset, what });
      }
      seen.add(name);
    }
  }
}

const stem = (name: string): string => name.split('@')[0] ?? name;

/** How many siblings a loose lookup by each name would find. */
function countStems(siblings: readonly FitNode[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of siblings) counts.set(stem(name), (counts.get(stem(name)) ?? 0) + 1);
  return counts;
}

const beyond = ({ path, offset }: FitNode, what: Message, limit: number): Fault =>
  new Fault('fit/limit', { path, offset, what, limit });
