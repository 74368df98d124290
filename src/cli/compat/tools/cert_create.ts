import {
  type CurveName,
  generateEc,
  generateRsa,
  type HashName,
  isHashName,
  type PrivateKey,
  randomBytes,
} from '../../../crypto/index.ts';
import { readInteger } from '../../../crypto/internal.ts';
import { Fault, isFault } from '../../../fault.ts';
import { openFile, writeFile } from '../../../file/index.ts';
import {
  type ChainCertificate,
  type ChainContent,
  type CounterName,
  chains,
  issueChainCertificate,
  keysFor,
  parseChainCertificate,
} from '../../../fip/index.ts';
import { parseCounter } from '../../../fip/internal.ts';
import { hashRange } from '../../../fip/sign.node.ts';
import { isToken, splitPin } from '../../../pki/files.node.ts';
import { keySigner, printPrivateKey, type Signer } from '../../../pki/index.ts';
import { describeCertificate } from '../../cert/describe.ts';
import { cliMessage } from '../../messages.ts';
import { buildTime } from '../../shared/build-time.ts';
import { openSigner, PIN_VARIABLE } from '../../shared/open-key.ts';
import type { CompatIo } from '../io.ts';
import { OptionError, parseOptions } from '../options.ts';
import { helpText, options } from './cert_create/options.ts';

const chain = chains.tbbr;
const DAY_MS = 86_400_000;
/** VAL_DAYS of TF-A's tool: twenty years. */
const VALIDITY_DAYS = 7300;
/** The variable that TF-A's tool takes the PIN of a token from. */
const ENGINE_PIN_VARIABLE = 'PKCS11_PIN';

type Given = ReadonlyMap<string, string>;

/**
 * cert_create of TF-A for the TBBR chain: its options, its certificates. What it lets pass and should not ends with 1:
 * a counter that is no number or too large, an output that cannot be written. Keys that nothing needs may be missing.
 */
export async function run(args: readonly string[], io: CompatIo): Promise<number> {
  try {
    const parsed = parseOptions(args, options);
    const given: Given = new Map(parsed.options.map(({ name, value }) => [name, value]));
    if (given.has('help')) io.stdout.write(helpText());
    else await createAll(given, io);
    return 0;
  } catch (error) {
    if (error instanceof OptionError) {
      io.stderr.write(`cert_create: ${error.message}\n`);
      io.stdout.write(helpText());
    } else if (error instanceof Fault) io.stderr.write(`ERROR:   ${error.message}\n`);
    else throw error;
    return 1;
  }
}

async function createAll(given: Given, io: CompatIo): Promise<void> {
  const wanted = chain.certificates.filter(({ image }) => given.has(image));
  const hash = readHash(given.get('hash-alg') ?? 'sha256');
  const { signers, made } = await readKeys(given, wanted, io);
  const notBefore = buildTime(io.env);
  const content: ChainContent = {
    chain,
    hash,
    signers,
    digests: await readDigests(given, wanted, hash),
    counters: readCounters(given),
    notBefore,
    notAfter: new Date(notBefore.getTime() + VALIDITY_DAYS * DAY_MS),
    serial: () => readInteger(randomBytes(8)) | (1n << 63n),
  };
  const issued: { readonly row: ChainCertificate; readonly der: Uint8Array }[] = [];
  for (const row of wanted) issued.push({ row, der: await issueChainCertificate(row, content) });
  // Without its key a certificate that was written cannot be followed by another.
  if (given.has('save-keys')) await saveKeys(given, made);
  for (const { row, der } of issued) {
    if (given.has('print-cert'))
      io.stdout.write(`${describeCertificate(parseChainCertificate(der, row.image)).join('\n')}\n`);
    await writeFile(given.get(row.image)!, der);
  }
}

/**
 * The keys that the certificates need: those that are named, and where `--new-keys` allows it new ones for those that
 * are not, or whose file is not there. A key that is named and cannot be had is never another one.
 */
