import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { utf8 } from '../binary/index.ts';
import type { PublicKey } from '../crypto/index.ts';
import { Fault, isFault } from '../fault.ts';
import { isAbsent, readFile } from '../file/index.ts';
import { findPrivateKeys } from './find-private-key.ts';
import { parsePrivateKey, printPublicKey, writePublicKeyInfo } from './keys.ts';
import { parsePublicKey } from './public-key.ts';
import { keySigner, type Signer } from './signer.ts';

/** How key files are read. */
export interface KeyFileOptions {
  /** The passphrase of encrypted private keys, or a function that asks for the passphrase of a file. */
  readonly passphrase?: string | ((file: string) => Promise<string>) | undefined;
  /** Is told of each file with a secret key that others than its owner can read or write, with its mode. */
  readonly onExposed?: ((file: string, mode: number) => void) | undefined;
}

/** Keys and certificates are a few kilobytes. */
const MAX_KEY_FILE_BYTES = 1 << 20;

/**
 * A signer with the private key in a file, PEM or DER. A passphrase is asked for only where the key is encrypted.
 *
 * @throws Fault `crypto/key-missing` where there is no such file, `file/read` where it cannot be read,
 *   `crypto/passphrase`, and those of `parsePrivateKey`
 */
export async function readSigner(file: string, options: KeyFileOptions = {}): Promise<Signer> {
  const { passphrase } = options;
  const bytes = await readKeyFile(file, options);
  if (typeof passphrase !== 'function') return keySigner(parsePrivateKey(bytes, file, passphrase), file);
  try {
    return keySigner(parsePrivateKey(bytes, file), file);
  } catch (error) {
    if (!isFault(error, 'crypto/passphrase')) throw error;
    return keySigner(parsePrivateKey(bytes, file, await passphrase(file)), file);
  }
}

/**
 * The public key in a file: PEM or DER of a public key, a certificate or a private key. Faults as `readSigner`, but does
 * not ask for a passphrase.
 */
export async function readPublicKeyFile(file: string, options: KeyFileOptions = {}): Promise<PublicKey> {
  const { passphrase } = options;
  const bytes = await readKeyFile(file, options);
  return parsePublicKey(bytes, file, typeof passphrase === 'string' ? passphrase : undefined);
}

/** A public key as the bytes of a file of this name: DER for `.der` and `.bin`, otherwise PEM. */
export const encodePublicKey = (file: string, key: PublicKey): Uint8Array =>
  ['.der', '.bin'].includes(extname(file)) ? writePublicKeyInfo(key) : utf8(printPublicKey(key));

/** Calls `onExposed` where others than its owner can read or write a file with a secret key. */
export async function checkExposure(file: string, { onExposed }: KeyFileOptions): Promise<void> {
  // Modes mean nothing on Windows, and nothing lasting where the key comes through a pipe.
  if (onExposed === undefined || process.platform === 'win32') return;
  const status = await stat(file);
  if (status.isFile() && (status.mode & 0o077) !== 0) onExposed(file, status.mode & 0o777);
}

async function readKeyFile(file: string, options: KeyFileOptions): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file, MAX_KEY_FILE_BYTES);
    if (findPrivateKeys([bytes]).length > 0) await checkExposure(file, options);
    return bytes;
  } catch (cause) {
    if (!isFault(cause, 'file/read') || !isAbsent(cause)) throw cause;
    throw new Fault('crypto/key-missing', { key: file, reason: cause.context.reason }, { cause });
  }
}
