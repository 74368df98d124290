import { type LabelListener, LiveNode, liveNodes } from './live.ts';

/** The labels of a tree that is being built, for finding the node that a reference means. */
export class Labels implements LabelListener {
  readonly root: LiveNode;
  readonly #nodes = new Map<string, LiveNode[]>();

  constructor(root: LiveNode) {
    this.root = root;
    this.index(root);
  }

  /** Takes up the labels of a node and all below it. */
  index(node: LiveNode): void {
    for (const one of liveNodes(node)) for (const label of one.labels) this.add(label, one);
  }

  add(label: string, node: LiveNode): void {
    const nodes = this.#nodes.get(label);
    if (nodes === undefined) this.#nodes.set(label, [node]);
    else if (!nodes.includes(node)) nodes.push(node);
  }

  /** The node with a label. */
  labelled(label: string): LiveNode | undefined {
    return this.#nodes.get(label)?.find((node) => !node.deleted && node.labels.includes(label));
  }

  /** The node of a reference as written: `label`, `/path`, or `label/path` below a labelled node. */
  find(reference: string): LiveNode | undefined {
    if (reference.startsWith('/')) return findLive(this.root, reference);
    const slash = reference.indexOf('/');
    if (slash < 0) return this.labelled(reference);
    const start = this.labelled(reference.slice(0, slash));
    return start && findLive(start, reference.slice(slash));
  }
}

/** The node at a path of exact names below another, leaving out deleted ones. */
export function findLive(root: LiveNode, path: string): LiveNode | undefined {
  let node: LiveNode | undefined = root.deleted ? undefined : root;
  for (const name of path.split('/')) if (name !== '') node = node?.child(name);
  return node;
}

/** The path below which a tree keeps generated nodes; made where it does not exist. */
export function childNamed(parent: LiveNode, name: string): LiveNode {
  const existing = parent.child(name);
  if (existing !== undefined) return existing;
  const child = new LiveNode();
  child.name = name;
  parent.addChild(child);
  return child;
}
