import { bootMutants } from './boot.ts';
import { cryptoMutants } from './crypto.ts';
import { fipMutants } from './fip.ts';
import { fitMutants } from './fit.ts';
import { inspectMutants } from './inspect.ts';
import type { Mutant } from './mutant.ts';
import { pkiMutants } from './pki.ts';
import { tftpMutants } from './tftp.ts';
import { trustMutants } from './trust.ts';
import { ubootMutants } from './uboot.ts';
import { verityMutants } from './verity.ts';

/** A mutant with the room that it belongs to. */
export interface Row extends Mutant {
  readonly room: string;
}

const rooms: Readonly<Record<string, readonly Mutant[]>> = {
  crypto: cryptoMutants,
  pki: pkiMutants,
  fit: fitMutants,
  fip: fipMutants,
  verity: verityMutants,
  boot: bootMutants,
  tftp: tftpMutants,
  trust: trustMutants,
  uboot: ubootMutants,
  inspect: inspectMutants,
};

/** Every mutant, room after room. */
export const rows: readonly Row[] = Object.entries(rooms).flatMap(([room, mutants]) =>
  mutants.map((mutant) => ({ ...mutant, room })),
);

/** Some of the rows, the same for the same seed, in the order of the table. */
export function sampleOf(from: readonly Row[], count: number, seed: number): Row[] {
  const order = from.map((row, index) => ({ row, index, key: scramble(seed, index) })).sort((a, b) => a.key - b.key);
  return order
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ row }) => row);
}

/** A 32-bit number that looks random in both arguments (the finalizer of MurmurHash3). */
function scramble(seed: number, index: number): number {
  let value = Math.imul(seed ^ Math.imul(index + 1, 0x9e37_79b9), 0x85eb_ca6b) >>> 0;
  value = Math.imul(value ^ (value >>> 13), 0xc2b2_ae35) >>> 0;
  return (value ^ (value >>> 16)) >>> 0;
}
