import { buildCommand } from '@stricli/core';
import { findNode, findProperty, readBlob } from '../../devicetree/index.ts';
import { guessKind, printValue } from '../../devicetree/internal.ts';
import { Fault, inside } from '../../fault.ts';
import { readFile } from '../../file/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';
import { jsonNode, jsonProperty } from './json.ts';

const flagTable = { json: jsonFlag } as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright dts get BLOB PATH [PROPERTY]`: one value, or what a node holds. */
export const command = buildCommand<Flags, [string, string, string?], Context>({
  docs: {
    brief: 'Shows a property or a node of a blob',
    fullDescription: [
      'Names in the path must be complete, including the unit address.',
      '',
      'Example: bootwright dts get board.dtb /chosen bootargs',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { brief: 'the blob', placeholder: 'BLOB', parse: String },
        { brief: 'path of the node', placeholder: 'PATH', parse: String },
        {
          brief: 'name of the property; without it the node is shown',
          placeholder: 'PROPERTY',
          parse: String,
          optional: true,
        },
      ],
    },
    flags: flagTable,
  },
  async func(flags, file, path, name) {
    const bytes = await readFile(file);
    const node = findNode(inside(file, () => readBlob(bytes)).root, path);
    if (node === undefined) throw new Fault('devicetree/missing', { path, offset: 0, what: 'node' });
    if (name === undefined) {
      if (flags.json) printJson(this, jsonNode(node));
      else print(this, ...node.properties.map((one) => one.name), ...node.children.map((child) => `${child.name} {}`));
      return;
    }
    const property = findProperty(node, name);
    if (property === undefined) {
      const offset = node.place?.start ?? 0;
      throw new Fault('devicetree/missing', { path: `${path}:${name}`, offset, what: 'property' });
    }
    const { value } = property;
    if (flags.json) printJson(this, jsonProperty(property));
    else if (value.length > 0) {
      print(this, printValue(value, [{ kind: guessKind(value, []), offset: 0, ref: '' }]).trim());
    }
  },
});
