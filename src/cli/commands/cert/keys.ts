import { join } from 'node:path';
import { generateKey, type KeyKind, type PublicKey } from '../../../crypto/index.ts';
import { Fault } from '../../../fault.ts';
import { makeFolder, writeFile } from '../../../file/index.ts';
import { type ChainCertificate, type ChainOfTrust, keysFor } from '../../../fip/index.ts';
import {
  answeringSigner,
  keySigner,
  printPrivateKey,
  type RequestFile,
  recordingSigner,
  type SignatureRequest,
  type Signer,
} from '../../../pki/index.ts';
import type { Context } from '../../context.ts';
import { readPublicKeyFile } from '../../key-file.ts';
import { openSigner } from '../../open-signer.ts';
import { pair } from '../fip/anchors.ts';

/** The keys of a chain that a command has. */
export interface KeyRing {
  /** Those that sign here, by the key's name. */
  readonly signers: ReadonlyMap<string, Signer>;
  /** Those that sign elsewhere, or not at all. */
  readonly publicKeys: ReadonlyMap<string, PublicKey>;
  /** Files of keys that were made. */
  readonly made: readonly string[];
}

/** Reads `--key NAME=FILE` and `--public NAME=FILE`; makes what is missing where `--new-keys` says so. */
export async function collectKeys(
  chain: ChainOfTrust,
  certificates: readonly ChainCertificate[],
  flags: {
    readonly key?: readonly string[];
    readonly public?: readonly string[];
    readonly newKeys?: KeyKind;
    readonly out: string;
  },
  env: Context['process']['env'],
): Promise<KeyRing> {
  const signers = new Map<string, Signer>();
  const publicKeys = new Map<string, PublicKey>();
  const named = (text: string, option: string): readonly [string, string] => {
    const [name, path] = pair(text, option);
    if (chain.keys[name] !== undefined) return [name, path];
    throw new Fault('cli/usage', {
      reason: `${name} is no key of ${chain.name}: ${Object.keys(chain.keys).join(', ')}`,
    });
  };
  for (const text of flags.key ?? []) {
    const [name, path] = named(text, '--key');
    signers.set(name, await openSigner(path, env));
  }
  for (const text of flags.public ?? []) {
    const [name, path] = named(text, '--public');
    publicKeys.set(name, await readPublicKeyFile(path, env));
  }
  const made: string[] = [];
  const { signing, vouchedFor } = keysFor(certificates);
  for (const name of new Set([...signing, ...vouchedFor])) {
    if (flags.newKeys === undefined || signers.has(name) || publicKeys.has(name)) continue;
    const key = await generateKey(flags.newKeys);
    const path = join(flags.out, `${name}.pem`);
    await makeFolder(flags.out);
    await writeFile(path, printPrivateKey(key), { exclusive: true, mode: 0o600 });
    signers.set(name, keySigner(key, path));
    made.push(path);
  }
  return { signers, publicKeys, made };
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
