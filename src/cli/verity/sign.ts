import { buildCommand } from '@stricli/core';
import { utf8, utf8Text } from '../../binary/index.ts';
import { Fault } from '../../fault.ts';
import { readFile, writeFile } from '../../file/index.ts';
import type { Certificate, SignatureRequest } from '../../pki/index.ts';
import { DEFAULTS, parseDescription, type RootHash } from '../../verity/index.ts';
import { MAX_DESCRIPTION_SIZE, parseAlgorithm, releasesOf } from '../../verity/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, type Environment, print, printJson, warn } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional } from '../shared/flags.ts';
import { assertFlagsUsed } from '../shared/unused-flags.ts';
import { forFlag } from './arguments.ts';
import { assertDistinctFiles } from './distinct-files.ts';
import { expectedFlags, loadPki, readCertificate, readRootHash } from './expected.ts';

const HASHES = ['sha256', 'sha384', 'sha512'] as const;

const file = (brief: string) => optional(String, 'FILE', brief);

const flagTable = {
  rootHash: expectedFlags.rootHash,
  rootHashFile: expectedFlags.rootHashFile,
  algorithm: { ...expectedFlags.algorithm, brief: `Hash of the tree [default: ${DEFAULTS.algorithm}]` },
  description: file('Sign this description instead'),
  key: optional(String, 'KEY', 'Private key: a file or a pkcs11: URI'),
  certificate: expectedFlags.certificate,
  for: forFlag,
  digest: { kind: 'enum', values: HASHES, default: 'sha256', brief: 'Hash algorithm of the signature' },
  out: file('Output file for the PKCS#7 message (DER)'),
  partition: file('Output file for a signature partition'),
  request: file('Output file for what is to be signed elsewhere'),
  apply: file('The answered request, or a raw signature'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright verity sign`: the signature of a root hash that the kernel checks. */
export const command = buildCommand<Flags, [], Context>({
  docs: {
    brief: 'Signs a root hash or a description for the kernel and systemd',
    fullDescription: [
      'Writes a detached PKCS#7 message without attributes over the root hash in lower-case hexadecimal, or over the bytes of',
      'the --description file. --partition writes the JSON of a signature partition.',
      'A key in a token signs directly: --key pkcs11:object=verity?module-path=/usr/lib/…, with its PIN in BOOTWRIGHT_PIN.',
      'Keys that are elsewhere sign in two steps: --request FILE writes what is to be signed, and --apply FILE takes the',
      'answered request, or a raw signature (from an HSM, or from `openssl dgst -sha256 -sign KEY` over the root hash file).',
      'The signature must verify with the certificate. Linux releases that refuse the message are listed as warnings; those',
      'that --for names must accept it.',
      '',
      'Example: bootwright verity sign --root-hash-file rh --key keys/verity.key --certificate keys/verity.crt --out rh.p7s',
      '         bootwright verity sign --root-hash-file rh --certificate keys/verity.crt --request rh.json',
      '         bootwright verity sign --root-hash-file rh --apply rh.json --certificate keys/verity.crt --out rh.p7s',
    ].join('\n'),
  },
  parameters: {
    flags: flagTable,
  },
  async func(flags) {
    assertFlagsComplete(flags);
    assertDistinctFiles(filesOf(flags));
    const { rootHash, content } = await contentOf(flags);
    const certificate = await readCertificate(required(flags.certificate, '--certificate'));
    if (flags.request !== undefined) {
      await writeRequest(flags, flags.request, content, certificate);
      report(this, flags, { request: flags.request, digest: flags.digest });
      return;
    }
    const message = await messageOf(flags, content, certificate, this.process.env);
    if (rootHash !== undefined) {
      for (const line of await unsupported(flags, message, content, certificate)) warn(this, line);
    }
    if (flags.out !== undefined) await writeFile(flags.out, message);
    if (flags.partition !== undefined && rootHash !== undefined) {
      const { writeSignaturePartition } = await import('../../verity/index.ts');
      await writeFile(flags.partition, writeSignaturePartition({ rootHash, signature: message, certificate }));
    }
    report(this, flags, { rootHash, out: flags.out, partition: flags.partition, size: message.length });
  },
});

/** Which releases of Linux refuse the message; `pki/linux` where --for names one of them. */
async function unsupported(
  flags: Flags,
  message: Uint8Array,
  content: Uint8Array,
  certificate: Uint8Array,
): Promise<string[]> {
  const { parseCertificate, verifyDetached } = await loadPki();
  const profiles = flags.for ?? [];
  const judges = profiles.length === 0 ? 'any' : releasesOf(profiles);
  const parsed = parseCertificate(certificate, flags.certificate);
  const { refusals } = verifyDetached(message, content, parsed, flags.out ?? '', judges);
  return profiles.length > 0 ? [] : refusals.map(({ what, releases }) => `${releases.text} refuses ${what.text}`);
}

/** Throws `cli/usage` where a flag would do nothing, or nothing would be written. */
function assertFlagsComplete(flags: Flags): void {
  const { description, request, apply } = flags;
  if (description !== undefined) {
    const idle = ['rootHash', 'rootHashFile', 'algorithm'] as const;
    assertFlagsUsed(flags, '--description', idle, cliMessage('cli/description-signed'));
    assertFlagsUsed(flags, '--description', ['partition'], cliMessage('cli/partition-of-root-hash'));
    assertFlagsUsed(flags, '--description', ['for'], cliMessage('cli/no-kernel'));
  }
  if (request !== undefined) {
    const idle = ['key', 'apply', 'out', 'partition', 'for'] as const;
    assertFlagsUsed(flags, '--request', idle, cliMessage('cli/signed-elsewhere'));
  }
  if (apply !== undefined) assertFlagsUsed(flags, '--apply', ['key'], cliMessage('cli/signed-already'));
  if (request === undefined && flags.out === undefined && flags.partition === undefined) {
    throw missing('--out or --partition');
  }
}

const filesOf = ({ rootHashFile, description, key, certificate, apply, out, partition, request }: Flags) => ({
  inputs: {
    '--root-hash-file': rootHashFile,
    '--description': description,
    '--key': isToken(key) ? undefined : key,
    '--certificate': certificate,
    '--apply': apply,
  },
  outputs: { '--out': out, '--partition': partition, '--request': request },
});

const isToken = (key: string | undefined): boolean => key !== undefined && /^pkcs11:/i.test(key);

async function contentOf(
  flags: Flags,
): Promise<{ readonly rootHash: RootHash | undefined; readonly content: Uint8Array }> {
  if (flags.description !== undefined) {
    const content = await readFile(flags.description, MAX_DESCRIPTION_SIZE);
    parseDescription(content, flags.description);
    return { rootHash: undefined, content };
  }
  const rootHash = await readRootHash(flags, flags.algorithm ?? parseAlgorithm(DEFAULTS.algorithm));
  if (rootHash === undefined) throw missing('--root-hash, --root-hash-file or --description');
  return { rootHash, content: utf8(rootHash) };
}

/** A request for one signature is a kilobyte of JSON, a raw signature less. */
const MAX_ANSWER_BYTES = 65_536;
/** How the request file names the signature. */
const REQUEST_ID = 'root hash';

async function writeRequest(flags: Flags, path: string, content: Uint8Array, certificate: Uint8Array): Promise<void> {
  const { parseCertificate, printRequests, recordingSigner, signDetached } = await loadPki();
  const parsed = parseCertificate(certificate, flags.certificate);
  const requests: SignatureRequest[] = [];
  const recorder = recordingSigner(parsed.publicKey, REQUEST_ID, (request) => requests.push(request));
  await signDetached(content, recorder, parsed, flags.digest);
  await writeFile(path, printRequests({ settings: {}, requests }));
}

async function answered(
  flags: Flags,
  path: string,
  content: Uint8Array,
  certificate: Certificate,
): Promise<Uint8Array> {
  const { answeringSigner, parseRequests, signDetached } = await loadPki();
  const answer = await readFile(path, MAX_ANSWER_BYTES);
  // DER starts with 0x30 and RSA's block is a number; the JSON of a request starts with a brace, and a block that
  // happens to is no JSON behind it.
  if (answer[0] === 0x7b && answer.at(-1) === 0x0a) {
    const file = parseRequests(utf8Text(answer), path);
    return await signDetached(
      content,
      answeringSigner(file, certificate.publicKey, REQUEST_ID),
      certificate,
      flags.digest,
    );
  }
  const { attachSignature } = await import('../../verity/index.ts');
  return attachSignature(content, { raw: answer, certificate, hash: flags.digest, path });
}

async function messageOf(
  flags: Flags,
  content: Uint8Array,
  certificate: Uint8Array,
  env: Environment,
): Promise<Uint8Array> {
  const { parseCertificate, signDetached, verifyDetached } = await loadPki();
  const parsed = parseCertificate(certificate, flags.certificate);
  if (flags.apply !== undefined) return await answered(flags, flags.apply, content, parsed);
  const key = required(flags.key, '--key');
  const { openSigner } = await import('../shared/open-key.ts');
  const message = await signDetached(content, await openSigner(key, env), parsed, flags.digest);
  verifyDetached(message, content, parsed, key, 'any');
  return message;
}

function report(
  context: Context,
  { json }: Flags,
  result: Readonly<Record<string, string | number | undefined>>,
): void {
  if (json) printJson(context, result);
  else for (const [name, value] of Object.entries(result)) if (value !== undefined) print(context, `${name}: ${value}`);
}

function required(value: string | undefined, flag: string): string {
  if (value === undefined) throw missing(flag);
  return value;
}

const missing = (flag: string): Fault => new Fault('cli/usage', { reason: cliMessage('cli/flag-required', { flag }) });
