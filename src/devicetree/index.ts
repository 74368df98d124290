/** Device trees: compile, read, edit, check, print, apply overlays. */
export { type Blob, type ReadOptions, readBlob, readHeader } from './blob.ts';
export type { CheckFinding } from './checks/check.ts';
export { type CheckOptions, type CheckSetting, runChecks } from './checks/run.ts';
export { type Compiled, type CompileOptions, compileSource } from './compile.ts';
export {
  type EditOptions,
  Editor,
  type EditToken,
  type NodeItem,
  type NopItem,
  type PropertyItem,
} from './edit.ts';
export { type WriteBlobOptions, writeBlob } from './flatten.ts';
export { Header, MAGIC, MAX_DEPTH, MAX_ITEMS, MAX_NAME_SIZE, PropertyEntry, ReservationEntry } from './layout.ts';
export { NodeReader } from './node-reader.ts';
export { applyOverlay } from './overlay.ts';
export { lookUp } from './path.ts';
export { printAssembly } from './source/assemble.ts';
export { sourceFromTree } from './source/from-tree.ts';
export type { LoadFile } from './source/lex.ts';
export { LiveNode, LiveProperty } from './source/live.ts';
export { type ParsedSource, type ParseOptions, parseSource } from './source/parse.ts';
export { type PrintableTree, type PrintSourceOptions, printSource } from './source/print.ts';
export { printYaml } from './source/yaml.ts';
export { type Token, TokenReader } from './tokens.ts';
export {
  type DeviceTree,
  encodeValue,
  findNode,
  findProperty,
  makeNode,
  makeProperty,
  makeTree,
  type NodePlace,
  type Property,
  type PropertyInput,
  type PropertyPlace,
  type Reservation,
  type TreeNode,
  walk,
} from './tree.ts';
