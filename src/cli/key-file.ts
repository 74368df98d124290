import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { PublicKey } from '../crypto/index.ts';
import { Fault, isFault } from '../fault.ts';
import { readFile } from '../file/index.ts';
import { findPrivateKeys, keySigner, parsePrivateKey, parsePublicKey, type Signer } from '../pki/index.ts';
import { visible } from './shared/context.ts';

/** Keys and certificates are a few kilobytes. */
const MAX_KEY_FILE_BYTES = 1 << 20;

/** The variable that holds the passphrase of encrypted keys where nobody is there to type it. */
const PASSPHRASE_VARIABLE = 'BOOTWRIGHT_PASSPHRASE';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A signer with the private key in a file. An encrypted key is opened with `BOOTWRIGHT_PASSPHRASE`, else with what
 * is typed at a prompt, where there is a terminal. A file that is not there is `crypto/key-missing`, one that is there
 * and cannot be read `file/read`: who looks in several places goes on after the first alone.
 */
export async function readSigner(file: string, env: Environment): Promise<Signer> {
  const bytes = await readKeyFile(file);
  const given = env[PASSPHRASE_VARIABLE];
  try {
    return keySigner(parsePrivateKey(bytes, file, given), file);
  } catch (error) {
    if (!isFault(error, 'crypto/passphrase') || given !== undefined || !process.stdin.isTTY) throw error;
    return keySigner(parsePrivateKey(bytes, file, await askPassphrase(file)), file);
  }
}

/** The public key in a file: PEM or DER, of a public key, a certificate or a private key. */
export async function readPublicKeyFile(file: string, env: Environment): Promise<PublicKey> {
  return parsePublicKey(await readKeyFile(file), file, env[PASSPHRASE_VARIABLE]);
}

async function readKeyFile(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file, MAX_KEY_FILE_BYTES);
    if (findPrivateKeys([bytes]).length > 0) await warnOfReaders(file);
    return bytes;
  } catch (cause) {
    if (!isFault(cause, 'file/read') || !isAbsent(cause)) throw cause;
    throw new Fault('crypto/key-missing', { key: file, reason: cause.context.reason }, { cause });
  }
}

/** Whether a file could not be read since there is none of its name. */
export const isAbsent = ({ cause }: Fault): boolean => (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';

const warned = new Set<string>();

/** Says on the standard error, once a run, that others than its owner can read or write a file with a secret key. */
export async function warnOfReaders(file: string): Promise<void> {
  const status = await stat(file);
  const others = status.mode & 0o077;
  // Modes mean nothing on Windows, and nothing lasting where the key comes through a pipe.
  if (others === 0 || !status.isFile() || process.platform === 'win32' || warned.has(file)) return;
  warned.add(file);
  const mode = (status.mode & 0o777).toString(8).padStart(4, '0');
  const remedy = `chmod 600 ${/^[\w./+:@-]+$/.test(file) ? file : JSON.stringify(file)}`;
  process.stderr.write(
    `${visible(`warning: others than its owner can read ${file}, a secret key (mode ${mode}): ${remedy}`)}\n`,
  );
}

async function askPassphrase(file: string): Promise<string> {
  process.stderr.write(`Passphrase for ${file}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await line.question('');
  } finally {
    line.close();
    process.stderr.write('\n');
  }
}
