import { basename } from 'node:path';
import { type DeviceTree, type TreeNode, walk } from '../../../devicetree/index.ts';
import { Fault } from '../../../fault.ts';
import { openStore, writeFile } from '../../../file/index.ts';
import { cipherKeysIn, compileItsFile, controlIn, OpenFiles, signersIn, writeParts } from '../../../fit/files.node.ts';
import {
  autoTree,
  type BuildOptions,
  type BuiltFit,
  buildFit,
  type Compat,
  compats,
  type Fit,
  imageTypes,
  openFit,
  printFit,
  signFit,
} from '../../../fit/index.ts';
import { signerVersion } from '../../../fit/internal.ts';
import { lintWritten, printLint } from '../../fit/findings.ts';
import { ctime } from '../../fit/time.ts';
import { cliMessage } from '../../messages.ts';
import { buildTime } from '../../shared/build-time.ts';
import { EXIT } from '../../shared/exit.ts';
import { keyOptions, warnOfExposure } from '../../shared/open-key.ts';
import type { CompatIo } from '../io.ts';
import { runTool, usageError } from '../tool.ts';
import { compatOf, type MkimageOptions, mkimageTool, parseMkimage } from './mkimage/options.ts';

/** `bootwright as mkimage`: builds, signs and lists image trees as U-Boot's mkimage does, byte for byte. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, () => act(parseMkimage(args, io), io));
}

async function act(options: MkimageOptions, io: CompatIo): Promise<number> {
  const compat = compatOf(io.env);
  if (compat === undefined) throw usageError(mkimageTool, `BOOTWRIGHT_COMPAT is none of ${compats.join(', ')}`);
  if (options.version) {
    io.stdout.write(`mkimage version ${signerVersion(compat)}\n`);
    return EXIT.good;
  }
  if (options.output === undefined) throw usageError(mkimageTool, 'there is no output');
  if (options.list) return list(options.output, io);
  if (options.engine !== undefined) {
    throw usageError(mkimageTool, 'OpenSSL engines are gone; bootwright fit sign --request is external signing');
  }
  if (options.source === undefined && !options.update) {
    throw usageError(mkimageTool, 'only image trees are made here: -f or -F is missing');
  }
  const built = await make(options, options.output, compat, io);
  if (!options.quiet) list(options.output, io);
  const last = built.signatures.findLast(({ kind }) => kind === 'conf');
  if (last === undefined) return EXIT.good;
  io.stdout.write(`Signature written to '${options.output}', node '${last.path}'\n`);
  if (options.keyDestination !== undefined) {
    const name = last.publicKey.kind === 'rsa' ? `key-${last.hint}` : last.hint;
    io.stdout.write(`Public key written to '${options.keyDestination}', node '/signature/${name}'\n`);
  }
  return EXIT.good;
}

async function make(options: MkimageOptions, output: string, compat: Compat, io: CompatIo): Promise<BuiltFit> {
  const files = new OpenFiles();
  try {
    const time = Math.floor(buildTime(io.env).getTime() / 1000);
    const common: BuildOptions = {
      compat,
      content: files.content,
      ...(await controlIn(options.keyDestination, { ...keyOptions(io.env), folder: options.keyFolder })),
      signing: signingOf(options, compat, time, io),
      external: options.external ? { position: options.position, alignment: options.alignment } : undefined,
    };
    const built = options.update
      ? await update(output, { ...common, timestamp: options.touch ? time : undefined }, options, files)
      : await build(options, { ...common, timestamp: time }, files, io);
    await writeParts(output, built.parts, files.content);
    if (built.control !== undefined && options.keyDestination !== undefined) {
      await writeFile(options.keyDestination, built.control);
    }
    // The original says nothing of an image tree; a key that gets out is worth a line all the same.
    for (const finding of lintWritten(output, { control: built.control, signed: true })) {
      if (finding.id === 'private-key') io.stderr.write(`${printLint(finding)}\n`);
    }
    return built;
  } finally {
    files.close();
  }
}

async function update(
  output: string,
  common: BuildOptions,
  options: MkimageOptions,
  files: OpenFiles,
): Promise<BuiltFit> {
  const input = files.open(output);
  return signFit(input, { ...common, cipher: await cipherOf(openFit(input).blob.root, options) });
}

async function build(options: MkimageOptions, common: BuildOptions, files: OpenFiles, io: CompatIo): Promise<BuiltFit> {
  const { source = '' } = options;
  if (source === 'auto' || source === 'auto-conf') {
    return buildFit(readAuto(files, options, source, common.compat ?? 'newest'), { ...common, sequential: true });
  }
  const tree = compileItsFile(source, files, includeFolders(options.dtcOptions));
  for (const { place, level, check, path, reason } of tree.findings) {
    const where = [place, path].filter((part) => part !== undefined).join(': ');
    io.stderr.write(`${where}: ${level === 'error' ? 'ERROR' : 'Warning'} (${check}): ${reason}\n`);
  }
  if (tree.failed) throw new Fault('fit/option', { option: source, reason: cliMessage('cli/source-errors') });
  return buildFit(tree, { ...common, cipher: await cipherOf(tree.root, options) });
}

/** Without a key folder mkimage leaves images as they are. */
async function cipherOf(root: TreeNode, { keyFolder }: MkimageOptions): Promise<BuildOptions['cipher']> {
  return keyFolder === undefined ? undefined : cipherKeysIn(root, keyFolder, { onExposed: warnOfExposure });
}

