import { readFile } from '../file/index.ts';
import { buildFip, inTableOrder, knownImages, resolveImage, signFip } from '../fip/index.ts';
import { IMAGE_MAX_BYTES, LOADER_IMAGE } from './artifact.ts';
import type { ChainKey, StageContext } from './context.ts';
import { appendControlTree } from './loader.ts';
import type { Manifest } from './manifest.ts';

/** Stage 1, built last: every boot loader, the kernel's key within the last of them, signed as a whole. */
export async function buildFirmware(
  section: Manifest['firmware'],
  inputs: { readonly key: ChainKey; readonly control: Uint8Array },
  context: StageContext,
): Promise<Uint8Array> {
  const { key, control } = inputs;
  const { align = 16, hash = 'sha256' } = section;
  const images = [];
  for (const [name, file] of Object.entries(section.images)) {
    const bytes = await readFile(context.input(file), IMAGE_MAX_BYTES);
    const data = name === LOADER_IMAGE ? appendControlTree(bytes, control) : bytes;
    images.push({ uuid: resolveImage(knownImages, name), data });
  }
  const scheme = { kind: key.signer.publicKey.kind === 'ec' ? 'ecdsa' : 'rsa-pkcs1', hash } as const;
  return signFip(buildFip(inTableOrder(knownImages, images), { align }), { signer: key.signer, scheme, align });
}
