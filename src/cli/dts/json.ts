import { hexText, utf8Text } from '../../binary/index.ts';
import type { Property, TreeNode } from '../../devicetree/index.ts';
import { guessKind, latin1Bytes } from '../../devicetree/internal.ts';

/** A node as `--json` shows it: every value in hexadecimal, and as text where it looks like text. */
export function jsonNode(node: TreeNode): object {
  return {
    name: node.name,
    ...(node.place === undefined ? {} : { start: node.place.start, end: node.place.end }),
    properties: node.properties.map(jsonProperty),
    children: node.children.map(jsonNode),
  };
}

export function jsonProperty({ name, value, place }: Property): object {
  const texts =
    value.length > 0 && guessKind(value, []) === 'string' ? utf8Text(value.subarray(0, -1)).split('\0') : [];
  return {
    name: utf8Text(latin1Bytes(name)),
    hex: hexText(value),
    ...(texts.length > 0 ? { texts } : {}),
    ...(place === undefined ? {} : { start: place.start, end: place.end }),
  };
}
