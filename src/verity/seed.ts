import { port } from '#crypto';
import { utf8 } from '../binary/index.ts';

/**
 * A salt of 32 bytes and a UUID (version 8, RFC 9562 §5.8) that follow from a text, for builds that must repeat:
 * SHA-256 over a name for the use, a NUL, and the seed.
 */
export function seeded(seed: string): { readonly salt: Uint8Array; readonly uuid: Uint8Array } {
  const derive = (use: string): Uint8Array =>
    port
      .createHash('sha256')
      .update(utf8(`bootwright verity ${use}\0`))
      .update(utf8(seed))
      .digest();
  return { salt: derive('salt'), uuid: asUuid(derive('uuid'), 8) };
}

/** The first 16 bytes with the version and variant bits of a UUID. */
export function asUuid(bytes: Uint8Array, version: 4 | 8): Uint8Array {
  const uuid = bytes.slice(0, 16);
  uuid[6] = (uuid[6]! & 0x0f) | (version << 4);
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return uuid;
}
