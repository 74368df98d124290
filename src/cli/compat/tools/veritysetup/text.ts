import { hexText } from '../../../../binary/index.ts';
import { type Fault, isFault } from '../../../../fault.ts';
import { statOf } from '../../../../file/index.ts';
import { type Geometry, printUuid, type VerityParameters } from '../../../../verity/index.ts';

/** What the header shows. */
export interface Header {
  readonly path: string;
  readonly parameters: VerityParameters;
  readonly geometry: Geometry;
  readonly uuid: Uint8Array | undefined;
  /** Bytes from the start of the hash device to the end of the tree. */
  readonly hashEnd: number;
  readonly rootHash?: string;
  readonly fec?:
    | { readonly roots: number; readonly blocks: number; readonly offset: number; readonly size: number }
    | undefined;
}

/** The original's header, line for line: a label, a tab, a value. */
export function headerText({ path, parameters, geometry, uuid, hashEnd, rootHash, fec }: Header): string {
  const { format, dataBlocks, dataBlockSize, hashBlockSize, algorithm, salt } = parameters;
  const row = (label: string, value: string | number): string => `${`${label}:`.padEnd(17)}\t${value}`;
  // Some labels of the original are padded by one less.
  const narrow = (label: string, value: string | number): string => `${`${label}:`.padEnd(16)}\t${value}`;
  return [
    `VERITY header information for ${path}`,
    row('UUID', uuid === undefined ? '' : printUuid(uuid)),
    row('Hash type', format),
    row('Data blocks', dataBlocks),
    row('Data block size', dataBlockSize),
    row('Hash blocks', geometry.treeBlocks),
    row('Hash block size', hashBlockSize),
    row('Hash algorithm', algorithm),
    ...(fec === undefined ? [] : [narrow('FEC RS roots', fec.roots), narrow('FEC blocks', fec.blocks)]),
    row('Salt', hexText(salt) || '-'),
    ...(rootHash === undefined ? [] : [narrow('Root hash', rootHash)]),
    `Hash device size: \t${hashEnd} [bytes]`,
    // The original tells this size only where the parity starts its device.
    ...(fec === undefined || fec.offset > 0 ? [] : [`FEC device size: \t${fec.size} [bytes]`]),
    '',
  ].join('\n');
}

/** The original's words and exit code for a fault, where it has any; `undefined` text means ours. */
export function textOfFault(error: unknown): { readonly status: number; readonly text: string | undefined } {
  if (isFault(error, 'file/read') || isFault(error, 'file/write')) {
    const { file } = error.context;
    return {
      status: 4,
      text: `Device ${file} ${isOther(file) ? 'is not compatible' : 'does not exist or access denied'}.`,
    };
  }
  if (isFault(error, 'verity/overlap')) return { status: 1, text: overlapText(error) };
  if (isFault(error, 'verity/root-hash-text')) return { status: 1, text: 'Invalid root hash string specified.' };
  if (isFault(error, 'verity/parameter')) return { status: 1, text: PARAMETERS[error.context.name] };
  return { status: 1, text: undefined };
}

/** Whether something is there that is neither a file nor a block device. */
function isOther(path: string): boolean {
  const stats = statOf(path);
  return stats !== undefined && !stats.isFile() && !stats.isBlockDevice();
}

/** The original does not look whether the file of the root hash is another one. */
function overlapText({ context: { first, second } }: Fault<'verity/overlap'>): string | undefined {
  if (first === 'root hash' || second === 'root hash') return undefined;
  return second === 'hash' ? 'Data area overlaps with hash area.' : `${capital(first)} area overlaps with FEC area.`;
}

const PARAMETERS: Readonly<Record<string, string>> = {
  dataBlockSize: 'Unsupported VERITY block size.',
  hashBlockSize: 'Unsupported VERITY block size.',
  hashOffset: 'Unsupported VERITY hash offset.',
  fecOffset: 'Unsupported VERITY FEC offset.',
  fecRoots: 'Invalid number of parity bytes.',
};

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
