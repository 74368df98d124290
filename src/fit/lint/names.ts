import { type FitNode, textsIn } from '../node.ts';

/** The names in a property of a configuration or signature; none where it is no list of texts. */
export function namesIn(node: FitNode, property: string): string[] {
  const value = node.property(property)?.value;
  return (value === undefined ? undefined : textsIn(value)) ?? [];
}
