import { NodeReader, readBlob } from '../../devicetree/index.ts';
import { chooseByRelease } from '../choose.ts';
import { REFERENCES, roleTypes } from '../discover.ts';
import { type FitNode, firstText, shownText, textsIn } from '../node.ts';
import type { Fit } from '../open.ts';
import { attempt, blobOf } from './data.ts';
import { type LintRule, signaturesOf } from './rule.ts';

/** Rules about what configurations refer to. */
export const configurationRules = {
  'missing-image': {
    level: 'error',
    why: 'The configuration names an image that does not exist, so it cannot boot.',
    remedy: 'Correct the name.',
    *check({ fit, configurations }) {
      const images = fit.root.child('images');
      for (const configuration of configurations) {
        for (const property of REFERENCES) {
          for (const name of namesIn(configuration, property)) {
            if (images?.child(name) === undefined)
              yield { path: `${configuration.path}:${property}`, found: `there is no image '${name}'` };
          }
        }
      }
      const parent = fit.root.child('configurations');
      const standard = parent && shownText(parent, 'default');
      if (parent === undefined || standard === undefined) return;
      if (!configurations.some(({ name }) => name === standard))
        yield { path: `${parent.path}:default`, found: `there is no configuration '${standard}'` };
    },
  },
  'wrong-type': {
    level: 'warning',
    why: 'The loader takes no image of that type in this place, and boots nothing.',
    remedy: "Set the image's 'type' to what it is, or name another image.",
    *check({ fit, configurations }) {
      const images = fit.root.child('images');
      for (const configuration of configurations) {
        for (const [property, types] of Object.entries(roleTypes)) {
          for (const name of namesIn(configuration, property)) {
            const image = images?.child(name);
            const type = image && (shownText(image, 'type') ?? '');
            if (type === undefined || types.includes(type)) continue;
            yield { path: `${configuration.path}:${property}`, found: `${name} is of type '${type}'` };
          }
        }
      }
    },
  },
  'no-default': {
    level: 'warning',
    why: 'Without a default nothing boots, but for a board that fits, with a loader that is built with FIT_BEST_MATCH.',
    remedy: "Add 'default' to /configurations, or name the configuration in the boot command.",
    *check({ fit, board }) {
      const parent = fit.root.child('configurations');
      if (parent === undefined || firstText(parent, 'default') !== undefined) return;
      const fits =
        board.length > 0 &&
        chooseByRelease(fit, parent)
          .choose(board)
          .every(({ path }) => path !== undefined);
      if (!fits) yield { path: parent.path, found: "there is no 'default'" };
    },
  },
  'board-without-configuration': {
    level: 'warning',
    why: 'A loader that is built with FIT_BEST_MATCH boots the default on such a board, and before 2025.04 nothing.',
    remedy: "Add the board's string to the 'compatible' of its configuration, or correct --board.",
    *check({ fit, board }) {
      const parent = fit.root.child('configurations');
      if (parent === undefined || board.length === 0) return;
      const { compatibles } = chooseByRelease(fit, parent);
      if (!board.some((one) => compatibles.includes(one)))
        yield { path: parent.path, found: `no configuration fits the board '${board.join(', ')}'` };
    },
  },
  'choice-by-release': {
    level: 'warning',
    why: 'Releases of U-Boot boot different configurations on one board: since 2026.04 only fdts at a multiple of 8 are looked into, and since 2026.10 the default comes first among equals.',
    remedy:
      "Give each configuration a 'compatible' of its own with strings that no other has, or keep data outside (--external).",
    *check({ fit, board }) {
      const parent = fit.root.child('configurations');
      if (parent === undefined) return;
      const { compatibles, choose } = chooseByRelease(fit, parent);
      for (const one of board.length > 0 ? [board] : compatibles.map((text) => [text])) {
        const choices = choose(one);
        // That 2023.01 boots nothing where none fits is said elsewhere.
        const paths = new Set(choices.flatMap(({ path }) => path ?? []));
        if (paths.size < 2) continue;
        const said = choices.map(({ target, path }) => `${target} ${path ?? '-'}`).join(', ');
        yield { path: parent.path, found: `on the board '${one.join(', ')}' boots: ${said}` };
      }
    },
  },
  'sign-images': {
    level: 'warning',
    why: 'mkimage signs what sign-images names: what is misspelt there it leaves out without a word.',
    remedy:
      "Name properties of the configuration in 'sign-images', or leave it out: bootwright signs everything anyway.",
    *check({ configurations }) {
      for (const configuration of configurations) {
        for (const signature of signaturesOf(configuration)) {
          for (const name of namesIn(signature, 'sign-images')) {
            if (configuration.property(name) === undefined)
              yield { path: `${signature.path}:sign-images`, found: `the configuration has no property '${name}'` };
          }
        }
      }
    },
  },
  'configuration-description': {
    level: 'note',
    why: 'SPL chooses among configurations by their descriptions, and takes no image tree in which one has none.',
    remedy: "Add 'description' to the configuration, for SPL the name of the board.",
    *check({ configurations }) {
      for (const node of configurations) {
        if (node.property('description') === undefined)
          yield { path: node.path, found: 'the configuration has no description' };
      }
    },
  },
  'overlay-mismatch': {
    level: 'warning',
    why: 'The loader applies an overlay whatever board it is for: the kernel then gets a device tree of another board.',
    remedy: "Take the overlay of this board, or add the board to the overlay's 'compatible'.",
    *check({ fit, configurations }) {
      for (const configuration of configurations) {
        const [base, ...overlays] = namesIn(configuration, 'fdt').map((name) => boardOf(fit, name));
        for (const overlay of overlays) {
          if (base === undefined || overlay === undefined || overlay.boards.some((one) => base.boards.includes(one)))
            continue;
          const found = `${overlay.path} is for ${overlay.boards.join(', ')}, ${base.path} for ${base.boards.join(', ')}`;
          yield { path: `${configuration.path}:fdt`, found };
        }
      }
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

function namesIn(node: FitNode, property: string): string[] {
  const value = node.property(property)?.value;
  return (value === undefined ? undefined : textsIn(value)) ?? [];
}

/** The boards that a device tree or overlay says it is for; `undefined` where it says none. */
function boardOf(fit: Fit, name: string): { readonly path: string; readonly boards: readonly string[] } | undefined {
  const image = fit.root.child('images')?.child(name);
  const blob = image && blobOf(fit, image);
  const boards = attempt(() =>
    blob === undefined ? [] : new NodeReader(readBlob(blob).root).optionalTexts('compatible'),
  );
  return image === undefined || boards === undefined || boards.length === 0 ? undefined : { path: image.path, boards };
}
