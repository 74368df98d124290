import type { Labels } from '../source/labels.ts';
import type { LiveNode, LiveProperty } from '../source/live.ts';
import type { Phandles } from '../source/phandles.ts';

/** Something that a check found. */
export interface CheckFinding {
  /** The name of the check, as `-W` and `-E` take it. */
  readonly check: string;
  readonly level: 'warning' | 'error';
  /** Path of the node; `undefined` for a check that could not run. */
  readonly path: string | undefined;
  readonly property: string | undefined;
  readonly reason: string;
  /** `file:line.column-column` of the definition, where it came from a source. */
  readonly place: string | undefined;
  /** Where else the node is defined. */
  readonly also: readonly string[];
}

/** What a check sees of the tree beside its node, and where it reports. */
export interface CheckContext {
  readonly root: LiveNode;
  readonly labels: Labels;
  readonly phandles: Phandles;
  /** Whether the tree is an overlay: references may lead out of it. */
  readonly plugin: boolean;
  /** Whether labelled nodes will be named in `__symbols__`. */
  readonly symbols: boolean;
  /** `#address-cells` and `#size-cells` of a node; −1 where it has none. Known after the check `addr_size_cells`. */
  readonly cells: Map<LiveNode, { readonly address: number; readonly size: number }>;
  /** The bus that a node is; known after the checks that find buses. */
  readonly buses: Map<LiveNode, Bus>;
  readonly report: (node: LiveNode, reason: string, property?: LiveProperty) => void;
}

type Bus = 'pci' | 'simple' | 'i2c' | 'spi' | 'graph-port' | 'graph-ports';

/** One row of the table of checks. */
export interface TreeCheck {
  readonly name: string;
  /** What holds where it finds nothing, in one sentence. */
  readonly about: string;
  /** A source in which the check finds something; documentation shows it and tests run it. */
  readonly failing?: string;
  /** One in which it finds nothing. */
  readonly passing?: string;
  /** What it does unless it is told otherwise. */
  readonly level: 'warning' | 'error' | 'off';
  /** Checks that must have passed before this one means anything. */
  readonly needs?: readonly string[];
  /** The property without which the check has nothing to say about a node: it is not called for others. */
  readonly on?: string;
  /** Looks at one node; called for each, parents first. Some put right what they look at. */
  readonly run: (node: LiveNode, context: CheckContext) => void;
}
