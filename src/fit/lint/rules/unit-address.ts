import type { Message } from '../../../fault.ts';
import type { FitNode } from '../../node.ts';
import { type LintMatch, lintRule } from '../rule.ts';

/** No node name has a unit address ('@'). */
export const unitAddress = lintRule({
  id: 'unit-address',
  level: 'error',
  checks: "No node name has a unit address ('@').",
  texts: {
    why: "U-Boot refuses '@' in node names of signed images since 2021.04 (CVE-2021-27097).",
    remedy: "Rename the node with '-', for example hash-1.",
    found: "the node is named '{name}'",
  },
  check: ({ fit }, say) => addressesBelow(fit.root, (name) => say('found', { name })),
  failing: { tree: `&kernel { hash@2 { algo = "sha256"; }; };` },
  passing: { tree: `&kernel { hash-2 { algo = "sha256"; }; };` },
});

function* addressesBelow(node: FitNode, say: (name: string) => Message): Generator<LintMatch> {
  for (const child of node.children()) {
    if (child.name.includes('@')) yield { path: child.path, found: say(child.name) };
    yield* addressesBelow(child, say);
  }
}
