import { concatBytes } from '../../../binary/index.ts';
import { type Editor, encodeValue, lookUp, type NodeItem } from '../../../devicetree/index.ts';
import { libfdtName, openBlob, parseType, readBlobFile, type ValueType } from '../fdt-file.ts';
import type { CompatIo } from '../io.ts';
import { writeOutput } from '../output.ts';
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
  name: 'fdtput',
  synopsis:
    'write a property value to a device tree\n' +
    '\tfdtput <options> <dt file> <node> <property> [<value>...]\n' +
    '\tfdtput -c <options> <dt file> [<node>...]\n' +
    '\tfdtput -r <options> <dt file> [<node>...]\n' +
    '\tfdtput -d <options> <dt file> <node> [<property>...]\n\n' +
    `The command line arguments are joined together into a single value.\n${TYPE_HELP.trimEnd()}`,
  letters: 'crdpt:vhV',
  options: [
    { letter: 'c', name: 'create', help: "Create nodes if they don't already exist" },
    { letter: 'r', name: 'remove', help: 'Delete nodes (and any subnodes) if they already exist' },
    { letter: 'd', name: 'delete', help: 'Delete properties if they already exist' },
    { letter: 'p', name: 'auto-path', help: 'Automatically create nodes as needed for the node path' },
    { letter: 't', name: 'type', takesValue: true, help: 'Type of data' },
    { letter: 'v', name: 'verbose', help: 'Display each value decoded from command line' },
    ...commonOptions,
  ],
};

interface Settings {
  operation: 'set' | 'create' | 'remove' | 'delete';
  type: ValueType;
  autoPath: boolean;
  verbose: boolean;
}

/** `bootwright as fdtput`. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    const { options, operands } = parseToolOptions(tool, args, io);
    const settings: Settings = {
      operation: 'set',
      type: { kind: undefined, size: undefined },
      autoPath: false,
      verbose: false,
    };
    for (const { letter, value } of options) {
      commonOption(tool, letter, io);
      if (letter === 'c') settings.operation = 'create';
      if (letter === 'r') settings.operation = 'remove';
      if (letter === 'd') settings.operation = 'delete';
      if (letter === 'p') settings.autoPath = true;
      if (letter === 't') settings.type = parseType(value, tool, 'Invalid type string');
      if (settings.type.kind === 'r') throw usageError(tool, 'Unsupported raw data type');
      if (letter === 'v') settings.verbose = true;
    }
    const [file, ...rest] = operands;
    if (file === undefined) throw usageError(tool, 'missing filename');
    if ((settings.operation === 'set' || settings.operation === 'delete') && rest.length < 1) {
      throw usageError(tool, 'missing node');
    }
    if (settings.operation === 'set' && rest.length < 2) throw usageError(tool, 'missing property');
    const edit = openBlob(await readBlobFile(file, io), rest[0] ?? '/');
    change(edit, settings, rest, io);
    edit.pack();
    await writeOutput(file, edit.bytes(), io);
    return 0;
  });
}

function change(edit: Editor, settings: Settings, rest: readonly string[], io: CompatIo): void {
  const [path = '', ...more] = rest;
  switch (settings.operation) {
    case 'set': {
      if (settings.autoPath) createPath(edit, path);
      const value = encode(more.slice(1), settings, io);
      edit.setProperty(find(edit, path), more[0]!, value);
      return;
    }
    case 'create':
      for (const one of rest) {
        if (settings.autoPath) createPath(edit, one);
        else createNode(edit, one);
      }
      return;
    case 'remove':
      for (const one of rest) edit.deleteNode(find(edit, one));
      return;
    case 'delete':
      for (const name of more) if (!edit.deleteProperty(find(edit, path), name)) throw failed(path, 'FDT_ERR_NOTFOUND');
  }
}

function encode(values: readonly string[], { type, verbose }: Settings, io: CompatIo): Uint8Array {
  const tell = (text: string): void => {
    if (verbose) io.stderr.write(text);
  };
  tell('Decoding value:\n');
  const parts = values.map((text) => {
    if (type.kind === 's') {
      tell(`\tstring: '${text}'\n`);
      return encodeValue(text);
    }
    const number = parseAs(text, type.kind);
    const size = type.size ?? 4;
    tell(`\t${size === 1 ? 'byte' : size === 2 ? 'short' : 'int'}: ${number | 0}\n`);
    if (size === 4) return encodeValue(number >>> 0);
    return size === 2 ? Uint8Array.of((number >> 8) & 0xff, number & 0xff) : Uint8Array.of(number & 0xff);
  });
  const value = concatBytes(parts);
  tell(`Value size ${value.length}\n`);
  return value;
}

/** A number as scanf reads it: hexadecimal for `x`, any base for `i`, else decimal; what is no number is refused. */
function parseAs(text: string, kind: ValueType['kind']): number {
  const patterns = { x: /^[+-]?(?:0[xX])?[0-9a-fA-F]+/, i: /^[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)/, d: /^[+-]?[0-9]+/ };
  const digits = patterns[kind === 'x' || kind === 'i' ? kind : 'd'].exec(text)?.[0];
  if (digits === undefined) throw new ToolExit(1, `Error at '${text}': not a number\n`);
  const magnitude = digits.replace(/^[+-]/, '');
  const octal = kind === 'i' && /^0[0-7]+$/.test(magnitude);
  const base = kind === 'x' || /^0[xX]/.test(magnitude) ? 16 : octal ? 8 : 10;
  const value = Number.parseInt(magnitude.replace(/^0[xX]/, ''), base);
  return digits.startsWith('-') ? -value : value;
}

function createPath(edit: Editor, path: string): void {
  let node = edit.root;
  for (const name of path.split('/')) {
    if (name !== '') node = node.childLoosely(name) ?? edit.addNode(node, name);
  }
}

function createNode(edit: Editor, path: string): void {
  const slash = path.lastIndexOf('/');
  if (slash < 0) throw failed(path, 'FDT_ERR_BADPATH');
  const parent = slash === 0 ? edit.root : find(edit, path.slice(0, slash));
  const name = path.slice(slash + 1);
  try {
    edit.addNode(parent, name);
  } catch (error) {
    throw failed(name, libfdtName(error));
  }
}

function find(edit: Editor, path: string): NodeItem {
  const node = lookUp(edit.root, path);
  if (node === 'bad-path') throw failed(path, 'FDT_ERR_BADPATH');
  if (node === undefined) throw failed(path, 'FDT_ERR_NOTFOUND');
  return node;
}

const failed = (where: string, name: string): ToolExit => new ToolExit(1, `Error at '${where}': ${name}\n`);
