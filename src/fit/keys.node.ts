import { join } from 'node:path';
import { type PublicKey, randomBytes } from '../crypto/index.ts';
import type { TreeNode } from '../devicetree/index.ts';
import { Fault, inside, isFault } from '../fault.ts';
import { readFile } from '../file/index.ts';
import { checkExposure, type KeyFileOptions, type KeyOptions, openPublicKey, openSigner } from '../pki/files.node.ts';
import type { Signer } from '../pki/index.ts';
import { fitsAlgorithm } from './algorithm.ts';
import type { BuildOptions } from './build.ts';
import type { CipherKey, CipherNeed, CipherOptions } from './cipher.ts';
import { fitMessage } from './messages.ts';
import { readPreloadTrust } from './preload-node.ts';
import type { SignatureNeed } from './process.ts';

/** The block of AES. */
const IV_BYTES = 16;

/** Where the keys of an image tree are, and how they are opened. */
export interface KeyPlaces extends KeyOptions {
  /** A folder with `HINT.key` or `HINT.pem`. */
  readonly folder?: string | undefined;
  /** One key for every signature, a file or a `pkcs11:` URI; takes precedence over the folder. */
  readonly file?: string | undefined;
}

/** Finds the signer of each signature node; every key file is read once. */
export function signersIn({
  folder,
  file,
  ...options
}: KeyPlaces): (need: Omit<SignatureNeed, 'digest'>) => Promise<Signer> {
  const read = new Map<string, Promise<Signer>>();
  const open = (path: string): Promise<Signer> => {
    const known = read.get(path) ?? openSigner(path, options);
    read.set(path, known);
    return known;
  };
  return async ({ hint, path }) => {
    if (file !== undefined) return open(file);
    if (hint === '' || folder === undefined) {
      throw new Fault('crypto/key-missing', { key: hint || path, reason: fitMessage('fit/no-hint') });
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
  ...options
}: KeyPlaces): (need: Omit<SignatureNeed, 'digest'>) => Promise<PublicKey> {
  return async ({ hint, path }) => {
    if (file !== undefined) return openPublicKey(file, options);
    if (folder === undefined || hint === '') {
      throw new Fault('crypto/key-missing', { key: hint || path, reason: fitMessage('fit/no-public-key') });
    }
    assertHint(hint, path);
    for (const ending of ['pub', 'crt', 'pem']) {
      try {
        return await openPublicKey(join(folder, `${hint}.${ending}`), options);
      } catch (error) {
        if (!isFault(error, 'crypto/key-missing')) throw error;
      }
    }
    return openPublicKey(join(folder, `${hint}.key`), options);
  };
}

/** How the keys of cipher nodes are read. */
export interface CipherKeyOptions extends Pick<KeyFileOptions, 'onExposed'> {
  /** Gives the initialisation vector of the cipher node at a path that names none; random bytes by default. */
  readonly vectorFor?: ((path: string, size: number) => Uint8Array) | undefined;
}

/** The keys and initialisation vectors of every cipher node of a tree, read from `NAME.bin` in a folder. */
export async function cipherKeysIn(
  root: TreeNode,
  folder: string,
  { vectorFor = (_path, size) => randomBytes(size), ...options }: CipherKeyOptions = {},
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
      if (name === 'key-name-hint') await checkExposure(file, options);
    }
  }
  return {
    keyFor: ({ path, keyHint, ivHint }: CipherNeed): CipherKey => {
      const iv = ivHint === undefined ? vectorFor(path, IV_BYTES) : files.get(ivHint);
      const key = files.get(keyHint);
      if (key === undefined || iv === undefined)
        throw new Fault('crypto/key-missing', { key: keyHint, reason: fitMessage('fit/cipher-key-missing', { path }) });
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
  { folder, ...options }: KeyPlaces,
): Promise<Pick<BuildOptions, 'control' | 'preloadKey'>> {
  if (path === undefined) return {};
  const control = await readFile(path);
  const preload = folder === undefined ? undefined : inside(path, () => readPreloadTrust(control));
  if (folder === undefined || preload === undefined) return { control };
  const { keyName, algorithm } = preload;
  if (keyName === undefined) {
    throw new Fault('crypto/key-missing', { key: path, reason: fitMessage('fit/no-key-name') });
  }
  assertHint(keyName, 'key-name');
  const file = join(folder, `${keyName}.crt`);
  const preloadKey = await openPublicKey(file, options);
  if (!fitsAlgorithm(preloadKey, algorithm.key)) {
    throw new Fault('crypto/key-unfit', {
      key: file,
      reason: fitMessage('fit/preload-certificate', { path, algorithm: algorithm.name }),
    });
  }
  return { control, preloadKey };
}

/** A hint comes from the image tree: it may not lead out of the folder. */
function assertHint(hint: string, path: string): void {
  if (/[/\\\0]/.test(hint) || hint === '..') {
    throw new Fault('crypto/key-missing', { key: hint, reason: fitMessage('fit/hint-outside', { path }) });
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
