import { hexText, utf8Text } from '../../binary/index.ts';
import { describeKey } from '../../crypto/index.ts';
import type {
  BootChoice,
  ConfigurationReport,
  Excerpt,
  FitDifference,
  FitReport,
  ImageReport,
  SignatureRecord,
} from '../../fit/index.ts';
import { keyFingerprint } from '../../pki/index.ts';
import type { SigningFlags } from './arguments.ts';

/** The signatures that were made, a line each. */
export function describeSignatures(signatures: readonly SignatureRecord[], flags: SigningFlags): string[] {
  const lines = signatures.map(({ path, algorithm, signer }) => `  ${path}: ${algorithm} by ${signer}`);
  if (lines.length === 0) return ['  not signed'];
  if (flags.control === undefined) return lines;
  return [...lines, `  ${flags.control}: holds the public keys${flags.require ? ', required' : ''}`];
}

export function jsonSignatures(signatures: readonly SignatureRecord[]) {
  return {
    signatures: signatures.map(({ path, kind, hint, algorithm, signer, publicKey }) => ({
      path,
      kind,
      hint,
      algorithm,
      signer,
      key: describeKey(publicKey),
      fingerprint: hexText(keyFingerprint(publicKey)),
    })),
  };
}

/** A report as lines for people; with `explain`, what is signed and what is not. */
export function describeReport(file: string, report: FitReport, explain: boolean): string[] {
  const lines = [`${file}: ${report.verdict} (${report.target})`];
  lines.push(...describeChoice(report.choice));
  for (const configuration of report.configurations)
    lines.push(...describeConfiguration(configuration, report.verdict, explain));
  for (const fault of report.faults) lines.push(`  ${fault.message} [${fault.code}]`);
  return lines;
}

/** Boards that are listed for people; programs get all of them. */
const MAX_BOARDS_SHOWN = 20;

/** What boots, where that is more than the default of every loader. */
function describeChoice({ board, boots, by, default: standard, bestMatch }: BootChoice): string[] {
  if (by === 'name') return [];
  if (board.length > 0) {
    const how = by === 'board' ? 'fits best' : 'is the default, and none fits';
    return [`  board ${board.join(', ')}: ${boots === undefined ? 'nothing boots' : `${boots} ${how}`}`];
  }
  if (standard !== undefined && bestMatch.every(({ path }) => path === standard)) return [];
  const shown = bestMatch.slice(0, MAX_BOARDS_SHOWN).map(({ compatible, path }) => `    ${compatible}: ${path}`);
  const more = bestMatch.length > shown.length ? [`    … and ${bestMatch.length - shown.length} boards more`] : [];
  return [
    `  without FIT_BEST_MATCH boots: ${standard ?? 'nothing, since there is no default'}`,
    ...(bestMatch.length === 0
      ? []
      : ['  with FIT_BEST_MATCH boots, by the compatible of the board:', ...shown, ...more]),
  ];
}

function describeConfiguration(
  configuration: ConfigurationReport,
  verdict: FitReport['verdict'],
  explain: boolean,
): string[] {
  const { path, isDefault, verified, signatures, images, coverage } = configuration;
  const keys = signatures.flatMap(({ goodKeys }) => goodKeys);
  const by = keys.length === 0 ? '' : `, signed by ${[...new Set(keys)].join(', ')}`;
  const said = verified ? 'verified' : verdict === 'not-verified' ? 'not verified' : 'refused';
  const lines = [`  ${path}${isDefault ? ' (default)' : ''}: ${said}${by}`];
  for (const image of images) lines.push(`    ${describeImage(image)}`);
  if (!explain) return lines;
  if (coverage === undefined) return [...lines, '    signed bytes: none that verify'];
  const spans = coverage.regions.map(({ start, end }) => `0x${start.toString(16)}–0x${end.toString(16)}`);
  lines.push(`    signed nodes: ${coverage.nodes.join(' ')}`, `    signed bytes: ${spans.join(' ')}`);
  const free = "/configurations:default, the signature's own properties, the header, images not listed";
  return [...lines, `    never signed: ${free}`];
}

function describeImage({ path, type, data, hashes, hashed }: ImageReport): string {
  const size = data === undefined ? 'no data' : `${data.size} bytes`;
  if (data !== undefined && !hashed) return `${path} (${type || 'no type'}, ${size}): not hashed`;
  const digests = hashes.map(({ algorithm, good }) => `${algorithm} ${good ? 'good' : 'WRONG'}`);
  return `${path} (${type || 'no type'}, ${size}): ${digests.join(', ') || 'no hash'}`;
}

/** A report as plain data. */
export function jsonReport(file: string, report: FitReport) {
  const faults = report.faults.map(({ code, message, context }) => ({ code, message, ...context }));
  return { file, ...report, faults };
}

/** Bytes of a value that are shown to people; programs get all that the comparison kept. */
const MAX_SHOWN_BYTES = 24;

/** What changed in a property, and from which byte on where the values are too long to be shown. */
export function showChange({ before, after, at }: FitDifference): string {
  const change = `${showValue(before)} → ${showValue(after)}`;
  const long = Math.max(before?.size ?? 0, after?.size ?? 0) > MAX_SHOWN_BYTES;
  return long && at !== undefined ? `${change}, from byte 0x${at.toString(16)}` : change;
}

/** A value of a property as a person would write it: text, cells or bytes, cut short. */
export function showValue(value: Excerpt | undefined, limit = MAX_SHOWN_BYTES): string {
  if (value === undefined) return '';
  const { size, bytes } = value;
  if (size === 0) return 'present';
  const text = size === bytes.length && bytes.at(-1) === 0 ? utf8Text(bytes.subarray(0, -1)) : undefined;
  if (text !== undefined && text !== '' && /^[\x20-\x7e\0]+$/.test(text) && !text.startsWith('\0')) {
    return text
      .split('\0')
      .map((part) => JSON.stringify(part))
      .join(', ');
  }
  const shown = bytes.subarray(0, limit);
  return size > shown.length ? `${hexText(shown)}… (${size} bytes)` : hexText(shown);
}
