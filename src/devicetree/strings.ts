import { Fault } from '../fault.ts';
import { latin1, latin1Bytes } from './latin1.ts';
import { MAX_NAME_SIZE } from './layout.ts';
import { deviceTreeMessage } from './messages.ts';

/**
 * A strings block that only grows at its end. A name that is already there, whole or as the end of another, is
 * reused at its first place: the rule of dtc and of libfdt.
 */
export class StringTable {
  /** What was there when the table was opened; searched only for names that are asked for. */
  readonly #first: string;
  /** Offsets of every added name and of each of its ends. */
  readonly #suffixes = new Map<string, number>();
  readonly #known = new Map<string, number>();
  readonly #added: string[] = [];
  #size: number;

  constructor(existing: Uint8Array = new Uint8Array(0)) {
    this.#first = latin1(existing);
    this.#size = existing.byteLength;
  }

  /** Bytes of the block. */
  get size(): number {
    return this.#size;
  }

  /** The names that were added, in the order of the block. */
  get added(): readonly string[] {
    return this.#added;
  }

  /** Where a name is, without adding it. */
  find(name: string): number | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const first = this.#first === '' ? -1 : this.#first.indexOf(`${name}\0`);
    const offset = first >= 0 ? first : this.#suffixes.get(name);
    if (offset !== undefined) this.#known.set(name, offset);
    return offset;
  }

  /** Where a name is, after adding it if needed. */
  add(name: string): number {
    const found = this.find(name);
    if (found !== undefined) return found;
    assertPropertyName(name);
    const offset = this.#size;
    this.#added.push(name);
    this.#size += name.length + 1;
    this.#known.set(name, offset);
    for (let i = 0; i <= name.length; i++) {
      const suffix = name.slice(i);
      if (!this.#suffixes.has(suffix)) this.#suffixes.set(suffix, offset + i);
    }
    return offset;
  }

  /** The whole block. */
  bytes(): Uint8Array {
    const added = this.#added.length === 0 ? '' : `${this.#added.join('\0')}\0`;
    return latin1Bytes(this.#first + added);
  }
}

/** Faults unless a name can be stored: one byte a character, no NUL, not over the limit of readers. */
export function assertPropertyName(name: string, path = name): void {
  const reason =
    name.length > MAX_NAME_SIZE
      ? deviceTreeMessage('devicetree/long-name', { limit: MAX_NAME_SIZE })
      : name.includes('\0')
        ? deviceTreeMessage('devicetree/nul-in-name')
        : /^[\0-\xff]*$/.test(name)
          ? undefined
          : deviceTreeMessage('devicetree/wide-character');
  if (reason !== undefined) throw new Fault('devicetree/name', { path, offset: 0, reason });
}
