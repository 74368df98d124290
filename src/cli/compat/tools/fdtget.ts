import { viewOf } from '../../../binary/index.ts';
import { lookUp, type NodeItem } from '../../../devicetree/index.ts';
import { latin1, latin1Bytes } from '../../../devicetree/internal.ts';
import { openBlob, parseType, readBlobFile, type ValueType } from '../fdt-file.ts';
import type { CompatIo } from '../io.ts';
import {
  commonOption,
  commonOptions,
  parseToolOptions,
  runTool,
  type Tool,
  ToolExit,
  TYPE_HELP,
  usageError,
} from '../tool.ts';

const tool: Tool = {
  name: 'fdtget',
  synopsis:
    'read values from device tree\n' +
    '\tfdtget <options> <dt file> [<node> <property>]...\n' +
    '\tfdtget -p <options> <dt file> [<node> ]...\n\n' +
    `Each value is printed on a new line.\n${TYPE_HELP.trimEnd()}`,
  letters: 't:pld:hV',
  options: [
    { letter: 't', name: 'type', takesValue: true, help: 'Type of data' },
    { letter: 'p', name: 'properties', help: 'List properties for each node' },
    { letter: 'l', name: 'list', help: 'List subnodes for each node' },
    { letter: 'd', name: 'default', takesValue: true, help: 'Default value to display when the property is missing' },
    ...commonOptions,
  ],
};

interface Settings {
  type: ValueType;
  mode: 'value' | 'properties' | 'children';
  fallback: string | undefined;
}

/** `bootwright as fdtget`. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    const { options, operands } = parseToolOptions(tool, args, io);
    const settings: Settings = { type: { kind: undefined, size: undefined }, mode: 'value', fallback: undefined };
    for (const { letter, value } of options) {
      commonOption(tool, letter, io);
      if (letter === 't') settings.type = parseType(value, tool, 'invalid type string');
      if (letter === 'p') settings.mode = 'properties';
      if (letter === 'l') settings.mode = 'children';
      if (letter === 'd') settings.fallback = value;
    }
    const [file, ...wanted] = operands;
    if (file === undefined) throw usageError(tool, 'missing filename');
    if (wanted.length === 0) return 0;
    if (settings.mode === 'value' && wanted.length % 2 !== 0) {
      throw usageError(tool, 'must have an even number of arguments');
    }
    const { root } = openBlob(await readBlobFile(file, io), wanted[0]!);
    const step = settings.mode === 'value' ? 2 : 1;
    for (let i = 0; i < wanted.length; i += step) show(root, wanted[i]!, wanted[i + 1], settings, io);
    return 0;
  });
}

function show(root: NodeItem, path: string, name: string | undefined, settings: Settings, io: CompatIo): void {
  const line = (text: string): void => io.stdout.write(latin1Bytes(`${text}\n`));
  const node = lookUp(root, path);
  if (node === undefined || node === 'bad-path') {
    if (settings.fallback === undefined) {
      throw new ToolExit(1, `Error at '${path}': FDT_ERR_${node === undefined ? 'NOTFOUND' : 'BADPATH'}\n`);
    }
    line(settings.fallback);
  } else if (settings.mode === 'properties') {
    for (const property of node.properties()) line(property.name);
  } else if (settings.mode === 'children') {
    for (const child of node.children()) line(child.name);
  } else {
    const property = node.property(name ?? '');
    if (property !== undefined) line(valueText(property.value, settings.type));
    else if (settings.fallback !== undefined) line(settings.fallback);
    else throw new ToolExit(1, `Error at '${name ?? ''}': FDT_ERR_NOTFOUND\n`);
  }
}

function valueText(value: Uint8Array, { kind, size: wanted }: ValueType): string {
  if (value.length === 0) return '';
  if (kind === 'r') return latin1(value);
  if (kind === 's' || (kind === undefined && isPrintable(value))) {
    if (value.at(-1) !== 0) throw new ToolExit(1, 'Unterminated string\n');
    return latin1(value.subarray(0, -1)).replaceAll('\0', ' ');
  }
  const size = wanted ?? (value.length % 4 === 0 ? 4 : 1);
  if (value.length % size !== 0) {
    throw new ToolExit(1, 'Property length must be a multiple of selected data size\n');
  }
  const view = viewOf(value);
  const numbers: string[] = [];
  for (let at = 0; at < value.length; at += size) {
    const number = size === 4 ? view.getUint32(at) : size === 2 ? view.getUint16(at) : view.getUint8(at);
    if (kind === 'x') numbers.push(number.toString(16));
    else numbers.push(String(kind === 'u' ? number : number | 0));
  }
  return numbers.join(' ');
}

/** Texts of printable characters, none of them empty. */
export function isPrintable(value: Uint8Array): boolean {
  if (value.length === 0 || value.at(-1) !== 0) return false;
  return latin1(value.subarray(0, -1))
    .split('\0')
    .every((text) => /^[\x20-\x7e]+$/.test(text));
}
