import { chooseByRelease } from '../../choose.ts';
import { firstText } from '../../node.ts';
import { lintRule } from '../rule.ts';

/** There is a default configuration, or one that fits the board. */
export const noDefault = lintRule({
  id: 'no-default',
  level: 'warning',
  checks: 'There is a default configuration, or one that fits the board.',
  texts: {
    why: 'Without a default nothing boots, except on a board that a configuration fits and with a loader built with FIT_BEST_MATCH.',
    remedy: "Add 'default' to /configurations, or name the configuration in the boot command.",
    found: "there is no 'default'",
  },
  *check({ fit, board }, say) {
    const parent = fit.root.child('configurations');
    if (parent === undefined || firstText(parent, 'default') !== undefined) return;
    const fits =
      board.length > 0 &&
      chooseByRelease(fit, parent)
        .choose(board)
        .every(({ path }) => path !== undefined);
    if (!fits) yield { path: parent.path, found: say('found') };
  },
  failing: { tree: `&{/configurations} { /delete-property/ default; };` },
  passing: { tree: `&{/configurations} { /delete-property/ default; };`, board: ['acme,board'] },
});