async function readKeys(
  given: Given,
  wanted: readonly ChainCertificate[],
  io: CompatIo,
): Promise<{ readonly signers: ReadonlyMap<string, Signer>; readonly made: ReadonlyMap<string, PrivateKey> }> {
  const make = keyMaker(given.get('key-alg') ?? 'rsa', given.get('key-size'));
  const { signing, vouchedFor } = keysFor(wanted);
  const signers = new Map<string, Signer>();
  const made = new Map<string, PrivateKey>();
  for (const name of new Set([...signing, ...vouchedFor])) {
    const source = given.get(name);
    const signer = source === undefined ? undefined : await openNamed(source, given.has('new-keys'), io);
    if (signer !== undefined) {
      signers.set(name, signer);
      continue;
    }
    if (!given.has('new-keys'))
      throw new Fault('crypto/key-missing', { key: name, reason: cliMessage('cli/required-not-provided') });
    io.stderr.write(`NOTICE:  Creating new key for '${chain.keys[name]}'\n`);
    const key = await make();
    made.set(name, key);
    signers.set(name, keySigner(key, name));
  }
  return { signers, made };
}

/** The key of an option; `undefined` where its file is not there, and may be made. */
async function openNamed(source: string, mayMake: boolean, io: CompatIo): Promise<Signer | undefined> {
  if (isToken(source)) return await openToken(source, io);
  try {
    return await openSigner(source, io.env);
  } catch (error) {
    if (!mayMake || !isFault(error, 'crypto/key-missing')) throw error;
    io.stderr.write(`WARNING: Cannot open file ${source}\n`);
    return undefined;
  }
}

/** TF-A's tool takes a PIN in the URI, and before that the one in `PKCS11_PIN`. */
function openToken(source: string, { env, stderr }: CompatIo): Promise<Signer> {
  const { uri, pin } = splitPin(source);
  if (pin !== undefined) stderr.write(`WARNING: The PIN in ${uri} can be seen by others: use ${ENGINE_PIN_VARIABLE}\n`);
  const chosen = pin ?? env[ENGINE_PIN_VARIABLE] ?? env[PIN_VARIABLE];
  return openSigner(uri, chosen === undefined ? env : { ...env, [PIN_VARIABLE]: chosen });
}

const CURVES: Readonly<Record<string, Readonly<Record<string, CurveName>>>> = {
  ecdsa: { '': 'P-256', '256': 'P-256', '384': 'P-384' },
  'ecdsa-brainpool-regular': { '': 'brainpoolP256r1' },
};

function keyMaker(algorithm: string, size: string | undefined): () => Promise<PrivateKey> {
  if (algorithm === 'rsa') {
    const bits = Number(size ?? 2048);
    if ([2048, 3072, 4096].includes(bits)) return () => generateRsa(bits);
  }
  const curve = CURVES[algorithm]?.[size ?? ''];
  if (curve !== undefined) return async () => generateEc(curve);
  throw new Fault('crypto/unsupported', { what: `key algorithm ${algorithm}, size ${size ?? 'of its own'},` });
}

function readHash(name: string): HashName {
  if (isHashName(name) && ['sha256', 'sha384', 'sha512'].includes(name)) return name;
  throw new Fault('crypto/unsupported', { what: `hash algorithm ${name}` });
}

function readCounters(given: Given): Map<CounterName, number> {
  const counters = new Map<CounterName, number>();
  for (const name of ['tfw-nvctr', 'ntfw-nvctr'] as const) {
    const text = given.get(name);
    if (text !== undefined) counters.set(name, parseCounter(name, text));
  }
  return counters;
}

async function readDigests(
  given: Given,
  wanted: readonly ChainCertificate[],
  hash: HashName,
): Promise<Map<string, Uint8Array>> {
  const digests = new Map<string, Uint8Array>();
  for (const extension of wanted.flatMap(({ extensions }) => extensions)) {
    const file = extension.kind === 'hash' ? given.get(extension.image) : undefined;
    if (extension.kind !== 'hash' || file === undefined) continue;
    const opened = await openFile(file);
    try {
      digests.set(extension.image, await hashRange(opened, { start: 0, end: opened.size }, hash));
    } finally {
      opened.close();
    }
  }
  return digests;
}

/** New keys alone: a key that was read, and may be encrypted, is not written over. */
async function saveKeys(given: Given, keys: ReadonlyMap<string, PrivateKey>): Promise<void> {
  for (const [name, key] of keys) {
    const file = given.get(name);
    if (file !== undefined) await writeFile(file, printPrivateKey(key), { exclusive: true, mode: 0o600 });
  }
}
