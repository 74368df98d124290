import { NodeReader, readBlob } from '../../devicetree/index.ts';
import { REFERENCES } from '../discover.ts';
import { type FitNode, shownText, textsIn } from '../node.ts';
import type { Fit } from '../open.ts';
import { attempt, blobOf } from './data.ts';
import { type LintRule, signaturesOf } from './rule.ts';

/** Rules about what configurations refer to. */
export const configurationRules = {
  'missing-image': {
    level: 'danger',
    why: 'The configuration names an image that does not exist, so it cannot boot.',
    mend: 'Correct the name.',
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
  'no-default': {
    level: 'warning',
    why: 'Without a default the first configuration boots.',
    mend: "Add 'default' to /configurations.",
    *check({ fit }) {
      const parent = fit.root.child('configurations');
      if (parent !== undefined && shownText(parent, 'default') === undefined)
        yield { path: parent.path, found: "there is no 'default'" };
    },
  },
  'sign-images': {
    level: 'warning',
    why: 'mkimage signs what sign-images names: what is misspelt there it leaves out without a word.',
    mend: "Name properties of the configuration in 'sign-images', or leave it out: bootwright signs everything anyway.",
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
    level: 'advice',
    why: 'SPL chooses among configurations by their descriptions, and takes no image tree in which one has none.',
    mend: "Add 'description' to the configuration, for SPL the name of the board.",
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
    mend: "Take the overlay of this board, or add the board to the overlay's 'compatible'.",
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
