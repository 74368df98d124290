import { viewOf } from '../../binary/index.ts';
import { Fault, type Message } from '../../fault.ts';
import { latin1 } from '../latin1.ts';
import { deviceTreeMessage } from '../messages.ts';
import type { DeviceTree } from '../tree.ts';
import { isValueKind, type LiveNode, type LiveProperty, type Marker, type ValueKind } from './live.ts';

const WIDTH = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

/**
 * Prints a compiled source as YAML, the form that schema validators of device trees read: every value a list of its
 * parts, texts as texts, cells as lists of numbers, tagged where they are not of 32 bits, and phandles tagged. Types come
 * from the source; what it gives none, such as the bytes of an included file, is left out, as dtc does. Lines break where
 * libyaml, which dtc writes with, breaks them.
 *
 * @returns ASCII text
 * @throws Fault `devicetree/value` where a value is not what the source says, or a text is not ASCII
 */
export function printYaml({ root }: Pick<DeviceTree, 'root'> & { readonly root: LiveNode }): string {
  const writer = new YamlWriter();
  writer.text('---\n-');
  printNode(root, 2, 'same line', writer);
  writer.text('\n...\n');
  return writer.output;
}

/** A mapping, which starts on the line of the `-` or `:` before it or on one of its own. */
function printNode(node: LiveNode, indent: number, start: 'same line' | 'new line', writer: YamlWriter): void {
  if (node.properties.length + node.children.length === 0) {
    writer.text(' {}');
    return;
  }
  let sameLine = start === 'same line';
  const key = (name: string): boolean => {
    writer.text(sameLine ? ' ' : `\n${' '.repeat(indent)}`);
    sameLine = false;
    const long = name.length > MAX_SIMPLE_KEY;
    writer.text(long ? `? ${keyText(name)}\n${' '.repeat(indent)}:` : `${keyText(name)}:`);
    return long;
  };
  for (const property of node.properties) {
    key(property.name);
    printProperty(node, property, indent, writer);
  }
  for (const child of node.children) {
    const long = key(child.name);
    printNode(child, indent + 2, long ? 'same line' : 'new line', writer);
  }
}

function printProperty(
  node: LiveNode,
  { name, value, markers }: LiveProperty,
  indent: number,
  writer: YamlWriter,
): void {
  const wrong = (reason: Message): Fault =>
    new Fault('devicetree/value', { path: `${node.path}:${name}`, offset: 0, reason });
  if (value.byteLength === 0) {
    writer.text(' true');
    return;
  }
  const types = markers.filter((marker): marker is Marker & { kind: ValueKind } => isValueKind(marker.kind));
  const phandles = new Set(markers.filter(({ kind }) => kind === 'phandle').map(({ offset }) => offset));
  writer.text(' [');
  let separator = '';
  for (const [i, { kind, offset }] of types.entries()) {
    const end = types[i + 1]?.offset ?? value.byteLength;
    if (end === offset) continue;
    writer.item(separator, indent + 2);
    separator = ',';
    const part = value.subarray(offset, end);
    if (kind === 'string') {
      if (part.at(-1) !== 0 || part.some((byte) => byte >= 0x80))
        throw wrong(deviceTreeMessage('devicetree/not-ascii'));
      writer.quoted(latin1(part.subarray(0, -1)), indent + 2);
    } else {
      if (part.byteLength % WIDTH[kind] !== 0)
        throw wrong(deviceTreeMessage('devicetree/not-whole', { bits: kind.slice(1) }));
      printNumbers(part, kind, (at) => phandles.has(offset + at), indent + 4, writer);
    }
  }
  writer.text(']');
}

function printNumbers(
  part: Uint8Array,
  kind: Exclude<ValueKind, 'string'>,
  isPhandle: (at: number) => boolean,
  indent: number,
  writer: YamlWriter,
): void {
  const view = viewOf(part);
  writer.token(kind === 'u32' ? '[' : `!${kind} [`);
  for (let at = 0; at < part.byteLength; at += WIDTH[kind]) {
    writer.item(at === 0 ? '' : ',', indent);
    const number = {
      u8: () => view.getUint8(at),
      u16: () => view.getUint16(at),
      u32: () => view.getUint32(at),
      u64: () => view.getBigUint64(at),
    }[kind]();
    writer.token(`${kind === 'u32' && isPhandle(at) ? '!phandle ' : ''}0x${number.toString(16)}`);
  }
  writer.text(']');
}

/** Columns after which libyaml starts a new line at the next chance. */
const BEST_WIDTH = 80;
/** Characters of a key that may stand before its `:` on one line. */
const MAX_SIMPLE_KEY = 128;

class YamlWriter {
  output = '';
  #column = 0;
  #last = '';

  text(text: string): void {
    this.output += text;
    this.#last = text.at(-1) ?? this.#last;
    const newline = text.lastIndexOf('\n');
    this.#column = newline < 0 ? this.#column + text.length : text.length - newline - 1;
  }

  /** Comes before an item of a list: its comma, and a new line where the one so far is long. */
  item(separator: string, indent: number): void {
    this.text(separator);
    if (this.#column > BEST_WIDTH) this.#newLine(indent);
  }

  /** A word, after a blank unless it stands at the start of a list or line. */
  token(text: string): void {
    this.text(/[[ \n]/.test(this.#last) ? text : ` ${text}`);
  }

  /** A text in double quotes; where a line is long, a blank within becomes its end. */
  quoted(text: string, indent: number): void {
    this.token('"');
    let afterBlank = false;
    for (let i = 0; i < text.length; i++) {
      const character = text[i]!;
      const breaks = character === ' ' && !afterBlank && i > 0 && i < text.length - 1 && this.#column > BEST_WIDTH;
      if (breaks) {
        this.#newLine(indent);
        if (text[i + 1] === ' ') this.text('\\');
      } else {
        this.text(escaped(character));
      }
      afterBlank = character === ' ';
    }
    this.text('"');
  }

  #newLine(indent: number): void {
    this.text(`\n${' '.repeat(indent)}`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
};

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (character >= ' ' && character <= '~') return character;
  return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** A name of a node or property, in single quotes where YAML would read it as something else. */
function keyText(name: string): string {
  const plain = /^[A-Za-z0-9_./+?-][A-Za-z0-9_.,/+?#@-]*$/.test(name) && !/^([?-]$|---|\.\.\.)/.test(name);
  return plain ? name : `'${name.replaceAll("'", "''")}'`;
}
