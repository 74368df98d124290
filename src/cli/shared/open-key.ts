import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { PublicKey } from '../../crypto/index.ts';
import {
  type KeyOptions,
  openPublicKey as openPkiPublicKey,
  openSigner as openPkiSigner,
} from '../../pki/files.node.ts';
import type { Signer } from '../../pki/index.ts';
import { type Environment, visible } from './context.ts';

/** The variable that holds the passphrase of encrypted keys, for runs without a terminal. */
const PASSPHRASE_VARIABLE = 'BOOTWRIGHT_PASSPHRASE';
/** The variable that holds a token's PIN; without it pkcs11-tool asks at the terminal. */
export const PIN_VARIABLE = 'BOOTWRIGHT_PIN';
/** The variable that names the PKCS#11 module where a URI has no `module-path`, as libp11's engine reads it. */
const MODULE_VARIABLE = 'PKCS11_MODULE_PATH';

/** The signer that an option names: a private key in a file, or a `pkcs11:` URI of a key in a token. */
export const openSigner = (source: string, env: Environment): Promise<Signer> => openPkiSigner(source, keyOptions(env));

/** The public key that an option names: in a file, or the public part of a token's key. */
export const openPublicKey = (source: string, env: Environment): Promise<PublicKey> =>
  openPkiPublicKey(source, keyOptions(env));

/** How a command opens keys, by its environment. */
export const keyOptions = (env: Environment): KeyOptions => ({
  passphrase: env[PASSPHRASE_VARIABLE] ?? (process.stdin.isTTY ? askPassphrase : undefined),
  onExposed: warnOfExposure,
  pin: env[PIN_VARIABLE],
  modulePath: env[MODULE_VARIABLE],
  env,
});

const warned = new Set<string>();

/** Warns on the standard error, once per file and run, that others can read a secret key. */
export function warnOfExposure(file: string, mode: number): void {
  if (warned.has(file)) return;
  warned.add(file);
  const octal = mode.toString(8).padStart(4, '0');
  const remedy = `chmod 600 ${/^[\w./+:@-]+$/.test(file) ? file : JSON.stringify(file)}`;
  process.stderr.write(
    `${visible(`warning: others than its owner can read ${file}, a secret key (mode ${octal}): ${remedy}`)}\n`,
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
