import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hexText, parseHex } from '../../binary/index.ts';
import { type AnchorOption, type ChainShape, type FirmwareScheme, LOCK_NAME, readLock } from '../../boot/index.ts';
import { shapeOf } from '../../boot/internal.ts';
import { Fault } from '../../fault.ts';
import { reasonOf } from '../../file/index.ts';
import { emptyAnchor } from '../../fip/internal.ts';
import { keyFingerprint } from '../../pki/index.ts';
import { cliMessage } from '../messages.ts';
import type { Environment } from '../shared/context.ts';
import { required } from '../shared/flags.ts';
import { openPublicKey } from '../shared/open-key.ts';

/** The flags by which a command is told whom to trust: `requiredTrustFlag` where nothing was recorded that could stand in. */
export const requiredTrustFlag = required(
  String,
  'KEY',
  'Root of trust public key: a key file, or the SHA-256 of its SubjectPublicKeyInfo',
);
export const trustFlag = { ...requiredTrustFlag, optional: true } as const;

/** The hash that `--trust` names: 64 hex digits, or a file with the key. Faults `fip/anchor`. */
export async function readTrustOption(text: string, env: Environment): Promise<string> {
  if (/^[0-9a-fA-F]{64}$/.test(text)) {
    const reason = emptyAnchor(parseHex(text)!);
    if (reason !== undefined) throw new Fault('fip/anchor', { anchor: text, reason });
    return text.toLowerCase();
  }
  return hexText(keyFingerprint(await openPublicKey(text, env)));
}

/** What a chain is held against, and who says so. */
export interface TrustedHash {
  readonly rotpk: string;
  readonly anchor: AnchorOption;
}

/**
 * The hash that `--trust` names, or the one that the build recorded, on which nobody can rely but who built it. The key
 * file of the chain itself is such a record too: who replaced the chain replaced it.
 *
 * @param keyFile name of that file in the folder
 */
export async function readTrust(
  trust: string | undefined,
  { folder, keyFile, env }: { readonly folder: string; readonly keyFile: string; readonly env: Environment },
): Promise<TrustedHash> {
  if (trust === undefined) return { rotpk: await recordedTrust(folder), anchor: 'recorded' };
  const rotpk = await readTrustOption(trust, env);
  const [named, own] = await Promise.all([trust, join(folder, keyFile)].map((file) => realpath(file).catch(() => '')));
  return { rotpk, anchor: named !== '' && named === own ? 'recorded' : { named: `--trust ${trust}` } };
}

/** The hash that a build recorded; for checking what was built here, not for deciding whom to trust. */
async function recordedTrust(folder: string): Promise<string> {
  const lock = await readLock(join(folder, LOCK_NAME));
  if (lock !== undefined && typeof lock.rotpk === 'string') return lock.rotpk;
  const reason = cliMessage('cli/no-lock', { folder, file: LOCK_NAME });
  throw new Fault('boot/no-trust', { reason });
}

/** The flag that says how firmware is signed; what a build recorded where it is not given. */
export const schemeFlag = {
  kind: 'enum',
  values: ['trailer', 'tbbr'],
  brief: 'How the firmware is signed: by a signature at its end, or by TBBR certificates [default: as recorded]',
  optional: true,
} as const;

/**
 * How a build recorded that its chain is signed, and what its files are called; `--scheme` overrides it. Faults
 * `file/read` where there is no such folder.
 */
export async function recordedShape(folder: string, scheme: FirmwareScheme | undefined): Promise<ChainShape> {
  await realpath(`${folder}/.`).catch((cause: unknown) => {
    throw new Fault('file/read', { file: folder, reason: reasonOf(cause) }, { cause });
  });
  const shape = shapeOf(await readLock(join(folder, LOCK_NAME)));
  return { ...shape, scheme: scheme ?? shape.scheme };
}
