import type { ByteSource } from '../binary/index.ts';
import type { FaultCode, FindingLevel, Message } from '../fault.ts';
import type { VerityParameters } from '../verity/index.ts';

/** What a file itself says, as it stands there, or a sentence of ours about it. */
export type PieceText = string | Message;

/** A named range of bytes and what is in it. Ranges of children lie within their parent's, in order of offset. */
export interface Piece {
  readonly name: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly size: number;
  /** The layout's own type: `u32be`, `char[32]`, `fip_toc_entry`. */
  readonly type: string;
  /** One line from the layout's declaration; empty where there is nothing to say. */
  readonly doc: PieceText;
  /** The value as a person reads it, cut to `VALUE_MAX`; never markup. */
  readonly value: PieceText;
  readonly children: readonly Piece[];
}

/** Bytes that something vouches for, or is said to vouch for. Nothing vouches for bytes outside every such range. */
export interface ProtectedRange {
  readonly offset: number;
  readonly size: number;
  readonly kind: 'signed' | 'hashed';
  /** The key's hint or name, or the path of the node that holds the digest. */
  readonly by: PieceText;
  /** The part of the file that it is of: the path of a configuration or image; the whole file where it is not given. */
  readonly part?: string;
  readonly state: ProtectionState;
}

/**
 * What is known of a protected range. `claimed`: the file says so, and nobody looked. `matches`: the digest is that of the bytes, and
 * is itself only claimed. `checked`: checked up to a key or hash that nobody vouches for. `verified`: checked up to an
 * anchor that a person named. `bad`: it does not hold.
 */
export type ProtectionState = 'claimed' | 'matches' | 'checked' | 'verified' | 'bad';

/** Something that a person should know about a file, and what to do about it. */
export interface Finding {
  readonly level: FindingLevel;
  /** A fault's code, or `inspect/…` for what is no fault. */
  readonly code: string;
  readonly path: string;
  readonly offset: number;
  readonly message: Message;
  /** How to fix it, where something can be said. */
  readonly remedy: Message | undefined;
}

/** Where reading had to stop: the tree goes as far as this. */
export interface Stop {
  readonly code: FaultCode;
  readonly path: string;
  readonly offset: number;
  readonly message: Message;
}

/** What a range of bytes seems to be. */
export type FileKind =
  | 'fip'
  | 'fit'
  | 'devicetree'
  | 'devicetree-source'
  | 'verity'
  | 'u-boot'
  | 'root-hash'
  | 'pkcs7'
  | 'certificate'
  | 'public-key'
  | 'private-key'
  | 'pem'
  | 'unknown';

/** Digests of a small file, or its first bytes where it is too large to be hashed in passing. */
export interface Digest {
  readonly algorithm: string;
  readonly value: string;
}

/** Where the parts of a verity device lie in a file: enough to draw its tree and to check it. */
export interface VerityPlace {
  readonly parameters: VerityParameters;
  readonly hashOffset: number;
  readonly treeOffset: number;
  /** The data stands in the same file, in front of the hash area. */
  readonly dataHere: boolean;
}

/** What there is to know about a file without any key. */
export interface Inspection {
  readonly name: string;
  readonly size: number;
  readonly kind: FileKind;
  /** One line: what it is. */
  readonly summary: Message;
  readonly root: Piece;
  readonly protectedRanges: readonly ProtectedRange[];
  readonly findings: readonly Finding[];
  readonly stop: Stop | undefined;
  readonly digests: readonly Digest[];
  readonly verity: VerityPlace | undefined;
  /** Root hashes that the device trees of an image tree name. */
  readonly namedRootHashes: readonly string[];
}

/** A file with what is known of it. */
export interface Opened {
  readonly inspection: Inspection;
  readonly source: ByteSource;
}

/** Characters of a value; longer ones are cut, since the bytes stand beside them. */
export const VALUE_MAX = 160;

/** A device tree with a signature node holds the keys of a boot loader. */
export const isControlTree = ({ kind, summary: { code } }: Inspection): boolean =>
  kind === 'devicetree' && code === 'inspect/is-control-tree';

/** What the tree that a boot loader reads is called among its pieces. */
export const CONTROL_TREE = 'control tree';

/** Whether a person can trust a file as it is: a key, a certificate, a control tree, a boot loader with one, a root hash. */
export function isTrustable(inspection: Inspection): boolean {
  switch (inspection.kind) {
    case 'public-key':
    case 'private-key':
    case 'certificate':
    case 'root-hash':
      return true;
    case 'devicetree':
      return isControlTree(inspection);
    case 'u-boot':
      return inspection.root.children.some(({ name }) => name === CONTROL_TREE);
    case 'fip':
    case 'fit':
    case 'verity':
    case 'pkcs7':
    case 'devicetree-source':
    case 'pem':
    case 'unknown':
      return false;
  }
}
