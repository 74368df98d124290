import { generator, multiply } from './field.ts';
import type { ParityEncoder } from './plain-encoder.ts';
import { emitEncoder, encoderMemory } from './wasm-module.ts';

/** The little of the JavaScript interface of WebAssembly that is used here; no library declares it for every platform. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly addRow: (row: number, end: number, state: number) => void;
}

/**
 * An encoder in WebAssembly with SIMD; `undefined` where the engine has none, or forbids what is made at run time.
 *
 * @param columns a multiple of 16
 */
export function createWasmEncoder(roots: number, columns: number): ParityEncoder | undefined {
  const exports = instantiate(emitEncoder(roots, columns));
  if (exports === undefined) return undefined;
  const { addRow } = exports;
  const place = encoderMemory(roots, columns);
  const memory = new Uint8Array(exports.memory.buffer);
  for (const [root, coefficient] of generator(roots).entries()) {
    for (let nibble = 0; nibble < 16; nibble++) {
      memory[place.tables + 32 * root + nibble] = multiply(coefficient, nibble);
      memory[place.tables + 32 * root + 16 + nibble] = multiply(coefficient, nibble << 4);
    }
  }
  const state = memory.subarray(place.state, place.state + place.stride * roots);
  const output = new Uint8Array(columns * roots);
  return {
    columns,
    row: memory.subarray(place.row, place.row + columns),
    reset: () => {
      state.fill(0);
    },
    addRow: (count) => {
      addRow(place.row, place.row + count, place.state);
    },
    parity(count) {
      for (let root = 0; root < roots; root++) {
        const from = root * place.stride;
        for (let column = 0, at = root; column < count; column++, at += roots) output[at] = state[from + column]!;
      }
      return output.subarray(0, count * roots);
    },
  };
}

function instantiate(bytes: Uint8Array): Exports | undefined {
  const engine = (globalThis as unknown as { readonly WebAssembly?: Engine }).WebAssembly;
  if (engine === undefined) return undefined;
  try {
    return new engine.Instance(new engine.Module(bytes)).exports;
  } catch {
    // An engine without SIMD, or a page whose security policy forbids it: the caller has another way.
    return undefined;
  }
}
