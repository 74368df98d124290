import type { TftpUrl, TransferStatistics } from '../../tftp/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional, toggle, withDefault } from '../shared/flags.ts';
import { wholeNumber } from '../shared/number.ts';
import type { ProgressListener } from '../shared/progress.ts';

/** What `get` and `put` take alike. */
export const clientFlags = {
  blksize: withDefault(wholeNumber(8, 65_464), '1468', 'N', 'Block size in bytes, 8 to 65464 (RFC 2348)'),
  windowsize: withDefault(wholeNumber(1, 0xffff), '16', 'N', 'Window size in blocks (RFC 7440)'),
  timeout: optional(wholeNumber(1, 255), 'N', 'Retransmission timeout in seconds (RFC 2349)'),
  plain: toggle('Negotiate no options (plain RFC 1350)'),
  netascii: toggle('Transfer as text, converting line ends'),
  json: jsonFlag,
} as const;

export type ClientFlags = FlagsOf<typeof clientFlags>;

/** The settings of a transfer from its flags and address. */
export function clientSettings(flags: ClientFlags, url: TftpUrl) {
  const mode = flags.netascii ? 'netascii' : url.mode;
  const options = flags.plain
    ? { blockSize: undefined, windowSize: undefined, transferSize: false }
    : { blockSize: flags.blksize, windowSize: flags.windowsize };
  return {
    host: url.host,
    port: url.port,
    name: url.name,
    ...options,
    ...(mode !== undefined && { mode }),
    ...(flags.timeout !== undefined && { timeoutSeconds: flags.timeout }),
  };
}

/** Tells a progress bar how far a transfer of known size is. */
export function observeProgress(progress: ProgressListener) {
  return (event: { readonly kind: string; readonly bytes?: number; readonly size?: number }): void => {
    if (event.kind === 'progress' && event.size !== undefined) progress(event.bytes ?? 0, event.size);
  };
}

/** What was transferred, in one line or one object. */
export function printStanding(context: Context, statistics: TransferStatistics, json: boolean): void {
  if (json) {
    printJson(context, statistics);
    return;
  }
  const { name, bytes, bytesPerSecond, elapsedMs, retransmitted } = statistics;
  const again = retransmitted === 0 ? '' : `, ${retransmitted} packets again`;
  print(context, `${name}: ${bytes} bytes in ${(elapsedMs / 1000).toFixed(2)} s, ${printRate(bytesPerSecond)}${again}`);
}

/** `12.8 MB/s`. */
export const printRate = (bytesPerSecond: number): string => `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
