import { join } from 'node:path';
import type { PublicKey } from '../../crypto/index.ts';
import type { TreeNode } from '../../devicetree/index.ts';
import { Fault, inside, isFault } from '../../fault.ts';
import { readFile } from '../../file/index.ts';
import {
  type BuildOptions,
  type CipherKey,
  type CipherNeed,
  type CipherOptions,
  fitsAlgorithm,
  readPreloadTrust,
  type SignatureNeed,
} from '../../fit/index.ts';
import type { Signer } from '../../pki/index.ts';
import { warnOfReaders } from '../key-file.ts';
import { openPublicKey, openSigner } from '../open-signer.ts';
import { RandomSource } from './random-source.ts';

/** The block of AES. */
const IV_BYTES = 16;

export interface KeyPlaces {
  /** A folder with `HINT.key` or `HINT.pem`, and `NAME.bin` for encryption. */
  readonly folder?: string | undefined;
  /** One key for every signature, a file or a `pkcs11:` URI; wins over the folder. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Finds the signer of each signature node; every key file is read once. */
export function signersIn({ folder, file, env }: KeyPlaces): (need: Omit<SignatureNeed, 'digest'>) => Promise<Signer> {
  const read = new Map<string, Promise<Signer>>();
  const open = (path: string): Promise<Signer> => {
    const known = read.get(path) ?? openSigner(path, env);
    read.set(path, known);
    return known;
  };
  return async ({ hint, path }) => {
    if (file !== undefined) return open(file);
    if (hint === '' || folder === undefined) {
      throw new Fault('crypto/key-missing', { key: hint || path, reason: "the signature node has no 'key-name-hint'" });
    }
    assertHint(hint, path);
    try {
      return await open(join(folder, `${hint}.key`));
    } catch (error) {
      if (!isFault(error, 'crypto/key-missing')) throw error;
      return open(join(folder, `${hint}.pem`)).catch((second: unknown) => {
        // The first name is the one that the original tool looks for.
        throw isFault(second, 'crypto/key-missing') ? error : second;
      });
    }
  };
}

/** Finds the public key of each signature node: `HINT.pub`, `.crt`, `.pem` or `.key` in a folder, or one file. */
export function publicKeysIn({
  folder,
  file,
  env,
}: KeyPlaces): (need: Omit<SignatureNeed, 'digest'>) => Promise<PublicKey> {
  return async ({ hint, path }) => {
    if (file !== undefined) return openPublicKey(file, env);
    if (folder === undefined || hint === '') {
      throw new Fault('crypto/key-missing', { key: hint || path, reason: 'no public key is named for it' });
    }
    assertHint(hint, path);
    for (const ending of ['pub', 'crt', 'pem']) {
      try {
        return await openPublicKey(join(folder, `${hint}.${ending}`), env);
      } catch (error) {
        if (!isFault(error, 'crypto/key-missing')) throw error;
      }
    }
    return openPublicKey(join(folder, `${hint}.key`), env);
  };
}

/** The keys of every cipher node of a tree, read beforehand: `NAME.bin` in a folder. Vectors without a name are drawn. */
export async function cipherKeysIn(
  root: TreeNode,
  folder: string,
  random = new RandomSource(),
): Promise<CipherOptions | undefined> {
  const files = new Map<string, Uint8Array>();
  const images = root.children.find(({ name }) => name === 'images')?.children ?? [];
  const ciphers = images.flatMap(({ children }) => children.filter(({ name }) => name === 'cipher'));
  if (ciphers.length === 0) return undefined;
  for (const { properties } of ciphers) {
    for (const { name, value } of properties) {
      if (name !== 'key-name-hint' && name !== 'iv-name-hint') continue;
      const hint = new TextDecoder().decode(value.subarray(0, -1));
      assertHint(hint, name);
      const file = join(folder, `${hint}.bin`);
      files.set(hint, await readKey(file));
      if (name === 'key-name-hint') await warnOfReaders(file);
    }
  }
  return {
    keyFor: ({ path, keyHint, ivHint }: CipherNeed): CipherKey => {
      const iv = ivHint === undefined ? random.bytes(path, IV_BYTES) : files.get(ivHint);
      const key = files.get(keyHint);
      if (key === undefined || iv === undefined) throw new Fault('crypto/key-missing', { key: keyHint, reason: path });
      return { key, iv };
    },
  };
}

/**
 * The control tree of a build, with the key for its pre-load headers where it has a node for them: `NAME.crt` in the
 * folder, as mkimage takes it.
 */
export async function controlIn(
  path: string | undefined,
  { folder, env }: KeyPlaces,
): Promise<Pick<BuildOptions, 'control' | 'preloadKey'>> {
  if (path === undefined) return {};
  const control = await readFile(path);
  const preload = folder === undefined ? undefined : inside(path, () => readPreloadTrust(control));
  if (folder === undefined || preload === undefined) return { control };
  const { keyName, algorithm } = preload;
  if (keyName === undefined) {
    throw new Fault('crypto/key-missing', { key: path, reason: "its node for pre-load headers has no 'key-name'" });
  }
  assertHint(keyName, 'key-name');
  const file = join(folder, `${keyName}.crt`);
  const preloadKey = await openPublicKey(file, env);
  if (!fitsAlgorithm(preloadKey, algorithm.key)) {
    throw new Fault('crypto/key-unfit', { key: file, reason: `${path} checks pre-load headers by ${algorithm.name}` });
  }
  return { control, preloadKey };
}

/** A hint comes from the image tree: it may not lead out of the folder. */
function assertHint(hint: string, path: string): void {
  if (/[/\\\0]/.test(hint) || hint === '..') {
    throw new Fault('crypto/key-missing', { key: hint, reason: `${path} names a key outside the folder` });
  }
}

/** AES keys and vectors have 16 to 32 bytes; a longer file is not one, and `assertKey` says so of its first bytes. */
async function readKey(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path, 4096);
  } catch (cause) {
    if (!isFault(cause, 'file/read')) throw cause;
    throw new Fault('crypto/key-missing', { key: path, reason: cause.context.reason }, { cause });
  }
}
