import { fromBytes } from '../../../src/binary/index.ts';
import { generateRsa } from '../../../src/crypto/index.ts';
import type { FaultCode } from '../../../src/fault.ts';
import { keySigner, type Signer } from '../../../src/pki/index.ts';
import { formatVerity, readSuperblock } from '../../../src/verity/index.ts';
import type { Delivered } from './chain.ts';
import {
  editRootHash,
  editRootHashAndHash,
  flipBitOf,
  leadHashedNodesAway,
  removeSignatures,
  signAgain,
} from './tamper.ts';

/** One way to deceive a board, and where it is found out. */
export interface Refusal {
  readonly name: string;
  readonly change: (delivered: Delivered, owner: Signer) => Partial<Delivered> | Promise<Partial<Delivered>>;
  /** What is refused: by the boot loader, or by the kernel that it started. */
  readonly stage: 'kernel' | 'rootfs';
  /** What the verifier and the device in software say of it. */
  readonly code: FaultCode;
  /** What the machine's console says of it, in this order. */
  readonly console: readonly RegExp[];
}

const BLOCK_BYTES = 4096;
const DIGESTS_PER_BLOCK = BLOCK_BYTES / 32;
const UNSIGNED = /Failed to verify required signature 'key-/;

/** Every row must be refused by the verifier, by the device in software and by the machine. */
export const refusals: readonly Refusal[] = [
  {
    name: 'a bit of the kernel',
    change: ({ fit }) => ({ fit: flipBitOf('kernel')(fit) }),
    stage: 'kernel',
    code: 'fit/hash-mismatch',
    console: [/sha256 error!/, /Bad hash value for '\S+' hash node in 'kernel' image node/],
  },
  {
    name: 'the root hash edited',
    change: ({ fit }) => ({ fit: editRootHash(fit) }),
    stage: 'kernel',
    code: 'fit/hash-mismatch',
    console: [/sha256 error!/, /Bad hash value for '\S+' hash node in 'fdt' image node/],
  },
  {
    name: 'the root hash edited and the hash of its image made right',
    change: ({ fit }) => ({ fit: editRootHashAndHash(fit) }),
    stage: 'kernel',
    code: 'fit/signature',
    console: [/ error!/, UNSIGNED],
  },
  {
    name: 'the signature removed',
    change: ({ fit }) => ({ fit: removeSignatures(fit) }),
    stage: 'kernel',
    code: 'fit/signature',
    console: [/No 'signature' subnode found/, UNSIGNED],
  },
  {
    name: 'signed with another key',
    change: async ({ fit }) => ({ fit: await signAgain(fit, await stranger(), 'stranger') }),
    stage: 'kernel',
    code: 'fit/signature',
    console: [/ error!/, UNSIGNED],
  },
  {
    name: 'signed with another key of the same name',
    change: async ({ fit }) => ({ fit: await signAgain(fit, await stranger()) }),
    stage: 'kernel',
    code: 'fit/signature',
    console: [/ error!/, UNSIGNED],
  },
  {
    name: 'the signature led to clones of what it covers (CVE-2026-46728)',
    change: ({ fit }) => ({ fit: leadHashedNodesAway('ramdisk', Buffer.from('not the signed one'))(fit) }),
    stage: 'kernel',
    code: 'fit/signature',
    console: [/ error!/, UNSIGNED],
  },
  {
    name: 'a block of the root',
    change: ({ root }) => ({ root: withByteFlipped(root, damagedBlock(root) * BLOCK_BYTES) }),
    stage: 'rootfs',
    code: 'verity/data-block',
    console: [/verity: \S+: data block \d+ is corrupted/, /Input\/output error/, /BOOT REFUSED: the root was not read/],
  },
  {
    name: 'a block of the hash tree',
    change: ({ root, hashTree }) => ({ hashTree: withByteFlipped(hashTree, leafAbove(damagedBlock(root))) }),
    stage: 'rootfs',
    code: 'verity/hash-block',
    console: [
      /verity: \S+: metadata block \d+ is corrupted/,
      /Input\/output error/,
      /BOOT REFUSED: the root was not read/,
    ],
  },
  {
    name: 'another root with a hash tree of its own',
    change: ({ root, hashTree }) => withTreeOfItsOwn(withByteFlipped(root, damagedBlock(root) * BLOCK_BYTES), hashTree),
    stage: 'rootfs',
    code: 'verity/root-hash',
    console: [
      /verity: \S+: metadata block \d+ is corrupted/,
      /Input\/output error/,
      /BOOT REFUSED: the root was not mounted/,
    ],
  },
  {
    name: 'a root hash that the owner signed and that is not this root’s',
    change: async ({ fit }, owner) => ({ fit: await signAgain(editRootHash(fit), owner) }),
    stage: 'rootfs',
    code: 'pki/signature',
    console: [
      /verity: \S+: metadata block \d+ is corrupted/,
      /Input\/output error/,
      /BOOT REFUSED: the root was not mounted/,
    ],
  },
];

async function stranger(): Promise<Signer> {
  return keySigner(await generateRsa(2048), 'stranger');
}

/** A block of the payload, which is the last and larger half of the root: what runs before it is read stays whole. */
function damagedBlock(root: Uint8Array): number {
  return Math.floor((root.length * 0.75) / BLOCK_BYTES);
}

/** Offset of the leaf that holds the digest of a data block: it comes after the superblock and the block at the top. */
function leafAbove(dataBlock: number): number {
  return (2 + Math.floor(dataBlock / DIGESTS_PER_BLOCK)) * BLOCK_BYTES;
}

function withTreeOfItsOwn(root: Uint8Array, hashTree: Uint8Array): Pick<Delivered, 'root' | 'hashTree'> {
  const { parameters, uuid } = readSuperblock(hashTree);
  return { root, hashTree: formatVerity({ ...parameters, data: fromBytes(root, 'root'), uuid }).hash };
}

function withByteFlipped(input: Uint8Array, offset: number): Uint8Array {
  const output = Uint8Array.from(input);
  output[offset]! ^= 1;
  return output;
}
