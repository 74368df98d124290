import { chooseByRelease } from '../../choose.ts';
import { lintRule } from '../rule.ts';

/** A configuration fits the board that is asked about. */
export const boardWithoutConfiguration = lintRule({
  id: 'board-without-configuration',
  level: 'warning',
  checks: 'A configuration fits the board that is asked about.',
  texts: {
    why: 'A loader built with FIT_BEST_MATCH boots the default on such a board, and before 2025.04 nothing.',
    remedy: "Add the board's string to the 'compatible' of its configuration, or correct --board.",
    found: "no configuration fits the board '{board}'",
  },
  *check({ fit, board }, say) {
    const parent = fit.root.child('configurations');
    if (parent === undefined || board.length === 0) return;
    const { compatibles } = chooseByRelease(fit, parent);
    if (!board.some((one) => compatibles.includes(one)))
      yield { path: parent.path, found: say('found', { board: board.join(', ') }) };
  },
  failing: { board: ['acme,other'] },
  passing: { board: ['acme,board'] },
});
