/** The inner face of the room: what other rooms need, and programs do not. */

export { digestSizeOf, isAlgorithm, parseAlgorithm } from './algorithm.ts';
export { type Area, assertNoOverlap } from './area.ts';
export { faultOf as treeFault } from './check.ts';
export { MAX_DESCRIPTION_SIZE } from './description.ts';
export type { Subject } from './explain.ts';

export { blocksUpTo, messageOf } from './fec/layout.ts';
export { treeOffsetOf } from './geometry.ts';
export { asWarning, describeBlock, drawTree } from './info.ts';
export { verityMessage } from './messages.ts';
export { assertParameters, findProblem, isBlockSize } from './parameters.ts';
export type { TreePlace } from './pass.ts';
export { PAGE_SIZE, releasesOf } from './profile.ts';
export { asUuid, seeded } from './seed.ts';
export { describeProblem, printUntaken, problemsOf } from './support.ts';
export { openSubject, readSuperblockAt } from './verify.ts';
