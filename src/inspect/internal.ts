/** What other rooms of this package need of this one, beside its public face. */

export { claimsOf } from './claims.ts';
export { isTrustable } from './inspection.ts';
export { decideAll, depthOf } from './judge.ts';
export { type BranchStep, branchOf, shapeOf } from './merkle.ts';
export { inspectMessage } from './messages.ts';
