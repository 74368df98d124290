import { viewOf } from '../binary/index.ts';
import type { Message } from '../fault.ts';
import { geometryOf, readSuperblock, SuperblockLayout, startsSuperblock } from '../verity/index.ts';
import { treeOffsetOf } from '../verity/internal.ts';
import type { Piece, PieceText, VerityPlace } from './inspection.ts';
import { inspectMessage } from './messages.ts';
import type { Scope } from './scope.ts';

/** A verity hash area at an offset of a range, and the data in front of it where it is there too. */
export function inspectVerity(
  scope: Scope,
  hashOffset: number,
): { readonly piece: Piece; readonly summary: Message; readonly place: VerityPlace | undefined } {
  const children = [
    scope.record('superblock', SuperblockLayout, hashOffset, {
      doc: 'nothing authenticates it: the root hash covers the tree alone',
    }),
  ];
  const place = placeOf(scope, hashOffset);
  if (place === undefined) {
    return { piece: whole(scope, children), summary: inspectMessage('inspect/is-verity-damaged'), place };
  }
  const { parameters, dataHere } = place;
  children.push(...inspectTree(scope, place, inspectMessage('inspect/is-root-hash')));
  const { algorithm, dataBlocks, dataBlockSize } = parameters;
  const kind = dataHere ? 'inspect/is-verity-image' : 'inspect/is-hash-tree';
  const summary = inspectMessage(kind, {
    algorithm,
    blocks: dataBlocks,
    blockSize: dataBlockSize,
    levels: geometryOf(parameters).levels.length,
  });
  return { piece: whole(scope, children), summary, place };
}

/** The levels of a hash tree, and the data in front of it where it is there, and what vouches for them up to the root hash. */
export function inspectTree(
  scope: Scope,
  { parameters, treeOffset, dataHere }: Omit<VerityPlace, 'hashOffset'>,
  rootHash: PieceText,
): Piece[] {
  const geometry = geometryOf(parameters);
  const pieces = geometry.levels.toReversed().map(({ level, blocks, digests, offset }) => {
    const start = treeOffset + offset;
    const size = blocks * parameters.hashBlockSize;
    const top = level === geometry.levels.length - 1;
    const by = top ? rootHash : inspectMessage('inspect/level', { level: level + 1 });
    scope.protect({ offset: start, size, kind: 'hashed', by, state: 'claimed' });
    return scope.piece(`level ${level}`, start, size, {
      type: `u8[${parameters.hashBlockSize}][${blocks}]`,
      doc:
        level === 0
          ? inspectMessage('inspect/digests-of-data', { digests })
          : inspectMessage('inspect/digests-of-level', { digests, level: level - 1 }),
      value: inspectMessage('inspect/hashed-by', { by }),
    });
  });
  if (dataHere) {
    pieces.unshift(
      scope.piece('data', 0, geometry.dataBytes, {
        type: `u8[${parameters.dataBlockSize}][${parameters.dataBlocks}]`,
        doc: 'data blocks',
        value: fileSystemOf(scope) ?? '',
      }),
    );
    const by = geometry.levels.length === 0 ? rootHash : inspectMessage('inspect/level', { level: 0 });
    scope.protect({ offset: 0, size: geometry.dataBytes, kind: 'hashed', by, state: 'claimed' });
  }
  const end = treeOffset + geometry.treeBytes;
  const have = scope.part.size;
  if (end > have) {
    scope.find({
      level: 'error',
      code: 'binary/truncated',
      offset: have,
      message: inspectMessage('inspect/found-tree-cut', { end, size: have }),
      remedy: inspectMessage('inspect/remedy-tree-cut'),
    });
  }
  return pieces;
}

function placeOf(scope: Scope, hashOffset: number): VerityPlace | undefined {
  try {
    const { parameters } = readSuperblock(scope.some(hashOffset, SuperblockLayout.size));
    const treeOffset = treeOffsetOf({ hashOffset, superblock: true }, parameters.hashBlockSize);
    return {
      parameters,
      hashOffset,
      treeOffset,
      dataHere: hashOffset >= parameters.dataBlocks * parameters.dataBlockSize,
    };
  } catch (error) {
    scope.halt(error);
    return undefined;
  }
}

const whole = (scope: Scope, children: readonly Piece[]): Piece =>
  scope.piece(scope.path || 'verity', 0, scope.part.size, {
    type: 'verity',
    doc: 'dm-verity',
    children: children.toSorted((a, b) => a.offset - b.offset),
  });

/** Little-endian sizes of file systems: where `veritysetup --hash-offset` and we put the hash area. */
const fileSystems: readonly {
  readonly name: string;
  readonly magic: readonly [offset: number, value: number, size: 2 | 4];
  readonly bytes: (view: DataView) => number;
}[] = [
  {
    name: 'ext',
    magic: [1080, 0xef53, 2],
    bytes: (view) => view.getUint32(1028, true) * 1024 * 2 ** view.getUint32(1048, true),
  },
  { name: 'squashfs', magic: [0, 0x7371_7368, 4], bytes: (view) => Number(view.getBigUint64(40, true)) },
  {
    name: 'erofs',
    magic: [1024, 0xe0f5_e1e2, 4],
    bytes: (view) => view.getUint32(1024 + 36, true) * 2 ** view.getUint8(1024 + 12),
  },
];
const FILE_SYSTEM_HEAD_BYTES = 2048;

/** The file system that a range starts with, if any. */
const fileSystemOf = (scope: Scope): string | undefined => knownFileSystem(scope)?.name;

/** The first of these offsets at which a verity superblock stands: 0, behind the file system, at its 4 KiB end. */
export function findSuperblock(scope: Scope): number | undefined {
  const found = knownFileSystem(scope);
  const candidates = [0, ...(found === undefined ? [] : [found.bytes, 4096 * Math.ceil(found.bytes / 4096)])];
  const direct = candidates.find((offset) => startsSuperblock(scope.some(offset, 8)));
  return direct ?? (scope.part.size <= SEARCHED_BYTES ? search(scope) : undefined);
}

/** A file of no known start is searched for a superblock up to this size. */
const SEARCHED_BYTES = 64 * 1024 * 1024;
const STEP_BYTES = 512;
const CHUNK_BYTES = 1 << 20;

function search(scope: Scope): number | undefined {
  for (let chunk = 0; chunk < scope.part.size; chunk += CHUNK_BYTES) {
    const input = scope.some(chunk, CHUNK_BYTES);
    for (let at = 0; at + SuperblockLayout.size <= input.byteLength; at += STEP_BYTES) {
      if (startsSuperblock(input.subarray(at, at + 8)) && viewOf(input).getUint32(at + 8, true) === 1)
        return chunk + at;
    }
  }
  return undefined;
}

function knownFileSystem(scope: Scope): { readonly name: string; readonly bytes: number } | undefined {
  const head = scope.some(0, FILE_SYSTEM_HEAD_BYTES);
  if (head.byteLength < FILE_SYSTEM_HEAD_BYTES) return undefined;
  const view = viewOf(head);
  for (const {
    name,
    magic: [at, value, size],
    bytes,
  } of fileSystems) {
    const got = size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    if (got === value) return { name, bytes: bytes(view) };
  }
  return undefined;
}
