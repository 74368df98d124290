import { hexText, viewOf } from '../binary/index.ts';
import { architectures, compressions, imageTypes, operatingSystems } from './names.ts';
import { type FitNode, isHashNode, isSignatureNode, shownText, textsIn } from './node.ts';
import type { Fit } from './open.ts';

/** Types whose listing says for which processor, operating system and addresses they are. */
const HAS_ARCHITECTURE = ['kernel', 'standalone', 'ramdisk', 'firmware', 'flat_dt'];
const HAS_OS = ['kernel', 'ramdisk', 'firmware'];
const HAS_LOAD = ['kernel', 'standalone', 'firmware', 'ramdisk', 'fpga'];
const HAS_ENTRY = ['kernel', 'standalone', 'ramdisk'];

const LABEL_WIDTH = 14;
const NOTHING = 'unavailable';

/**
 * The listing of an image tree as `mkimage -l`, `dumpimage -l` and U-Boot's `iminfo` print it, line by line. It shows what is written and checks nothing.
 *
 * @param time a time in seconds since 1970 as local text, in the form of C's `ctime`
 */
export function printFit(fit: Fit, time: (seconds: number) => string): string[] {
  const created = createdOf(fit, time);
  const lines = [
    `FIT description: ${shownText(fit.root, 'description') ?? NOTHING}`,
    `Created:         ${created}`,
    ...[...(fit.root.child('images')?.children() ?? [])].flatMap((image, i) => [
      ` Image ${i} (${image.name})`,
      ...imageLines(image, created, time),
    ]),
  ];
  const configurations = fit.root.child('configurations');
  if (configurations === undefined) return lines;
  const standard = shownText(configurations, 'default');
  if (standard !== undefined) lines.push(` Default Configuration: '${standard}'`);
  for (const [i, configuration] of [...configurations.children()].entries()) {
    lines.push(` Configuration ${i} (${configuration.name})`, ...configurationLines(configuration, time));
  }
  return lines;
}

/** When a tree was made, as its listing says. */
export const createdOf = ({ root }: Fit, time: (seconds: number) => string): string => showTime(root, time);

/** The lines of one image. */
export function imageLines(image: FitNode, created: string, time: (seconds: number) => string): string[] {
  const type = shownText(image, 'type') ?? '';
  const lines = [
    line('Description', shownText(image, 'description') ?? NOTHING),
    line('Created', created),
    line('Type', imageTypes.get(type) ?? 'Unknown Image'),
    line('Compression', compressions.get(shownText(image, 'compression') ?? 'none') ?? 'Unknown Compression'),
    line('Data Size', showSize(image)),
  ];
  if (HAS_ARCHITECTURE.includes(type)) {
    lines.push(line('Architecture', architectures.get(shownText(image, 'arch') ?? '') ?? 'Unknown Architecture'));
  }
  if (HAS_OS.includes(type)) lines.push(line('OS', operatingSystems.get(shownText(image, 'os') ?? '') ?? 'Unknown OS'));
  const placed = type === 'flat_dt' && image.property('load') !== undefined;
  if (placed || HAS_LOAD.includes(type)) lines.push(line('Load Address', showAddress(image, 'load')));
  if (HAS_ENTRY.includes(type)) lines.push(line('Entry Point', showAddress(image, 'entry')));
  return [...lines, ...verificationLines(image, time)];
}

function configurationLines(configuration: FitNode, time: (seconds: number) => string): string[] {
  const lines = [line('Description', shownText(configuration, 'description') ?? NOTHING)];
  lines.push(line('Kernel', shownText(configuration, 'kernel') ?? NOTHING));
  for (const [label, property] of [
    ['Init Ramdisk', 'ramdisk'],
    ['Firmware', 'firmware'],
    ['FDT', 'fdt'],
    ['FPGA', 'fpga'],
    ['Loadables', 'loadables'],
  ] as const) {
    const value = configuration.property(property)?.value;
    if (value === undefined) continue;
    const names = property === 'fdt' || property === 'loadables' ? textsIn(value) : undefined;
    for (const [i, name] of (names ?? [shownText(configuration, property) ?? '']).entries()) {
      lines.push(i === 0 ? line(label, name) : `  ${' '.repeat(LABEL_WIDTH)}${name}`);
    }
  }
  return [...lines, ...verificationLines(configuration, time)];
}

function verificationLines(parent: FitNode, time: (seconds: number) => string): string[] {
  return [...parent.children()].flatMap((node) => {
    if (isHashNode(node)) return verificationNode(node, 'Hash');
    if (!isSignatureNode(node)) return [];
    return [...verificationNode(node, 'Sign'), line('Timestamp', showTime(node, time))];
  });
}

function verificationNode(node: FitNode, kind: 'Hash' | 'Sign'): string[] {
  const algorithm = shownText(node, 'algo');
  if (algorithm === undefined) return [line(`${kind} algo`, 'invalid/unsupported')];
  const hint = shownText(node, 'key-name-hint');
  const required = shownText(node, 'required') === undefined ? '' : ' (required)';
  const padding = shownText(node, 'padding');
  const value = node.property('value')?.value;
  return [
    line(`${kind} algo`, `${algorithm}${hint === undefined ? '' : `:${hint}`}${required}`),
    ...(padding === undefined ? [] : [line(`${kind} padding`, padding)]),
    line(`${kind} value`, value === undefined ? NOTHING : hexText(value)),
  ];
}

const line = (label: string, text: string): string => `  ${`${label}:`.padEnd(LABEL_WIDTH)}${text}`;

function showTime(node: FitNode, time: (seconds: number) => string): string {
  const seconds = shownCell(node, 'timestamp');
  return seconds === undefined ? NOTHING : time(seconds);
}

/** One cell; another form is nothing to be shown. */
function shownCell(node: FitNode, name: string): number | undefined {
  const value = node.property(name)?.value;
  return value?.byteLength === 4 ? viewOf(value).getUint32(0) : undefined;
}

function showSize(image: FitNode): string {
  const size = image.property('data')?.value.byteLength ?? shownCell(image, 'data-size');
  if (size === undefined) return NOTHING;
  const kibibytes = (size / 1024).toFixed(2);
  return `${size} Bytes = ${kibibytes} KiB = ${(size / 1024 ** 2).toFixed(2)} MiB`;
}

function showAddress(image: FitNode, name: string): string {
  const value = image.property(name)?.value;
  if (value === undefined || (value.byteLength !== 4 && value.byteLength !== 8)) return NOTHING;
  const address = value.byteLength === 4 ? BigInt(viewOf(value).getUint32(0)) : viewOf(value).getBigUint64(0);
  return `0x${address.toString(16).padStart(8, '0')}`;
}
