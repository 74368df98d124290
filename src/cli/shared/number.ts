import { Fault } from '../../fault.ts';
import { cliMessage } from '../messages.ts';

/** A flag's whole number in decimal, within a range that has both ends; an empty text is none. `flag` goes in front. */
export const wholeNumber =
  (least: number, most: number, flag?: string) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const reason = cliMessage('cli/not-a-whole-number', { text: JSON.stringify(text), least, most });
    throw new Fault('cli/usage', {
      reason: flag === undefined ? reason : cliMessage('cli/bad-value', { name: flag, reason }),
    });
  };

/** A flag's size or count: decimal, or hexadecimal with `0x`, below 2^53. */
export function parseSize(text: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-size', { text: JSON.stringify(text) }) });
}

/** An instant must have four digits for its year: `notAfter` cannot be later (RFC 5280 §4.1.2.5). */
export const parseDays = wholeNumber(1, 2_800_000);

/** What one timer of the system takes, in seconds: 24 days. */
const MAX_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

/** A flag's time in seconds, more than none. */
export function parseSeconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= MAX_SECONDS) return value;
  throw new Fault('cli/usage', {
    reason: cliMessage('cli/not-seconds', { text: JSON.stringify(text), most: MAX_SECONDS }),
  });
}
