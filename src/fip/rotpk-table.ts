import { concatBytes, viewOf } from '../binary/index.ts';
import { type HashName, hash, keyBits, type PublicKey } from '../crypto/index.ts';
import { bitLength, writeInteger, writePoint } from '../crypto/internal.ts';
import { Fault } from '../fault.ts';
import { writePublicKeyInfo } from '../pki/index.ts';
import { fipMessage } from './messages.ts';

/** What one chip, or firmware build, holds of its root of trust public key, and how it gets there. */
export interface RotpkRow {
  readonly name: RotpkPlace;
  /** What is hashed, and how. */
  readonly what: string;
  /** Where that stands. */
  readonly source: string;
  /** As many keys as one hash is taken over, at most. */
  readonly keysMax: number;
  /** Why a key cannot be the chip's; `undefined` where it can. */
  readonly unfit: (key: PublicKey) => string | undefined;
  /** The hash of the firmware build, where it chooses one; SHA-256 for what is in silicon. */
  readonly hashes: readonly HashName[];
  readonly digest: (keys: readonly PublicKey[], hashName: HashName) => Uint8Array;
  /** U-Boot's fuse words, where it burns them: the first one, whose first byte is the highest. */
  readonly fuse?: { readonly bank: number; readonly word: number };
  /** What to do with it, and what to mind. */
  readonly advice: string;
}

/** The places in which platforms keep the hash of their root of trust public key. */
export const rotpkPlaces = ['tf-a', 'stm32mp15', 'stm32mp13', 'stm32mp2', 'rpi', 'rk35'] as const;
/** Where a platform keeps the hash of its root of trust public key. */
export type RotpkPlace = (typeof rotpkPlaces)[number];

const SHADOW = 'A fuse cannot be taken back: compare with the shadow registers before the lock.';

const onP256 = (key: PublicKey): string | undefined =>
  key.kind === 'ec' && key.curve === 'P-256'
    ? undefined
    : 'the chip takes P-256 or brainpoolP256t1, and the latter is not supported here';

const onRsa2048 = (key: PublicKey): string | undefined =>
  key.kind === 'rsa' && keyBits(key) === 2048 && bitLength(key.exponent) <= 64
    ? undefined
    : 'the chip takes RSA of 2048 bits';

/** ECDSA algorithm of the STM32 header: P-256. */
const STM32_P256 = 1;

/** x‖y: a point without the byte that says how it is written. */
const coordinates = (key: PublicKey): Uint8Array =>
  key.kind === 'ec' ? writePoint(key).subarray(1) : new Uint8Array(0);

/** One row of the table of hashes in an STM32 header of version 2: the algorithm stands before the key. */
function tableEntry(key: PublicKey): Uint8Array {
  const algorithm = new Uint8Array(4);
  viewOf(algorithm).setUint32(0, STM32_P256, true);
  return hash('sha256', concatBytes([algorithm, coordinates(key)]));
}

const reversed = (value: bigint, bytes: number): Uint8Array => writeInteger(value, bytes).toReversed();

/** Modulus and exponent with the first byte lowest, in fields of these sizes. */
const littleEndianRsa = (key: PublicKey, modulusBytes: number, exponentBytes: number): Uint8Array =>
  key.kind === 'rsa'
    ? concatBytes([reversed(key.modulus, modulusBytes), reversed(key.exponent, exponentBytes)])
    : new Uint8Array(0);

/** The reciprocal with which the chip reduces: 2^(bits + 132) / n. */
const reciprocal = (key: PublicKey): Uint8Array =>
  key.kind === 'rsa' ? reversed((1n << BigInt(keyBits(key) + 132)) / key.modulus, 32) : new Uint8Array(0);

const stm32Table = {
  source: 'TF-A plat/st/common/stm32mp_crypto_lib.c crypto_convert_pk, stm32mp_trusted_boot.c get_rotpk_hash',
  what: 'PKHTH: SHA-256 over one SHA-256 for each key, of the algorithm (32 bits, first byte lowest), x and y',
  keysMax: 8,
  unfit: onP256,
  hashes: ['sha256'],
  digest: (keys) => hash('sha256', concatBytes(keys.map(tableEntry))),
} as const satisfies Partial<RotpkRow>;

