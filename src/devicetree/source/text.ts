import { utf8Text } from '../../binary/index.ts';
import { type SourceProblem, verbatim } from '../../fault.ts';
import { latin1, latin1Bytes } from '../latin1.ts';

/** A stretch of one source file; `end` is exclusive. Both are bytes from the start of the file. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Where something is, as people count: lines and columns from 1, a column for each byte, a tab being one. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface LineMarker {
  /** The start of the line after the marker. */
  readonly offset: number;
  readonly file: string;
  readonly line: number;
}

/** A source file: its text with one character a byte, and what is needed to say where in it something is. */
export class SourceFile {
  readonly name: string;
  /** The folder that relative names in this file start from; `undefined` for the current one. */
  readonly folder: string | undefined;
  readonly text: string;
  readonly #markers: LineMarker[] = [];
  #lines: number[] | undefined;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    const slash = name.lastIndexOf('/');
    this.folder = slash < 0 ? undefined : name.slice(0, slash);
    this.text = latin1(bytes);
  }

  /** Notes a `#line` marker: what follows `offset` is line `line` of another file. */
  mark(offset: number, file: string, line: number): void {
    this.#markers.push({ offset, file, line });
  }

  position(offset: number): Position {
    const line = this.#lineOf(offset);
    const column = offset - this.#starts()[line - 1]! + 1;
    const marker = this.#markers.findLast((one) => one.offset <= offset);
    if (marker === undefined) return { file: this.name, line, column };
    return { file: marker.file, line: marker.line + line - this.#lineOf(marker.offset), column };
  }

  /** The source line of an offset with the span underlined as far as it is on that line. */
  excerpt(start: number, end: number): string {
    const from = this.#starts()[this.#lineOf(start) - 1]!;
    const stop = this.text.indexOf('\n', from);
    const line = this.text.slice(from, stop < 0 ? undefined : stop);
    const before = line.slice(0, start - from).replaceAll(/[^\t]/g, ' ');
    const width = Math.max(1, Math.min(end - start, line.length - (start - from)));
    return `${utf8Text(latin1Bytes(line))}\n${before}${'^'.repeat(width)}`;
  }

  #lineOf(offset: number): number {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  #starts(): readonly number[] {
    if (this.#lines === undefined) {
      this.#lines = [0];
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) this.#lines.push(at + 1);
    }
    return this.#lines;
  }
}

/** `file:line.column-column`, or with the last line where it is another: how dtc names a place. */
export function showSpan({ file, start, end }: Span): string {
  const from = file.position(start);
  const to = file.position(end);
  const place = `${from.file}:${from.line}.${from.column}`;
  if (from.line !== to.line) return `${place}-${to.line}.${to.column}`;
  return from.column === to.column ? place : `${place}-${to.column}`;
}

export function problemAt(span: Span, kind: SourceProblem['kind'], reason: string): SourceProblem {
  return {
    ...span.file.position(span.start),
    place: showSpan(span),
    kind,
    // The words of dtc, which people search for.
    reason: verbatim(reason),
    excerpt: span.file.excerpt(span.start, span.end),
  };
}
