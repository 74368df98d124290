import { faultMessage, isFault, type Message, messageFrom } from '../fault.ts';
import { type CapabilityId, controlTreeOf, readUBoot, type UBootBinary } from '../uboot/index.ts';
import { placeOf } from '../uboot/internal.ts';
import type { ParseInside } from './fip.ts';
import { CONTROL_TREE, type Piece } from './inspection.ts';
import { inspectMessage } from './messages.ts';
import type { Scope } from './scope.ts';

/** A boot loader has a few MiB, an image of a whole flash some ten; what is larger is a file system. */
export const UBOOT_MAX_BYTES = 32 * 1024 * 1024;

/** A range as a U-Boot binary; `undefined` where neither its text nor a control tree in it makes it one. */
export function asUBoot(scope: Scope): UBootBinary | undefined {
  const { size } = scope.part;
  if (size === 0 || size > UBOOT_MAX_BYTES) return undefined;
  const binary = readUBoot(scope.some(0, size));
  return binary.versions.length > 0 || binary.control.kind !== 'none' ? binary : undefined;
}

/** A U-Boot binary: its code with what it says of itself, each device tree in it, which one U-Boot reads. */
export function inspectUBoot(
  scope: Scope,
  binary: UBootBinary,
  parseInside: ParseInside,
): { readonly piece: Piece; readonly summary: Message } {
  const { size } = scope.part;
  const children: Piece[] = [];
  let start = 0;
  for (const { offset, size: treeSize, within } of binary.trees) {
    if (within !== undefined) continue;
    if (offset > start) children.push(code(scope, start, offset, binary));
    children.push(tree(scope, offset, treeSize, binary, parseInside));
    start = Math.max(start, offset + treeSize);
  }
  if (start < size) children.push(code(scope, start, size, binary));
  findDangers(scope, binary);
  return {
    piece: scope.piece(scope.path || 'U-Boot', 0, size, {
      type: 'u-boot',
      doc: 'boot loader and the device trees in it',
      children,
    }),
    summary: summaryOf(binary),
  };
}

function summaryOf({ versions, trees, capabilities }: UBootBinary): Message {
  if (versions.length === 0)
    return inspectMessage('inspect/is-loader', { trees: trees.filter(({ within }) => within === undefined).length });
  const said = (id: CapabilityId): Message => {
    const answer = capabilities.find((one) => one.id === id)?.answer ?? 'cannot tell';
    return inspectMessage(
      answer === 'yes' ? 'inspect/answer-yes' : answer === 'no' ? 'inspect/answer-no' : 'inspect/answer-unknown',
    );
  };
  const names = versions.map(({ text }) => text).join(', ');
  return inspectMessage('inspect/is-u-boot', {
    versions: names,
    fitSignature: said('fit-signature'),
    rsa: said('rsa-verify'),
    ecdsa: said('ecdsa-verify'),
    legacy: said('legacy-image'),
  });
}

/** Bytes between trees, with the strings in them that prove something. */
function code(scope: Scope, start: number, end: number, { versions, capabilities }: UBootBinary): Piece {
  const isHere = (offset: number): boolean => offset >= start && offset < end;
  const texts = [
    ...versions.map(({ text, offset }) => ({ name: 'version', doc: 'as U-Boot prints it', text, offset })),
    ...capabilities.flatMap(({ id, does, evidence }) =>
      evidence === undefined ? [] : [{ name: id, doc: does, text: evidence.text, offset: evidence.offset }],
    ),
  ].filter(({ offset }) => isHere(offset));
  const children = texts
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ name, doc, text, offset }) => scope.piece(name, offset, text.length, { type: 'text', doc, value: text }));
  const value = versions.some(({ offset }) => isHere(offset))
    ? capabilities
        .filter(({ answer }) => answer !== 'cannot tell')
        .map(({ id, answer }) => `${id} ${answer}`)
        .join(', ')
    : '';
  return scope.piece(children.length === 0 ? 'bytes' : 'code', start, end - start, { type: 'code', value, children });
}

function tree(scope: Scope, offset: number, size: number, binary: UBootBinary, parseInside: ParseInside): Piece {
  const found = binary.trees.find((one) => one.offset === offset && one.within === undefined);
  const { control } = binary;
  const isControl = control.kind === 'found' && control.tree.offset === offset;
  const name = isControl ? CONTROL_TREE : 'device tree';
  const inner = scope.inner(name, offset, size);
  // The data of an image tree may lie outside of it, and so outside of this range.
  const isWhole = found !== undefined && found.kind !== 'damaged' && found.kind !== 'images';
  const inside = isWhole ? parseInside(inner) : undefined;
  const place = found === undefined ? '' : placeOf(found, binary);
  const doc = isControl
    ? inspectMessage('inspect/control-tree-doc', { by: control.by })
    : inspectMessage('inspect/tree-doc', { kind: found?.kind ?? '', place });
  return inside === undefined ? inner.piece(name, 0, size, { type: 'bytes', doc }) : { ...inside, name, doc };
}

function findDangers(scope: Scope, binary: UBootBinary): void {
  const { control, capabilities } = binary;
  const answer = (id: CapabilityId): string | undefined => capabilities.find((one) => one.id === id)?.answer;
  const cannot = answer('fit') === 'no' || answer('fit-signature') === 'no';
  if (cannot) {
    scope.find({
      level: 'error',
      code: 'inspect/loader-cannot-verify',
      message: inspectMessage('inspect/found-loader-cannot-verify'),
      remedy: inspectMessage('inspect/remedy-loader-cannot-verify'),
    });
  } else if (answer('legacy-image') === 'yes') {
    scope.find({
      level: 'warning',
      code: 'inspect/loader-legacy-images',
      message: inspectMessage('inspect/found-loader-legacy-images'),
      remedy: inspectMessage('inspect/remedy-loader-legacy-images'),
    });
  }
  if (control.kind === 'none') {
    scope.find({
      level: 'note',
      code: 'uboot/no-tree',
      message: inspectMessage('inspect/found-no-control-tree', { reason: messageFrom(control.reason) }),
      remedy: inspectMessage('inspect/remedy-no-control-tree'),
    });
  }
  if (control.kind !== 'several' && control.kind !== 'damaged') return;
  try {
    controlTreeOf(new Uint8Array(0), control);
  } catch (error) {
    if (!isFault(error)) throw error;
    const { offset } = error.context as { readonly offset: number };
    const remedy = inspectMessage(
      control.kind === 'several' ? 'inspect/remedy-two-trees' : 'inspect/remedy-devicetree-structure',
    );
    scope.find({ level: 'error', code: error.code, offset, message: faultMessage(error), remedy });
  }
}
