import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { viewOf } from '../../../binary/index.ts';
import { loadFromFiles } from '../../../devicetree/files.node.ts';
import {
  type Blob,
  type CheckSetting,
  type Compiled,
  type CompileOptions,
  compileSource,
  LiveNode,
  LiveProperty,
  MAGIC,
  printAssembly,
  printSource,
  printYaml,
  readBlob,
  sourceFromTree,
  writeBlob,
} from '../../../devicetree/index.ts';
import { finishSource, isCheck, latin1Bytes, VERSIONS } from '../../../devicetree/internal.ts';
import { type Fault, isFault, type SourceProblem, textOf } from '../../../fault.ts';
import { errnoText } from '../../../file/index.ts';
import type { CompatIo } from '../io.ts';
import { writeOutput } from '../output.ts';
import { DTC_VERSION, die, parseNumber, parseToolOptions, runTool, ToolExit, usageError, usageOf } from '../tool.ts';
import { dtcTool } from './dtc/options.ts';

interface Settings {
  input: string;
  inputFormat: string | undefined;
  output: string;
  outputFormat: string | undefined;
  version: number;
  dependencies: string | undefined;
  spareReservations: number;
  minimumSize: number;
  padding: number;
  alignment: number;
  force: boolean;
  quiet: number;
  bootCpu: number | undefined;
  readonly folders: string[];
  phandles: NonNullable<CompileOptions['phandles']>;
  sort: boolean;
  readonly checks: CheckSetting[];
  symbols: boolean;
  fixups: boolean;
  aliases: boolean;
  annotate: number;
}

