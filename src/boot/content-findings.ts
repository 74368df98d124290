import { knownImages, readFip } from '../fip/index.ts';
import { wordOf } from '../fip/internal.ts';
import { lintFit, openFit, readTrust } from '../fit/index.ts';
import { sourcePieces } from '../fit/internal.ts';
import { type FoundPrivateKey, findPrivateKeys } from '../pki/index.ts';
import { type ArtifactNames, MAX_IMAGE_BYTES } from './artifact.ts';
import type { ImageSource } from './device.ts';
import type { ChainFinding } from './lint.ts';

/** What these findings say beside the rules over a chain; documentation is made of the same rows. */
export const contentRules = {
  // `consistent` is no verdict that a code host knows.
  'chain/unnamed-anchor': {
    level: 'warning',
    stage: 'firmware',
    remedy: 'name it: --trust KEY, or --trust HASH as it is in the fuses',
  },
  'chain/private-key': {
    level: 'error',
    stage: 'firmware',
    remedy: 'take it out and make a new key: this one is known to everybody who has the firmware',
  },
  // Programs bring keys for their own tests, as openssl does: what lies in a file system may be meant.
  'chain/private-key-in-rootfs': {
    level: 'warning',
    stage: 'rootfs',
    remedy: 'if it is not the test key of a program, take it out and make a new one; a device should make its own keys',
  },
} as const satisfies Readonly<Record<string, Pick<ChainFinding, 'level' | 'stage' | 'remedy'>>>;

/**
 * What is wrong with the content of a chain's files: the errors and warnings of FIT lint, and private keys in firmware
 * and root file system. Each file is read once more, in pieces. Faults as the readers of the files.
 *
 * @param control the boot loader's control tree
 */
export async function contentFindings(
  imageSource: ImageSource,
  names: ArtifactNames,
  control: Uint8Array,
): Promise<ChainFinding[]> {
  return [
    ...(await inFirmware(imageSource, names)),
    ...(await inKernel(imageSource, names, control)),
    ...(names.rootfs === names.kernel ? [] : await inRootfs(imageSource, names)),
  ];
}

async function inFirmware(imageSource: ImageSource, { firmware: file }: ArtifactNames): Promise<ChainFinding[]> {
  const { images } = readFip(await imageSource.fetch(file, MAX_IMAGE_BYTES));
  return images.flatMap(({ uuid, data, offset }) =>
    findPrivateKeys([data]).map((key) => secret('chain/private-key', file, key, offset, wordOf(knownImages, uuid))),
  );
}

async function inKernel(
  imageSource: ImageSource,
  { kernel: file }: ArtifactNames,
  control: Uint8Array,
): Promise<ChainFinding[]> {
  using source = await imageSource.open(file);
  return lintFit(openFit(source), readTrust(control), { control }).flatMap(
    ({ id, level, path, found, why, remedy }): ChainFinding[] =>
      level === 'note'
        ? []
        : [
            {
              id: `fit/lint/${id}`,
              level,
              stage: 'kernel',
              file,
              message: `${path}: ${found.text}. ${why.text}`,
              remedy: remedy.text,
            },
          ],
  );
}

async function inRootfs(imageSource: ImageSource, { rootfs: file }: ArtifactNames): Promise<ChainFinding[]> {
  using source = await imageSource.open(file);
  return findPrivateKeys(sourcePieces(source, 0, source.size)).map((key) =>
    secret('chain/private-key-in-rootfs', file, key, 0, 'the image'),
  );
}

function secret(
  id: 'chain/private-key' | 'chain/private-key-in-rootfs',
  file: string,
  { form, offset }: FoundPrivateKey,
  base: number,
  holder: string,
): ChainFinding {
  const message = `${holder} holds a private key (${form}) at 0x${(base + offset).toString(16)} of the file`;
  return { id, ...contentRules[id], file, message };
}
