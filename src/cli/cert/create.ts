import { join } from 'node:path';
import { buildCommand } from '@stricli/core';
import { type HashName, hashSize, keyKinds, randomBytes } from '../../crypto/index.ts';
import { readInteger } from '../../crypto/internal.ts';
import { Fault } from '../../fault.ts';
import { makeFolder, openFile, readText, writeFile } from '../../file/index.ts';
import {
  assertChainAccepted,
  type ChainCertificate,
  type ChainContent,
  type ChainOfTrust,
  certificatesFor,
  chainNames,
  chains,
  issueChainCertificate,
  type LoaderBuildFinding,
  type LoaderProfile,
  parseChainCertificate,
  parseLoaderProfile,
  Surveyor,
} from '../../fip/index.ts';
import { describeLoaders } from '../../fip/internal.ts';
import { hashRange } from '../../fip/sign.node.ts';
import {
  parseRequests,
  printPrivateKey,
  printRequests,
  type RequestFile,
  type SignatureRequest,
} from '../../pki/index.ts';
import { pairs, readCounters } from '../fip/anchors.ts';
import { profileFlag } from '../fip/arguments.ts';
import { cliMessage } from '../messages.ts';
import { buildTime } from '../shared/build-time.ts';
import { type Context, type Environment, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, list, optional, toggle, withDefault } from '../shared/flags.ts';
import { parseDays } from '../shared/number.ts';
import { withProgress } from '../shared/progress.ts';
import { assertFlagsUsed } from '../shared/unused-flags.ts';
import { collectKeys, type KeyRing, signersFor } from './keys.ts';

const DAY_MS = 86_400_000;
const MAX_REQUEST_BYTES = 1 << 22;

