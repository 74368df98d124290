import { hash as digestOf, type HashName, hashSize } from '../crypto/index.ts';
import { inside } from '../fault.ts';
import { readFile } from '../file/index.ts';
import {
  assertChainAccepted,
  buildFip,
  type ChainContent,
  certificatesFor,
  chains,
  type FipImage,
  issueChainCertificate,
  knownImages,
  type LoaderProfile,
  parseChainCertificate,
  parseLoaderProfile,
  resolveImage,
  Surveyor,
  signFip,
} from '../fip/index.ts';
import { inTableOrder } from '../fip/internal.ts';
import { putControlTree } from '../uboot/index.ts';
import { LOADER_IMAGE, MAX_IMAGE_BYTES } from './artifact.ts';
import type { ChainKey, StageContext } from './context.ts';
import type { RollbackCounters } from './counters.ts';
import type { Manifest } from './manifest.ts';

/** What signs the boot loaders, and what goes into the last of them. */
export interface FirmwareInputs {
  readonly key: ChainKey;
  /** Keys of the chain of trust by role, where they are not the root of trust key. */
  readonly roles: Readonly<Record<string, ChainKey>>;
  readonly control: Uint8Array;
  /** Rollback counters of the certificates, with `tbbr`; 0 where none is given. */
  readonly counters: RollbackCounters;
}

/** The firmware stage, built last: every boot loader, the kernel's key within the last of them, signed. */
export async function buildFirmware(
  section: Manifest['firmware'],
  inputs: FirmwareInputs,
  context: StageContext,
): Promise<Uint8Array> {
  const { align = 16, scheme = 'trailer' } = section;
  const profile = section.profile === undefined ? undefined : parseLoaderProfile(section.profile);
  const { hash = profile?.hash ?? 'sha256' } = section;
  const payloads = new Map<string, Uint8Array>();
  for (const [name, file] of Object.entries(section.images)) {
    const bytes = await readFile(context.input(file), MAX_IMAGE_BYTES);
    payloads.set(
      name,
      name === LOADER_IMAGE ? inside(LOADER_IMAGE, () => putControlTree(bytes, inputs.control)) : bytes,
    );
  }
  if (scheme === 'tbbr') {
    const certificates = await issueCertificates(payloads, hash, inputs, context);
    if (profile !== undefined) assertAccepted(certificates, profile);
    return buildFip(inOrder(new Map([...payloads, ...certificates])), { align });
  }
  const { signer } = inputs.key;
  const signature = { kind: signer.publicKey.kind === 'ec' ? 'ecdsa' : 'rsa-pkcs1', hash } as const;
  return signFip(buildFip(inOrder(payloads), { align }), { signer, scheme: signature, align });
}

/** Faults `fip/chain` where the board's build of the loader would refuse a certificate. */
function assertAccepted(certificates: ReadonlyMap<string, Uint8Array>, profile: LoaderProfile): void {
  const surveyor = new Surveyor();
  for (const [image, der] of certificates) {
    const content = parseChainCertificate(der, image);
    surveyor.certificate(image, content, content.certificate.publicKey);
  }
  assertChainAccepted(surveyor, profile);
}

const DAY_MS = 86_400_000;
/** As long as TF-A's own tool makes certificates valid; loaders do not look. */
const VALIDITY_DAYS = 7300;

/** The certificates that the images need, up to the root. Time, serial numbers and salt follow from the inputs alone. */
async function issueCertificates(
  payloads: ReadonlyMap<string, Uint8Array>,
  hash: HashName,
  { key, roles, counters }: FirmwareInputs,
  { time }: StageContext,
): Promise<Map<string, Uint8Array>> {
  const chain = chains.tbbr;
  const signers = new Map(Object.keys(chain.keys).map((role) => [role, (roles[role] ?? key).signer]));
  const content: ChainContent = {
    chain,
    hash,
    signers,
    digests: new Map([...payloads].map(([name, data]) => [name, digestOf(hash, data)])),
    counters: new Map([
      ['tfw-nvctr', counters['tfw-nvctr'] ?? 0],
      ['ntfw-nvctr', counters['ntfw-nvctr'] ?? 0],
    ]),
    notBefore: new Date(time * 1000),
    notAfter: new Date(time * 1000 + VALIDITY_DAYS * DAY_MS),
    serial: (row) => BigInt(1 + chain.certificates.indexOf(row)),
    salt: new Uint8Array(hashSize(hash)),
  };
  const certificates = new Map<string, Uint8Array>();
  for (const row of certificatesFor(chain, new Set(payloads.keys()))) {
    certificates.set(row.image, await issueChainCertificate(row, content));
  }
  return certificates;
}

function inOrder(payloads: ReadonlyMap<string, Uint8Array>): FipImage[] {
  const images = [...payloads].map(([name, data]) => ({ uuid: resolveImage(knownImages, name), data }));
  return inTableOrder(knownImages, images);
}
