import { concatBytes } from '../../src/binary/index.ts';
import { mutateBytes } from './mutate.ts';
import type { Random } from './random.ts';

/** An element of DER as it is edited: its tag, and what is in it. */
interface Element {
  tag: number;
  content: Uint8Array | Element[];
}

/**
 * DER as an attacker would alter it, lengths made right again: elements go, come twice, change places, tags or content.
 * What is no DER to begin with has its bytes changed.
 */
export function mutateDer(input: Uint8Array, random: Random): Uint8Array {
  const root = random.chance(4) ? undefined : parse(input);
  if (root === undefined) return mutateBytes(input, random);
  for (let count = 1 + random.below(3); count > 0; count--) change(root, random);
  const output = concatBytes(root.map(write));
  return random.chance(10) ? mutateBytes(output, random) : output;
}

function change(root: Element[], random: Random): void {
  const lists = listsOf(root);
  const list = random.pick(lists) ?? root;
  const at = random.below(list.length);
  const element = list[at];
  if (element === undefined) return;
  switch (random.below(7)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(at, 0, copy(element));
      break;
    case 2: {
      const other = random.pick(random.pick(lists) ?? root);
      if (other !== undefined) list.splice(at, 1, copy(other));
      break;
    }
    case 3:
      list.splice(random.below(list.length), 0, ...list.splice(at, 1));
      break;
    case 4:
      element.tag = random.pick([
        0x01,
        0x02,
        0x03,
        0x04,
        0x05,
        0x06,
        0x0a,
        0x0c,
        0x30,
        0x31,
        0xa0,
        0xa1,
        0xa3,
        element.tag ^ 0x20,
      ]);
      break;
    case 5:
      if (element.content instanceof Uint8Array) element.content = mutateBytes(element.content, random);
      break;
    case 6:
      list.splice(at, 0, { tag: random.pick([0x02, 0x04, 0x05, 0x30, 0xa1]), content: random.bytes(random.below(4)) });
      break;
  }
}

const listsOf = (list: Element[]): Element[][] => [
  list,
  ...list.flatMap(({ content }) => (content instanceof Uint8Array ? [] : listsOf(content))),
];

function copy({ tag, content }: Element): Element {
  return { tag, content: content instanceof Uint8Array ? content.slice() : content.map(copy) };
}

/** Elements that fill the input; OCTET and BIT STRINGs that hold DER are taken apart too. */
function parse(input: Uint8Array, depth = 0): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < input.length; ) {
    const tag = input[at] ?? 0;
    const first = input[at + 1] ?? 0xff;
    const bytes = first < 0x80 ? 0 : first & 0x7f;
    if (bytes > 4 || first === 0x80) return undefined;
    let length = first;
    if (bytes > 0) length = input.subarray(at + 2, at + 2 + bytes).reduce((sum, byte) => 256 * sum + byte, 0);
    const start = at + 2 + bytes;
    const content = input.subarray(start, start + length);
    if (content.length < length) return undefined;
    const inside = (tag & 0x20) !== 0 || tag === 0x04 ? depth < 20 && parse(content, depth + 1) : undefined;
    elements.push({ tag, content: inside || content.slice() });
    at = start + length;
  }
  return elements;
}

function write({ tag, content }: Element): Uint8Array {
  const inside = content instanceof Uint8Array ? content : concatBytes(content.map(write));
  const size = inside.length;
  const length =
    size < 0x80
      ? [size]
      : size < 0x100
        ? [0x81, size]
        : size < 0x1_0000
          ? [0x82, size >> 8, size & 0xff]
          : [0x83, size >> 16, (size >> 8) & 0xff, size & 0xff];
  return concatBytes([Uint8Array.of(tag, ...length), inside]);
}
