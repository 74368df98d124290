import { Fault, type Message } from '../fault.ts';
import { REFERENCES } from './discover.ts';
import { fitMessage } from './messages.ts';
import { type FitNode, textListOf, textOf } from './node.ts';

/** A name in a configuration that no image has. */
export interface Dangling {
  readonly property: string;
  readonly name: string;
}

/** The names in the properties of a configuration that boot loaders follow, as far as no image has them. */
export function* danglingIn(configuration: FitNode, images: FitNode | undefined): Generator<Dangling> {
  for (const property of REFERENCES) {
    for (const name of textListOf(configuration, property))
      if (images?.child(name) === undefined) yield { property, name };
  }
}

/** Refuses a tree that U-Boot takes for no image tree (`fit_check_format`), as mkimage does. */
export function assertFormat(root: FitNode): void {
  const reason =
    root.child('images') === undefined
      ? fitMessage('fit/no-images')
      : root.property('description') === undefined
        ? fitMessage('fit/no-description')
        : undefined;
  if (reason !== undefined) throw new Fault('fit/structure', { path: '/', offset: root.offset, reason });
}

/** Refuses a tree in which a configuration names an image, or `default` a configuration, that is not there. */
export function assertReferences(root: FitNode): void {
  const parent = root.child('configurations');
  if (parent === undefined) return;
  const images = root.child('images');
  for (const configuration of parent.children()) {
    for (const { property, name } of danglingIn(configuration, images)) {
      throw missing(configuration, property, fitMessage('fit/no-image', { name }));
    }
  }
  const standard = textOf(parent, 'default');
  if (standard !== undefined && parent.child(standard) === undefined) {
    throw missing(parent, 'default', fitMessage('fit/no-configuration', { name: standard }));
  }
}

const missing = (node: FitNode, property: string, reason: Message): Fault =>
  new Fault('fit/structure', {
    path: `${node.path}:${property}`,
    offset: node.property(property)?.offset ?? 0,
    reason,
  });
