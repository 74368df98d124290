import { NodeReader, readBlob } from '../../../devicetree/index.ts';
import { attempt, blobOf } from '../data.ts';
import { lintRule } from '../rule.ts';

/** No device tree holds the key of a cipher in clear. */
export const clearCipherKey = lintRule({
  id: 'clear-cipher-key',
  level: 'error',
  checks: 'No device tree holds the key of a cipher in clear.',
  texts: {
    why: 'The key that decrypts the images is stored in clear in a device tree, so whoever can read the boot loader has it.',
    remedy:
      'Encrypt the boot loader itself where the boot ROM can do that, and keep this device tree out of images. Otherwise do not use the cipher.',
    found: '{node} holds a key',
  },
  *check({ fit, images, control }, say) {
    const cipherKeys: { readonly path: string; readonly node: string }[] = [];
    if (control !== undefined) for (const { path } of cipherKeysIn(control)) cipherKeys.push({ path, node: path });
    for (const image of images) {
      const blob = blobOf(fit, image);
      const nodes = blob === undefined ? [] : cipherKeysIn(blob);
      for (const { path } of nodes) cipherKeys.push({ path: image.path, node: path });
    }
    for (const { path, node } of cipherKeys) yield { path, found: say('found', { node }) };
  },
  failing: { control: `/ { cipher { key-aes128-dev { key = [00]; }; }; };` },
  passing: { control: `/ { cipher { key-aes128-dev { }; }; };` },
});

/** mkimage -K puts AES keys into `/cipher/key-…`, where U-Boot looks for them (`fit_image_setup_decrypt`). */
function cipherKeysIn(blob: Uint8Array): NodeReader[] {
  const nodes =
    attempt(() => [...(new NodeReader(readBlob(blob).root).optionalNode('cipher')?.children() ?? [])]) ?? [];
  return nodes.filter((node) => node.optionalBytes('key') !== undefined);
}
