/** The inner face of the room: what other rooms need, and programs do not. */
export { type Area, assertNoOverlap } from './area.ts';
export { rootOf } from './build.ts';
export { MAX_DESCRIPTION_SIZE } from './description.ts';
export { asWarning, describeBlock } from './info.ts';
export { assertParameters, isBlockSize } from './parameters.ts';
export { passesOf, type TreePlace } from './pass.ts';
export { PAGE_SIZE } from './profile.ts';
export { asUuid } from './seed.ts';
export { readSuperblockAt } from './verify.ts';
