import { viewOf } from '../../../binary/index.ts';
import { applyOverlay, Editor } from '../../../devicetree/index.ts';
import { libfdtName, readBlobFile } from '../fdt-file.ts';
import type { CompatIo } from '../io.ts';
import { writeOutput } from '../output.ts';
import { commonOption, commonOptions, parseToolOptions, runTool, type Tool, ToolExit, usageError } from '../tool.ts';

const tool: Tool = {
  name: 'fdtoverlay',
  synopsis: 'apply a number of overlays to a base blob\n\tfdtoverlay <options> [<overlay.dtbo> [<overlay.dtbo>]]',
  letters: 'i:o:vhV',
  options: [
    { letter: 'i', name: 'input', takesValue: true, help: 'Input base DT blob' },
    { letter: 'o', name: 'output', takesValue: true, help: 'Output DT blob' },
    { letter: 'v', name: 'verbose', help: 'Verbose messages' },
    ...commonOptions,
  ],
};
/** Room that fdtoverlay gives a blob at first, and adds as long as it is too little. */
const ROOM = 65_536;

/** `bootwright as fdtoverlay`. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    const { options, operands } = parseToolOptions(tool, args, io);
    for (const { letter } of options) commonOption(tool, letter, io);
    const input = options.findLast(({ letter }) => letter === 'i')?.value;
    const output = options.findLast(({ letter }) => letter === 'o')?.value;
    if (input === undefined) throw usageError(tool, 'missing input file');
    if (output === undefined) throw usageError(tool, 'missing output file');
    if (operands.length === 0) throw usageError(tool, 'missing overlay file(s)');
    if (options.some(({ letter }) => letter === 'v')) {
      io.stdout.write(`input  = ${input}\noutput = ${output}\n`);
      for (const [i, name] of operands.entries()) io.stdout.write(`overlay[${i}] = ${name}\n`);
    }
    const edit = open(await read(input, 'Base blob', io), input);
    const overlays: Uint8Array[] = [];
    for (const name of operands) overlays.push(await read(name, `Overlay '${name}'`, io));
    for (const [i, overlay] of overlays.entries()) apply(edit, overlay, operands[i]!);
    edit.pack();
    await writeOutput(output, edit.bytes(), io);
    return 0;
  });
}

async function read(file: string, what: string, io: CompatIo): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readBlobFile(file, io);
  } catch (error) {
    if (!(error instanceof ToolExit)) throw error;
    throw new ToolExit(1, `${error.message}\nFailed to read '${file}'\n`);
  }
  const size = bytes.length >= 8 ? viewOf(bytes).getUint32(4) : 0;
  if (size > bytes.length) throw new ToolExit(1, `\n${what} is incomplete (${bytes.length} / ${size} bytes read)\n`);
  return bytes;
}

function open(bytes: Uint8Array, name: string): Editor {
  try {
    const edit = new Editor(bytes);
    edit.resize(edit.totalSize + ROOM);
    return edit;
  } catch (error) {
    throw new ToolExit(1, `\nFailed to make temporary copy of '${name}': ${libfdtName(error)}\n`);
  }
}

function apply(edit: Editor, overlay: Uint8Array, name: string): void {
  try {
    applyOverlay(edit, overlay);
  } catch (error) {
    throw new ToolExit(1, `\nFailed to apply '${name}': ${libfdtName(error)}\n`);
  }
}
