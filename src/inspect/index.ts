export type { Chain, Edge, Link } from './chain.ts';
export { claimsOf } from './claims.ts';
export { compare, type PieceDifference } from './compare.ts';
export { collectEvidence, type Depth, type Evidence } from './evidence.ts';
export { inspect } from './inspect.ts';
export type {
  Digest,
  FileKind,
  Finding,
  Inspection,
  Opened,
  Piece,
  ProtectedRange,
  ProtectionState,
  Stop,
  VerityPlace,
} from './inspection.ts';
export { isTrustable } from './inspection.ts';
export { decideAll, depthOf, judgeAll, judgeOne, parseHash, rootHashesOf } from './judge.ts';
export { type BranchStep, branchOf, shapeOf } from './merkle.ts';
export { inspectionData, mergeRanges, plain, printInspection } from './print.ts';
export { judgementData, printJudgement, printVerdict, verdictData } from './print-verdict.ts';
export type { Judgement, TrustChoice, Verdict, VerdictStep } from './verdict.ts';
