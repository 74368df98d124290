import { NodeReader, readBlob } from '../../../devicetree/index.ts';
import type { Fit } from '../../open.ts';
import { attempt, blobOf } from '../data.ts';
import { namesIn } from '../names.ts';
import { lintRule } from '../rule.ts';

/** An overlay is for the board of the device tree that it is applied to. */
export const overlayMismatch = lintRule({
  id: 'overlay-mismatch',
  level: 'warning',
  checks: 'An overlay is for the board of the device tree that it is applied to.',
  texts: {
    why: 'The loader applies an overlay without checking its board, so the kernel gets parts of the device tree of another board.',
    remedy: "Use the overlay of this board, or add the board to the overlay's 'compatible'.",
    found: '{overlay} is for {overlayBoards}, {base} for {boards}',
  },
  *check({ fit, configurations }, say) {
    for (const configuration of configurations) {
      const [base, ...overlays] = namesIn(configuration, 'fdt').map((name) => boardOf(fit, name));
      for (const overlay of overlays) {
        if (base === undefined || overlay === undefined || overlay.boards.some((one) => base.boards.includes(one)))
          continue;
        const found = say('found', {
          overlay: overlay.path,
          overlayBoards: overlay.boards.join(', '),
          base: base.path,
          boards: base.boards.join(', '),
        });
        yield { path: `${configuration.path}:fdt`, found };
      }
    }
  },
  failing: {
    tree: `&fdt { data = /incbin/("board.dtb"); };
&{/images} { overlay: overlay-1 { type = "flat_dt"; data = /incbin/("overlay.dtb"); hash-1 { algo = "sha256"; }; }; };
&conf { fdt = "fdt-1", "overlay-1"; };`,
    files: {
      'board.dtb': '/dts-v1/; / { compatible = "acme,board"; };',
      'overlay.dtb': '/dts-v1/; / { compatible = "acme,other"; };',
    },
  },
  passing: {
    tree: `&fdt { data = /incbin/("board.dtb"); };
&{/images} { overlay: overlay-1 { type = "flat_dt"; data = /incbin/("overlay.dtb"); hash-1 { algo = "sha256"; }; }; };
&conf { fdt = "fdt-1", "overlay-1"; };`,
    files: {
      'board.dtb': '/dts-v1/; / { compatible = "acme,board"; };',
      'overlay.dtb': '/dts-v1/; / { compatible = "acme,board"; };',
    },
  },
});

/** The boards that a device tree or overlay says it is for; `undefined` where it says none. */
function boardOf(fit: Fit, name: string): { readonly path: string; readonly boards: readonly string[] } | undefined {
  const image = fit.root.child('images')?.child(name);
  const blob = image && blobOf(fit, image);
  const boards = attempt(() =>
    blob === undefined ? [] : new NodeReader(readBlob(blob).root).optionalTexts('compatible'),
  );
  return image === undefined || boards === undefined || boards.length === 0 ? undefined : { path: image.path, boards };
}
