import { type ImageTable, nameOf, type Toc, TRAILER_UUID } from '../../fip/index.ts';
import { wordOf } from '../../fip/internal.ts';
import { type Context, print, printJson, warn } from '../shared/context.ts';

/** Digests by UUID, where they were computed. */
export type Digests = ReadonlyMap<string, string>;

/** Says what a command made of a FIP, and whether a signature at its end was lost over it. */
export function report(
  context: Context,
  outcome: {
    readonly table: ImageTable;
    readonly output: string;
    readonly before: Toc;
    readonly after: Toc;
    readonly json: boolean;
  },
): void {
  const { table, output, before, after, json } = outcome;
  if (json) printJson(context, { file: output, ...jsonToc(table, after) });
  else print(context, output, ...describeToc(table, after));
  const last = before.entries.at(-1);
  if (last?.uuid === TRAILER_UUID && last.offset + last.size === before.end)
    warn(context, `the signature at the end of ${output} is no longer valid: sign the FIP again`);
}

/** The ToC as lines for people. */
export function describeToc(table: ImageTable, toc: Toc, digests: Digests = new Map()): string[] {
  const width = Math.max(0, ...toc.entries.map(({ uuid }) => wordOf(table, uuid).length));
  const header = `${toc.entries.length} images, ${toc.end} bytes, flags 0x${toc.flags.toString(16)}`;
  const rows = toc.entries.map(({ uuid, offset, size }) => {
    const digest = digests.get(uuid);
    const place = `offset 0x${offset.toString(16).padStart(8, '0')}  size ${String(size).padStart(9)}`;
    return `  ${wordOf(table, uuid).padEnd(width)}  ${place}  ${digest ?? nameOf(table, uuid)}`;
  });
  return [header, ...rows];
}

/** The ToC as data. */
export function jsonToc(table: ImageTable, toc: Toc, digests: Digests = new Map()): object {
  const images = toc.entries.map(({ uuid, offset, size, flags }) => ({
    image: wordOf(table, uuid),
    name: nameOf(table, uuid),
    uuid,
    offset,
    size,
    flags,
    ...(digests.has(uuid) ? { sha256: digests.get(uuid) } : {}),
  }));
  return { flags: toc.flags, size: toc.end, images };
}
