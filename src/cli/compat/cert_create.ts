import { stat } from 'node:fs/promises';
import {
  type CurveName,
  generateEc,
  generateRsa,
  type HashName,
  isHashName,
  type PrivateKey,
  randomBytes,
  readInteger,
} from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import { openFile, readFile, writeFile } from '../../file/index.ts';
import {
  type ChainCertificate,
  type ChainContent,
  type CounterName,
  chains,
  issueChainCertificate,
  keysFor,
  parseChainCertificate,
  parseCounter,
} from '../../fip/index.ts';
import { hashRange } from '../../fip/sign.node.ts';
import { keySigner, parsePrivateKey, printPrivateKey } from '../../pki/index.ts';
import { buildTime } from '../build-time.ts';
import { describeCertificate } from '../commands/cert/describe.ts';
import { helpText, options } from './cert_create/options.ts';
import { OptionError, parseOptions } from './fiptool/options.ts';
import type { CompatIo } from './io.ts';

const chain = chains.tbbr;
const DAY_MS = 86_400_000;
/** VAL_DAYS of TF-A's tool: twenty years. */
const VALIDITY_DAYS = 7300;
const KEY_FILE_MAX_BYTES = 1 << 20;

type Given = ReadonlyMap<string, string>;

/**
 * cert_create of TF-A for the TBBR chain: its options, its certificates. What it lets pass and should not ends with 1:
 * a counter that is no number or too large, an output that cannot be written. Keys that nothing needs may be missing.
 */
export async function run(args: readonly string[], io: CompatIo): Promise<number> {
  try {
    const parsed = parseOptions('cert_create', args, options);
    const given: Given = new Map(parsed.options.map(({ name, value }) => [name, value]));
    if (given.has('help')) io.stdout.write(helpText());
    else await createAll(given, io);
    return 0;
  } catch (error) {
    if (error instanceof OptionError) {
      io.stderr.write(`${error.message}\n`);
      io.stdout.write(helpText());
    } else if (error instanceof Fault) io.stderr.write(`ERROR:   ${error.message}\n`);
    else throw error;
    return 1;
  }
}

async function createAll(given: Given, io: CompatIo): Promise<void> {
  const wanted = chain.certificates.filter(({ image }) => given.has(image));
  const hash = readHash(given.get('hash-alg') ?? 'sha256');
  const { keys, made } = await readKeys(given, wanted);
  const notBefore = buildTime(io.env);
  const content: ChainContent = {
    chain,
    hash,
    signers: new Map([...keys].map(([name, key]) => [name, keySigner(key, name)])),
    digests: await readDigests(given, wanted, hash),
    counters: readCounters(given),
    notBefore,
    notAfter: new Date(notBefore.getTime() + VALIDITY_DAYS * DAY_MS),
    serial: () => readInteger(randomBytes(8)) | (1n << 63n),
  };
  for (const row of wanted) {
    const der = await issueChainCertificate(row, content);
    if (given.has('print-cert'))
      io.stdout.write(`${describeCertificate(parseChainCertificate(der, row.image)).join('\n')}\n`);
    await writeFile(given.get(row.image)!, der);
  }
  if (given.has('save-keys')) await saveKeys(given, made);
}

/** The keys that the certificates need: from their files, or new ones where `--new-keys` allows it. */
async function readKeys(
  given: Given,
  wanted: readonly ChainCertificate[],
): Promise<Readonly<Record<'keys' | 'made', ReadonlyMap<string, PrivateKey>>>> {
  const make = keyMaker(given.get('key-alg') ?? 'rsa', given.get('key-size'));
  const { signing, vouchedFor } = keysFor(wanted);
  const keys = new Map<string, PrivateKey>();
  const made = new Map<string, PrivateKey>();
  for (const name of new Set([...signing, ...vouchedFor])) {
    const file = given.get(name);
    if (file !== undefined && (await stat(file).catch(() => undefined)) !== undefined) {
      keys.set(name, parsePrivateKey(await readFile(file, KEY_FILE_MAX_BYTES), file));
      continue;
    }
    if (!given.has('new-keys')) {
      const reason = file === undefined ? 'required but not provided' : `${file} cannot be opened`;
      throw new Fault('crypto/key-missing', { key: name, reason });
    }
    made.set(name, await make());
  }
  return { keys: new Map([...keys, ...made]), made };
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
      await opened.close();
    }
  }
  return digests;
}

/** New keys alone: a key that was read, and may be encrypted, is not written over. */
async function saveKeys(given: Given, keys: ReadonlyMap<string, PrivateKey>): Promise<void> {
  for (const [name, key] of keys) {
    const file = given.get(name);
    if (file !== undefined) await writeFile(file, printPrivateKey(key), { mode: 0o600 });
  }
}
