/**
 * Blocks are counted without bound in here (the first is 1) and have sixteen bits on the wire. After 65535 comes 0 in
 * almost every implementation, 1 in some; RFC 1350 leaves it open.
 */
export type Rollover = 0 | 1;

const SPACE = { 0: 0x1_0000, 1: 0xffff } as const;

/** The 16-bit number of a block on the wire; 0 is what an acknowledgement before block 1 carries. */
export function wireOf(block: number, rollover: Rollover): number {
  return block === 0 ? 0 : rollover + ((block - rollover) % SPACE[rollover]);
}

/**
 * How far the block of a wire number lies from a known block: within `-(space - ahead)` to `ahead`, so that numbers up
 * to `ahead` blocks forward count as new and all others as old.
 */
export function distance(wire: number, from: number, rollover: Rollover, ahead: number): number {
  const space = SPACE[rollover];
  const forward = (((wire - wireOf(from, rollover)) % space) + space) % space;
  // Where 0 is skipped it names nothing but the state before block 1.
  if (rollover === 1 && wire === 0) return -from;
  return forward > ahead ? forward - space : forward;
}
