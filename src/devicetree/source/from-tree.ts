import type { DeviceTree, TreeNode } from '../tree.ts';
import { Labels } from './labels.ts';
import { LiveNode, LiveProperty } from './live.ts';
import type { ParsedSource } from './parse.ts';

/** A tree that was read from a blob as one that can be checked and compiled further; its values stay views. */
export function sourceFromTree(tree: DeviceTree): ParsedSource {
  const root = toLive(tree.root);
  return {
    plugin: false,
    reservations: tree.reservations.map((reservation) => ({ ...reservation, labels: [] })),
    root,
    labels: new Labels(root),
    bootCpu: tree.bootCpu,
    files: [],
  };
}

function toLive(node: TreeNode): LiveNode {
  const properties = node.properties.map(({ name, value }) => new LiveProperty(name, value));
  const live = new LiveNode(properties, node.children.map(toLive));
  live.name = node.name;
  return live;
}
