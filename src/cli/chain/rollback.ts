import {
  type DeviceCounter,
  deviceCounters,
  type FirmwareScheme,
  MAX_COUNTER,
  type RollbackCounters,
} from '../../boot/index.ts';
import { Fault } from '../../fault.ts';
import { cliMessage } from '../messages.ts';
import { wholeNumber } from '../shared/number.ts';

/**
 * `--rollback N` for every counter of a device, `--rollback NAME=N` for one, which goes before: `firmware` and `kernel`,
 * and with `tbbr` also `tfw` and `ntfw`, which go before `firmware`. Faults `cli/usage`.
 */
export function readRollbackOption(texts: readonly string[] | undefined, scheme: FirmwareScheme): RollbackCounters {
  const asked = (texts ?? []).map((text) => readOne(text, scheme)).toSorted((a, b) => b.names.length - a.names.length);
  const meant = asked.map(({ names }) => names.join());
  const twice = asked.find((_, i) => meant.indexOf(meant[i]!) !== i);
  if (twice !== undefined) {
    throw new Fault('cli/usage', {
      reason: cliMessage('cli/given-twice', { name: `--rollback ${twice.names.join(', ')}` }),
    });
  }
  return Object.fromEntries(asked.flatMap(({ names, value }) => names.map((name) => [name, value])));
}

function readOne(text: string, scheme: FirmwareScheme): { names: readonly DeviceCounter[]; value: number } {
  const [asked, digits] = text.includes('=') ? splitAt(text, text.indexOf('=')) : [undefined, text];
  const names = deviceCounters[scheme].filter(
    (name) =>
      asked === undefined || asked === name || `${asked}-nvctr` === name || (asked === 'firmware' && name !== 'kernel'),
  );
  if (names.length > 0) return { names, value: parseCounter(digits) };
  throw new Fault('cli/usage', {
    reason: cliMessage('cli/no-device-counter', { text, scheme, counters: deviceCounters[scheme].join(', ') }),
  });
}

const splitAt = (text: string, at: number): [string, string] => [text.slice(0, at), text.slice(at + 1)];

const parseCounter = wholeNumber(0, MAX_COUNTER, '--rollback');
