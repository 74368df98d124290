import { openStore } from '../../file/index.ts';
import type { ImageTable, Toc } from '../../fip/index.ts';
import { wordOf } from '../../fip/internal.ts';
import { sourcePieces } from '../../fit/internal.ts';
import { findPrivateKeys } from '../../pki/index.ts';
import { visible } from '../shared/context.ts';

/** A private key in an image of a FIP. */
export interface FipFinding {
  readonly id: 'private-key';
  readonly level: 'error';
  readonly image: string;
  readonly offset: number;
  readonly form: string;
}

/**
 * Looks for private keys in a FIP that was just written, and says on the standard error what it finds. Everybody who has
 * the firmware has them.
 */
export function warnOfKeysIn(
  file: string,
  { toc, table }: { readonly toc: Toc; readonly table: ImageTable },
  stderr: { write(text: string): void },
): FipFinding[] {
  using store = openStore(file);
  return findPrivateKeys(sourcePieces(store, 0, store.size)).map(({ form, offset }) => {
    const holder = toc.entries.find((entry) => offset >= entry.offset && offset < entry.offset + entry.size);
    const image = holder === undefined ? 'padding' : wordOf(table, holder.uuid);
    const where = `${file}: ${image} holds a private key (${form}) at 0x${offset.toString(16)}`;
    const remedy = 'take it out and make a new key: this one is known to everybody who has the firmware';
    stderr.write(`${visible(`error: ${where}: ${remedy} [private-key]`)}\n`);
    return { id: 'private-key', level: 'error', image, offset, form };
  });
}
