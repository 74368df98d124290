import { spawn } from 'node:child_process';
import { concatBytes, parseHex, utf8Text } from '../binary/index.ts';
import { type HashName, type PublicKey, type SignatureScheme, verifyDigest } from '../crypto/index.ts';
import { digestInfoPrefix } from '../crypto/internal.ts';
import { Fault, type Message } from '../fault.ts';
import { pkiMessage } from './messages.ts';
import { parsePublicKey } from './public-key.ts';
import type { Signer } from './signer.ts';
import { parseTokenUri, type TokenUri, uriFault } from './token-uri.ts';

/** How a token is opened. */
export interface TokenOptions {
  /** The token's PIN; without it pkcs11-tool asks at the terminal. */
  readonly pin?: string | undefined;
  /** The PKCS#11 module where a URI has no `module-path`. */
  readonly modulePath?: string | undefined;
  /** Variables of pkcs11-tool's environment, and so of the module's, in addition to the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A key in a token, and the arguments of pkcs11-tool that select both. */
interface TokenKey {
  readonly uri: string;
  readonly module: string;
  readonly selection: readonly string[];
}

const PROGRAM = 'pkcs11-tool';
/** The variable through which pkcs11-tool is given the PIN: arguments can be seen by other users. */
const PIN_VARIABLE = 'BOOTWRIGHT_PIN';

/**
 * A signer whose key is in a PKCS#11 token, used through OpenSC's pkcs11-tool in a process of its own. The URI (RFC 7512)
 * names the key by `object` or `id`, the token by what else it says, and the module by `module-path`. Each signature is
 * verified before it is used.
 *
 * @throws Fault `pki/token-uri`, `crypto/key-missing` (no such token, key or program), `crypto/pin`
 */
export async function openTokenSigner(uri: string, options: TokenOptions): Promise<Signer> {
  const key = await findKey(uri, options);
  const publicKey = await readPublic(key, options);
  return {
    publicKey,
    name: uri,
    sign: async ({ scheme, digest }) => {
      const { mechanism, input } = requestOf(scheme, digest);
      const signature = await call(key, [...key.selection, '--login', '--sign', ...mechanism], options, input);
      const verdict = verifyDigest(publicKey, scheme, digest, signature);
      if (verdict.kind === 'good') return signature;
      throw new Fault('crypto/key-unfit', {
        key: uri,
        reason: pkiMessage('pki/token-signature', { why: verdict.reason }),
      });
    },
  };
}

/** The public part of a key in a token; no PIN is asked for. Faults as `openTokenSigner`. */
export async function readTokenKey(uri: string, options: TokenOptions): Promise<PublicKey> {
  return readPublic(await findKey(uri, options), options);
}

const readPublic = async (key: TokenKey, options: TokenOptions): Promise<PublicKey> =>
  parsePublicKey(await call(key, [...key.selection, '--read-object', '--type', 'pubkey'], options), key.uri);

async function findKey(uri: string, options: TokenOptions): Promise<TokenKey> {
  const parsed = parseTokenUri(uri, options.modulePath);
  const selection = [...(await slotOf(parsed, options))];
  const id = parsed.id ?? (await idOfLabel({ ...parsed, selection }, parsed.label ?? '', options));
  if (parsed.label !== undefined) selection.push('--label', parsed.label);
  if (id !== undefined) selection.push('--id', id);
  return { uri, module: parsed.module, selection };
}

/** How pkcs11-tool is told the token: by its label, or by its slot where the URI says more. */
async function slotOf({ uri, module, token, slot }: TokenUri, options: TokenOptions): Promise<readonly string[]> {
  if (slot.size === 0) return token === undefined ? [] : ['--token-label', token];
  const wanted = new Map(slot);
  if (token !== undefined) wanted.set('token label', token);
  const listed = utf8Text(await call({ uri, module, selection: [] }, ['--list-token-slots'], options));
  const slots = listed.split(/^(?=Slot )/m).filter((text) => text.startsWith('Slot '));
  const found = slots.flatMap((text) => {
    const number = /^Slot \d+ \((0x[0-9a-f]+)\)/.exec(text)?.[1] ?? '';
    const rows = new Map([...text.matchAll(/^ +(\S.*?) *: *(.*?) *$/gm)].map(([, name, value]) => [name, value]));
    rows.set('slot', String(Number(number)));
    return [...wanted].every(([name, value]) => rows.get(name) === value) ? [number] : [];
  });
  const [only, ...more] = found;
  if (only === undefined) throw missing(uri, pkiMessage('pki/no-token'));
  if (more.length > 0) throw uriFault(uri, pkiMessage('pki/uri-tokens', { tokens: found.length }));
  return ['--slot', only];
}

/**
 * The id of the key with a label: pkcs11-tool 0.23 does not look at labels when it signs, and takes the first private
 * key of the token. Without an id the check of the signature tells whether it was the right one.
 */
async function idOfLabel(key: TokenKey, label: string, options: TokenOptions): Promise<string | undefined> {
  const listed = utf8Text(await call(key, [...key.selection, '--list-objects', '--type', 'pubkey'], options));
  const ids = listed
    .split(/^(?=\S)/m)
    .filter((object) => /^\s+label:\s*(.*)$/m.exec(object)?.[1] === label)
    .flatMap((object) => /^\s+ID:\s*([0-9a-f]+)$/m.exec(object)?.[1] ?? []);
  const [id, ...more] = new Set(ids);
  if (more.length > 0) throw uriFault(key.uri, pkiMessage('pki/uri-keys', { keys: ids.length }));
  return id;
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
  if (prefix === undefined)
    throw new Fault('crypto/unsupported', { what: pkiMessage('pki/rsa-signature-hash', { hash }) });
  return parseHex(prefix)!;
}

/** Runs pkcs11-tool; gives what it writes. Input and output pass through pipes, the PIN through the environment. */
function call(key: TokenKey, args: readonly string[], options: TokenOptions, input?: Uint8Array): Promise<Uint8Array> {
  const { pin, env } = options;
  const login = args.includes('--login') && pin !== undefined ? ['--pin', `env:${PIN_VARIABLE}`] : [];
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, ['--module', key.module, ...args, ...login], {
      env: { ...process.env, ...env, ...(pin !== undefined && { [PIN_VARIABLE]: pin }) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output: Uint8Array[] = [];
    const errors: Uint8Array[] = [];
    child.stdout.on('data', (piece: Uint8Array) => output.push(piece));
    child.stderr.on('data', (piece: Uint8Array) => errors.push(piece));
    child.stdin.on('error', () => undefined);
    child.on('error', () => reject(missing(key.uri, pkiMessage('pki/no-pkcs11-tool', { program: PROGRAM }))));
    child.on('close', (code) => {
      if (code === 0) resolve(concatBytes(output));
      else reject(failure(key.uri, Buffer.concat(errors).toString(), pin !== undefined));
    });
    child.stdin.end(input ?? new Uint8Array(0));
  });
}

/** What pkcs11-tool's text says went wrong: the PIN, or the key and the way to it. */
function failure(uri: string, text: string, hasPin: boolean): Fault {
  const pin = pinReasons.find(([word]) => text.includes(word));
  if (pin !== undefined) {
    const reason = hasPin || pin[0] !== NO_PIN ? pin[1] : pkiMessage('pki/pin-needed', { variable: PIN_VARIABLE });
    return new Fault('crypto/pin', { key: uri, reason });
  }
  const lines = text.trim().split('\n');
  const said = lines.findLast((line) => /error|fail|not? .*found/i.test(line)) ?? lines.at(-1) ?? '';
  return missing(uri, pkiMessage('pki/tool-failed', { program: PROGRAM, said }));
}

const NO_PIN = 'util_getpass error';

/** Words of pkcs11-tool's and PKCS#11's (§11) that say that the PIN is what is wrong. */
const pinReasons: readonly (readonly [word: string, reason: Message])[] = [
  ['CKR_PIN_LOCKED', pkiMessage('pki/pin-locked')],
  ['CKR_PIN_INCORRECT', pkiMessage('pki/pin-wrong', { variable: PIN_VARIABLE })],
  ['CKR_PIN_LEN_RANGE', pkiMessage('pki/pin-length', { variable: PIN_VARIABLE })],
  ['CKR_PIN_INVALID', pkiMessage('pki/pin-characters', { variable: PIN_VARIABLE })],
  ['CKR_PIN_EXPIRED', pkiMessage('pki/pin-expired')],
  ['CKR_USER_PIN_NOT_INITIALIZED', pkiMessage('pki/pin-none')],
  [NO_PIN, pkiMessage('pki/pin-unread')],
];

const missing = (uri: string, reason: Message): Fault => new Fault('crypto/key-missing', { key: uri, reason });
