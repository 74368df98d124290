import type { Property, TreeNode } from '../tree.ts';
import type { SourceFile, Span } from './text.ts';

/** Most nodes and properties have no labels: they share one list, which is replaced and never changed. */
const NO_LABELS: readonly string[] = [];

/** What a source says about a place in a value beyond its bytes. */
export interface Marker {
  readonly kind: 'label' | 'phandle' | 'path' | 'string' | 'u8' | 'u16' | 'u32' | 'u64';
  /** Bytes from the start of the value. */
  offset: number;
  /** Of a label its name; of `phandle` and `path` what is referred to. */
  readonly ref: string;
}

/** The kinds of markers that give a value its type. */
export type ValueKind = Exclude<Marker['kind'], 'label' | 'phandle' | 'path'>;

export const isValueKind = (kind: Marker['kind']): kind is ValueKind =>
  kind !== 'label' && kind !== 'phandle' && kind !== 'path';

/** A property while its tree is being built. */
export class LiveProperty implements Property {
  readonly name: string;
  value: Uint8Array;
  markers: Marker[];
  labels = NO_LABELS;
  deleted = false;
  #file: SourceFile | undefined;
  #start: number;
  #end: number;

  constructor(name: string, value: Uint8Array, markers: Marker[] = [], file?: SourceFile, start = 0, end = 0) {
    this.name = name;
    this.value = value;
    this.markers = markers;
    this.#file = file;
    this.#start = start;
    this.#end = end;
  }

  /** Where it is defined; `undefined` where no source says so. */
  get span(): Span | undefined {
    return this.#file === undefined ? undefined : { file: this.#file, start: this.#start, end: this.#end };
  }

  /** Takes over what a later definition says. */
  redefine(later: LiveProperty): void {
    this.labels = [...later.labels.filter((label) => !this.labels.includes(label)).reverse(), ...this.labels];
    this.value = later.value;
    this.markers = later.markers;
    this.#file = later.#file;
    this.#start = later.#start;
    this.#end = later.#end;
    this.deleted = false;
  }
}

/** Keeps track of which node has which label. */
export interface LabelListener {
  add(label: string, node: LiveNode): void;
  /** All labels of a node and of what is below it. */
  index(node: LiveNode): void;
}

/** A node while its tree is being built. Deleted parts stay in place, since a later definition can bring them back. */
export class LiveNode implements TreeNode {
  name = '';
  properties: LiveProperty[];
  children: LiveNode[];
  labels = NO_LABELS;
  parent: LiveNode | undefined;
  deleted = false;
  omitIfUnused = false;
  referenced = false;
  /** 0 until it is known. */
  phandle = 0;
  /** Where it is defined, first definition first. */
  readonly spans: Span[];
  #childIndex: Map<string, LiveNode> | undefined;

  constructor(properties: LiveProperty[] = [], children: LiveNode[] = [], span?: Span) {
    this.properties = properties;
    this.children = children;
    this.spans = span === undefined ? [] : [span];
    for (const child of children) child.parent = this;
  }

  get path(): string {
    if (this.parent === undefined) return '/';
    const parent = this.parent.path;
    return parent === '/' ? `/${this.name}` : `${parent}/${this.name}`;
  }

  /** The name before its `@`. */
  get baseName(): string {
    const at = this.name.indexOf('@');
    return at < 0 ? this.name : this.name.slice(0, at);
  }

  /** The name after its `@`; empty without one. */
  get unitName(): string {
    const at = this.name.indexOf('@');
    return at < 0 ? '' : this.name.slice(at + 1);
  }

  /** The first property of this name that is not deleted. */
  property(name: string): LiveProperty | undefined {
    const { properties } = this;
    // The checks call this millions of times: an index is quicker than an iterator.
    for (let i = 0; i < properties.length; i++) {
      const property = properties[i]!;
      if (property.name === name && !property.deleted) return property;
    }
    return undefined;
  }

  /** The first child of this name that is not deleted. */
  child(name: string): LiveNode | undefined {
    for (const child of this.children) if (child.name === name && !child.deleted) return child;
    return undefined;
  }

  addChild(child: LiveNode): void {
    child.parent = this;
    this.children.push(child);
    if (this.#childIndex?.has(child.name) === false) this.#childIndex.set(child.name, child);
  }

  addLabel(label: string): void {
    if (!this.labels.includes(label)) this.labels = [label, ...this.labels];
  }

  /**
   * Takes over another definition of this node, and of everything below it.
   *
   * @param labels hears of every label that came with it
   */
  merge(other: LiveNode, labels: LabelListener): void {
    this.deleted = false;
    for (const label of other.labels) {
      this.addLabel(label);
      labels.add(label, this);
    }
    for (const property of other.properties) this.#mergeProperty(property);
    for (const child of other.children) this.#mergeChild(child, labels);
    this.spans.push(...other.spans);
  }

  /** Marks this node, its properties and all below it as deleted. */
  delete(): void {
    this.deleted = true;
    this.labels = NO_LABELS;
    for (const property of this.properties) deleteProperty(property);
    for (const child of this.children) child.delete();
  }

  /** Takes what is deleted out of the tree for good. */
  prune(): void {
    if (this.properties.some((property) => property.deleted)) {
      this.properties = this.properties.filter((property) => !property.deleted);
    }
    if (this.children.some((child) => child.deleted)) {
      this.children = this.children.filter((child) => !child.deleted);
      this.#childIndex = undefined;
    }
    for (const child of this.children) child.prune();
  }

  #mergeProperty(property: LiveProperty): void {
    const old = this.properties.find((one) => one.name === property.name);
    if (property.deleted) {
      if (old !== undefined) deleteProperty(old);
      return;
    }
    if (old === undefined) {
      this.properties.push(property);
      return;
    }
    old.redefine(property);
  }

  #mergeChild(child: LiveNode, labels: LabelListener): void {
    const old = this.#anyChild(child.name);
    if (child.deleted) old?.delete();
    else if (old !== undefined) old.merge(child, labels);
    else {
      this.addChild(child);
      labels.index(child);
    }
  }

  /** The first child of this name, deleted or not. */
  #anyChild(name: string): LiveNode | undefined {
    if (this.children.length < 16) return this.children.find((child) => child.name === name);
    if (this.#childIndex === undefined) {
      this.#childIndex = new Map();
      for (const child of this.children) if (!this.#childIndex.has(child.name)) this.#childIndex.set(child.name, child);
    }
    return this.#childIndex.get(name);
  }
}

function deleteProperty(property: LiveProperty): void {
  property.deleted = true;
  property.labels = NO_LABELS;
}

/** Every node that is not deleted, a parent before its children. */
export function liveNodes(node: LiveNode, into: LiveNode[] = []): LiveNode[] {
  if (node.deleted) return into;
  into.push(node);
  for (const child of node.children) liveNodes(child, into);
  return into;
}
