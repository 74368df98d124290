import { viewOf } from '../../../binary/index.ts';
import { readBlob, type Token, TokenReader } from '../../../devicetree/index.ts';
import { latin1, latin1Bytes } from '../../../devicetree/internal.ts';
import { readBlobFile } from '../fdt-file.ts';
import type { CompatIo } from '../io.ts';
import {
  commonOption,
  commonOptions,
  die,
  parseToolOptions,
  runTool,
  type Tool,
  ToolExit,
  usageError,
} from '../tool.ts';
import { isPrintable } from './fdtget.ts';

const tool: Tool = {
  name: 'fdtdump',
  synopsis: 'fdtdump [options] <file>',
  letters: 'dshV',
  options: [
    { letter: 'd', name: 'debug', help: 'Dump debug information while decoding the file' },
    { letter: 's', name: 'scan', help: 'Scan for an embedded fdt in file' },
    ...commonOptions,
  ],
};

const BANNER = `
**** fdtdump is a low-level debugging tool, not meant for general use.
**** If you want to decompile a dtb, you probably want
****     dtc -I dtb -O dts <filename>

`;
const MAGIC_BYTES = '\xd0\x0d\xfe\xed';

/** `bootwright as fdtdump`; a blob that is not well-formed is refused instead of dumped as far as it goes. */
export function run(args: readonly string[], io: CompatIo): Promise<number> {
  return runTool(io, async () => {
    io.stderr.write(BANNER);
    const { options, operands } = parseToolOptions(tool, args, io);
    for (const { letter } of options) commonOption(tool, letter, io);
    const debug = options.some(({ letter }) => letter === 'd');
    const scan = options.some(({ letter }) => letter === 's');
    const [file, ...more] = operands;
    if (file === undefined || more.length > 0) throw usageError(tool, 'missing input filename');
    const input = await readInput(file, io);
    const start = scan ? locate(input, file, debug, io) : 0;
    const bytes = input.subarray(start);
    if (!scan && !isValidStart(bytes)) throw die(`${file}: header is not valid`);
    dump(bytes, debug, io);
    return 0;
  });
}

async function readInput(file: string, io: CompatIo): Promise<Uint8Array> {
  try {
    return await readBlobFile(file, io);
  } catch (error) {
    if (!(error instanceof ToolExit)) throw error;
    throw new ToolExit(1, `${error.message}FATAL ERROR: could not read: ${file}\n`);
  }
}

/** Whether bytes can be a blob as far as fdtdump looks. */
function isValidStart(bytes: Uint8Array): boolean {
  try {
    readBlob(bytes);
    return true;
  } catch {
    return false;
  }
}

function locate(input: Uint8Array, file: string, debug: boolean, io: CompatIo): number {
  const text = latin1(input);
  for (let at = text.indexOf(MAGIC_BYTES); at >= 0; at = text.indexOf(MAGIC_BYTES, at + 1)) {
    if (isValidStart(input.subarray(at))) {
      io.stdout.write(`${file}: found fdt at offset 0x${at.toString(16)}\n`);
      return at;
    }
    if (debug) io.stdout.write(`${file}: skipping fdt magic at offset 0x${at.toString(16)}\n`);
  }
  throw die(`${file}: could not locate fdt magic`);
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

function dump(bytes: Uint8Array, debug: boolean, io: CompatIo): void {
  const { header, reservations } = readBlob(bytes);
  const raw = viewOf(bytes);
  const lines = [
    '/dts-v1/;',
    `// magic:\t\t${hex(raw.getUint32(0))}`,
    `// totalsize:\t\t${hex(header.totalSize)} (${header.totalSize})`,
    `// off_dt_struct:\t${hex(header.structureOffset)}`,
    `// off_dt_strings:\t${hex(header.stringsOffset)}`,
    `// off_mem_rsvmap:\t${hex(header.reservationsOffset)}`,
    `// version:\t\t${header.version}`,
    `// last_comp_version:\t${header.lastCompatibleVersion}`,
    ...(header.version >= 2 ? [`// boot_cpuid_phys:\t${hex(header.bootCpu)}`] : []),
    ...(header.version >= 3 ? [`// size_dt_strings:\t${hex(header.stringsSize)}`] : []),
    ...(header.version >= 17 ? [`// size_dt_struct:\t${hex(header.structureSize)}`] : []),
    '',
    ...reservations.map(({ address, size }) => `/memreserve/ ${alternate(address)} ${alternate(size)};`),
  ];
  let depth = 0;
  const tokens = new TokenReader(bytes, header);
  for (let token = tokens.next(); token.kind !== 'finish'; token = tokens.next()) {
    if (debug) lines.push(...debugLines(token));
    if (token.kind === 'end') depth--;
    lines.push(`${'    '.repeat(depth)}${tokenText(token)}`);
    if (token.kind === 'begin') depth++;
  }
  io.stdout.write(latin1Bytes(`${lines.join('\n')}\n`));
}

/** `%#x`: zero has no prefix. */
const alternate = (value: bigint): string => (value === 0n ? '0' : hex(value));

const TAGS = {
  begin: '0x00000001 (FDT_BEGIN_NODE)',
  end: '0x00000002 (FDT_END_NODE)',
  property: '0x00000003 (FDT_PROP)',
  nop: '0x00000004 (FDT_NOP)',
  finish: '',
};

function debugLines(token: Token): string[] {
  const at = (offset: number): string => offset.toString(16).padStart(4, '0');
  const lines = [`// ${at(token.start)}: tag: ${TAGS[token.kind]}`];
  if (token.kind !== 'property') return lines;
  return [...lines, `// ${at(token.nameStart)}: string: ${token.name}`, `// ${at(token.valueStart)}: value`];
}

function tokenText(token: Token): string {
  switch (token.kind) {
    case 'begin':
      return `${token.name === '' ? '/' : token.name} {`;
    case 'end':
      return '};';
    case 'property':
      return `${token.name}${valueText(token.value)};`;
    case 'nop':
      return '// [NOP]';
    case 'finish':
      return '';
  }
}

function valueText(value: Uint8Array): string {
  if (value.length === 0) return '';
  if (isPrintable(value)) {
    return ` = ${latin1(value.subarray(0, -1))
      .split('\0')
      .map((text) => `"${text}"`)
      .join(', ')}`;
  }
  const digits = (number: number, width: number): string => number.toString(16).padStart(width, '0');
  if (value.length % 4 !== 0) return ` = [${Array.from(value, (byte) => digits(byte, 2)).join(' ')}]`;
  const view = viewOf(value);
  const cells = Array.from({ length: value.length / 4 }, (_, i) => `0x${digits(view.getUint32(4 * i), 8)}`);
  return ` = <${cells.join(' ')}>`;
}
