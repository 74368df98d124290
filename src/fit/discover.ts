import { Fault, type Message } from '../fault.ts';
import { fitMessage } from './messages.ts';
import { type FitNode, isHashNode, textsIn } from './node.ts';

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
  // The start of a kernel for x86, which runs first (doc/usage/fit/x86-fit-boot.rst).
  'setup',
] as const;

/** `IMAGE_MAX_HASHED_NODES` of U-Boot's image-fit-sig.c: what it hashes for one configuration, at most. */
const MAX_NODES = 100;
/** `FIT_MAX_HASH_PATH_BUF` there, since 2026.04: room for the paths of these nodes, each with its NUL. */
const MAX_PATH_BYTES = 4096;

/** The types of images that a loader takes for what it boots, by the property that names them (`fit_image_load`). */
export const roleTypes: Readonly<Record<'kernel' | 'fdt' | 'ramdisk', readonly string[]>> = {
  kernel: ['kernel', 'kernel_noload', 'firmware', 'tee'],
  fdt: ['flat_dt', 'firmware', 'tee'],
  ramdisk: ['ramdisk', 'firmware', 'tee'],
};

/** The paths of what a configuration signature covers, in the order in which `hashed-nodes` lists them. */
export interface SignedSet {
  readonly paths: readonly string[];
  /** The images among them. */
  readonly images: readonly FitNode[];
  /** Entries of the list that U-Boot makes of them: what is named twice is there twice. */
  readonly listed: number;
}

/**
 * What a configuration signature has to cover: the root, the configuration, every image that any of its string
 * properties names, and their hash, cipher and dm-verity nodes. `first` lists properties whose images come first, as
 * a signature node's `sign-images` orders them; it can only order the set, never narrow it.
 *
 * @throws Fault `fit/limit` where it is more than U-Boot has room for
 */
export function discoverSigned(root: FitNode, configuration: FitNode, first: readonly string[] = []): SignedSet {
  return collect(configuration, references(root, configuration, first), (listed, bytes) => {
    assertListed(configuration, listed);
    if (bytes > MAX_PATH_BYTES) throw tooMuch(configuration, fitMessage('fit/signed-paths'), MAX_PATH_BYTES);
  });
}

/** As `discoverSigned`, whether U-Boot has room for it or not: for showing what is meant to be signed. */
export function coveredSet(root: FitNode, configuration: FitNode): SignedSet {
  return collect(configuration, references(root, configuration, []), () => {});
}

/** The set that U-Boot before 2026.04 signed and trusted: the images of the properties in `sign-images` alone. */
export function narrowSigned(root: FitNode, configuration: FitNode, signImages: readonly string[]): SignedSet {
  return collect(configuration, named(root, configuration, signImages), () => {});
}

/** Faults `fit/limit` where a list of nodes to hash is longer than U-Boot takes. */
export function assertListed(place: FitNode, listed: number): void {
  if (listed > MAX_NODES) throw tooMuch(place, fitMessage('fit/signed-nodes'), MAX_NODES);
}

/** The images that a configuration refers to, in the order of its properties. */
export function imagesOf(root: FitNode, configuration: FitNode): FitNode[] {
  const images = references(root, configuration, []);
  return [...new Map(Array.from(images, (image) => [image.path, image])).values()];
}

/** Every reference of a configuration to an image, in the order of its properties, those of `first` before the others. */
function references(root: FitNode, configuration: FitNode, first: readonly string[]): Iterable<FitNode> {
  const properties = [...configuration.properties()].map(({ name }) => name).filter((name) => !NO_REFERENCES.has(name));
  const given = new Set(properties);
  return named(root, configuration, new Set([...first.filter((name) => given.has(name)), ...properties]));
}

/** The images that some properties of a configuration name; none for a property that is absent or no text. */
function* named(root: FitNode, configuration: FitNode, properties: Iterable<string>): Generator<FitNode> {
  const images = root.child('images');
  for (const property of properties) {
    const value = configuration.property(property)?.value;
    for (const name of (value === undefined ? undefined : textsIn(value)) ?? []) {
      const image = images?.child(name);
      if (image !== undefined) yield image;
    }
  }
}

/** The set of a configuration and its images; `check` hears, after each, how long the list of paths has become. */
function collect(
  configuration: FitNode,
  images: Iterable<FitNode>,
  check: (listed: number, bytes: number) => void,
): SignedSet {
  const always = ['/', configuration.path];
  const found = new Map<
    string,
    { readonly image: FitNode; readonly paths: readonly string[]; readonly bytes: number }
  >();
  let listed = always.length;
  let bytes = textBytes(always);
  for (const image of images) {
    const known = found.get(image.path) ?? describe(image);
    found.set(image.path, known);
    listed += known.paths.length;
    bytes += known.bytes;
    check(listed, bytes);
  }
  const rows = [...found.values()];
  return { paths: [...always, ...rows.flatMap(({ paths }) => paths)], images: rows.map(({ image }) => image), listed };
}

function describe(image: FitNode) {
  const covered = [...image.children()].filter(
    (child) => isHashNode(child) || child.name === 'cipher' || child.name === 'dm-verity',
  );
  const paths = [image.path, ...covered.map(({ path }) => path)];
  return { image, paths, bytes: textBytes(paths) };
}

/** Bytes of texts, each with its NUL; names hold one character for each byte. */
const textBytes = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length + 1, 0);

const tooMuch = ({ path, offset }: FitNode, what: Message, limit: number): Fault =>
  new Fault('fit/limit', { path, offset, what, limit });
