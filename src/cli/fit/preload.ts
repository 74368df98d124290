import { buildCommand } from '@stricli/core';
import { describeKey, type PublicKey } from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import { openStore, readFile, replaceFile, writeFile } from '../../file/index.ts';
import {
  addPreloadNode,
  paddings,
  parseSignatureAlgorithm,
  preloadHeader,
  readPreloadTrust,
  type SignatureAlgorithm,
  verifyPreload,
} from '../../fit/index.ts';
import { keyNameOf, sourcePieces } from '../../fit/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional, required, withDefault } from '../shared/flags.ts';
import { parseSize } from '../shared/number.ts';
import { openPublicKey, openSigner } from '../shared/open-key.ts';
import { printUnsigned } from '../shared/unsigned.ts';
import { verbsOf } from '../shared/verbs.ts';

const commonFlags = {
  hash: withDefault(String, 'sha256', 'NAME', 'Hash algorithm'),
  padding: { kind: 'enum', values: paddings, default: 'pkcs-1.5', brief: 'Padding of RSA signatures' },
  json: jsonFlag,
} as const;

const addTable = {
  key: required(String, 'FILE', 'Private key'),
  out: required(String, 'FILE', 'Output file'),
  headerSize: optional(parseSize, 'N', 'Size of the header in bytes'),
  control: optional(String, 'DTB', "Boot loader's device tree, to which the public key is added"),
  ...commonFlags,
} as const;

type AddFlags = FlagsOf<typeof addTable>;

/** `bootwright fit preload add FILE`: puts a signed header before an image. */
const add = buildCommand<AddFlags, [string], Context>({
  docs: {
    brief: 'Prepends a signed header to an image',
    fullDescription: [
      'U-Boot with CONFIG_IMAGE_PRE_LOAD verifies the whole image by this header before it reads any of it.',
      '',
      'With --control the public key is added to the boot loader, which then accepts no file without the header.',
      '',
      'Example: bootwright fit preload add image.itb --key dev.key -o image.pre --control u-boot.dtb',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image', placeholder: 'FILE', parse: String }] },
    flags: addTable,
    aliases: { o: 'out' },
  },
  async func(flags, path) {
    const signer = await openSigner(flags.key, this.process.env);
    const algorithm = algorithmOf(flags, keyNameOf(signer.publicKey, flags.key));
    const control =
      flags.control === undefined
        ? undefined
        : addPreloadNode(await readFile(flags.control), { publicKey: signer.publicKey, algorithm });
    using store = openStore(path);
    if (flags.out === path) throw new Fault('cli/usage', { reason: cliMessage('cli/output-is-input') });
    const header = await preloadHeader(store, { signer, algorithm, headerSize: flags.headerSize });
    await replaceFile(flags.out, async (handle) => {
      await handle.writeFile(header);
      for (const piece of sourcePieces(store, 0, store.size)) await handle.writeFile(piece);
    });
    if (flags.control !== undefined && control !== undefined) await writeFile(flags.control, control);
    if (flags.json) printJson(this, { file: flags.out, headerSize: header.length, imageSize: store.size });
    else print(this, `${flags.out}: ${header.length} bytes of header, ${store.size} of image, ${algorithm.name}`);
  },
});

const verifyTable = {
  key: optional(String, 'FILE', 'Public key or certificate'),
  control: optional(String, 'DTB', "Boot loader's device tree, which holds the key and the algorithm"),
  ...commonFlags,
} as const;

type VerifyFlags = FlagsOf<typeof verifyTable>;

/** `bootwright fit preload verify FILE`: checks the header of an image, and the image by it. */
const verify = buildCommand<VerifyFlags, [string], Context>({
  docs: {
    brief: 'Verifies an image by its pre-load header',
    fullDescription: [
      "Verifies with a public key, or with the key and algorithm in the boot loader's device tree. A file without a header",
      'is not verified and exits with 1.',
      '',
      'Example: bootwright fit preload verify image.pre --key dev.pub',
      '         bootwright fit preload verify image.pre --control u-boot.dtb',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'image with a header', placeholder: 'FILE', parse: String }] },
    flags: verifyTable,
  },
  async func(flags, path) {
    const { publicKey, algorithm, mandatory } = await trustOf(flags, this.process.env);
    using store = openStore(path);
    const image = verifyPreload(store, publicKey, algorithm);
    if (flags.json) {
      printJson(this, { file: path, verdict: 'verified', ...image, mandatory });
      return;
    }
    const where = `${image.size} bytes at 0x${image.start.toString(16)}`;
    print(this, `${path}: verified: ${where} by ${describeKey(publicKey)}`, ...printUnsigned(image.unsigned));
    if (mandatory === false) print(this, `${flags.control}: not mandatory: files without a header boot unverified`);
  },
});

export const route = verbsOf('Signs and verifies whole images by a pre-load header', { add, verify });

/** By which key and algorithm to verify; whether the header is mandatory is known from a device tree alone. */
async function trustOf(
  flags: VerifyFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ publicKey: PublicKey; algorithm: SignatureAlgorithm; mandatory?: boolean }> {
  const { key, control } = flags;
  if ((key === undefined) === (control === undefined)) {
    throw new Fault('cli/usage', { reason: cliMessage('cli/exactly-one', { flags: '--key and --control' }) });
  }
  if (key !== undefined) {
    const publicKey = await openPublicKey(key, env);
    return { publicKey, algorithm: algorithmOf(flags, keyNameOf(publicKey, key)) };
  }
  const file = control ?? '';
  const trust = readPreloadTrust(await readFile(file));
  if (trust?.publicKey === undefined) {
    throw new Fault('fit/not-verified', { what: file, reason: cliMessage('cli/no-preload-key') });
  }
  return { publicKey: trust.publicKey, algorithm: trust.algorithm, mandatory: trust.mandatory };
}

function algorithmOf({ hash, padding }: FlagsOf<typeof commonFlags>, key: string) {
  return parseSignatureAlgorithm(`${hash},${key}`, padding, { path: '--hash', offset: 0 });
}
