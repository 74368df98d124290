import { viewOf } from '../binary/index.ts';
import { Header, PropertyEntry, TokenReader } from '../devicetree/index.ts';
import { TOKEN_SIZE } from '../devicetree/internal.ts';

/** The oldest version that libfdt's sequential writer claims its blobs to be compatible with. */
const LAST_COMPATIBLE = 2;

/**
 * Rewrites a blob, in place, as libfdt's sequential writer would have made it (mkimage uses it for `-f auto`): the
 * strings block grows from its end to its start, and the header claims compatibility with version 2.
 */
export function arrangeSequentially(blob: Uint8Array): Uint8Array {
  const header = Header.decode(blob);
  const strings = new ReverseStrings();
  const tokens = new TokenReader(blob, header);
  const places: { at: number; size: number; name: string }[] = [];
  for (;;) {
    const token = tokens.next();
    if (token.kind === 'finish') break;
    if (token.kind !== 'property') continue;
    strings.add(token.name);
    places.push({ at: token.start + TOKEN_SIZE, size: token.value.byteLength, name: token.name });
  }
  const block = strings.text;
  const view = viewOf(blob);
  for (const { at, size, name } of places)
    PropertyEntry.write(view, at, { size, nameOffset: block.indexOf(`${name}\0`) });
  for (let i = 0; i < block.length; i++) blob[header.stringsOffset + i] = block.charCodeAt(i);
  Header.write(view, 0, { ...header, lastCompatibleVersion: LAST_COMPATIBLE });
  return blob;
}

class ReverseStrings {
  text = '';

  add(name: string): void {
    if (!this.text.includes(`${name}\0`)) this.text = `${name}\0${this.text}`;
  }
}
