import { buildCommand, buildRouteMap } from '@stricli/core';
import { describeKey } from '../../../crypto/index.ts';
import { Fault } from '../../../fault.ts';
import { replaceFile } from '../../../file/index.ts';
import {
  keyNameOf,
  type Padding,
  paddings,
  parseSignatureAlgorithm,
  preloadHeader,
  sourcePieces,
  verifyPreload,
} from '../../../fit/index.ts';
import { openStore } from '../../../verity/file.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { readPublicKeyFile, readSigner } from '../../key-file.ts';
import { jsonFlag, parseSize } from './arguments.ts';

interface Flags {
  readonly key: string;
  readonly hash: string;
  readonly padding: Padding;
  readonly json: boolean;
}

interface AddFlags extends Flags {
  readonly out: string;
  readonly headerSize?: number;
}

const commonFlags = {
  hash: { kind: 'parsed', parse: String, default: 'sha256', placeholder: 'NAME', brief: 'Hash that is signed' },
  padding: { kind: 'enum', values: paddings, default: 'pkcs-1.5', brief: 'Padding of RSA signatures' },
  json: jsonFlag,
} as const;

/** `bootwright fit preload add FILE`: puts a signed header before an image. */
const add = buildCommand<AddFlags, [string], Context>({
  docs: {
    brief: 'Puts a signed header before an image',
    fullDescription: [
      'U-Boot with CONFIG_IMAGE_PRE_LOAD checks the whole image by this header before it reads any of it.',
      '',
      'Example: bootwright fit preload add image.itb --key dev.key -o image.pre',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image', placeholder: 'FILE', parse: String }] },
    flags: {
      key: { kind: 'parsed', parse: String, placeholder: 'FILE', brief: 'Private key' },
      out: { kind: 'parsed', parse: String, placeholder: 'FILE', brief: 'Where header and image go' },
      headerSize: {
        kind: 'parsed',
        parse: parseSize,
        optional: true,
        placeholder: 'N',
        brief: 'Bytes before the image',
      },
      ...commonFlags,
    },
    aliases: { o: 'out' },
  },
  async func(flags, path) {
    const signer = await readSigner(flags.key, this.process.env);
    const algorithm = algorithmOf(flags, keyNameOf(signer.publicKey, flags.key));
    using store = openStore(path, path);
    if (flags.out === path) throw new Fault('cli/usage', { reason: 'the output cannot be the input' });
    const header = await preloadHeader(store, { signer, algorithm, headerSize: flags.headerSize });
    await replaceFile(flags.out, async (handle) => {
      await handle.writeFile(header);
      for (const piece of sourcePieces(store, 0, store.size)) await handle.writeFile(piece);
    });
    if (flags.json) printJson(this, { file: flags.out, headerSize: header.length, imageSize: store.size });
    else print(this, `${flags.out}: ${header.length} bytes of header, ${store.size} of image, ${algorithm.name}`);
  },
});

/** `bootwright fit preload verify FILE`: checks the header of an image, and the image by it. */
const verify = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies an image by the header before it',
    fullDescription: [
      'A file without the header is not verified, and ends with 1.',
      '',
      'Example: bootwright fit preload verify image.pre --key dev.pub',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'header and image', placeholder: 'FILE', parse: String }] },
    flags: {
      key: { kind: 'parsed', parse: String, placeholder: 'FILE', brief: 'Public key or certificate' },
      ...commonFlags,
    },
  },
  async func(flags, path) {
    const key = await readPublicKeyFile(flags.key, this.process.env);
    using store = openStore(path, path);
    const image = verifyPreload(store, key, algorithmOf(flags, keyNameOf(key, flags.key)));
    if (flags.json) printJson(this, { file: path, verdict: 'verified', ...image });
    else print(this, `${path}: verified: ${image.size} bytes at 0x${image.start.toString(16)} by ${describeKey(key)}`);
  },
});

export const route = buildRouteMap({
  routes: { add, verify },
  docs: { brief: 'Signs an image as a whole, by a header before it' },
});

function algorithmOf({ hash, padding }: Flags, key: string) {
  return parseSignatureAlgorithm(`${hash},${key}`, padding, { path: '--hash', offset: 0 });
}
