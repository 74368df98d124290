import type { Marker } from './live.ts';

/** Bytes of memory that small values share: an array of its own costs each more than the value does. */
const ARENA_SIZE = 65_536;
const MAX_ARENA_VALUE = 1024;

/** Builds one property value after another in a buffer of its own; each finished value is a copy. */
export class ValueBuilder {
  #buffer = new Uint8Array(4096);
  #view = new DataView(this.#buffer.buffer);
  #size = 0;
  /** The only part so far, where it is a file: it becomes the value without a copy. */
  #whole: Uint8Array | undefined;
  #markers: Marker[] = [];
  #arena = new Uint8Array(ARENA_SIZE);
  #arenaUsed = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#whole?.byteLength ?? this.#size;
  }

  mark(kind: Marker['kind'], ref = ''): void {
    this.#markers.push({ kind, offset: this.size, ref });
  }

  /** Adds text with one character a byte, and its NUL. */
  text(text: string): void {
    this.#reserve(text.length + 1);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#size++] = text.charCodeAt(i);
    this.#buffer[this.#size++] = 0;
  }

  /** Adds the low `bits` of a number, big-endian. */
  integer(value: number | bigint, bits: number): void {
    const size = bits / 8;
    this.#reserve(size);
    if (bits === 32 && typeof value === 'number') this.#view.setUint32(this.#size, value);
    else if (bits === 64) this.#view.setBigUint64(this.#size, BigInt.asUintN(64, BigInt(value)));
    else {
      const low = Number(BigInt.asUintN(32, BigInt(value)));
      if (bits === 32) this.#view.setUint32(this.#size, low);
      else if (bits === 16) this.#view.setUint16(this.#size, low & 0xffff);
      else this.#view.setUint8(this.#size, low & 0xff);
    }
    this.#size += size;
  }

  bytes(bytes: Uint8Array): void {
    if (this.size === 0) {
      this.#whole = bytes;
      return;
    }
    this.#reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.byteLength;
  }

  /** Gives the value and starts the next one. */
  finish(): { readonly value: Uint8Array; readonly markers: Marker[] } {
    const result = { value: this.#whole ?? this.#copy(this.#size), markers: this.#markers };
    this.#size = 0;
    this.#whole = undefined;
    this.#markers = [];
    return result;
  }

  #copy(size: number): Uint8Array {
    if (size > MAX_ARENA_VALUE) return this.#buffer.slice(0, size);
    if (this.#arenaUsed + size > ARENA_SIZE) {
      this.#arena = new Uint8Array(ARENA_SIZE);
      this.#arenaUsed = 0;
    }
    const start = this.#arenaUsed;
    for (let i = 0; i < size; i++) this.#arena[start + i] = this.#buffer[i]!;
    this.#arenaUsed += size;
    return this.#arena.subarray(start, start + size);
  }

  #reserve(size: number): void {
    const whole = this.#whole;
    const need = this.size + size;
    if (need > this.#buffer.byteLength) {
      const larger = new Uint8Array(Math.max(need, 2 * this.#buffer.byteLength));
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
      this.#view = new DataView(larger.buffer);
    }
    if (whole !== undefined) {
      this.#buffer.set(whole);
      this.#size = whole.byteLength;
      this.#whole = undefined;
    }
  }
}
