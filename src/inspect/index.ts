export { type Chain, chainOf, type Link } from './chain.ts';
export { compare, type Difference } from './compare.ts';
export { inspect } from './inspect.ts';
export type { Cover, Digest, Finding, Inspection, Kind, Opened, Piece, Stop, VerityPlace } from './inspection.ts';
export { judge } from './judge.ts';
export { type BranchStep, branchOf, shapeOf } from './merkle.ts';
export { mergeCovers, plain, printInspection } from './print.ts';
export type { Stage, Verdict } from './verdict.ts';
