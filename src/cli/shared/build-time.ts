import { Fault } from '../../fault.ts';
import { cliMessage } from '../messages.ts';

/** The time that outputs carry: `SOURCE_DATE_EPOCH` (seconds) where it is set, so that builds can be repeated, else now. */
export function buildTime(env: Readonly<Record<string, string | undefined>>): Date {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || text === '') return new Date();
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > 0xffff_ffff) {
    throw new Fault('cli/usage', { reason: cliMessage('cli/source-date-epoch', { text }) });
  }
  return new Date(seconds * 1000);
}
