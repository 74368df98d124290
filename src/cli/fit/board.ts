import { Fault } from '../../fault.ts';
import { cliMessage } from '../messages.ts';
import { list, toggle } from '../shared/flags.ts';

/** The board whose loader, built with FIT_BEST_MATCH, chooses a configuration by its `compatible`. */
export const boardFlag = list(
  String,
  'COMPATIBLE',
  'Compatible string of the board, for loaders with FIT_BEST_MATCH; repeat it, most specific first',
);

/** What a loader that checks by the rules of `strict` may take nevertheless. */
export const allowSha1Flag = toggle('Accept SHA-1 in signatures and image hashes under strict');

/**
 * The strings of `--board`, most specific first, as a device tree's root lists them. A list in one value is separated by
 * spaces or commas; since a `compatible` is vendor and model with a comma between, a list by commas has pairs. Faults
 * `cli/usage`.
 */
export function boardOf(given: readonly string[] | undefined): readonly string[] {
  return (given ?? []).flatMap((value) => value.split(/\s+/).flatMap(stringsOf));
}

function stringsOf(list: string): string[] {
  const parts = list.split(',');
  if (parts.includes('') || (parts.length > 2 && parts.length % 2 === 1)) {
    throw new Fault('cli/usage', {
      reason: cliMessage('cli/not-a-board', { list }),
    });
  }
  if (parts.length <= 2) return [list];
  return parts.flatMap((part, i) => (i % 2 === 0 ? [`${part},${parts[i + 1] ?? ''}`] : []));
}
