import { Fault } from '../fault.ts';
import { tftpMessage } from './messages.ts';
import { DEFAULT_BLOCK_BYTES, MAX_BLOCK_BYTES, type Option } from './packet.ts';

/** What both sides have agreed on. */
export interface TransferParameters {
  /** Bytes of data per block; a shorter block is the last. */
  readonly blockSize: number;
  /** Blocks that travel before an acknowledgement is due (RFC 7440). */
  readonly windowSize: number;
  /** Seconds between retransmissions (RFC 2349), where the peer asked for a number. */
  readonly timeoutSeconds?: number;
  /** Bytes of the whole file as it travels (RFC 2349), where the sender announced them. */
  readonly transferSize?: number;
}

/** The parameters of a request without options (RFC 1350). */
export const DEFAULT_PARAMETERS: TransferParameters = { blockSize: DEFAULT_BLOCK_BYTES, windowSize: 1 };

/** The largest parameters that a server grants. */
export interface ParameterLimits {
  readonly blockSize: number;
  readonly windowSize: number;
  /** Bytes of a whole window; a window that would be larger is granted smaller. */
  readonly windowBytes: number;
}

interface OptionRule {
  readonly minimum: number;
  readonly maximum: number;
  /** Whether the other side may answer with less than was requested (blksize, windowsize), or only with the same. */
  readonly shrinks: boolean;
  /** The parameter that the two sides agree on with it. */
  readonly parameter: keyof TransferParameters;
}

/**
 * The options that are known, in the order in which they are sent: RFC 2348 (blksize), RFC 2349 (timeout, tsize),
 * RFC 7440 (windowsize). A new one is a row here and a parameter above; what a server grants of it is in `grantOptions`.
 */
const OPTION_RULES = {
  tsize: { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, shrinks: false, parameter: 'transferSize' },
  blksize: { minimum: 8, maximum: MAX_BLOCK_BYTES, shrinks: true, parameter: 'blockSize' },
  timeout: { minimum: 1, maximum: 255, shrinks: false, parameter: 'timeoutSeconds' },
  windowsize: { minimum: 1, maximum: 65535, shrinks: true, parameter: 'windowSize' },
} as const satisfies Readonly<Record<string, OptionRule>>;

type OptionName = keyof typeof OPTION_RULES;

const optionNames = Object.keys(OPTION_RULES) as readonly OptionName[];

/** Options with their numbers, of those names that we know. */
export type OptionValues = { readonly [Name in OptionName]?: number };

/**
 * The known options of a packet as numbers; unknown names are left out (RFC 2347). A value above a shrinkable
 * option's range counts as its maximum, since the answer may be less than was asked.
 *
 * Faults: `tftp/option` for a repeated name, a value that is no decimal number, or one out of range.
 */
export function parseOptions(options: readonly Option[]): OptionValues {
  const values: Partial<Record<OptionName, number>> = {};
  const seen = new Set<string>();
  for (const [option, value] of options) {
    if (seen.has(option)) throw new Fault('tftp/option', { option, value, reason: tftpMessage('tftp/option-twice') });
    seen.add(option);
    if (isKnown(option)) values[option] = parseValue(option, value);
  }
  return values;
}

/** Options as they are written. */
export function printOptions(values: OptionValues): Option[] {
  return optionNames.flatMap((name): Option[] => (values[name] === undefined ? [] : [[name, String(values[name])]]));
}

/**
 * A server's answer to the options of a request: the parameters, and the options to acknowledge (none: no OACK is due).
 *
 * @param size bytes of the file as it will travel, for a read request; a write request's own `tsize` is echoed
 */
export function grantOptions(
  asked: OptionValues,
  limits: ParameterLimits,
  size?: number,
): { readonly parameters: TransferParameters; readonly granted: OptionValues } {
  const blockSize = asked.blksize === undefined ? DEFAULT_BLOCK_BYTES : Math.min(asked.blksize, limits.blockSize);
  const fitting = Math.max(1, Math.floor(limits.windowBytes / blockSize));
  const windowSize = Math.min(asked.windowsize ?? 1, limits.windowSize, fitting);
  const transferSize = size ?? asked.tsize;
  const granted: OptionValues = {
    ...(asked.blksize !== undefined && { blksize: blockSize }),
    ...(asked.windowsize !== undefined && { windowsize: windowSize }),
    ...(asked.timeout !== undefined && { timeout: asked.timeout }),
    ...(asked.tsize !== undefined && transferSize !== undefined && { tsize: transferSize }),
  };
  return { granted, parameters: parametersOf({ ...granted, blksize: blockSize, windowsize: windowSize }) };
}

/**
 * The parameters of a client whose server acknowledged these options.
 *
 * Faults: `tftp/option` for an option that was not asked for, or that the server may not change as it did.
 */
export function acceptOptions(
  asked: OptionValues,
  answer: readonly Option[],
  kind: 'read' | 'write',
): TransferParameters {
  const values = parseOptions(answer);
  for (const [option, value] of answer) {
    if (!isKnown(option) || asked[option] === undefined) {
      throw new Fault('tftp/option', { option, value, reason: tftpMessage('tftp/option-not-asked') });
    }
    const want = asked[option];
    const got = values[option] ?? want;
    // The size of a file that is read is the server's to tell; everything else it may only repeat or shrink.
    if (option === 'tsize' && kind === 'read') continue;
    if (got > want || (got < want && !OPTION_RULES[option].shrinks)) {
      throw new Fault('tftp/option', { option, value, reason: tftpMessage('tftp/option-answer', { want }) });
    }
  }
  return parametersOf(values);
}

function parametersOf(values: OptionValues): TransferParameters {
  const known = optionNames.filter((name) => values[name] !== undefined);
  return {
    ...DEFAULT_PARAMETERS,
    ...Object.fromEntries(known.map((name) => [OPTION_RULES[name].parameter, values[name]])),
  };
}

const isKnown = (name: string): name is OptionName => Object.hasOwn(OPTION_RULES, name);

function parseValue(option: OptionName, value: string): number {
  const rule = OPTION_RULES[option];
  // Sixteen digits spell every number below 2^53.
  if (!/^[0-9]{1,16}$/.test(value))
    throw new Fault('tftp/option', { option, value, reason: tftpMessage('tftp/option-not-number') });
  const number = Number(value);
  if (number < rule.minimum || (number > rule.maximum && !rule.shrinks)) {
    throw new Fault('tftp/option', {
      option,
      value,
      reason: tftpMessage('tftp/option-range', { least: rule.minimum, most: rule.maximum }),
    });
  }
  return Math.min(number, rule.maximum);
}