/** `bootwright as dtc`: dtc 1.7.2's arguments, output and exit codes. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, () => compile(readSettings(args, io), io));
}

function readSettings(args: readonly string[], io: CompatIo): Settings {
  const { options, operands } = parseToolOptions(dtcTool, args, io);
  const settings: Settings = {
    input: operands[0] ?? '-',
    inputFormat: undefined,
    output: '-',
    outputFormat: undefined,
    version: 17,
    dependencies: undefined,
    spareReservations: 0,
    minimumSize: 0,
    padding: 0,
    alignment: 0,
    force: false,
    quiet: 0,
    bootCpu: undefined,
    folders: [],
    phandles: 'epapr',
    sort: false,
    checks: [],
    symbols: false,
    fixups: false,
    aliases: false,
    annotate: 0,
  };
  for (const { letter, value } of options) apply(settings, letter, value, io);
  if (operands.length > 1) throw usageError(dtcTool, 'missing files');
  if (settings.minimumSize !== 0 && settings.padding !== 0) throw die("Can't set both -p and -S");
  return settings;
}

function apply(settings: Settings, letter: string, value: string, io: CompatIo): void {
  switch (letter) {
    case 'q':
      settings.quiet++;
      return;
    case 'I':
      settings.inputFormat = value;
      return;
    case 'O':
      settings.outputFormat = value;
      return;
    case 'o':
      settings.output = value;
      return;
    case 'V':
      settings.version = parseNumber(value);
      return;
    case 'd':
      settings.dependencies = value;
      return;
    case 'R':
      settings.spareReservations = parseNumber(value);
      return;
    case 'S':
      settings.minimumSize = parseNumber(value);
      return;
    case 'p':
      settings.padding = parseNumber(value);
      return;
    case 'a':
      settings.alignment = parseNumber(value);
      if (!Number.isInteger(Math.log2(settings.alignment))) throw die(`Invalid argument "${value}" to -a option`);
      return;
    case 'f':
      settings.force = true;
      return;
    case 'b':
      settings.bootCpu = parseNumber(value);
      return;
    case 'i':
      settings.folders.push(value);
      return;
    case 'H':
      if (value !== 'legacy' && value !== 'epapr' && value !== 'both') {
        throw die(`Invalid argument "${value}" to -H option`);
      }
      settings.phandles = value;
      return;
    case 's':
      settings.sort = true;
      return;
    case 'W':
    case 'E':
      settings.checks.push(checkSetting(letter, value));
      return;
    case '@':
      settings.symbols = true;
      return;
    case 'L':
      settings.fixups = true;
      return;
    case 'A':
      settings.aliases = true;
      return;
    case 'T':
      settings.annotate++;
      return;
    case 'h':
      io.stdout.write(usageOf(dtcTool));
      throw new ToolExit(0);
    default:
      io.stdout.write(`Version: ${DTC_VERSION}\n`);
      throw new ToolExit(0);
  }
}

function checkSetting(letter: 'W' | 'E', written: string): CheckSetting {
  const off = /^no[-_]/.test(written);
  const name = off ? written.slice(3) : written;
  if (!isCheck(name)) throw die(`Unrecognized check name "${name}"`);
  return { name, on: !off, level: letter === 'W' ? 'warning' : 'error' };
}

async function compile(settings: Settings, io: CompatIo): Promise<number> {
  const inputFormat = settings.inputFormat ?? guessInput(settings.input);
  const outputFormat = settings.outputFormat ?? byName(settings.output) ?? (inputFormat === 'dts' ? 'dtb' : 'dts');
  if (settings.annotate > 0 && (inputFormat !== 'dts' || outputFormat !== 'dts')) {
    throw die('--annotate requires -I dts -O dts');
  }
  const opened: string[] = [];
  const compiled = await read(settings, inputFormat, opened, io);
  if (settings.dependencies !== undefined) {
    const line = `${settings.output}:${opened.map((name) => ` ${name.replaceAll(' ', '\\ ')}`).join('')}\n`;
    await writeOutput(settings.dependencies, line, io);
  }
  report(compiled, settings, io);
  const tree = settings.bootCpu === undefined ? compiled : { ...compiled, bootCpu: settings.bootCpu >>> 0 };
  const content = render(tree, [inputFormat, outputFormat], settings, io);
  if (content !== undefined) await writeDtcOutput(settings.output, content, io);
  return 0;
}

async function read(settings: Settings, format: string, opened: string[], io: CompatIo): Promise<Compiled> {
  const options: CompileOptions = {
    load: loadFromFiles({ folders: settings.folders, opened: (name) => opened.push(name) }),
    problem: (problem) => io.stderr.write(problemText(problem)),
    truncated: ({ place, reason }) => io.stderr.write(`WARNING: ${place}: ${textOf(reason)}\n`),
    symbols: settings.symbols,
    fixups: settings.fixups,
    aliases: settings.aliases,
    phandles: settings.phandles,
    checks: settings.checks,
    sort: settings.sort,
  };
  try {
    switch (format) {
      case 'dts': {
        const file = settings.input === '-' ? '<stdin>' : settings.input;
        const text = await readInput(settings, io);
        opened.unshift(file);
        return compileSource(text, { ...options, file });
      }
      case 'dtb':
        return finishSource(sourceFromTree(readWholeBlob(await readInput(settings, io))), options);
      case 'fs':
        return finishSource(
          sourceFromTree({ root: readFolder(settings.input), reservations: [], bootCpu: 0 }),
          options,
        );
    }
  } catch (error) {
    if (isFault(error)) throw readingFailed(error);
    throw error;
  }
  throw die(`Unknown input format "${format}"`);
}

async function readInput({ input }: Settings, io: CompatIo): Promise<Uint8Array> {
  if (input === '-') return io.stdin();
  try {
    return readFileSync(input);
  } catch (error) {
    throw die(`Couldn't open "${input}": ${errnoText(error)}`);
  }
}

/** Reads a blob; where the input ends too early it says so in dtc's words. */
function readWholeBlob(input: Uint8Array): Blob {
  if (input.length < 8) throw die('EOF reading DT blob header');
  const totalSize = viewOf(input).getUint32(4);
  if (viewOf(input).getUint32(0) === MAGIC && totalSize > input.length) {
    throw die(`EOF before reading ${totalSize} bytes of DT blob`);
  }
  return readBlob(input);
}

function readingFailed(fault: Fault): ToolExit {
  if (isFault(fault, 'devicetree/source')) {
    return die(fault.context.complete ? 'Syntax error parsing input tree' : 'Unable to parse input tree');
  }
  if (isFault(fault, 'devicetree/include')) {
    return die(`Couldn't open "${fault.context.file}": ${textOf(fault.context.reason)}`);
  }
  if (isFault(fault, 'binary/constant')) return die('Blob has incorrect magic number');
  return die(fault.message);
}

const problemText = ({ kind, place, reason }: SourceProblem): string =>
  `${kind === 'lexical' ? 'Lexical error' : 'Error'}: ${place} ${textOf(reason)}\n`;

