import type { FitNode } from '../node.ts';
import type { Found, LintRule } from './rule.ts';

/** Rules about the tree as such: its root and its names. */
export const treeRules = {
  'unit-address': {
    level: 'error',
    why: "U-Boot that checks signatures refuses '@' in node names since 2021.04 (CVE-2021-27097).",
    remedy: "Name the node with '-' instead, as in hash-1.",
    check: ({ fit }) => addressesBelow(fit.root),
  },
  'no-description': {
    level: 'warning',
    why: "U-Boot's format check wants a description in the root.",
    remedy: "Add 'description' to the root.",
    *check({ fit }) {
      if (fit.root.property('description') === undefined) yield { path: '/', found: 'the root has no description' };
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

function* addressesBelow(node: FitNode): Generator<Found> {
  for (const child of node.children()) {
    if (child.name.includes('@')) yield { path: child.path, found: `the name is '${child.name}'` };
    yield* addressesBelow(child);
  }
}
