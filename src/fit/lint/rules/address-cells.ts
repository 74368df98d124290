import { viewOf } from '../../../binary/index.ts';
import { lintRule } from '../rule.ts';

/** 'load' and 'entry' have as many cells as #address-cells says. */
export const addressCells = lintRule({
  id: 'address-cells',
  level: 'warning',
  checks: "'load' and 'entry' have as many cells as #address-cells says.",
  texts: {
    why: 'U-Boot takes the length of the value, other loaders follow #address-cells: they see different addresses.',
    remedy: "Give 'load' and 'entry' as many cells as #address-cells of the root says: 1, or 2 for 64 bits.",
    found: 'it has {size} bytes, #address-cells is {cells}',
    none: 'it has {size} bytes, the root has no #address-cells',
  },
  *check({ fit, images }, say) {
    const value = fit.root.property('#address-cells')?.value;
    const cells = value?.length === 4 ? viewOf(value).getUint32(0) : undefined;
    for (const image of images) {
      for (const name of ['load', 'entry']) {
        const size = image.property(name)?.value.length;
        if (size === undefined || size === (cells ?? 0) * 4) continue;
        const found = cells === undefined ? say('none', { size }) : say('found', { size, cells });
        yield { path: `${image.path}:${name}`, found };
      }
    }
  },
  failing: { tree: `&kernel { load = <0 0x40080000>; };` },
});
