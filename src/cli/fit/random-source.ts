import { hexText, parseHex } from '../../binary/index.ts';
import { randomBytes } from '../../crypto/index.ts';

/** What comes before the path of a node in the name of a setting. */
const PREFIX = 'random ';

/**
 * Random bytes for nodes of an image tree, the same each time that they are asked for. As settings of a signing request
 * they are there again when its answers are.
 */
export class RandomSource {
  readonly #drawn = new Map<string, Uint8Array>();

  /** Takes what earlier settings had; what is no bytes is drawn again. */
  constructor(settings: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(settings)) {
      const bytes = name.startsWith(PREFIX) ? parseHex(text) : undefined;
      if (bytes !== undefined) this.#drawn.set(name.slice(PREFIX.length), bytes);
    }
  }

  /** Bytes for the node at a path. */
  bytes(path: string, size: number): Uint8Array {
    const bytes = this.#drawn.get(path) ?? randomBytes(size);
    this.#drawn.set(path, bytes);
    return bytes;
  }

  get settings(): Record<string, string> {
    return Object.fromEntries(Array.from(this.#drawn, ([path, bytes]) => [`${PREFIX}${path}`, hexText(bytes)]));
  }
}
