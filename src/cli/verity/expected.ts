import { utf8Text } from '../../binary/index.ts';
import { Fault, type Message } from '../../fault.ts';
import { openStore, readFile, readText } from '../../file/index.ts';
import { DEFAULTS, type Description, parseDescription, parseRootHash, parseRootHashFile } from '../../verity/index.ts';
import { assertParameters, MAX_DESCRIPTION_SIZE, readSuperblockAt } from '../../verity/internal.ts';
import { cliMessage } from '../messages.ts';
import { type FlagsOf, optional } from '../shared/flags.ts';
import { hashOffsetFlag, type ShapeFlags, shapeFlags, superblockFlag } from './arguments.ts';

/** The flags that say what a device must be. */
export const expectedFlags = {
  ...shapeFlags,
  rootHash: optional(String, 'HEX', 'Root hash'),
  rootHashFile: optional(String, 'FILE', 'File with the root hash'),
  hashOffset: hashOffsetFlag,
  superblock: superblockFlag,
  description: optional(String, 'JSON', 'Description file of verity format: every expected parameter at once'),
  descriptionSignature: optional(String, 'FILE', 'PKCS#7 signature of the description; requires --certificate'),
  certificate: optional(String, 'FILE', "The signer's certificate"),
} as const;

export type ExpectedFlags = FlagsOf<typeof expectedFlags>;

/** Those with the signature of the root hash, which `verify` alone takes. */
type CheckedFlags = ExpectedFlags & { readonly signature?: string | undefined };

/**
 * What the command line expects of a device, by flags or a description. Sizes, hash and format that are not given must be
 * the defaults; they are never taken from the superblock. The salt may come from there, because no other matches the root
 * hash. The number of data blocks and the root hash must be given: `verity/not-verified`. A flag that would have no effect
 * is `cli/usage`, so that nothing that was asked for silently stays unchecked.
 */
export async function readExpected(flags: CheckedFlags, hashFile: string): Promise<Description> {
  assertFlagsComplete(flags);
  if (flags.description !== undefined) return await describedBy(flags, flags.description);
  const { hashOffset = 0, superblock = true, dataBlocks } = flags;
  const algorithm = flags.algorithm ?? DEFAULTS.algorithm;
  const rootHash = await readRootHash(flags, algorithm);
  if (rootHash === undefined) throw notVerified(cliMessage('cli/no-root-hash'));
  if (dataBlocks === undefined) {
    throw notVerified(cliMessage('cli/no-data-blocks'));
  }
  const salt = flags.salt ?? (superblock ? readSalt(hashFile, hashOffset) : undefined);
  if (salt === undefined) throw notVerified(cliMessage('cli/no-salt'));
  const parameters = assertParameters({
    format: flags.format ?? DEFAULTS.format,
    algorithm,
    dataBlockSize: flags.dataBlockSize ?? DEFAULTS.dataBlockSize,
    hashBlockSize: flags.hashBlockSize ?? DEFAULTS.hashBlockSize,
    dataBlocks,
    salt,
  });
  return { parameters, rootHash, hashOffset, superblock };
}

/** The root hash of the flags; nothing where neither flag is there. */
export async function readRootHash(
  { rootHash, rootHashFile }: Pick<ExpectedFlags, 'rootHash' | 'rootHashFile'>,
  algorithm: Parameters<typeof parseRootHash>[1],
): Promise<ReturnType<typeof parseRootHash> | undefined> {
  if (rootHash !== undefined && rootHashFile !== undefined) {
    throw new Fault('cli/usage', {
      reason: cliMessage('cli/not-both', { one: '--root-hash', other: '--root-hash-file' }),
    });
  }
  if (rootHash !== undefined) return parseRootHash(rootHash, algorithm, '--root-hash');
  if (rootHashFile === undefined) return undefined;
  return parseRootHashFile(await readText(rootHashFile, MAX_ROOT_HASH_BYTES), algorithm, rootHashFile);
}

/** DER of the certificate in a file, PEM or DER. */
export async function readCertificate(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file, MAX_CERTIFICATE_BYTES);
  const { isPem, parsePem } = await loadPki();
  if (!isPem(bytes)) return bytes;
  const block = parsePem(utf8Text(bytes), file).find(({ label }) => label === 'CERTIFICATE');
  if (block !== undefined) return block.der;
  throw new Fault('pki/pem', { path: file, reason: cliMessage('cli/no-certificate') });
}

/** Certificates and curves take longer to load than a small image to verify: only those who sign or check wait for them. */
export const loadPki = () => import('../../pki/index.ts');

/** A file of one line; anything longer is another file. */
const MAX_ROOT_HASH_BYTES = 4096;
const MAX_CERTIFICATE_BYTES = 1 << 20;
const MAX_SIGNATURE_BYTES = 1 << 20;

/** Flags that say nothing without another one, of which one must be there. */
const NEEDS = [
  { flag: 'descriptionSignature', name: '--description-signature', needs: ['description'], text: '--description' },
  {
    flag: 'certificate',
    name: '--certificate',
    needs: ['signature', 'descriptionSignature'],
    text: 'a signature to check with it',
  },
] as const;

function assertFlagsComplete(flags: CheckedFlags): void {
  const idle = NEEDS.find(
    ({ flag, needs }) => flags[flag] !== undefined && needs.every((name) => flags[name] === undefined),
  );
  if (idle !== undefined)
    throw new Fault('cli/usage', { reason: cliMessage('cli/flag-requires', { flag: idle.name, other: idle.text }) });
}

async function describedBy(flags: ExpectedFlags, file: string): Promise<Description> {
  const clash = CLASHING.find((name) => flags[name] !== undefined);
  if (clash !== undefined)
    throw new Fault('cli/usage', { reason: cliMessage('cli/described-already', { what: clash }) });
  const bytes = await readFile(file, MAX_DESCRIPTION_SIZE);
  if (flags.descriptionSignature !== undefined) {
    if (flags.certificate === undefined)
      throw notVerified(cliMessage('cli/flag-requires', { flag: '--description-signature', other: '--certificate' }));
    const { parseCertificate, verifyDetached } = await loadPki();
    const certificate = parseCertificate(await readCertificate(flags.certificate), flags.certificate);
    verifyDetached(
      await readFile(flags.descriptionSignature, MAX_SIGNATURE_BYTES),
      bytes,
      certificate,
      flags.descriptionSignature,
      'any',
    );
  }
  return parseDescription(bytes, file);
}

const CLASHING = [
  ...(Object.keys(shapeFlags) as (keyof ShapeFlags)[]),
  'rootHash',
  'rootHashFile',
  'hashOffset',
  'superblock',
] as const;

function readSalt(hashFile: string, hashOffset: number): Uint8Array {
  using hash = openStore(hashFile, 'hash');
  return readSuperblockAt(hash, hashOffset).parameters.salt;
}

const notVerified = (reason: Message): Fault => new Fault('verity/not-verified', { what: 'the image', reason });