/** Prints what the checks found; a tree with errors ends here unless it is forced. */
function report({ findings, failed, notes }: Compiled, { output, quiet, force }: Settings, io: CompatIo): void {
  for (const { check, level, path, property, reason, place, also } of findings) {
    if (quiet >= (level === 'error' ? 2 : 1)) continue;
    const where = place ?? (output === '-' ? '<stdout>' : output);
    const what = path === undefined ? '' : `${path}${property === undefined ? '' : `:${property}`}: `;
    io.stderr.write(`${where}: ${level === 'error' ? 'ERROR' : 'Warning'} (${check}): ${what}${reason}\n`);
    for (const other of also) io.stderr.write(`  also defined at ${other}\n`);
  }
  if (failed && !force) {
    throw new ToolExit(2, 'ERROR: Input tree has errors, aborting (use -f to force output)\n');
  }
  if (failed && quiet < 3) io.stderr.write('Warning: Input tree has errors, output forced\n');
  for (const note of notes) io.stderr.write(note);
}

function render(
  tree: Compiled,
  [inputFormat, format]: readonly [input: string, output: string],
  settings: Settings,
  io: CompatIo,
): Uint8Array | undefined {
  switch (format) {
    case 'dts': {
      const folder = settings.input.includes('/') ? dirname(settings.input) : undefined;
      // dtc leaves out that a source was an overlay.
      return latin1Bytes(
        printSource({ ...tree, plugin: false }, { annotate: Math.min(2, settings.annotate) as 0 | 1 | 2, folder }),
      );
    }
    case 'asm':
      assertVersion(settings.version);
      return latin1Bytes(printAssembly(tree, settings));
    case 'dtb': {
      assertVersion(settings.version);
      const used = settings.minimumSize > 0 ? writeBlob(tree, { ...settings, minimumSize: 0, alignment: 0 }).length : 0;
      if (settings.minimumSize > 0 && used > settings.minimumSize && settings.quiet < 1) {
        io.stderr.write(`Warning: blob size ${used} >= minimum size ${settings.minimumSize}\n`);
      }
      return writeBlob(tree, settings);
    }
    case 'yaml':
      if (inputFormat !== 'dts') throw die('YAML output format requires dts input format');
      return latin1Bytes(yamlText(tree));
    case 'null':
      return undefined;
    default:
      throw die(`Unknown output format "${format}"`);
  }
}

function yamlText(tree: Compiled): string {
  try {
    return printYaml(tree);
  } catch (error) {
    if (isFault(error, 'devicetree/value')) throw die(error.message);
    throw error;
  }
}

function assertVersion(version: number): void {
  if (!VERSIONS.some((row) => row.version === version)) throw die(`Unknown device tree blob version ${version}`);
}

async function writeDtcOutput(file: string, content: Uint8Array, io: CompatIo): Promise<void> {
  try {
    await writeOutput(file, content, io);
  } catch (error) {
    throw die(`Couldn't open output file ${file}: ${errnoText((error as Error).cause ?? error)}`);
  }
}

/** A tree as the kernel shows it below `/proc/device-tree`: folders are nodes, files are properties. */
function readFolder(folder: string): LiveNode {
  const properties: LiveProperty[] = [];
  const children: LiveNode[] = [];
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const entry = statSync(path);
      if (entry.isFile()) properties.push(new LiveProperty(name, readFileSync(path)));
      if (entry.isDirectory()) {
        const child = readFolder(path);
        child.name = name;
        children.push(child);
      }
    }
  } catch (error) {
    throw die(`Couldn't opendir() "${folder}": ${errnoText(error)}`);
  }
  return new LiveNode(properties, children);
}

function guessInput(file: string): string {
  try {
    const entry = statSync(file);
    if (entry.isDirectory()) return 'fs';
    if (!entry.isFile() || entry.size < 4) return 'dts';
    const start = readFileSync(file).subarray(0, 4);
    return start.toString('hex') === 'd00dfeed' ? 'dtb' : (byName(file) ?? 'dts');
  } catch {
    return 'dts';
  }
}

const byName = (file: string): 'dts' | 'dtb' | 'yaml' | undefined =>
  /\.(dts|dtb|yaml)$/i.exec(file)?.[1]?.toLowerCase() as 'dts' | 'dtb' | 'yaml' | undefined;
