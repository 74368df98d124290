import { utf8Text, viewOf } from '../../binary/index.ts';
import { MAGIC, readBlob } from '../../devicetree/index.ts';
import { Fault, inside, isFault } from '../../fault.ts';
import { isAbsent, readFile } from '../../file/index.ts';
import { knownImages, readFip, resolveImage, startsFip } from '../../fip/index.ts';
import { readTrust, type TrustedKeys } from '../../fit/index.ts';
import { isToken } from '../../pki/files.node.ts';
import { controlTreeOf, readUBoot, type UBootBinary } from '../../uboot/index.ts';
import { kindOf, placeOf } from '../../uboot/internal.ts';
import { cliMessage } from '../messages.ts';

/** A control device tree, by itself, in the U-Boot binary that reads it, or in a FIP with that binary. */
export interface ControlFile {
  /** The file, and the image of the FIP. */
  readonly name: string;
  readonly tree: Uint8Array;
  readonly trust: TrustedKeys;
  /** The binary that it lies in. */
  readonly loader: UBootBinary | undefined;
}

/**
 * The control tree that an option names: a device tree, a U-Boot binary that carries one, or a FIP whose `nt-fw` does;
 * `undefined` where the file is none of them, and so may be a key. Faults as `readTrust`, `controlTreeOf` and `readFip`,
 * the file's name in front; `cli/usage` where it is an image tree.
 */
export async function readControlFile(file: string): Promise<ControlFile | undefined> {
  if (isToken(file)) return undefined;
  const bytes = await readIfThere(file);
  if (bytes === undefined) return undefined;
  if (!startsFip(bytes)) return readControl(file, bytes);
  return readControl(
    `${file}, ${LOADER}`,
    inside(file, () => loaderIn(bytes)),
  );
}

function readControl(name: string, bytes: Uint8Array): ControlFile | undefined {
  const isTree = bytes.byteLength >= 4 && viewOf(bytes).getUint32(0) === MAGIC;
  if (isTree) return { name, tree: bytes, trust: inside(name, () => trustOfTree(name, bytes)), loader: undefined };
  if (isText(bytes)) return undefined;
  const loader = inside(name, () => readUBoot(bytes));
  if (loader.trees.length === 0 && loader.versions.length === 0) return undefined;
  const tree = inside(name, () => controlTreeOf(bytes, loader.control));
  return { name, tree, trust: inside(name, () => readTrust(tree)), loader };
}

/** What a FIP calls the boot loader of the normal world. */
const LOADER = 'nt-fw';

function loaderIn(fip: Uint8Array): Uint8Array {
  const found = readFip(fip).images.find(({ uuid }) => uuid === resolveImage(knownImages, LOADER));
  if (found !== undefined) return found.data;
  throw new Fault('fip/missing', { image: LOADER });
}

/** An image tree has no keys that require anything, and would look like a control tree that trusts everybody. */
function trustOfTree(name: string, tree: Uint8Array): TrustedKeys {
  const trust = readTrust(tree);
  if (kindOf(readBlob(tree)) !== 'images') return trust;
  const reason = cliMessage('cli/image-tree-as-key', { name });
  throw new Fault('cli/usage', { reason });
}

/** Text may tell of a release of U-Boot, and is no U-Boot. */
const isText = (bytes: Uint8Array): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells data from text
  !/[\u0000-\u0008\u000e-\u001f]/.test(utf8Text(bytes.subarray(0, 2048)));

/** A boot loader has some megabytes, and the flash that it lies in not many more. */
const MAX_LOADER_BYTES = 1 << 28;

/** A file that is not there is the key reader's to complain of. */
async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file, MAX_LOADER_BYTES);
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
