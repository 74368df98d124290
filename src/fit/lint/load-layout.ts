import { viewOf } from '../../binary/index.ts';
import { imagesOf } from '../discover.ts';
import { type FitNode, shownText } from '../node.ts';
import type { Fit } from '../open.ts';
import { compressionOf, headOf, isSealed, placeOf } from './data.ts';
import type { LintInput } from './rule.ts';

/** Memory that an image takes, end exclusive. */
export interface LoadRange {
  readonly path: string;
  readonly start: bigint;
  /** At least: of an image that the loader decompresses, where its compressed bytes would end. */
  readonly end: bigint;
  readonly compressed: boolean;
}

/** Where the images of a configuration go in memory. */
export interface LoadLayout {
  readonly configuration: FitNode;
  /** In order of their addresses. */
  readonly ranges: readonly LoadRange[];
}

export function* loadLayouts({ fit, configurations }: LintInput): Generator<LoadLayout> {
  for (const configuration of configurations) {
    const ranges = imagesOf(fit.root, configuration).flatMap((image) => rangeOf(fit, image) ?? []);
    ranges.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    yield { configuration, ranges };
  }
}

/** U-Boot takes as many cells as there are, whatever `#address-cells` says (`fit_image_get_address`). */
function rangeOf(fit: Fit, image: FitNode): LoadRange | undefined {
  const value = image.property('load')?.value;
  const place = placeOf(fit, image);
  // A kernel of this type runs where it lies.
  if (value === undefined || place === undefined || shownText(image, 'type') === 'kernel_noload') return undefined;
  if ((value.length !== 4 && value.length !== 8) || place.size === 0) return undefined;
  const view = viewOf(value);
  const start = value.length === 4 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
  // Ramdisks are never decompressed by the loader.
  const compressed = compressionOf(image) !== 'none' && shownText(image, 'type') !== 'ramdisk';
  const plain = !compressed && !isSealed(image);
  const own = plain ? memoryOf(headOf(fit, place, KERNEL_HEADER_BYTES)) : 0n;
  const size = own > BigInt(place.size) ? own : BigInt(place.size);
  return { path: image.path, start, end: start + size, compressed };
}

const KERNEL_HEADER_BYTES = 64;
/** `ARM\x64` and `RSC\x05` (Linux, Documentation/arch/{arm64/booting,riscv/boot-image-header}.rst). */
const KERNEL_MAGICS: readonly number[] = [0x644d_5241, 0x0543_5352];

/** Bytes of memory that a kernel of arm64 or RISC-V says that it takes, its bss included; 0 for all other data. */
function memoryOf(head: Uint8Array): bigint {
  if (head.length < KERNEL_HEADER_BYTES) return 0n;
  const view = viewOf(head);
  return KERNEL_MAGICS.includes(view.getUint32(56, true)) ? view.getBigUint64(16, true) : 0n;
}

export const hex = (value: bigint): string => `0x${value.toString(16)}`;
export const showRange = ({ path, start, end }: LoadRange): string => `${path} (${hex(start)} to ${hex(end)})`;