const STM32KEY = 'The file of --out is what stm32key fuse takes in memory.';
const ORDER =
  'The header of a signed image holds a table of these keys, in this order and number (STM32MP_KeyGen_CLI makes 8): another table has another hash.';

/** What is burned, by where: rows that were held against the source that they name. */
export const rotpkRows: readonly RotpkRow[] = [
  {
    name: 'tf-a',
    what: 'the hash of the SubjectPublicKeyInfo in DER',
    source: 'TF-A drivers/auth/auth_mod.c auth_signature, plat_get_rotpk_info of platforms that convert no key',
    keysMax: 1,
    unfit: () => undefined,
    hashes: ['sha256', 'sha384', 'sha512'],
    digest: ([key], hashName) => hash(hashName, writePublicKeyInfo(key!)),
    advice:
      'This is what TF-A compares where the platform converts no key (qemu, FVP, Juno, RPi 3, i.MX, HiKey, UniPhier). ' +
      `Boot ROMs hold other hashes: --for ${rotpkPlaces.slice(1).join(', ')}. ` +
      `Tools differ in the order of bytes in a word. ${SHADOW}`,
  },
  {
    name: 'stm32mp15',
    what: 'PKH: SHA-256 of x and y of the key, 64 bytes',
    source: stm32Table.source,
    keysMax: 1,
    unfit: onP256,
    hashes: ['sha256'],
    digest: ([key]) => hash('sha256', coordinates(key!)),
    fuse: { bank: 0, word: 24 },
    advice: `${STM32KEY} ${SHADOW}`,
  },
  { ...stm32Table, name: 'stm32mp13', fuse: { bank: 0, word: 24 }, advice: `${ORDER} ${STM32KEY} ${SHADOW}` },
  {
    ...stm32Table,
    name: 'stm32mp2',
    fuse: { bank: 0, word: 144 },
    advice:
      'For STM32MP23 and STM32MP25, as OEM-KEY1 (OTP 144 to 151), which authenticates the first stage; STM32MP21 has P-384 ' +
      `keys and another table. ${ORDER} ${STM32KEY} ${SHADOW}`,
  },
  {
    name: 'rpi',
    what: 'SHA-256 of pubkey.bin: modulus (256 bytes) and exponent (8 bytes), each with the first byte lowest',
    source: 'raspberrypi/usbboot docs/secure-boot.md, rpi-eeprom tools/rpi-sign-bootcode (BCM2711, BCM2712)',
    keysMax: 1,
    unfit: onRsa2048,
    hashes: ['sha256'],
    digest: ([key]) => hash('sha256', littleEndianRsa(key!, 256, 8)),
    advice:
      'recovery.bin burns it, with program_pubkey=1 in its config.txt, and the firmware shows it in this order as customer ' +
      'key hash. No command of U-Boot or Linux does. It cannot be taken back.',
  },
  {
    name: 'rk35',
    what: 'SHA-256 of modulus (512 bytes), exponent (16) and reciprocal (32), each with the first byte lowest',
    source: 'rockchip-linux/u-boot lib/rsa/rsa-verify.c rsa_burn_key_hash (RK3562, RK3568, RK3588; RSA of 2048 bits)',
    keysMax: 1,
    unfit: onRsa2048,
    hashes: ['sha256'],
    digest: ([key]) => hash('sha256', concatBytes([littleEndianRsa(key!, 512, 16), reciprocal(key!)])),
    advice:
      "The vendor's SPL burns it (burn-key-hash in its FIT key node), as bytes in this order. It cannot be taken back.",
  },
];

/** The row of a place, held to the keys that are given. Faults `crypto/key-unfit`. */
export function rotpkRow(name: RotpkPlace, keys: readonly PublicKey[], names: readonly string[]): RotpkRow {
  const row = rotpkRows.find((one) => one.name === name)!;
  if (keys.length > row.keysMax)
    throw new Fault('crypto/key-unfit', {
      key: names[row.keysMax] ?? '',
      reason: fipMessage('fip/rotpk-keys', { place: name, limit: row.keysMax, keys: keys.length }),
    });
  for (const [i, key] of keys.entries()) {
    const reason = row.unfit(key);
    if (reason !== undefined)
      throw new Fault('crypto/key-unfit', {
        key: names[i] ?? '',
        reason: fipMessage('fip/rotpk-unfit', { place: name, reason }),
      });
  }
  return row;
}
