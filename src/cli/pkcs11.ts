import { spawn } from 'node:child_process';
import { concatBytes, parseHex, utf8Text } from '../binary/index.ts';
import { digestInfoPrefix, type HashName, type SignatureScheme, verifyDigest } from '../crypto/index.ts';
import { Fault } from '../fault.ts';
import { parsePublicKey, type Signer } from '../pki/index.ts';

/** The variable that holds a token's PIN; without it pkcs11-tool asks at the terminal. */
export const PIN_VARIABLE = 'BOOTWRIGHT_PIN';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a `pkcs11:` URI (RFC 7512) says of a key and where it is. */
interface TokenKey {
  readonly uri: string;
  readonly module: string;
  readonly label: string | undefined;
  /** Arguments of pkcs11-tool that select token and key. */
  readonly selection: readonly string[];
}

const PROGRAM = 'pkcs11-tool';

/**
 * A signer whose key is in a PKCS#11 token, used through OpenSC's pkcs11-tool, so that nothing of ours is compiled or
 * loaded into the token's process. The URI names the key by `object` or `id`, may name the `token`, and names the
 * module by `module-path`. Each signature is verified before it is used.
 *
 * @throws Fault `cli/usage` (the URI), `crypto/key-missing` (no such token, key or program)
 */
export async function openTokenSigner(uri: string, env: Environment): Promise<Signer> {
  const key = await withId(parseUri(uri), env);
  const spki = await call(key, [...key.selection, '--read-object', '--type', 'pubkey'], env);
  const publicKey = parsePublicKey(spki, uri);
  return {
    publicKey,
    name: uri,
    sign: async ({ scheme, digest }) => {
      const { mechanism, input } = requestOf(scheme, digest);
      const signature = await call(key, [...key.selection, '--login', '--sign', ...mechanism], env, input);
      const verdict = verifyDigest(publicKey, scheme, digest, signature);
      if (verdict.kind === 'good') return signature;
      throw new Fault('crypto/key-unfit', {
        key: uri,
        reason: `the token's signature does not verify: ${verdict.reason}`,
      });
    },
  };
}

/**
 * A key that is named by its label alone, with its id too: pkcs11-tool 0.23 does not look at labels when it signs, and
 * takes the first private key of the token. Without an id the check of the signature tells whether it was the right one.
 */
async function withId(key: TokenKey, env: Environment): Promise<TokenKey> {
  const { label, selection } = key;
  if (label === undefined || selection.includes('--id')) return key;
  const listed = utf8Text(await call(key, [...selection, '--list-objects', '--type', 'pubkey'], env));
  const ids = listed
    .split(/^(?=\S)/m)
    .filter((object) => /^\s+label:\s*(.*)$/m.exec(object)?.[1] === label)
    .flatMap((object) => /^\s+ID:\s*([0-9a-f]+)$/m.exec(object)?.[1] ?? []);
  const [id, ...more] = new Set(ids);
  if (more.length > 0) throw usage(key.uri, `${ids.length} keys have this label: name one by its id`);
  return id === undefined ? key : { ...key, selection: [...selection, '--id', id] };
}

function parseUri(uri: string): TokenKey {
  const match = /^pkcs11:([^?]*)(?:\?(.*))?$/.exec(uri);
  if (match === null) throw usage(uri, 'it does not begin with pkcs11:');
  const path = attributes(match[1] ?? '', ';');
  const query = attributes(match[2] ?? '', '&');
  const module = query.get('module-path');
  if (module === undefined) throw usage(uri, 'there is no module-path');
  if (query.has('pin-value')) throw usage(uri, `a PIN on the command line can be seen by others: use ${PIN_VARIABLE}`);
  const selection: string[] = [];
  const token = path.get('token');
  const object = path.get('object');
  const id = path.get('id');
  if (token !== undefined) selection.push('--token-label', token);
  if (object !== undefined) selection.push('--label', object);
  if (id !== undefined) selection.push('--id', Buffer.from(id, 'latin1').toString('hex'));
  if (object === undefined && id === undefined) throw usage(uri, 'neither object nor id names a key');
  return { uri, module, label: object, selection };
}

function attributes(text: string, separator: string): Map<string, string> {
  const rows = text === '' ? [] : text.split(separator);
  return new Map(
    rows.map((row) => {
      const at = row.indexOf('=');
      const value = at < 0 ? '' : row.slice(at + 1);
      return [at < 0 ? row : row.slice(0, at), decodePercent(value)] as const;
    }),
  );
}

/** Percent escapes as bytes, so that an `id` of any bytes survives; plain text is UTF-8 anyway. */
function decodePercent(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** How pkcs11-tool is asked for a signature over a digest. */
function requestOf(
  scheme: SignatureScheme,
  digest: Uint8Array,
): { readonly mechanism: readonly string[]; readonly input: Uint8Array } {
  switch (scheme.kind) {
    case 'ecdsa':
      return { mechanism: ['--mechanism', 'ECDSA', '--signature-format', 'rs'], input: digest };
    case 'rsa-pkcs1':
      return { mechanism: ['--mechanism', 'RSA-PKCS'], input: concatBytes([digestInfoOf(scheme.hash), digest]) };
    case 'rsa-pss': {
      const name = scheme.hash.toUpperCase();
      const salt = scheme.saltLength === 'any' ? digest.length : scheme.saltLength;
      const parameters = ['--hash-algorithm', name === 'SHA1' ? 'SHA-1' : name, '--mgf', `MGF1-${name}`];
      return { mechanism: ['--mechanism', 'RSA-PKCS-PSS', ...parameters, '--salt-len', String(salt)], input: digest };
    }
  }
}

function digestInfoOf(hash: HashName): Uint8Array {
  const prefix = digestInfoPrefix(hash);
  if (prefix === undefined) throw new Fault('crypto/unsupported', { what: `an RSA signature with ${hash}` });
  return parseHex(prefix)!;
}

/** Runs pkcs11-tool; gives what it writes. Input and output pass through pipes, the PIN through the environment. */
function call(key: TokenKey, args: readonly string[], env: Environment, input?: Uint8Array): Promise<Uint8Array> {
  const pin = env[PIN_VARIABLE];
  const login = args.includes('--login') && pin !== undefined ? ['--pin', `env:${PIN_VARIABLE}`] : [];
  return new Promise((resolve, reject) => {
    const missing = (reason: string): Fault => new Fault('crypto/key-missing', { key: key.uri, reason });
    const child = spawn(PROGRAM, ['--module', key.module, ...args, ...login], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output: Uint8Array[] = [];
    const errors: Uint8Array[] = [];
    child.stdout.on('data', (piece: Uint8Array) => output.push(piece));
    child.stderr.on('data', (piece: Uint8Array) => errors.push(piece));
    child.stdin.on('error', () => undefined);
    child.on('error', () => reject(missing(`${PROGRAM} (OpenSC) cannot be run`)));
    child.on('close', (code) => {
      if (code === 0) resolve(concatBytes(output));
      else reject(missing(`${PROGRAM}: ${lastLine(Buffer.concat(errors).toString())}`));
    });
    child.stdin.end(input ?? new Uint8Array(0));
  });
}

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .findLast((line) => /error/i.test(line)) ?? text.trim();

const usage = (uri: string, reason: string): Fault => new Fault('cli/usage', { reason: `${uri}: ${reason}` });
