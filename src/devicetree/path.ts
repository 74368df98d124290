import type { NodeItem } from './edit-items.ts';
import { latin1 } from './latin1.ts';

/**
 * Finds a node as libfdt does: names without a unit address match the first node of that name with any address, and a
 * path that does not start at the root starts with an alias. Only for tools that act on request: what is signed is
 * never found this way.
 *
 * @returns `'bad-path'` for a relative path whose first name is no alias
 */
export function lookUp(root: NodeItem, path: string): NodeItem | 'bad-path' | undefined {
  let node: NodeItem | undefined = root;
  let rest = path;
  if (!path.startsWith('/')) {
    const slash = path.indexOf('/');
    const alias = slash < 0 ? path : path.slice(0, slash);
    const target = root.childLoosely('aliases')?.property(alias)?.value;
    if (target === undefined || target[0] !== 0x2f) return 'bad-path';
    const start = lookUp(root, latin1(target.subarray(0, target.indexOf(0) < 0 ? undefined : target.indexOf(0))));
    if (start === undefined || start === 'bad-path') return start;
    node = start;
    rest = slash < 0 ? '' : path.slice(slash);
  }
  for (const name of rest.split('/')) if (name !== '') node = node?.childLoosely(name);
  return node;
}
