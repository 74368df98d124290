import { imagesOf } from '../discover.ts';
import { bindsData, isFitHash } from '../hashes.ts';
import { type FitNode, isHashNode, shownText } from '../node.ts';
import { isIgnored } from '../verify-hash.ts';
import { type LintRule, signaturesOf } from './rule.ts';

/** Rules about images and what binds their data. */
export const imageRules = {
  'no-hash': {
    level: 'error',
    why: 'A configuration signature covers data only through hash nodes.',
    remedy: 'Add a hash node with sha256.',
    *check({ images }) {
      for (const image of images) {
        if (hashesOf(image).length === 0) yield { path: image.path, found: 'there is no hash node' };
      }
    },
  },
  'weak-hash': {
    level: 'error',
    why: 'Checksums and md5 can be met by other data, so the signature does not bind the data.',
    remedy: 'Use sha256 or stronger.',
    *check({ images }) {
      for (const image of images) {
        const hashes = hashesOf(image);
        if (hashes.length > 0 && bindingHashes(image).length === 0)
          yield { path: image.path, found: `the hashes are ${hashes.join(', ')}` };
      }
    },
  },
  'ignored-hash': {
    level: 'error',
    why: 'U-Boot passes over a hash with uboot-ignore, and boots whatever data stands there.',
    remedy: 'Take uboot-ignore out, and sign again.',
    *check({ images }) {
      for (const node of images.flatMap((image) => [...image.children()].filter(isHashNode))) {
        if (isIgnored(node)) yield { path: `${node.path}:uboot-ignore`, found: 'the hash is not to be compared' };
      }
    },
  },
  'aging-hash': {
    level: 'warning',
    why: 'Collisions of SHA-1 are practical; who makes both images can swap them.',
    remedy: 'Use sha256 or stronger.',
    *check({ images, configurations }) {
      for (const image of images) {
        const binding = bindingHashes(image);
        if (binding.length > 0 && binding.every((name) => name === 'sha1'))
          yield { path: image.path, found: 'the one binding hash is sha1' };
      }
      for (const signature of [...images, ...configurations].flatMap(signaturesOf)) {
        const algorithm = shownText(signature, 'algo');
        if (algorithm?.startsWith('sha1,') === true)
          yield { path: signature.path, found: `the algorithm is ${algorithm}` };
      }
    },
  },
  'unreferenced-image': {
    level: 'note',
    why: 'No configuration refers to this image, so no signature covers it.',
    remedy: 'Refer to it, or leave it out.',
    *check({ fit, images, configurations }) {
      const referenced = new Set(configurations.flatMap((one) => imagesOf(fit.root, one)).map(({ path }) => path));
      for (const { path } of images) {
        if (!referenced.has(path)) yield { path, found: 'no configuration refers to it' };
      }
    },
  },
  'ambiguous-data': {
    level: 'error',
    why: 'Loaders that prefer one place over the other see different data.',
    remedy: 'Sign again with -F, or delete the property that is stale.',
    *check({ images }) {
      for (const image of images) {
        const places = ['data', 'data-offset', 'data-position'].filter((name) => image.property(name) !== undefined);
        if (places.length > 1) yield { path: image.path, found: `there are ${places.join(' and ')}` };
      }
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

const hashesOf = (image: FitNode): string[] =>
  [...image.children()].filter(isHashNode).map((node) => shownText(node, 'algo') ?? '');

const bindingHashes = (image: FitNode): string[] =>
  hashesOf(image).filter((name) => isFitHash(name) && bindsData(name));
