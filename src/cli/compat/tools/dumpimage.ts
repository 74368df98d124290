import { openStore } from '../../../file/index.ts';
import { writeParts } from '../../../fit/files.node.ts';
import { Content, locateData, openFit, printFit } from '../../../fit/index.ts';
import { createdOf, imageLines, signerVersion } from '../../../fit/internal.ts';
import { ctime } from '../../fit/time.ts';
import { EXIT } from '../../shared/exit.ts';
import type { CompatIo } from '../io.ts';
import { parseToolOptions, runTool, type Tool, ToolExit, usageError, usageOf } from '../tool.ts';
import { compatOf } from './mkimage/options.ts';
import { warnOfAddresses } from './mkimage.ts';

const dumpimageTool: Tool = {
  name: 'dumpimage',
  synopsis: 'dumpimage [-T flat_dt] -l IMAGE | -p POSITION -o FILE IMAGE',
  letters: 'hlo:T:p:V',
  options: [
    { letter: 'l', name: 'list', help: 'list an image tree' },
    { letter: 'T', name: 'type', takesValue: true, help: 'type of the image: flat_dt' },
    { letter: 'p', name: 'position', takesValue: true, help: 'number of the image to take out, from 0' },
    { letter: 'o', name: 'out', takesValue: true, help: 'file that gets its data' },
    { letter: 'h', name: 'help', help: 'print this help' },
    { letter: 'V', name: 'version', help: 'print the version' },
  ],
};

/** dumpimage ends with minus three where an image cannot be taken out. */
const EXIT_NO_IMAGE = 253;

/** `bootwright as dumpimage`: lists image trees and takes images out of them. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, () => act(args, io));
}

async function act(args: readonly string[], io: CompatIo): Promise<number> {
  const { options, operands } = parseToolOptions(dumpimageTool, args, io);
  const last = (letter: string): string | undefined => options.findLast((option) => option.letter === letter)?.value;
  if (last('h') !== undefined || args.length === 0) {
    io.stderr.write(usageOf(dumpimageTool));
    return EXIT.good;
  }
  if (last('V') !== undefined) {
    io.stdout.write(`dumpimage version ${signerVersion(compatOf(io.env) ?? 'newest')}\n`);
    return EXIT.good;
  }
  const [path] = operands;
  if (path === undefined) throw usageError(dumpimageTool, 'there is no image');
  const type = last('T');
  if (type !== undefined && type !== 'flat_dt')
    throw usageError(dumpimageTool, 'only image trees are taken apart here');
  using store = openStore(path);
  const fit = openFit(store);
  if (last('l') !== undefined) {
    warnOfAddresses(fit, io);
    io.stdout.write(`${printFit(fit, ctime).join('\n')}\n`);
    return EXIT.good;
  }
  const output = last('o');
  if (output === undefined) throw new ToolExit(EXIT.refused, 'dumpimage: No output file provided\n');
  warnOfAddresses(fit, io);
  const position = Number.parseInt(last('p') ?? '0', 10);
  const image = [...(fit.root.child('images')?.children() ?? [])][position];
  if (image === undefined) {
    io.stdout.write(`No such component at '${position}'\n`);
    throw new ToolExit(EXIT_NO_IMAGE, `dumpimage: Can't extract subimage from ${path}\n`);
  }
  const place = locateData(fit, image, { strict: false });
  await writeParts(output, fit.pieces(place), new Content());
  const lines = [
    `Extracted:`,
    ` Image ${position} (${image.name})`,
    ...imageLines(image, createdOf(fit, ctime), ctime),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.good;
}
