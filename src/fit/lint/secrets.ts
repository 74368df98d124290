import { NodeReader, readBlob } from '../../devicetree/index.ts';
import { findPrivateKeys } from '../../pki/index.ts';
import { attempt, blobOf, placeOf } from './data.ts';
import type { Found, LintRule } from './rule.ts';

/** Rules about what must not get out with an image. */
export const secretRules = {
  'private-key': {
    level: 'error',
    why: 'Whoever has the image has the key, and signs in your name.',
    remedy: 'Take it out of the image, and make a new key: this one is known. Give out public keys and certificates.',
    *check({ fit, images, readsData }) {
      if (!readsData) return;
      const places = images.map((image) => ({ path: image.path, place: placeOf(fit, image) }));
      for (const { form, offset } of findPrivateKeys(fit.pieces({ kind: 'external', start: 0, size: fit.size }))) {
        const holder = places.find(({ place }) => place && offset >= place.start && offset < place.start + place.size);
        yield { path: holder?.path ?? '/', found: `a private key (${form}) lies at 0x${offset.toString(16)}` };
      }
    },
  },
  'clear-cipher-key': {
    level: 'error',
    why: 'The key that decrypts the images stands in clear in a device tree: whoever reads the boot loader has it.',
    remedy:
      'Encrypt the boot loader itself, as some boot ROMs can, and keep this device tree out of images; or drop the cipher.',
    *check({ fit, images, control }) {
      if (control !== undefined) yield* cipherKeysIn(control, '');
      for (const image of images) {
        const blob = blobOf(fit, image);
        if (blob !== undefined) yield* cipherKeysIn(blob, image.path);
      }
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

/** mkimage -K puts AES keys into `/cipher/key-…`, where U-Boot looks for them (`fit_image_setup_decrypt`). */
function* cipherKeysIn(blob: Uint8Array, place: string): Generator<Found> {
  const nodes =
    attempt(() => [...(new NodeReader(readBlob(blob).root).optionalNode('cipher')?.children() ?? [])]) ?? [];
  for (const node of nodes) {
    if (node.optionalBytes('key') !== undefined) {
      yield { path: place === '' ? node.path : place, found: `${node.path} holds a key` };
    }
  }
}
