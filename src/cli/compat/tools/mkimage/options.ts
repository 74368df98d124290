import {
  architectures,
  type Compat,
  compats,
  compressions,
  type FirmwareInput,
  imageTypes,
  operatingSystems,
} from '../../../../fit/index.ts';
import type { CompatIo } from '../../io.ts';
import { parseToolOptions, type Tool, ToolExit, usageError } from '../../tool.ts';

/** What a command line of mkimage asks for, about image trees. */
export interface MkimageOptions {
  readonly list: boolean;
  readonly version: boolean;
  readonly quiet: boolean;
  /** `-f`: a source file, `auto` or `auto-conf`. */
  readonly source: string | undefined;
  /** `-F` */
  readonly update: boolean;
  readonly touch: boolean;
  readonly external: boolean;
  readonly position: number;
  readonly alignment: number | undefined;
  readonly required: boolean;
  readonly keyFolder: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyDestination: string | undefined;
  readonly keyHint: string | undefined;
  readonly algorithm: string | undefined;
  readonly comment: string | undefined;
  readonly engine: string | undefined;
  readonly dtcOptions: string | undefined;
  readonly data: string | undefined;
  readonly deviceTrees: readonly string[];
  readonly ramdisk: string | undefined;
  /** `-y` and `-z`, at `-Y` and `-Z`. */
  readonly firmware: readonly { readonly type: FirmwareInput['type']; readonly file: string; readonly load: bigint }[];
  readonly type: string;
  readonly arch: string;
  readonly os: string;
  readonly compression: string;
  readonly name: string;
  readonly load: bigint;
  readonly entry: bigint;
  readonly output: string | undefined;
}

/** mkimage's command line. */
export const mkimageTool: Tool = {
  name: 'mkimage',
  synopsis: 'mkimage [-l] [-f SOURCE | -F] [options] IMAGE',
  letters: 'a:A:b:B:c:C:d:D:e:Ef:Fg:G:i:k:K:ln:N:p:o:O:rR:qstT:vVxy:Y:z:Z:',
  options: [
    { letter: 'a', name: 'load-address', takesValue: true, help: 'load address, hexadecimal (auto)' },
    { letter: 'A', name: 'architecture', takesValue: true, help: 'architecture (auto)' },
    { letter: 'b', name: 'device-tree', takesValue: true, help: 'a device tree to add; may be repeated (auto)' },
    { letter: 'B', name: 'alignment', takesValue: true, help: 'align the tree and external data to this, hexadecimal' },
    { letter: 'c', name: 'comment', takesValue: true, help: 'a comment for signature nodes' },
    { letter: 'C', name: 'compression', takesValue: true, help: 'compression of the data (auto)' },
    { letter: 'd', name: 'image', takesValue: true, help: 'the data (auto)' },
    { letter: 'D', name: 'dtcopts', takesValue: true, help: 'options for the compiler; -i FOLDER is used' },
    { letter: 'e', name: 'entry-point', takesValue: true, help: 'entry point, hexadecimal (auto)' },
    { letter: 'E', name: 'external', help: 'keep data outside of the tree' },
    { letter: 'f', name: 'fit', takesValue: true, help: 'source of the tree, or auto, or auto-conf' },
    { letter: 'F', name: 'update', help: 'hash and sign an image tree again' },
    { letter: 'g', name: 'key-name-hint', takesValue: true, help: 'name of the key (auto)' },
    { letter: 'G', name: 'key-file', takesValue: true, help: 'the private key, in place of -k' },
    { letter: 'i', name: 'initramfs', takesValue: true, help: 'a ramdisk to add (auto)' },
    { letter: 'k', name: 'key-dir', takesValue: true, help: 'folder of private keys' },
    { letter: 'K', name: 'key-dest', takesValue: true, help: 'device tree that gets the public keys' },
    { letter: 'l', name: 'list', help: 'list an image tree' },
    { letter: 'n', name: 'config', takesValue: true, help: 'name of the image (auto)' },
    { letter: 'N', name: 'engine', takesValue: true, help: 'OpenSSL engine; there are none any more' },
    { letter: 'o', name: 'algo', takesValue: true, help: 'signature algorithm' },
    { letter: 'O', name: 'os', takesValue: true, help: 'operating system (auto)' },
    { letter: 'p', name: 'position', takesValue: true, help: 'offset of external data, hexadecimal' },
    { letter: 'r', name: 'key-required', help: 'mark keys in -K as required' },
    { letter: 'R', name: 'secondary-config', takesValue: true, help: 'taken, without effect' },
    { letter: 'q', name: 'quiet', help: 'do not list the result' },
    { letter: 's', name: 'no-copy', help: 'taken, without effect' },
    { letter: 't', name: 'touch', help: 'set the time again with -F' },
    { letter: 'T', name: 'type', takesValue: true, help: 'image type (auto)' },
    { letter: 'v', name: 'verbose', help: 'taken, without effect' },
    { letter: 'V', name: 'version', help: 'print the version' },
    { letter: 'x', name: 'xip', help: 'taken, without effect' },
    { letter: 'y', name: 'tfa-bl31-file', takesValue: true, help: 'BL31 of Trusted Firmware-A to add (auto)' },
    { letter: 'Y', name: 'tfa-bl31-addr', takesValue: true, help: 'its load and entry address, hexadecimal (auto)' },
    { letter: 'z', name: 'tee-file', takesValue: true, help: 'a trusted execution environment to add (auto)' },
    { letter: 'Z', name: 'tee-addr', takesValue: true, help: 'its load and entry address, hexadecimal (auto)' },
  ],
};

