import { hexText, parseHex } from '../../binary/index.ts';
import { randomBytes } from '../../crypto/index.ts';

/** Prefix of the settings that hold random bytes; the path of the node follows. */
const PREFIX = 'random ';

/**
 * Random bytes for the nodes of an image tree: a node gets the same bytes each time. Stored as settings of a signing
 * request, they survive until its answers are applied.
 */
export class RandomSource {
  readonly #known = new Map<string, Uint8Array>();

  /** Continues from the settings of a request; a value that is not hex is ignored. */
  constructor(settings: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(settings)) {
      const bytes = name.startsWith(PREFIX) ? parseHex(text) : undefined;
      if (bytes !== undefined) this.#known.set(name.slice(PREFIX.length), bytes);
    }
  }

  /** Bytes for the node at a path. */
  bytes(path: string, size: number): Uint8Array {
    const bytes = this.#known.get(path) ?? randomBytes(size);
    this.#known.set(path, bytes);
    return bytes;
  }

  get settings(): Record<string, string> {
    return Object.fromEntries(Array.from(this.#known, ([path, bytes]) => [`${PREFIX}${path}`, hexText(bytes)]));
  }
}
