import { chooseByRelease } from '../../choose.ts';
import { lintRule } from '../rule.ts';

/** Every release of U-Boot chooses the same configuration for a board. */
export const choiceByRelease = lintRule({
  id: 'choice-by-release',
  level: 'warning',
  checks: 'Every release of U-Boot chooses the same configuration for a board.',
  texts: {
    why: 'Releases of U-Boot boot different configurations on the same board: 2026.04 and later only read fdts at a multiple of 8, and 2026.10 and later prefer the default among equals.',
    remedy:
      "Give each configuration a 'compatible' of its own with strings that no other has, or keep the data outside (--external).",
    found: "on the board '{board}' boots: {choices}",
  },
  *check({ fit, board }, say) {
    const parent = fit.root.child('configurations');
    if (parent === undefined) return;
    const { compatibles, choose } = chooseByRelease(fit, parent);
    for (const one of board.length > 0 ? [board] : compatibles.map((text) => [text])) {
      const choices = choose(one);
      // That 2023.01 boots nothing where none fits is said elsewhere.
      const paths = new Set(choices.flatMap(({ path }) => path ?? []));
      if (paths.size < 2) continue;
      const said = choices.map(({ target, path }) => `${target} ${path ?? '-'}`).join(', ');
      yield { path: parent.path, found: say('found', { board: one.join(', '), choices: said }) };
    }
  },
  failing: {
    tree: `&{/configurations} { default = "conf-2"; conf-2 { description = "board"; compatible = "acme,board"; kernel = "kernel-1"; fdt = "fdt-1"; signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; }; };`,
  },
  passing: {
    tree: `&{/configurations} { default = "conf-1"; conf-2 { description = "board"; compatible = "acme,board"; kernel = "kernel-1"; fdt = "fdt-1"; signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; }; };`,
  },
});
