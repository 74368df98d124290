import { encodeValue } from '../tree.ts';
import { type LiveNode, LiveProperty } from './live.ts';

/** Which property holds a generated phandle: `phandle`, the older `linux,phandle`, or both. */
export type PhandleFormat = 'epapr' | 'legacy' | 'both';

/** 0 and −1 mean that there is none. */
export const isPhandle = (value: number): boolean => value !== 0 && value !== 0xffff_ffff;

/** The phandles of a tree: which node has which, and the next free one. */
export class Phandles {
  readonly #format: PhandleFormat;
  readonly #nodes = new Map<number, LiveNode>();
  #next = 1;

  constructor(format: PhandleFormat = 'epapr') {
    this.#format = format;
  }

  /** The node with a phandle. */
  node(phandle: number): LiveNode | undefined {
    const node = this.#nodes.get(phandle);
    return node?.deleted === false ? node : undefined;
  }

  /** Notes the phandle that a node has by its own property. */
  claim(node: LiveNode, phandle: number): void {
    node.phandle = phandle;
    this.#nodes.set(phandle, node);
  }

  /** The phandle of a node; where it has none, the lowest free one, which becomes its property. */
  of(node: LiveNode): number {
    if (isPhandle(node.phandle)) return node.phandle;
    while (this.node(this.#next) !== undefined) this.#next++;
    this.claim(node, this.#next);
    if (this.#format !== 'epapr') addPhandle(node, 'linux,phandle');
    if (this.#format !== 'legacy') addPhandle(node, 'phandle');
    return node.phandle;
  }
}

function addPhandle(node: LiveNode, name: string): void {
  if (node.property(name) !== undefined) return;
  node.properties.push(new LiveProperty(name, encodeValue(node.phandle), [{ kind: 'u32', offset: 0, ref: '' }]));
}
