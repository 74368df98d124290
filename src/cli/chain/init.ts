import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildCommand } from '@stricli/core';
import { draftManifest, manifestJsonSchema, SCHEMA_NAME } from '../../boot/index.ts';
import { Fault } from '../../fault.ts';
import { reasonOf, writeFile } from '../../file/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';

/** Files are looked for this deep; build trees go on for ever. */
const MAX_DEPTH = 3;
const MAX_FILES = 10_000;

const flagTable = { json: jsonFlag } as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright init`: a manifest for what a folder holds. */
export const route = buildCommand<Flags, [string?], Context>({
  docs: {
    brief: 'Writes a commented chain.yaml for the files in a folder',
    fullDescription: [
      'Looks for boot loaders, kernel, device trees, root file system and keys by their usual names, and lists those that it',
      `did not find. An existing chain.yaml is never replaced. ${SCHEMA_NAME}, which editors use to complete and`,
      'check the manifest, is written next to it.',
      '',
      'Example: bootwright init build/images',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'folder to search [default: .]', placeholder: 'DIR', parse: String, optional: true }],
    },
    flags: flagTable,
  },
  async func({ json }, folder = '.') {
    const files = await listFiles(folder);
    const manifest = join(folder, 'chain.yaml');
    const text = draftManifest(files);
    await writeFile(manifest, text, { exclusive: true });
    const schema = join(folder, SCHEMA_NAME);
    await writeFile(schema, `${JSON.stringify(manifestJsonSchema, undefined, 2)}\n`);
    const missing = text
      .split('\n')
      .filter((line) => line.includes('# not found here'))
      .map((line) => line.trim());
    if (json) return printJson(this, { manifest, schema, files: files.length, missing });
    print(this, `wrote ${manifest}`, `wrote ${schema}`, ...missing);
  },
});

async function listFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (found.length >= MAX_FILES || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const inner = join(path, entry.name);
      if (entry.isDirectory() && depth < MAX_DEPTH) await visit(inner, depth + 1);
      if (entry.isFile()) found.push(relative(folder, inner));
    }
  };
  try {
    await visit(folder, 1);
  } catch (cause) {
    throw new Fault('file/read', { file: folder, reason: reasonOf(cause) }, { cause });
  }
  return found;
}
