import { MAGIC } from '../devicetree/index.ts';
import { inside, isFault } from '../fault.ts';
import { readFile } from '../file/index.ts';
import { readTrust, type Trust } from '../fit/index.ts';
import { controlTreeOf, placeOf, readUBoot, type UBootBinary } from '../uboot/index.ts';
import { isAbsent } from './key-file.ts';
import { isToken } from './open-signer.ts';

/** A control device tree, by itself or in the U-Boot binary that reads it. */
export interface ControlFile {
  readonly tree: Uint8Array;
  readonly trust: Trust;
  /** The binary that it lies in. */
  readonly loader: UBootBinary | undefined;
}

/**
 * The control tree that an option names: a device tree, or a U-Boot binary that carries one; `undefined` where the file
 * is neither, and so may be a key. Faults as `readTrust` and `controlTreeOf`, the file's name in front.
 */
export async function readControlFile(file: string): Promise<ControlFile | undefined> {
  if (isToken(file)) return undefined;
  const bytes = await readIfThere(file);
  if (bytes === undefined) return undefined;
  const isTree = bytes.byteLength >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === MAGIC;
  const loader = isTree ? undefined : inside(file, () => readUBoot(bytes));
  if (loader !== undefined && loader.trees.length === 0 && loader.versions.length === 0) return undefined;
  const tree = loader === undefined ? bytes : inside(file, () => controlTreeOf(bytes, loader.control));
  return { tree, trust: inside(file, () => readTrust(tree)), loader };
}

/** A file that is not there is the key reader's to complain of. */
async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isFault(error, 'file/read') && isAbsent(error)) return undefined;
    throw error;
  }
}

/** Which tree of a binary was read, and why that one: one line. */
export function describePlace(loader: UBootBinary): string {
  if (loader.control.kind !== 'found') return 'no control device tree';
  const { tree, by } = loader.control;
  const at = `control device tree at 0x${tree.offset.toString(16)}`;
  if (by === 'only one') return `${at}, the only one in it; where the code ends, the bytes do not tell`;
  return `${at}, ${placeOf(tree, loader)} (${loader.codeEnd?.from ?? ''})`;
}

/** The binary and its tree, for JSON. */
export function loaderData({ versions, control, codeEnd, capabilities }: UBootBinary) {
  const place =
    control.kind === 'found' ? { offset: control.tree.offset, size: control.tree.size, by: control.by } : {};
  return {
    versions,
    codeEnd: codeEnd ?? null,
    tree: place,
    capabilities: capabilities.map(({ id, option, answer, evidence }) => ({
      id,
      option,
      answer,
      evidence: evidence ?? null,
    })),
  };
}
