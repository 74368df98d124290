import { bindsData, isFitHash } from '../hashes.ts';
import { type FitNode, isHashNode, shownText } from '../node.ts';

/** The algorithms of an image's hash nodes. */
export const hashesOf = (image: FitNode): string[] =>
  [...image.children()].filter(isHashNode).map((node) => shownText(node, 'algo') ?? '');

/** Those that bind the data: no checksums, no md5. */
export const bindingHashes = (image: FitNode): string[] =>
  hashesOf(image).filter((name) => isFitHash(name) && bindsData(name));
