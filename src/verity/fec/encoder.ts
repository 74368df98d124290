import type { FecLayout } from './layout.ts';
import { createPlainEncoder, type ParityEncoder } from './plain-encoder.ts';
import { createWasmEncoder } from './wasm-encoder.ts';

export { createPlainEncoder, type ParityEncoder } from './plain-encoder.ts';

/** Bytes of remainders that stay in a processor's second cache. */
const STATE_SIZE = 131_072;
const MAX_COLUMNS = 32_768;
/** Columns that one SIMD operation takes. */
const LANES = 16;

/** Codewords that an encoder takes at once: as many as stay in the cache with their parity. */
export function encoderColumns({ roots, regionSize }: FecLayout): number {
  const fitting = Math.floor(STATE_SIZE / roots / LANES) * LANES;
  return Math.min(MAX_COLUMNS, fitting, regionSize);
}

/** The fastest encoder there is here: WebAssembly with SIMD, or plain arithmetic where an engine lacks or forbids it. */
export function createEncoder(roots: number, columns: number): ParityEncoder {
  return createWasmEncoder(roots, columns) ?? createPlainEncoder(roots, columns);
}
