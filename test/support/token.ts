import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from './program.ts';

const LIBRARIES = '/usr/lib';

/** SoftHSM's module, where Debian puts it on any architecture. */
export const MODULE =
  [LIBRARIES, ...readdirSync(LIBRARIES).map((name) => join(LIBRARIES, name))]
    .map((folder) => join(folder, 'softhsm/libsofthsm2.so'))
    .find((path) => existsSync(path)) ?? 'libsofthsm2.so';

/** A token of SoftHSM with the PIN 1234, in a folder of the test. */
export interface Token {
  /** Where SoftHSM finds it; no PIN. */
  readonly env: Readonly<Record<string, string>>;
  /** The URI of a key by its label. */
  readonly uri: (label: string) => string;
  /** Makes a key pair: `rsa:2048`, `EC:prime256v1`. Gives its SubjectPublicKeyInfo. */
  readonly keygen: (label: string, id: string, kind?: string) => Uint8Array;
}

/** Makes a token below a folder; needs softhsm2-util and pkcs11-tool. */
export function makeToken(folder: string, label = 'boot'): Token {
  const conf = join(folder, 'softhsm.conf');
  mkdirSync(join(folder, 'tokens'), { recursive: true });
  writeFileSync(conf, `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\n`);
  const env = { SOFTHSM2_CONF: conf };
  runOk('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', '1234', '--so-pin', '4321'], { env });
  const token = ['--module', MODULE, '--token-label', label];
  return {
    env,
    uri: (name) => `pkcs11:token=${label};object=${name}?module-path=${MODULE}`,
    keygen(name, id, kind = 'rsa:2048') {
      const make = ['--login', '--pin', '1234', '--keypairgen', '--key-type', kind, '--label', name, '--id', id];
      runOk('pkcs11-tool', [...token, ...make], { env });
      const file = join(folder, `${label}-${name}.der`);
      runOk('pkcs11-tool', [...token, '--read-object', '--type', 'pubkey', '--id', id, '--output-file', file], { env });
      return new Uint8Array(readFileSync(file));
    },
  };
}