/** As mkimage 2023.01 knows it. */
const olderTool: Tool = {
  ...mkimageTool,
  letters: mkimageTool.letters.replace(/y:.*$/, ''),
  options: mkimageTool.options.filter(({ letter }) => !'yYzZ'.includes(letter)),
};

/** Firmware that may be added, with the letters of its file and of its address. */
const FIRMWARE = [
  ['tfa-bl31', 'y', 'Y'],
  ['tee', 'z', 'Z'],
] as const;

/** Parses a command line of mkimage; quits where it is refused. */
export function parseMkimage(args: readonly string[], io: CompatIo): MkimageOptions {
  const tool = compatOf(io.env) === '2023.01' ? olderTool : mkimageTool;
  const { options, operands } = parseToolOptions(tool, args, io);
  const last = (letter: string): string | undefined => options.findLast((option) => option.letter === letter)?.value;
  const has = (letter: string): boolean => options.some((option) => option.letter === letter);
  const number = (letter: string): bigint => {
    const text = last(letter);
    const value = text === undefined ? 0n : parseHexNumber(text);
    if (value === undefined) throw usageError(tool, `'${text}' is not a hexadecimal number`);
    return value;
  };
  const alignment = Number(number('B'));
  const [type = 'kernel', arch = 'ppc', os = 'linux', compression = 'gzip'] = [
    last('T'),
    last('A'),
    last('O'),
    last('C'),
  ];
  for (const [value, table, what, letter] of [
    [type, imageTypes, 'image type', 'T'],
    [arch, architectures, 'architecture', 'A'],
    [os, operatingSystems, 'operating system', 'O'],
    [compression, compressions, 'compression', 'C'],
  ] as const) {
    if (has(letter) && !table.has(value)) throw new ToolExit(1, listTable(what, table));
  }
  return {
    list: has('l'),
    version: has('V'),
    quiet: has('q'),
    source: has('F') && !has('f') ? undefined : last('f'),
    update: has('F'),
    touch: has('t'),
    external: has('E'),
    position: Number(number('p')),
    alignment: alignment === 0 ? undefined : alignment,
    required: has('r'),
    keyFolder: last('k'),
    keyFile: last('G'),
    keyDestination: last('K'),
    keyHint: last('g'),
    algorithm: last('o'),
    comment: last('c'),
    engine: last('N'),
    dtcOptions: last('D'),
    data: last('d'),
    deviceTrees: options.flatMap(({ letter, value }) => (letter === 'b' ? [value] : [])),
    ramdisk: last('i'),
    firmware: FIRMWARE.flatMap(([kind, letter, place]) => {
      const file = last(letter);
      return file === undefined ? [] : [{ type: kind, file, load: number(place) }];
    }),
    type,
    arch: has('A') ? arch : 'powerpc',
    os,
    compression,
    name: last('n') ?? '',
    load: number('a'),
    entry: number('e'),
    output: operands[0],
  };
}

/** The release to follow: `BOOTWRIGHT_COMPAT`, by default the newest; `undefined` where there is none of that name. */
export function compatOf(env: Readonly<Record<string, string | undefined>>): Compat | undefined {
  const wanted = env['BOOTWRIGHT_COMPAT'] ?? 'newest';
  return compats.find((compat) => compat === wanted);
}

/** What `-T list` and its like print. */
function listTable(what: string, table: ReadonlyMap<string, string>): string {
  const rows = Array.from(table, ([name, text]) => `\t${name.padEnd(15)}  ${text}`);
  return `\nInvalid ${what}, supported are:\n${rows.join('\n')}\n`;
}

/** A number as `strtoull(…, 16)` reads it. */
function parseHexNumber(text: string): bigint | undefined {
  const digits = /^(?:0[xX])?([0-9a-fA-F]+)$/.exec(text)?.[1];
  return digits === undefined || digits.length > 16 ? undefined : BigInt(`0x${digits}`);
}
