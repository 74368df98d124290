import { viewOf } from '../../binary/index.ts';
import { imagesOf } from '../discover.ts';
import { type FitNode, shownText } from '../node.ts';
import type { Fit } from '../open.ts';
import { compressionOf, headOf, isSealed, placeOf } from './data.ts';
import type { LintInput, LintRule } from './rule.ts';

/** Rules about where images go in memory. */
export const loadingRules = {
  'load-overlap': {
    level: 'warning',
    why: 'Images of one configuration are loaded over each other, so that what was verified is not what runs.',
    remedy: "Move one of the load addresses, or leave out the device tree's and the ramdisk's: U-Boot then finds room.",
    *check(input) {
      for (const { configuration, ranges } of layoutsOf(input)) {
        for (const [i, second] of ranges.entries()) {
          for (const first of ranges.slice(0, i)) {
            if (second.start < first.end)
              yield { path: configuration.path, found: `${show(first)} overlaps ${show(second)}` };
          }
        }
      }
    },
  },
  'load-unknown-size': {
    level: 'note',
    why: 'How long an image is once it is decompressed stands nowhere, so nobody can say whether it reaches the next one.',
    remedy: 'Compare the distance with the size of the decompressed image, its bss included.',
    *check(input) {
      for (const { configuration, ranges } of layoutsOf(input)) {
        for (const [i, range] of ranges.entries()) {
          const next = range.compressed ? ranges.slice(i + 1).find(({ start }) => start >= range.end) : undefined;
          if (next === undefined) continue;
          const room = hex(next.start - range.start);
          const found = `${range.path} is decompressed to ${hex(range.start)}, ${next.path} follows after ${room} bytes`;
          yield { path: configuration.path, found };
        }
      }
    },
  },
  'address-cells': {
    level: 'warning',
    why: 'U-Boot takes the length of the value, other loaders what #address-cells says: they see different addresses.',
    remedy: "Give 'load' and 'entry' as many cells as #address-cells of the root says: 1, or 2 for 64 bits.",
    *check({ fit, images }) {
      const value = fit.root.property('#address-cells')?.value;
      const cells = value?.length === 4 ? viewOf(value).getUint32(0) : undefined;
      for (const image of images) {
        for (const name of ['load', 'entry']) {
          const size = image.property(name)?.value.length;
          if (size === undefined || size === (cells ?? 0) * 4) continue;
          const said = cells === undefined ? 'the root has no #address-cells' : `#address-cells is ${cells}`;
          yield { path: `${image.path}:${name}`, found: `it has ${size} bytes, ${said}` };
        }
      }
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

/** Memory that an image takes, end exclusive. */
interface LoadRange {
  readonly path: string;
  readonly start: bigint;
  /** At least: of an image that the loader decompresses, where its compressed bytes would end. */
  readonly end: bigint;
  readonly compressed: boolean;
}

interface Layout {
  readonly configuration: FitNode;
  /** In order of their addresses. */
  readonly ranges: readonly LoadRange[];
}

function* layoutsOf({ fit, configurations }: LintInput): Generator<Layout> {
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

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const show = ({ path, start, end }: LoadRange): string => `${path} (${hex(start)} to ${hex(end)})`;
