import type { LiveNode, LiveProperty } from '../source/live.ts';
import { isPhandle } from '../source/phandles.ts';
import type { CheckContext, TreeCheck } from './check.ts';
import { cellOf, oneCell } from './values.ts';

interface Provider {
  readonly property: string;
  /** The property of the node referred to that says how many cells follow its phandle. */
  readonly cells: string;
  /** Whether that property may be missing, which then means none. */
  readonly optional?: boolean;
}

const PROVIDERS: readonly (Provider & { readonly name: string })[] = [
  { name: 'clocks', property: 'clocks', cells: '#clock-cells' },
  { name: 'cooling_device', property: 'cooling-device', cells: '#cooling-cells' },
  { name: 'dmas', property: 'dmas', cells: '#dma-cells' },
  { name: 'hwlocks', property: 'hwlocks', cells: '#hwlock-cells' },
  { name: 'interrupts_extended', property: 'interrupts-extended', cells: '#interrupt-cells' },
  { name: 'io_channels', property: 'io-channels', cells: '#io-channel-cells' },
  { name: 'iommus', property: 'iommus', cells: '#iommu-cells' },
  { name: 'mboxes', property: 'mboxes', cells: '#mbox-cells' },
  { name: 'msi_parent', property: 'msi-parent', cells: '#msi-cells', optional: true },
  { name: 'mux_controls', property: 'mux-controls', cells: '#mux-control-cells' },
  { name: 'phys', property: 'phys', cells: '#phy-cells' },
  { name: 'power_domains', property: 'power-domains', cells: '#power-domain-cells' },
  { name: 'pwms', property: 'pwms', cells: '#pwm-cells' },
  { name: 'resets', property: 'resets', cells: '#reset-cells' },
  { name: 'sound_dai', property: 'sound-dai', cells: '#sound-dai-cells' },
  { name: 'thermal_sensors', property: 'thermal-sensors', cells: '#thermal-sensor-cells' },
];

/** What an example's provider has too: only an interrupt controller may have cells for interrupts. */
const more = ({ cells }: Provider): string => (cells === '#interrupt-cells' ? ' interrupt-controller;' : '');

