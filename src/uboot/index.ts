export { type Capability, type CapabilityId, capabilityRows } from './capabilities.ts';
export type { CodeEnd } from './code-end.ts';
export { type ControlTree, controlTreeOf } from './control.ts';
export { placeOf, readUBoot, type UBootBinary } from './read.ts';
export { putControlTree } from './replace.ts';
export { type EmbeddedTree, kindOf, MAX_TREES, type TreeKind } from './trees.ts';
export type { Phase, UBootVersion } from './version.ts';
