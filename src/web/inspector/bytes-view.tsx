import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ProtectedRange } from '../../inspect/index.ts';
import { useTranslate } from '../parts/settings.tsx';
import { markOf, rangeAt, symbols } from './pieces.ts';
import { CHUNK_BYTES, ChunkCache, type FilePlace, readPlace } from './place.ts';

const ROW_BYTES = 16;
const ROWS = 28;

interface ByteRange {
  readonly offset: number;
  readonly size: number;
}

interface BytesViewProps {
  readonly place: FilePlace;
  readonly protectedRanges: readonly ProtectedRange[];
  readonly selected: ByteRange;
  readonly hovered: ByteRange | undefined;
  /** The row that is shown first follows the selection; a counter tells a new selection of the same range. */
  readonly onHover: (offset: number | undefined) => void;
  readonly onPick: (offset: number) => void;
}

/**
 * The bytes of a file, a screenful at a time: the position is a number and not the height of an element, since no
 * element is as high as 2 GB of rows.
 */
export function BytesView(props: BytesViewProps) {
  const translate = useTranslate();
  const { place, protectedRanges, selected, hovered } = props;
  const [top, setTop] = useState(0);
  const rows = Math.max(1, Math.ceil(place.size / ROW_BYTES));
  const last = Math.max(0, rows - ROWS);
  const scroll = (row: number): void => setTop(Math.max(0, Math.min(last, Math.round(row))));
  const box = useRef<HTMLElement>(null);
  const shown = useBytes(place, top * ROW_BYTES);
  useEffect(() => {
    const row = Math.floor(selected.offset / ROW_BYTES);
    if (row < top || row >= top + ROWS - 1) scroll(row - 2);
  }, [selected.offset, selected.size, place]);
  useEffect(() => {
    const element = box.current;
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      setTop((now) => Math.max(0, Math.min(last, now + Math.sign(event.deltaY) * 3)));
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [last]);
  return (
    <section
      ref={box}
      class="bytes mono"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys, so the keyboard must reach it
      tabIndex={0}
      aria-label={translate('inspector.bytes')}
      onKeyDown={(event) => {
        const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -ROWS, PageDown: ROWS, Home: -rows, End: rows }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        scroll(top + by);
      }}
      onPointerLeave={() => props.onHover(undefined)}
    >
      <label class="position">
        <span>{translate('inspector.position')}</span>
        <input
          type="range"
          min={0}
          max={last}
          value={top}
          onInput={(event) => scroll(event.currentTarget.valueAsNumber)}
        />
        <output>0x{(top * ROW_BYTES).toString(16)}</output>
      </label>
      <div class="rows">
        {Array.from({ length: Math.min(ROWS, rows - top) }, (_, i) => {
          const offset = (top + i) * ROW_BYTES;
          return (
            <Line
              key={offset}
              offset={offset}
              bytes={shown?.subarray(i * ROW_BYTES, (i + 1) * ROW_BYTES)}
              protectedRanges={protectedRanges}
              selected={selected}
              hovered={hovered}
              onHover={props.onHover}
              onPick={props.onPick}
            />
          );
        })}
      </div>
    </section>
  );
}

interface LineProps extends Omit<BytesViewProps, 'place'> {
  readonly offset: number;
  readonly bytes: Uint8Array | undefined;
}

function Line({ offset, bytes, protectedRanges, selected, hovered, onHover, onPick }: LineProps) {
  const near = useMemo(
    () => protectedRanges.filter((range) => range.offset < offset + ROW_BYTES && range.offset + range.size > offset),
    [protectedRanges, offset],
  );
  const marksOf = Array.from(bytes ?? [], (_, i) => markOf(rangeAt(near, offset + i)));
  const text =
    bytes === undefined
      ? '…'
      : Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return (
    <div class="line">
      <span class="offset">{offset.toString(16).padStart(8, '0')}</span>
      <span class="marks" aria-hidden="true">
        {[...new Set(marksOf)].map((mark) => symbols[mark]).join('')}
      </span>
      <span class="cells">
        {Array.from(bytes ?? [], (byte, i) => {
          const at = offset + i;
          const marks = [
            marksOf[i] ?? 'nobody',
            within(selected, at) ? 'selected' : '',
            hovered !== undefined && within(hovered, at) ? 'hovered' : '',
          ];
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the tree reaches every byte by keys; this is for pointers
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            <span
              key={at}
              class={marks.filter((mark) => mark !== '').join(' ')}
              onPointerEnter={() => onHover(at)}
              onClick={() => onPick(at)}
            >
              {byte.toString(16).padStart(2, '0')}
            </span>
          );
        })}
      </span>
      <span class="ascii">{text}</span>
    </div>
  );
}

const within = ({ offset, size }: ByteRange, at: number): boolean => at >= offset && at < offset + size;

/** The bytes of the screenful at an offset: from chunks that were read before, else read now. */
function useBytes(place: FilePlace, offset: number): Uint8Array | undefined {
  const cache = useMemo(() => new ChunkCache<Promise<Uint8Array>>(), [place]);
  const [shown, setShown] = useState<
    { readonly place: FilePlace; readonly offset: number; readonly bytes: Uint8Array } | undefined
  >(undefined);
  useEffect(() => {
    let wanted = true;
    const chunk = (index: number): Promise<Uint8Array> => {
      const known = cache.get(index) ?? readPlace(place, index * CHUNK_BYTES, CHUNK_BYTES);
      cache.set(index, known);
      return known;
    };
    const first = Math.floor(offset / CHUNK_BYTES);
    const end = Math.min(place.size, offset + ROWS * ROW_BYTES);
    const parts = end > (first + 1) * CHUNK_BYTES ? [chunk(first), chunk(first + 1)] : [chunk(first)];
    void Promise.all(parts).then((found) => {
      if (!wanted) return;
      const joined = new Uint8Array(end - offset);
      const from = offset - first * CHUNK_BYTES;
      const head = found[0]?.subarray(from, from + joined.length) ?? joined;
      joined.set(head);
      joined.set(found[1]?.subarray(0, joined.length - head.length) ?? [], head.length);
      setShown({ place, offset, bytes: joined });
    });
    return () => {
      wanted = false;
    };
  }, [place, offset, cache]);
  return shown?.place === place && shown.offset === offset ? shown.bytes : undefined;
}
