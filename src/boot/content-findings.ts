import { type Message, messages, verbatim } from '../fault.ts';
import { knownImages, readFip } from '../fip/index.ts';
import { wordOf } from '../fip/internal.ts';
import { lintFit, openFit, readTrust } from '../fit/index.ts';
import { sourcePieces } from '../fit/internal.ts';
import { type FoundPrivateKey, findPrivateKeys } from '../pki/index.ts';
import { type ArtifactNames, MAX_IMAGE_BYTES } from './artifact.ts';
import type { ImageSource } from './device-options.ts';
import type { ChainFinding } from './lint.ts';

/** What these findings say. */
export const contentMessage = messages({
  'chain/unnamed-anchor':
    'consistent, not verified: the root of trust key is the one that the build recorded, and nobody named it',
  'chain/unnamed-anchor/remedy': 'name it: --trust KEY, or --trust HASH as it is in the fuses',
  'chain/private-key': '{holder} holds a private key ({form}) at {offset} of the file',
  'chain/private-key/remedy': 'remove it and make a new key: everybody who has the firmware knows this one',
  'chain/private-key-in-rootfs/remedy':
    'unless it is the test key of a program, remove it and make a new one; a device should make its own keys',
  'chain/the-image': 'the image',
  'chain/fit-finding': '{path}: {found}. {why}',
});

/** The rules on the content of files; the documentation is made of the same rows. */
export const contentRules = {
  // `consistent` is no verdict that a code host knows.
  'chain/unnamed-anchor': {
    level: 'warning',
    stage: 'firmware',
    remedy: contentMessage('chain/unnamed-anchor/remedy'),
  },
  'chain/private-key': {
    level: 'error',
    stage: 'firmware',
    remedy: contentMessage('chain/private-key/remedy'),
  },
  // Programs bring keys for their own tests, as openssl does: what lies in a file system may be meant.
  'chain/private-key-in-rootfs': {
    level: 'warning',
    stage: 'rootfs',
    remedy: contentMessage('chain/private-key-in-rootfs/remedy'),
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
    findPrivateKeys([data]).map((key) =>
      secret('chain/private-key', file, key, offset, verbatim(wordOf(knownImages, uuid))),
    ),
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
              message: contentMessage('chain/fit-finding', { path, found, why }),
              remedy,
            },
          ],
  );
}

async function inRootfs(imageSource: ImageSource, { rootfs: file }: ArtifactNames): Promise<ChainFinding[]> {
  using source = await imageSource.open(file);
  return findPrivateKeys(sourcePieces(source, 0, source.size)).map((key) =>
    secret('chain/private-key-in-rootfs', file, key, 0, contentMessage('chain/the-image')),
  );
}

function secret(
  id: 'chain/private-key' | 'chain/private-key-in-rootfs',
  file: string,
  { form, offset }: FoundPrivateKey,
  base: number,
  holder: Message,
): ChainFinding {
  const message = contentMessage('chain/private-key', {
    holder,
    form,
    offset: `0x${(base + offset).toString(16)}`,
  });
  return { id, ...contentRules[id], file, message };
}