function readAuto(files: OpenFiles, options: MkimageOptions, source: 'auto' | 'auto-conf', compat: Compat): DeviceTree {
  if (options.data === undefined) {
    throw new Fault('fit/option', { option: '-d', reason: cliMessage('cli/no-data') });
  }
  const { type, arch, os, compression, name, load, entry, algorithm, keyHint } = options;
  const signed = algorithm !== undefined && keyHint !== undefined ? { algorithm, hint: keyHint } : undefined;
  if (source === 'auto-conf' && signed === undefined) {
    throw new Fault('fit/option', { option: '-f auto-conf', reason: cliMessage('cli/auto-conf-requires') });
  }
  return autoTree({
    data: files.read(options.data),
    type,
    arch,
    os,
    compression,
    name,
    load,
    entry,
    deviceTrees: options.deviceTrees.map((file) => ({ name: nameOf(file), data: files.read(file) })),
    ramdisk: options.ramdisk === undefined ? undefined : files.read(options.ramdisk),
    firmware: options.firmware.map(({ type: kind, file, load: at }) => ({
      type: kind,
      name: nameOf(file),
      data: files.read(file),
      load: at,
    })),
    creator: `U-Boot mkimage ${signerVersion(compat)}`,
    imageTypeName: imageTypes.get(type) ?? type,
    protection:
      signed === undefined ? { kind: 'crc32' } : { kind: source === 'auto' ? 'images' : 'configurations', ...signed },
  });
}

function signingOf(
  { keyFolder, keyFile, algorithm, comment, required, source }: MkimageOptions,
  compat: Compat,
  time: number,
  io: CompatIo,
): BuildOptions['signing'] {
  if (keyFolder === undefined && keyFile === undefined) return undefined;
  return {
    signerFor: signersIn({ ...keyOptions(io.env), folder: keyFolder, file: keyFile }),
    time,
    signer: { name: 'mkimage', version: signerVersion(compat) },
    comment,
    // For auto the algorithm is in the tree already.
    algorithm: source === 'auto' || source === 'auto-conf' ? undefined : algorithm,
    require: required,
  };
}

/** The file's name without folder and ending: what an fdt image is called. */
function nameOf(file: string): string {
  const name = basename(file);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** The `-i FOLDER`s in options for dtc; the others change nothing in an image tree. */
function includeFolders(dtcOptions: string | undefined): string[] {
  return [...(dtcOptions ?? '').matchAll(/-i\s*(\S+)/g)].map(([, folder]) => folder!);
}

function list(file: string, io: CompatIo): number {
  using store = openStore(file);
  const fit = openFit(store);
  warnOfAddresses(fit, io);
  io.stdout.write(`${printFit(fit, ctime).join('\n')}\n`);
  return EXIT.good;
}

/** Says, as the originals do whenever they open an image tree, that '@' in names does not go with signatures. */
export function warnOfAddresses(fit: Fit, io: CompatIo): void {
  if ([...walk(fit.blob.root)].some(([, { name }]) => name.includes('@'))) {
    io.stderr.write('Image contains unit addresses @, this will break signing\n');
  }
}
