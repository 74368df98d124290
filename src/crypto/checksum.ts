import type { Hasher } from './port.ts';

/** CRC-32 of IEEE 802.3 (reflected 0xedb88320), eight bytes a step, written big-endian as a FIT stores it. */
export function crc32Hasher(): Hasher {
  let crc = 0xffff_ffff;
  return collector(
    (input) => {
      crc = crc32Update(crc, input);
    },
    () => be32(~crc),
  );
}

/** CRC-16 of CCITT: polynomial 0x1021, start 0, not reflected, big-endian (U-Boot's `crc16-ccitt`). */
export function crc16Hasher(): Hasher {
  let crc = 0;
  return collector(
    (input) => {
      for (const byte of input) crc = ((crc << 8) ^ CRC16_TABLE[(crc >> 8) ^ byte]!) & 0xffff;
    },
    () => Uint8Array.of(crc >> 8, crc & 0xff),
  );
}

/** Eight tables: `SLICES[k][b]` is the CRC of byte b followed by k zeros (Intel's slicing-by-8). */
const SLICES = buildSlices();
const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

function crc32Update(crc: number, input: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = SLICES as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const end = input.byteLength - (input.byteLength % 8);
  let i = 0;
  for (; i < end; i += 8) {
    const low = crc ^ (input[i]! | (input[i + 1]! << 8) | (input[i + 2]! << 16) | (input[i + 3]! << 24));
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[input[i + 4]!]! ^
      t2[input[i + 5]!]! ^
      t1[input[i + 6]!]! ^
      t0[input[i + 7]!]!;
  }
  for (; i < input.byteLength; i++) crc = t0[(crc ^ input[i]!) & 0xff]! ^ (crc >>> 8);
  return crc;
}

function buildSlices(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const slices = [first];
  for (let k = 1; k < 8; k++) {
    const previous = slices[k - 1]!;
    slices.push(previous.map((crc) => first[crc & 0xff]! ^ (crc >>> 8)));
  }
  return slices;
}

function collector(add: (input: Uint8Array) => void, digest: () => Uint8Array): Hasher {
  const hasher: Hasher = {
    update(input) {
      add(input);
      return hasher;
    },
    digest,
  };
  return hasher;
}

function be32(value: number): Uint8Array {
  const output = new Uint8Array(4);
  new DataView(output.buffer).setUint32(0, value >>> 0);
  return output;
}
