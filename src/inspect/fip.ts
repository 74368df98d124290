import { faultMessage, isFault, type Message } from '../fault.ts';
import {
  knownImages,
  NULL_UUID,
  printUuid,
  readToc,
  type Toc,
  TocEntry,
  TocHeader,
  TocTerminator,
  TRAILER_UUID,
  type Uuid,
} from '../fip/index.ts';
import { gaps, genericImages, kindOfUuid, MAX_TOC_BYTES, MAX_TOC_ENTRIES } from '../fip/internal.ts';
import type { Piece } from './inspection.ts';
import { inspectMessage } from './messages.ts';
import type { Scope } from './scope.ts';

/** Looks into an image that a format carries. */
export type ParseInside = (scope: Scope) => Piece | undefined;

/** A FIP: its ToC field by field, its images, its padding, and what its own signature protectedRanges. */
export function inspectFip(
  scope: Scope,
  parseInside: ParseInside,
): { readonly piece: Piece; readonly summary: Message } {
  const head = scope.some(0, MAX_TOC_BYTES);
  const children = readEntries(scope, head);
  const toc = readWhole(scope, head);
  if (toc !== undefined) {
    children.push(...payloads(scope, toc, parseInside));
    findTrailer(scope, toc);
  }
  children.sort((a, b) => a.offset - b.offset);
  const count = toc?.entries.length ?? children.length - 1;
  return {
    piece: scope.piece(scope.path || 'FIP', 0, toc?.end ?? scope.size, {
      type: 'fip',
      children,
      doc: 'firmware image package',
    }),
    summary: inspectMessage('inspect/is-fip', { images: count }),
  };
}

/** The ToC as it stands, also where it is wrong: as far as there are bytes. */
function readEntries(scope: Scope, head: Uint8Array): Piece[] {
  const children = [scope.record('header', TocHeader, 0)];
  for (let i = 0; i <= MAX_TOC_ENTRIES; i++) {
    const offset = TocHeader.size + i * TocEntry.size;
    const entry = head.subarray(offset, offset + TocEntry.size);
    if (entry.byteLength === 0) return children;
    const uuid = entry.byteLength >= 16 ? printUuid(entry.subarray(0, 16)) : NULL_UUID;
    const last = uuid === NULL_UUID;
    children.push(
      scope.record(
        `toc[${i}]`,
        last ? TocTerminator : TocEntry,
        offset,
        last ? { doc: 'ends the ToC' } : { value: nameOf(uuid) },
      ),
    );
    if (last) return children;
  }
  return children;
}

function readWhole(scope: Scope, head: Uint8Array): Toc | undefined {
  try {
    return readToc(head, scope.part.size);
  } catch (error) {
    scope.halt(error);
    if (isFault(error, 'fip/terminator')) {
      scope.find({
        level: 'error',
        code: error.code,
        offset: error.context.offset,
        message: faultMessage(error),
        remedy: inspectMessage('inspect/remedy-fip-create'),
      });
    }
    return undefined;
  }
}

function payloads(scope: Scope, toc: Toc, parseInside: ParseInside): Piece[] {
  const images = toc.entries.map(({ uuid, offset, size }) => {
    const inner = scope.inner(nameOf(uuid), offset, size);
    const inside = uuid === TRAILER_UUID ? undefined : parseInside(inner);
    const doc = kindOfUuid(knownImages, uuid)?.name ?? 'an image that no table names';
    if (inside !== undefined) return { ...inside, name: nameOf(uuid), doc };
    return inner.piece(nameOf(uuid), 0, size, { type: 'image', doc, value: uuid });
  });
  const padding = gaps(toc).map(({ start, end }) => {
    const bad = scope.some(start, Math.min(end - start, 1 << 16)).findIndex((byte) => byte !== 0);
    if (bad >= 0) {
      scope.find({
        level: 'warning',
        code: 'fip/padding',
        offset: start + bad,
        message: inspectMessage('inspect/found-fip-padding'),
        remedy: inspectMessage('inspect/remedy-fip-padding'),
      });
    }
    return scope.piece('padding', start, end - start, { type: 'padding', doc: 'belongs to no image' });
  });
  return [...images, ...padding];
}

function findTrailer(scope: Scope, toc: Toc): void {
  const trailer = toc.entries.find(({ uuid }) => uuid === TRAILER_UUID);
  const certificates = toc.entries.filter(({ uuid }) => nameOf(uuid).endsWith('cert'));
  if (trailer !== undefined && scope.some(trailer.offset, 1)[0] !== 0x30) {
    scope.protect({
      offset: 0,
      size: trailer.offset,
      kind: 'signed',
      by: inspectMessage('inspect/trailer'),
      state: 'claimed',
    });
    return;
  }
  if (certificates.length > 0) return;
  scope.find({
    level: 'warning',
    code: 'fip/unsigned',
    message: inspectMessage('inspect/found-fip-unsigned'),
    remedy: inspectMessage('inspect/remedy-fip-unsigned'),
  });
}

const nameOf = (uuid: Uuid): string =>
  (kindOfUuid(genericImages, uuid) ?? kindOfUuid(knownImages, uuid))?.option ?? uuid;