const flagTable = {
  cot: { kind: 'enum', values: chainNames, default: 'tbbr', brief: 'Chain of trust' },
  key: list(String, 'NAME=FILE', 'Private key of rot-key, trusted-world-key, soc-fw-key, …: a file or a pkcs11: URI'),
  public: list(String, 'NAME=FILE', 'Public key whose private key is elsewhere'),
  newKeys: {
    kind: 'enum',
    values: keyKinds,
    optional: true,
    brief: 'Make missing keys of this kind in the folder of --out',
  },
  cert: list(String, 'NAME', 'Certificate to make in addition to those of the images'),
  hash: {
    kind: 'enum',
    values: ['sha256', 'sha384', 'sha512'],
    optional: true,
    brief: 'Hash algorithm [default: that of --as, or sha256]',
  },
  as: profileFlag,
  nvCounter: list(String, '[NAME=]N', 'Value of all non-volatile counters, or of one: tfw=N, ntfw=N, ccafw=N'),
  serial: optional(parseSerial, 'N', 'First serial number'),
  days: withDefault(parseDays, '7300', 'DAYS', 'Days for which the certificates are valid'),
  deterministic: toggle('Use an RSA-PSS salt of zeros'),
  request: optional(String, 'JSON', 'Write what is to be signed elsewhere, and no certificates'),
  apply: optional(String, 'JSON', 'Take the signatures from this answered request'),
  out: withDefault(String, '.', 'DIR', 'Output folder for certificates and new keys'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright cert create IMAGE=FILE…`: the certificates of a chain of trust for images. */
export const command = buildCommand<Flags, string[], Context>({
  docs: {
    brief: 'Makes the certificates of a chain of trust',
    fullDescription: [
      'Makes the certificates that vouch for the given images, and those that vouch for their keys, as NAME.crt (DER), ready',
      'for fip create. --cert adds others. RSA keys sign with PSS and a salt of the digest length, elliptic curve keys with',
      'ECDSA. With --serial, --deterministic and SOURCE_DATE_EPOCH the same input gives the same bytes. Keys that are elsewhere',
      'sign in two steps: --public with --request, then --apply.',
      '',
      'A build of TF-A supports one hash algorithm, and RSA or one curve. What no build accepts is a warning; with --as, what',
      'that build refuses is an error.',
      '',
      'Example: bootwright cert create tb-fw=bl2.bin soc-fw=bl31.bin nt-fw=u-boot.bin --nv-counter 1 \\',
      '           --key rot-key=rot.pem --new-keys rsa2048 --as tf-a:rsa2048-sha256 --out certs',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      parameter: { brief: 'images and their files', placeholder: 'IMAGE=FILE', parse: String },
    },
    flags: flagTable,
  },
  async func(flags, ...words) {
    if (flags.apply !== undefined) assertFlagsUsed(flags, '--apply', ['request', 'serial']);
    const chain = chains[flags.cot];
    const profile = flags.as === undefined ? undefined : parseLoaderProfile(flags.as);
    const hash = flags.hash ?? profile?.hash ?? 'sha256';
    const digests = await withProgress(this, 'hashing', () => hashImages(chain, words, hash));
    const wanted = chooseCertificates(chain, new Set(digests.keys()), flags.cert ?? []);
    const answers =
      flags.apply === undefined
        ? undefined
        : parseRequests(await readText(flags.apply, MAX_REQUEST_BYTES), flags.apply);
    const keys = await collectKeys(chain, wanted, flags, this.process.env);
    const settings = settingsFor(flags, answers, this.process.env);
    const recorded: SignatureRequest[] = [];
    const made = new Map<ChainCertificate, Uint8Array>();
    for (const row of wanted) {
      const content: ChainContent = {
        chain,
        hash,
        signers: signersFor(row, keys, answers, (request) => recorded.push(request)),
        publicKeys: keys.publicKeys,
        digests,
        counters: readCounters(flags.nvCounter),
        notBefore: settings.notBefore,
        notAfter: new Date(settings.notBefore.getTime() + flags.days * DAY_MS),
        serial: () => settings.serial + BigInt(chain.certificates.indexOf(row)),
        ...(flags.deterministic ? { salt: new Uint8Array(hashSize(hash)) } : {}),
      };
      made.set(row, await issueChainCertificate(row, content));
    }
    if (flags.request === undefined && recorded.length > 0)
      throw new Fault('crypto/key-missing', {
        key: recorded[0]!.id,
        reason: cliMessage('cli/public-key-only'),
      });
    const result = { keys, findings: surveyLoaders(made, profile) };
    for (const line of describeLoaders({ acceptedBy: [], findings: result.findings }))
      this.process.stderr.write(`${line}\n`);
    if (flags.request !== undefined) await writeRequests(this, flags.request, settings, recorded, flags, result);
    else await writeCertificates(this, flags, made, result);
  },
});

/** What is written and said beside the certificates. */
interface Result {
  readonly keys: KeyRing;
  readonly findings: readonly LoaderBuildFinding[];
}

async function writeCertificates(
  context: Context,
  { out, json }: Flags,
  made: ReadonlyMap<ChainCertificate, Uint8Array>,
  { keys, findings }: Result,
): Promise<void> {
  for (const [row, der] of made) parseChainCertificate(der, row.image);
  await makeFolder(out);
  await writeKeys(out, keys);
  const rows: { certificate: string; file: string; size: number }[] = [];
  for (const [row, der] of made) {
    const path = join(out, `${row.image}.crt`);
    await writeFile(path, der);
    rows.push({ certificate: row.image, file: path, size: der.length });
  }
  if (json) printJson(context, { certificates: rows, newKeys: [...keys.made.keys()], findings });
  else {
    const lines = rows.map(({ file: path, size }) => `${path}  ${size} bytes`);
    print(context, ...newKeyLines(keys), ...lines);
  }
}

async function writeRequests(
  context: Context,
  path: string,
  settings: Settings,
  requests: readonly SignatureRequest[],
  { out, json }: Flags,
  { keys, findings }: Result,
): Promise<void> {
  const text = { serial: String(settings.serial), notBefore: settings.notBefore.toISOString() };
  await writeFile(path, printRequests({ settings: text, requests }));
  await writeKeys(out, keys);
  const ids = requests.map(({ id }) => id);
  if (json) printJson(context, { request: path, ids, newKeys: [...keys.made.keys()], findings });
  else {
    const lines = ids.map((id) => `  ${id}`);
    print(context, ...newKeyLines(keys), `${path}: ${ids.length} signatures to be made`, ...lines);
  }
}

/** What builds of the loader make of the certificates. Faults `fip/chain` where the one that has to take them does not. */
function surveyLoaders(
  made: ReadonlyMap<ChainCertificate, Uint8Array>,
  profile: LoaderProfile | undefined,
): readonly LoaderBuildFinding[] {
  const surveyor = new Surveyor();
  for (const [row, der] of made) {
    const content = parseChainCertificate(der, row.image);
    surveyor.certificate(row.image, content, content.certificate.publicKey);
  }
  if (profile !== undefined) assertChainAccepted(surveyor, profile);
  return surveyor.result().findings;
}

/** New keys are written once everything else was good: a call that is fixed and made again finds none of them. */
async function writeKeys(folder: string, { made }: KeyRing): Promise<void> {
  if (made.size > 0) await makeFolder(folder);
  for (const [path, key] of made) await writeFile(path, printPrivateKey(key), { exclusive: true, mode: 0o600 });
}

const newKeyLines = ({ made }: KeyRing): string[] => [...made.keys()].map((path) => `${path}  new key`);

/** What has to be the same when answers come back. */
interface Settings {
  readonly serial: bigint;
  readonly notBefore: Date;
}

function settingsFor(flags: Flags, answers: RequestFile | undefined, env: Environment): Settings {
  if (answers !== undefined) {
    const { serial = '', notBefore = '' } = answers.settings;
    const time = new Date(notBefore);
    if (!/^\d+$/.test(serial) || Number.isNaN(time.getTime()))
      throw new Fault('pki/request', { path: flags.apply ?? '', reason: cliMessage('cli/no-certificate-settings') });
    return { serial: BigInt(serial), notBefore: time };
  }
  // As cert_create: 64 random bits of which the top one is set.
  const serial = flags.serial ?? readInteger(randomBytes(8)) | (1n << 63n);
  return { serial, notBefore: buildTime(env) };
}

function chooseCertificates(
  chain: ChainOfTrust,
  images: ReadonlySet<string>,
  names: readonly string[],
): ChainCertificate[] {
  const unknown = names.find((name) => !chain.certificates.some(({ image }) => image === name));
  if (unknown !== undefined)
    throw new Fault('fip/name', {
      name: unknown,
      reason: cliMessage('cli/no-such-certificate', { chain: chain.name }),
    });
  const needed = certificatesFor(chain, images);
  const wanted = chain.certificates.filter((row) => needed.includes(row) || names.includes(row.image));
  if (wanted.length === 0) throw new Fault('cli/usage', { reason: cliMessage('cli/images-required') });
  return wanted;
}

async function hashImages(
  chain: ChainOfTrust,
  words: readonly string[],
  hash: HashName,
): Promise<Map<string, Uint8Array>> {
  const digests = new Map<string, Uint8Array>();
  for (const [image, path] of pairs(words, 'image')) {
    const known = chain.certificates.some(({ extensions }) =>
      extensions.some((one) => one.kind === 'hash' && one.image === image),
    );
    if (!known)
      throw new Fault('fip/name', { name: image, reason: cliMessage('cli/not-vouched-for', { chain: chain.name }) });
    const opened = await openFile(path);
    try {
      digests.set(image, await hashRange(opened, { start: 0, end: opened.size }, hash));
    } finally {
      opened.close();
    }
  }
  return digests;
}

function parseSerial(text: string): bigint {
  if (!/^(0x[0-9a-f]{1,40}|\d{1,48})$/i.test(text))
    throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-serial-number', { text }) });
  return BigInt(text);
}
