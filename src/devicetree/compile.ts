import type { CheckFinding } from './checks/check.ts';
import { type CheckSetting, runChecks } from './checks/run.ts';
import { addFixupNodes, addLabelNode } from './source/generated.ts';
import type { LiveNode } from './source/live.ts';
import { type LiveReservation, type ParsedSource, type ParseOptions, parseSource } from './source/parse.ts';
import { type PhandleFormat, Phandles } from './source/phandles.ts';
import type { DeviceTree } from './tree.ts';

/** As for `parseSource`, with what is added to the compiled tree. */
export interface CompileOptions extends ParseOptions {
  /** Add `__symbols__`, so that overlays can be applied (dtc -@). */
  readonly symbols?: boolean;
  /** Add `__fixups__` and `__local_fixups__` to what is no overlay too (dtc -L). */
  readonly fixups?: boolean;
  /** Add `aliases` for every label (dtc -A). */
  readonly aliases?: boolean;
  readonly phandles?: PhandleFormat;
  readonly checks?: readonly CheckSetting[];
  /** Sort properties, nodes and reservations by name (dtc -s). */
  readonly sort?: boolean;
}

/** A compiled source, ready for `writeBlob` and `printSource`. */
export interface Compiled extends DeviceTree {
  readonly root: LiveNode;
  readonly reservations: readonly LiveReservation[];
  readonly plugin: boolean;
  /** What the checks found; where `failed` is set, the tree is not fit for use. */
  readonly findings: readonly CheckFinding[];
  readonly failed: boolean;
  /** Labels that were in `__symbols__` or `aliases` already, told as dtc does. */
  readonly notes: readonly string[];
  /** Names of the files that were read, in order. */
  readonly files: readonly string[];
}

/**
 * Compiles a device tree source: reads it, checks it, resolves its references and adds what overlays need.
 *
 * @throws Fault `devicetree/source`, `devicetree/include`, `devicetree/limit`
 *
 * @example
 * const { failed, findings, ...tree } = compileSource(utf8('/dts-v1/; / { model = "x"; };'));
 * if (!failed) writeBlob(tree);
 */
export function compileSource(text: Uint8Array, options: CompileOptions = {}): Compiled {
  return finishSource(parseSource(text, options), options);
}

/** The second half of `compileSource`: for a tree that did not come from a source text. */
export function finishSource(source: ParsedSource, options: CompileOptions = {}): Compiled {
  const { root, labels, plugin, bootCpu } = source;
  const symbols = options.symbols ?? false;
  const phandles = new Phandles(options.phandles);
  const { findings, failed } = runChecks(root, { labels, phandles, plugin, symbols, settings: options.checks ?? [] });
  const notes: string[] = [];
  const note = (name: string, known: readonly string[]): void => {
    for (const label of known) notes.push(`WARNING: label ${label} already exists in /${name}`);
  };
  if (options.aliases === true) note('aliases', addLabelNode(root, 'aliases', undefined));
  if (symbols) note('__symbols__', addLabelNode(root, '__symbols__', phandles));
  if (plugin || options.fixups === true) addFixupNodes(root, labels);
  const reservations = options.sort === true ? source.reservations.toSorted(compareReservations) : source.reservations;
  if (options.sort === true) sortNode(root);
  return { root, reservations, bootCpu, plugin, findings, failed, notes, files: source.files.map(({ name }) => name) };
}

const compareReservations = (a: LiveReservation, b: LiveReservation): number =>
  Number(a.address > b.address) - Number(a.address < b.address) || Number(a.size > b.size) - Number(a.size < b.size);

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  Number(a.name > b.name) - Number(a.name < b.name);

function sortNode(node: LiveNode): void {
  node.properties.sort(byName);
  node.children.sort(byName);
  for (const child of node.children) sortNode(child);
}
