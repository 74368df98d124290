import { readFile } from '../../../file/index.ts';
import { type FitNode, openFit } from '../../../fit/index.ts';
import { EXIT } from '../../shared/exit.ts';
import type { CompatIo } from '../io.ts';
import { parseToolOptions, runTool, type Tool, ToolExit, usageError } from '../tool.ts';

const tool: Tool = {
  name: 'fit_info',
  synopsis: 'fit_info -f FIT -n NODE -p PROPERTY',
  letters: 'f:n:p:',
  options: [
    { letter: 'f', name: 'file', takesValue: true, help: 'the image tree' },
    { letter: 'n', name: 'node', takesValue: true, help: 'path of a node' },
    { letter: 'p', name: 'property', takesValue: true, help: 'name of a property' },
  ],
};

/** `bootwright as fit_info`: prints the place and length of a property's value in the file. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    const { options } = parseToolOptions(tool, args, io);
    const required = (letter: string, what: string): string => {
      const option = options.findLast((one) => one.letter === letter);
      if (option === undefined) throw usageError(tool, `Missing ${what}`);
      return option.value;
    };
    const file = required('f', 'fdt file');
    const path = required('n', 'node name');
    const name = required('p', 'property name');
    let node: FitNode | undefined = openFit(await readFile(file)).root;
    for (const part of path.split('/')) if (part !== '') node = node?.child(part);
    if (node === undefined) {
      io.stdout.write(`${path} not found.`);
      return EXIT.refused;
    }
    const property = node.property(name);
    // The original prints what it found of a property that is not there; that is no place.
    if (property === undefined) throw new ToolExit(EXIT.refused, `fit_info: ${path} has no ${name}\n`);
    if (property.value.length === 0) {
      io.stdout.write(`len == 0 ${name}\n`);
      return EXIT.refused;
    }
    io.stdout.write(`NAME: ${node.name}\nLEN: ${property.value.length}\nOFF: ${property.offset}\n`);
    return EXIT.good;
  });
}