/** Checks of lists of phandles, each followed by as many cells as the node that it refers to asks for. */
export const providerChecks: readonly TreeCheck[] = [
  ...PROVIDERS.flatMap((provider): TreeCheck[] => [
    {
      name: `${provider.name}_property`,
      about: `Every entry of '${provider.property}' has as many cells as ${provider.cells} of the node that it refers to says.`,
      failing: `/ { a { ${provider.property} = <&b 1>; }; b: b { ${provider.cells} = <2>;${more(provider)} }; };`,
      passing: `/ { a { ${provider.property} = <&b 1>; }; b: b { ${provider.cells} = <1>;${more(provider)} }; };`,
      level: 'warning',
      on: provider.property,
      needs: [`${provider.name}_is_cell`, 'phandle_references'],
      run(node, context) {
        const property = node.property(provider.property);
        if (property !== undefined) checkList(node, property, provider, context);
      },
    },
    {
      name: `${provider.name}_is_cell`,
      about: `'${provider.cells}' is one cell.`,
      failing: `/ { b { ${provider.cells} = <1 2>;${more(provider)} }; };`,
      passing: `/ { b { ${provider.cells} = <1>;${more(provider)} }; };`,
      level: 'warning',
      on: provider.cells,
      run(node, { report }) {
        const cells = node.property(provider.cells);
        if (cells !== undefined && cells.value.byteLength !== 4) report(node, 'property is not a single cell', cells);
      },
    },
  ]),
  {
    name: 'deprecated_gpio_property',
    about: "GPIOs are in '*-gpios', not in '*-gpio'.",
    failing: '/ { a { reset-gpio = <0>; }; };',
    passing: '/ { a { reset-gpios = <0>; }; };',
    level: 'off',
    run(node, { report }) {
      for (const property of node.properties) {
        if (!isGpioList(property.name) || !property.name.endsWith('gpio')) continue;
        report(node, "'[*-]gpio' is deprecated, use '[*-]gpios' instead", property);
      }
    },
  },
  {
    name: 'gpios_property',
    about: 'Every GPIO has as many cells as its controller says.',
    failing: '/ { a { gpios = <&b>; }; b: b { }; };',
    passing: '/ { a { gpios = <&b 1>; }; b: b { #gpio-cells = <1>; }; };',
    level: 'warning',
    needs: ['phandle_references'],
    run(node, context) {
      // A hog lists pins of its parent, without phandles.
      if (node.property('gpio-hog') !== undefined) return;
      for (const property of node.properties) {
        if (!isGpioList(property.name)) continue;
        checkList(node, property, { property: property.name, cells: '#gpio-cells' }, context);
      }
    },
  },
  {
    name: 'interrupts_property',
    about: "'interrupts' has as many cells as the interrupt controller says.",
    failing: '/ { a { interrupts = <1>; }; };',
    passing:
      '/ { interrupt-parent = <&b>; a { interrupts = <1>; }; b: b { interrupt-controller; #interrupt-cells = <1>; }; };',
    level: 'warning',
    on: 'interrupts',
    needs: ['phandle_references'],
    run: interrupts,
  },
  {
    name: 'interrupt_provider',
    about: "A node has '#interrupt-cells' if and only if it takes interrupts.",
    failing: '/ { a { interrupt-controller; }; };',
    passing: '/ { a { interrupt-controller; #interrupt-cells = <1>; }; };',
    level: 'warning',
    needs: ['interrupts_extended_is_cell'],
    run(node, { report }) {
      const cells = node.property('#interrupt-cells');
      if (isInterruptProvider(node)) {
        if (cells === undefined) report(node, "Missing '#interrupt-cells' in interrupt provider");
      } else if (cells !== undefined) {
        report(node, "'#interrupt-cells' found, but node is not an interrupt provider");
      }
    },
  },
  {
    name: 'interrupt_map',
    about: "Every row of 'interrupt-map' has as many cells as both sides say.",
    failing: '/ { a { #interrupt-cells = <1>; interrupt-map = <1 2>; }; };',
    passing:
      '/ { a { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <1 &b 2>; }; b: b { interrupt-controller; #interrupt-cells = <1>; }; };',
    level: 'warning',
    on: 'interrupt-map',
    needs: ['phandle_references', 'addr_size_cells', 'interrupt_provider'],
    run: interruptMap,
  },
];

const isGpioList = (name: string): boolean => !name.endsWith(',nr-gpios') && /(?:^|-)gpios?$/.test(name);

const isInterruptProvider = (node: LiveNode): boolean =>
  node.property('interrupt-controller') !== undefined || node.property('interrupt-map') !== undefined;

function checkList(node: LiveNode, property: LiveProperty, provider: Provider, context: CheckContext): void {
  const { report, phandles, plugin } = context;
  const size = property.value.byteLength;
  if (size % 4 !== 0) {
    report(node, `property size (${size}) is invalid, expected multiple of 4`, property);
    return;
  }
  const marked = new Set(property.markers.filter(({ kind }) => kind === 'phandle').map(({ offset }) => offset));
  for (let cell = 0, cells = 0; cell < size / 4; cell += cells + 1) {
    cells = 0;
    const phandle = cellOf(property, cell)!;
    if (!isPhandle(phandle)) {
      // 0 or −1 skips an entry; in an overlay it may be a reference out of it, of unknown size.
      if (plugin) return;
      continue;
    }
    if (property.markers.length > 0 && !marked.has(4 * cell)) {
      report(node, `cell ${cell} is not a phandle reference`, property);
    }
    const target = phandles.node(phandle);
    if (target === undefined) {
      report(node, `Could not get phandle node for (cell ${cell})`, property);
      return;
    }
    const found = target.property(provider.cells);
    if (found === undefined && provider.optional !== true) {
      const where = `node ${target.path} or bad phandle (referred from ${property.name}[${cell}])`;
      report(node, `Missing property '${provider.cells}' in ${where}`);
      return;
    }
    cells = oneCell(found) ?? 0;
    if (size < 4 * (cell + cells + 1)) {
      report(node, `property size (${size}) too small for cell size ${cells | 0}`, property);
      return;
    }
  }
}

