import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey, type KeyKind, type PrivateKey, type PublicKey } from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import { reasonOf } from '../../file/index.ts';
import { type ChainCertificate, type ChainOfTrust, keysFor } from '../../fip/index.ts';
import {
  answeringSigner,
  keySigner,
  type RequestFile,
  recordingSigner,
  type SignatureRequest,
  type Signer,
} from '../../pki/index.ts';
import { pairs } from '../fip/anchors.ts';
import { cliMessage } from '../messages.ts';
import type { Environment } from '../shared/context.ts';
import { openPublicKey, openSigner } from '../shared/open-key.ts';

/** The keys of a chain that a command has. */
export interface KeyRing {
  /** Those that sign here, by the key's name. */
  readonly signers: ReadonlyMap<string, Signer>;
  /** Those that sign elsewhere, or not at all. */
  readonly publicKeys: ReadonlyMap<string, PublicKey>;
  /** Keys that were made, by the file that each goes to. */
  readonly made: ReadonlyMap<string, PrivateKey>;
}

/** Reads `--key NAME=FILE` and `--public NAME=FILE`; makes what is missing where `--new-keys` says so; writes nothing. */
export async function collectKeys(
  chain: ChainOfTrust,
  certificates: readonly ChainCertificate[],
  flags: {
    readonly key: readonly string[] | undefined;
    readonly public: readonly string[] | undefined;
    readonly newKeys: KeyKind | undefined;
    readonly out: string;
  },
  env: Environment,
): Promise<KeyRing> {
  const signers = new Map<string, Signer>();
  const publicKeys = new Map<string, PublicKey>();
  const here = pairs(flags.key, '--key');
  const elsewhere = pairs(flags.public, '--public');
  for (const name of [...here.keys(), ...elsewhere.keys()]) {
    if (chain.keys[name] === undefined)
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/not-a-chain-key', {
          name,
          chain: chain.name,
          keys: Object.keys(chain.keys).join(', '),
        }),
      });
    if (here.has(name) && elsewhere.has(name))
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/given-twice-by', { name, one: '--key', other: '--public' }),
      });
  }
  for (const [name, path] of here) signers.set(name, await openSigner(path, env));
  for (const [name, path] of elsewhere) publicKeys.set(name, await openPublicKey(path, env));
  const made = new Map<string, PrivateKey>();
  const { signing, vouchedFor } = keysFor(certificates);
  for (const name of new Set([...signing, ...vouchedFor])) {
    if (flags.newKeys === undefined || signers.has(name) || publicKeys.has(name)) continue;
    const path = join(flags.out, `${name}.pem`);
    if (await exists(path)) throw new Fault('file/write', { file: path, reason: cliMessage('cli/exists') });
    const key = await generateKey(flags.newKeys);
    signers.set(name, keySigner(key, path));
    made.set(path, key);
  }
  const unsigned = certificates.find(({ signedBy }) => !signers.has(signedBy) && !publicKeys.has(signedBy));
  if (unsigned !== undefined)
    throw new Fault('cli/usage', {
      reason: cliMessage('cli/signing-key-required', { key: unsigned.signedBy, image: unsigned.image }),
    });
  return { signers, publicKeys, made };
}

/** Whether something has a name, a link to nothing too. Faults `file/read` where that cannot be told. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new Fault('file/read', { file: path, reason: reasonOf(cause) }, { cause });
  }
}

/** The signers for one certificate: of a key that is elsewhere, one that asks for the signature or has the answer. */
export function signersFor(
  row: ChainCertificate,
  keys: KeyRing,
  answers: RequestFile | undefined,
  record: (request: SignatureRequest) => void,
): ReadonlyMap<string, Signer> {
  const key = keys.publicKeys.get(row.signedBy);
  if (key === undefined) return keys.signers;
  const signer =
    answers === undefined ? recordingSigner(key, row.image, record) : answeringSigner(answers, key, row.image);
  return new Map(keys.signers).set(row.signedBy, signer);
}
