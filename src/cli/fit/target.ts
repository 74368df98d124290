import { Fault } from '../../fault.ts';
import { type FitTarget, targetNames, targetOf } from '../../fit/index.ts';
import { cliMessage } from '../messages.ts';
import { withDefault } from '../shared/flags.ts';

/** Whose rules an image tree is held to: `u-boot@2025.10`, for short `2025.10`, or `strict`. */
export const targetFlag = withDefault(parseTarget, 'strict', 'TARGET', `Rules to verify by: ${targetNames.join(', ')}`);

function parseTarget(text: string): FitTarget {
  const target = targetOf(text);
  if (target !== undefined) return target;
  throw new Fault('cli/usage', {
    reason: cliMessage('cli/not-a-target', { text: JSON.stringify(text), targets: targetNames.join(', ') }),
  });
}
