import { buildCommand } from '@stricli/core';
import { concatBytes, parseHex } from '../../binary/index.ts';
import { Editor, encodeValue } from '../../devicetree/index.ts';
import { Fault, inside } from '../../fault.ts';
import { readFile, writeFile } from '../../file/index.ts';
import { cliMessage } from '../messages.ts';
import { type Context, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, toggle } from '../shared/flags.ts';
import { outFlag } from './flags.ts';

type Kind = 'text' | 'cells' | 'u64' | 'bytes';

const flagTable = {
  out: { ...outFlag, optional: true, brief: 'Output file; without it the input is replaced' },
  type: { kind: 'enum', values: ['text', 'cells', 'u64', 'bytes'], default: 'text', brief: 'Type of the values' },
  create: toggle('Create the node if it does not exist'),
  remove: toggle('Remove the property'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright dts set BLOB PATH PROPERTY VALUE…`: changes one property of a blob. */
export const command = buildCommand<Flags, string[], Context>({
  docs: {
    brief: 'Sets or removes a property of a blob',
    fullDescription: [
      'Edits in place as libfdt does: everything else in the blob keeps its bytes. Values of --type cells and u64 are decimal',
      'or hexadecimal with 0x, values of bytes are hexadecimal. A number that does not fit is refused.',
      '',
      'Example: bootwright dts set board.dtb /chosen bootargs "console=ttyS0" --create',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 3,
      parameter: {
        brief: 'blob, path of the node, name of the property, values',
        placeholder: 'ARGUMENT',
        parse: String,
      },
    },
    flags: flagTable,
    aliases: { o: 'out', t: 'type' },
  },
  async func(flags, file, path, name, ...values) {
    const bytes = await readFile(file);
    const edit = inside(file, () => new Editor(bytes));
    const node = flags.create ? makeNodes(edit, path) : edit.get(path);
    if (!flags.remove) edit.setProperty(node, name, concatBytes(values.map((value) => encode(value, flags.type))));
    else if (values.length > 0) throw new Fault('cli/usage', { reason: cliMessage('cli/no-values-with-remove') });
    else if (!edit.deleteProperty(node, name)) {
      throw new Fault('devicetree/missing', { path: `${path}:${name}`, offset: 0, what: 'property' });
    }
    edit.pack();
    await writeFile(flags.out ?? file, edit.bytes());
    if (flags.json) printJson(this, { file: flags.out ?? file, size: edit.totalSize, path, property: name });
  },
});

function makeNodes(edit: Editor, path: string): Editor['root'] {
  let node = edit.root;
  for (const name of path.split('/')) if (name !== '') node = node.child(name) ?? edit.addNode(node, name);
  return node;
}

function encode(text: string, kind: Kind): Uint8Array {
  switch (kind) {
    case 'text':
      return encodeValue(text);
    case 'cells':
      return encodeValue(Number(parseInteger(text, 32n)));
    case 'u64':
      return encodeValue(parseInteger(text, 64n));
    case 'bytes': {
      const bytes = parseHex(text);
      if (bytes === undefined)
        throw new Fault('cli/usage', { reason: cliMessage('cli/not-bytes', { text: JSON.stringify(text) }) });
      return bytes;
    }
  }
}

function parseInteger(text: string, bits: bigint): bigint {
  if (/^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text)) {
    const value = BigInt(text);
    if (value >> bits === 0n) return value;
  }
  throw new Fault('cli/usage', {
    reason: cliMessage('cli/not-a-number', { text: JSON.stringify(text), bits: String(bits) }),
  });
}
