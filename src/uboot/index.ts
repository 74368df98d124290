/** A U-Boot binary: its device trees, and what its code can do. */
export { type Capability, type CapabilityId, capabilityRows } from './capabilities.ts';
export type { CodeEnd } from './code-end.ts';
export { type ControlTree, controlTreeOf } from './control.ts';
export { ubootMessage } from './messages.ts';
export { readUBoot, type UBootBinary } from './read.ts';
export { putControlTree } from './replace.ts';
export { type EmbeddedTree, MAX_TREES, type TreeKind } from './trees.ts';
export type { Phase, UBootVersion } from './version.ts';
