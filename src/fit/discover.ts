import { descend, type FitNode, isHashNode, textListOf, textsIn } from './node.ts';

/** String properties of a configuration that never name images (U-Boot 2026.04's list). */
const NO_REFERENCES: ReadonlySet<string> = new Set(['description', 'compatible', 'default']);

/** Properties of a configuration that boot loaders follow to images; what they name must exist. */
export const REFERENCES = [
  'kernel',
  'fdt',
  'ramdisk',
  'firmware',
  'loadables',
  'fpga',
  'script',
  'standalone',
] as const;

/** The paths of what a configuration signature covers, in the order in which `hashed-nodes` lists them. */
export interface SignedSet {
  readonly paths: readonly string[];
  /** The images among them. */
  readonly images: readonly FitNode[];
}

/**
 * What a configuration signature has to cover: the root, the configuration, every image that any of its string
 * properties names, and their hash, cipher and dm-verity nodes. `first` lists properties whose images come first, as
 * a signature node's `sign-images` orders them; it can only order the set, never narrow it.
 */
export function discoverSigned(root: FitNode, configuration: FitNode, first: readonly string[] = []): SignedSet {
  const images = imagesOf(root, configuration, first);
  return { paths: ['/', configuration.path, ...images.flatMap(signedPathsOf)], images };
}

/** The set that U-Boot before 2026.04 signed and trusted: the images of the properties in `sign-images` alone. */
export function narrowSigned(root: FitNode, configuration: FitNode, signImages: readonly string[]): SignedSet {
  const names = signImages.flatMap((property) => referencesOf(configuration, property));
  const images = unique(names.flatMap((name) => descend(root, 'images')?.child(name) ?? []));
  return { paths: ['/', configuration.path, ...images.flatMap(signedPathsOf)], images };
}

/** The images that a configuration refers to, in the order of its properties, those of `first` before the others. */
export function imagesOf(root: FitNode, configuration: FitNode, first: readonly string[] = []): FitNode[] {
  const images = descend(root, 'images');
  const properties = [...configuration.properties()].map(({ name }) => name).filter((name) => !NO_REFERENCES.has(name));
  const ordered = [...first.filter((name) => properties.includes(name)), ...properties];
  return unique(
    ordered.flatMap((name) => referencesOf(configuration, name)).flatMap((name) => images?.child(name) ?? []),
  );
}

/** The names in one property of a configuration; none where it is absent or no text. */
function referencesOf(configuration: FitNode, property: string): string[] {
  const value = configuration.property(property)?.value;
  return value === undefined || textsIn(value) === undefined ? [] : textListOf(configuration, property);
}

function signedPathsOf(image: FitNode): string[] {
  const covered = [...image.children()].filter(
    (child) => isHashNode(child) || child.name === 'cipher' || child.name === 'dm-verity',
  );
  return [image.path, ...covered.map(({ path }) => path)];
}

function unique(images: readonly FitNode[]): FitNode[] {
  return images.filter((image, i) => images.findIndex(({ path }) => path === image.path) === i);
}
