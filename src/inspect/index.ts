/** Any image as one tree of named byte ranges. */
export type { Chain, Edge, Link } from './chain.ts';
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
export { judgeAll, judgeOne, parseHash, rootHashesOf } from './judge.ts';
export { inspectionData, plain, printInspection } from './print.ts';
export { judgementData, printJudgement, printVerdict, verdictData } from './print-verdict.ts';
export type { Judgement, TrustChoice, Verdict, VerdictStep } from './verdict.ts';