function interrupts(node: LiveNode, context: CheckContext): void {
  const { report } = context;
  const list = node.property('interrupts');
  if (list === undefined) return;
  const size = list.value.byteLength;
  if (size % 4 !== 0) report(node, `size (${size}) is invalid, expected multiple of 4`, list);
  const controller = interruptController(node, context);
  if (controller === 'unknown') return;
  if (controller === undefined) {
    report(node, 'Missing interrupt-parent');
    return;
  }
  const cells = controller.property('#interrupt-cells');
  const count = oneCell(cells);
  if (count === undefined) return;
  const width = 4 * count;
  if (width === 0 ? size === 0 : size % width === 0) return;
  report(node, `size is (${size}), expected multiple of ${width | 0}`, cells);
}

/**
 * Rows of the child's unit address and interrupt, the phandle of a parent, and the parent's unit address and interrupt
 * (Devicetree Specification, section 2.4.3.1).
 */
function interruptMap(node: LiveNode, { report, phandles, plugin, cells: known }: CheckContext): void {
  const map = node.property('interrupt-map');
  if (map === undefined) return;
  const address = known.get(node)?.address ?? -1;
  if (address < 0) {
    report(node, "Missing '#address-cells' in interrupt-map provider");
    return;
  }
  const width = address + (oneCell(node.property('#interrupt-cells')) ?? 0);
  const mask = node.property('interrupt-map-mask');
  if (mask !== undefined && mask.value.byteLength !== 4 * width) {
    report(node, `property size (${mask.value.byteLength}) is invalid, expected ${4 * width}`, mask);
  }
  const size = map.value.byteLength;
  if (size % 4 !== 0) {
    report(node, `property size (${size}) is invalid, expected multiple of 4`, map);
    return;
  }
  for (let cell = 0; cell < size / 4; ) {
    cell += width;
    const phandle = cellOf(map, cell);
    if (phandle === undefined) {
      report(node, `property size (${size}) too small, expected > ${4 * cell}`, map);
      return;
    }
    if (!isPhandle(phandle)) {
      if (!plugin) report(node, `Cell ${cell} is not a phandle(${phandle | 0})`, map);
      return;
    }
    const parent = phandles.node(phandle);
    if (parent === undefined) {
      report(node, `Could not get phandle(${phandle | 0}) node for (cell ${cell})`, map);
      return;
    }
    const interruptCells = parent.property('#interrupt-cells');
    if (interruptCells === undefined) {
      const where = `node ${parent.path} or bad phandle (referred from interrupt-map[${cell}])`;
      report(node, `Missing property '#interrupt-cells' in ${where}`);
      return;
    }
    cell += 1 + (oneCell(interruptCells) ?? 0) + (oneCell(parent.property('#address-cells')) ?? 0);
    if (cell > size / 4) report(node, `property size (${size}) mismatch, expected ${4 * cell}`, map);
  }
}

/** The node that a node's interrupts go to; `'unknown'` where it was reported or lies outside an overlay. */
function interruptController(node: LiveNode, context: CheckContext): LiveNode | 'unknown' | undefined {
  const { report, phandles, plugin } = context;
  for (let parent: LiveNode | undefined = node; parent !== undefined; parent = parent.parent) {
    if (parent !== node && isInterruptProvider(parent)) return parent;
    const property = parent.property('interrupt-parent');
    const phandle = oneCell(property);
    if (property === undefined) continue;
    if (phandle === undefined || !isPhandle(phandle)) {
      if (plugin) return 'unknown';
      report(parent, 'Invalid phandle', property);
      return undefined;
    }
    const controller = phandles.node(phandle);
    if (controller === undefined) {
      report(parent, 'Bad phandle', property);
      return 'unknown';
    }
    if (!isInterruptProvider(controller)) {
      report(controller, 'Missing interrupt-controller or interrupt-map property');
    }
    return controller;
  }
  return undefined;
}
