import { findLive } from '../source/labels.ts';
import type { LiveNode } from '../source/live.ts';
import type { CheckContext, TreeCheck } from './check.ts';
import { firstText, isOneText, isTextList, oneCell } from './values.ts';

const cells = (name: string, property: string): Omit<TreeCheck, 'about'> => ({
  name,
  level: 'warning',
  on: property,
  run(node, { report }) {
    const found = node.property(property);
    if (found !== undefined && found.value.byteLength !== 4) report(node, 'property is not a single cell', found);
  },
});

const text = (name: string, property: string): Omit<TreeCheck, 'about'> => ({
  name,
  level: 'warning',
  on: property,
  run: (node, context) => checkText(node, property, context),
});

function checkText(node: LiveNode, property: string, { report }: CheckContext): void {
  const found = node.property(property);
  if (found !== undefined && !isOneText(found.value)) report(node, 'property is not a string', found);
}

function checkTexts(node: LiveNode, property: string, { report }: CheckContext): void {
  const found = node.property(property);
  if (found !== undefined && !isTextList(found.value)) report(node, 'property is not a string list', found);
}

/** Checks of what single properties hold, and of addresses. */
export const formatChecks: readonly TreeCheck[] = [
  {
    ...cells('address_cells_is_cell', '#address-cells'),
    about: "'#address-cells' is one cell.",
    failing: '/ { #address-cells = <1 2>; };',
    passing: '/ { #address-cells = <1>; };',
  },
  {
    ...cells('size_cells_is_cell', '#size-cells'),
    about: "'#size-cells' is one cell.",
    failing: '/ { #size-cells = <1 2>; };',
    passing: '/ { #size-cells = <1>; };',
  },
  {
    ...text('device_type_is_string', 'device_type'),
    about: "'device_type' is a string.",
    failing: '/ { a { device_type = <1>; }; };',
    passing: '/ { a { device_type = "cpu"; }; };',
  },
  {
    ...text('model_is_string', 'model'),
    about: "'model' is a string.",
    failing: '/ { model = <1>; };',
    passing: '/ { model = "board"; };',
  },
  {
    ...text('status_is_string', 'status'),
    about: "'status' is a string.",
    failing: '/ { a { status = <1>; }; };',
    passing: '/ { a { status = "okay"; }; };',
  },
  {
    ...text('label_is_string', 'label'),
    about: "'label' is a string.",
    failing: '/ { a { label = <1>; }; };',
    passing: '/ { a { label = "led"; }; };',
  },
  {
    name: 'compatible_is_string_list',
    about: "'compatible' is a list of strings.",
    failing: '/ { compatible = <1>; };',
    passing: '/ { compatible = "acme,board"; };',
    level: 'warning',
    on: 'compatible',
    run: (node, context) => checkTexts(node, 'compatible', context),
  },
  {
    name: 'names_is_string_list',
    about: "Every property '*-names' is a list of strings.",
    failing: '/ { a { reg-names = <1>; }; };',
    passing: '/ { a { reg-names = "control", "data"; }; };',
    level: 'warning',
    run(node, context) {
      for (const { name } of node.properties) if (name.endsWith('-names')) checkTexts(node, name, context);
    },
  },
  {
    name: 'node_name_vs_property_name',
    about: 'No node has the name of a property of its parent.',
    failing: '/ { a = <1>; a { }; };',
    passing: '/ { a = <1>; b { }; };',
    level: 'warning',
    needs: ['node_name_chars'],
    run(node, { report }) {
      if (node.parent?.property(node.name) !== undefined) report(node, 'node name and property name conflict');
    },
  },
  {
    name: 'property_name_chars_strict',
    about: 'Property names contain only recommended characters.',
    failing: '/ { a_b = <1>; };',
    passing: '/ { a-b = <1>; };',
    level: 'off',
    run: strictPropertyNames,
  },
  {
    name: 'node_name_chars_strict',
    about: 'Node names contain only recommended characters.',
    failing: '/ { a_b { }; };',
    passing: '/ { a-b { }; };',
    level: 'off',
    run(node, { report }) {
      const bad = /[^a-zA-Z0-9,-]/.exec(node.baseName);
      if (bad !== null) report(node, `Character '${bad[0]}' not recommended in node name`);
    },
  },
  {
    name: 'addr_size_cells',
    about: "Reads '#address-cells' and '#size-cells' for the checks that need them.",
    passing: '/ { #address-cells = <1>; };',
    level: 'warning',
    needs: ['address_cells_is_cell', 'size_cells_is_cell'],
    run(node, context) {
      const address = oneCell(node.property('#address-cells')) ?? -1;
      context.cells.set(node, { address, size: oneCell(node.property('#size-cells')) ?? -1 });
    },
  },
  {
    name: 'reg_format',
    about: "'reg' has as many cells as '#address-cells' and '#size-cells' of the parent say.",
    failing: '/ { #address-cells = <1>; #size-cells = <1>; a@1 { reg = <1>; }; };',
    passing: '/ { #address-cells = <1>; #size-cells = <1>; a@1 { reg = <1 1>; }; };',
    level: 'warning',
    on: 'reg',
    needs: ['addr_size_cells'],
    run: regFormat,
  },
  {
    name: 'ranges_format',
    about: "'ranges' has as many cells as the addresses and sizes of both buses need.",
    failing:
      '/ { #address-cells = <1>; #size-cells = <1>; a@1 { #address-cells = <1>; #size-cells = <1>; ranges = <1>; }; };',
    passing:
      '/ { #address-cells = <1>; #size-cells = <1>; a@1 { #address-cells = <1>; #size-cells = <1>; ranges = <0 1 1>; }; };',
    level: 'warning',
    on: 'ranges',
    needs: ['addr_size_cells'],
    run: rangesFormat('ranges'),
  },
  {
    name: 'dma_ranges_format',
    about: "'dma-ranges' has as many cells as the addresses and sizes of both buses need.",
    failing:
      '/ { #address-cells = <1>; #size-cells = <1>; a { #address-cells = <1>; #size-cells = <1>; dma-ranges = <1>; }; };',
    passing:
      '/ { #address-cells = <1>; #size-cells = <1>; a { #address-cells = <1>; #size-cells = <1>; dma-ranges = <0 1 1>; }; };',
    level: 'warning',
    on: 'dma-ranges',
    needs: ['addr_size_cells'],
    run: rangesFormat('dma-ranges'),
  },
  {
    name: 'unit_address_vs_reg',
    about: "A node has a unit address if and only if it has 'reg' or 'ranges'.",
    failing: '/ { a@1 { }; };',
    passing: '/ { a { }; };',
    level: 'warning',
    run(node, { report }) {
      // A fragment of an overlay has a number behind its `@`, not an address.
      if (node.child('__overlay__') !== undefined) return;
      const addressed = node.property('reg') !== undefined || (node.property('ranges')?.value.byteLength ?? 0) > 0;
      if (addressed && node.unitName === '') report(node, 'node has a reg or ranges property, but no unit name');
      if (!addressed && node.unitName !== '') report(node, 'node has a unit name, but no reg or ranges property');
    },
  },
  {
    name: 'unit_address_format',
    about: 'A unit address has no 0x and no leading zeros.',
    failing: '/ { #address-cells = <1>; #size-cells = <0>; a@01 { reg = <1>; }; };',
    passing: '/ { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; };',
    level: 'warning',
    needs: ['node_name_format', 'pci_bridge', 'simple_bus_bridge'],
    run(node, { report, buses }) {
      let unit = node.unitName;
      if (unit === '' || (node.parent !== undefined && buses.has(node.parent))) return;
      if (unit.startsWith('0x')) {
        report(node, 'unit name should not have leading "0x"');
        unit = unit.slice(2);
      }
      if (/^0[0-9a-fA-F]/.test(unit)) report(node, 'unit name should not have leading 0s');
    },
  },
  {
    name: 'avoid_default_addr_size',
    about: "'#address-cells' and '#size-cells' are given where addresses depend on them.",
    failing: '/ { a@1 { reg = <0 1 1>; }; };',
    passing: '/ { #address-cells = <2>; #size-cells = <1>; a@1 { reg = <0 1 1>; }; };',
    level: 'warning',
    needs: ['addr_size_cells'],
    run(node, { report, cells: known }) {
      if (node.parent === undefined) return;
      if (node.property('reg') === undefined && node.property('ranges') === undefined) return;
      const parent = known.get(node.parent);
      if (parent?.address === -1) report(node, 'Relying on default #address-cells value');
      if (parent?.size === -1) report(node, 'Relying on default #size-cells value');
    },
  },
  {
    name: 'avoid_unnecessary_addr_size',
    about: "'#address-cells' and '#size-cells' are given only where something has an address.",
    failing: '/ { a { #address-cells = <1>; #size-cells = <0>; b { }; }; };',
    passing: '/ { a { b { }; }; };',
    level: 'warning',
    needs: ['avoid_default_addr_size'],
    run(node, { report, cells: known }) {
      const { address, size } = known.get(node) ?? { address: -1, size: -1 };
      if (node.parent === undefined || address < 0 || size < 0) return;
      if (node.property('ranges') !== undefined || node.property('dma-ranges') !== undefined) return;
      if (node.children.length === 0 || node.children.some((child) => child.property('reg') !== undefined)) return;
      report(node, 'unnecessary #address-cells/#size-cells without "ranges", "dma-ranges" or child "reg" property');
    },
  },
  {
    name: 'unique_unit_address',
    about: 'Nodes below one parent have different unit addresses.',
    failing: '/ { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; b@1 { reg = <1>; }; };',
    passing: '/ { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; b@2 { reg = <2>; }; };',
    level: 'warning',
    needs: ['avoid_default_addr_size'],
    run: (node, context) => uniqueAddresses(node, false, context),
  },
  {
    name: 'unique_unit_address_if_enabled',
    about: 'Enabled nodes below one parent have different unit addresses.',
    failing: '/ { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; b@1 { reg = <1>; }; };',
    passing:
      '/ { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; b@1 { reg = <1>; status = "disabled"; }; };',
    level: 'off',
    needs: ['avoid_default_addr_size'],
    run: (node, context) => uniqueAddresses(node, true, context),
  },
  {
    name: 'obsolete_chosen_interrupt_controller',
    about: "/chosen has no 'interrupt-controller', which is obsolete.",
    failing: '/ { chosen { interrupt-controller; #interrupt-cells = <1>; }; };',
    passing: '/ { chosen { }; };',
    level: 'warning',
    run(node, { report, root }) {
      if (node !== root) return;
      const controller = findLive(root, '/chosen')?.property('interrupt-controller');
      if (controller === undefined) return;
      report(node, '/chosen has obsolete "interrupt-controller" property', controller);
    },
  },
  {
    name: 'chosen_node_is_root',
    about: 'The chosen node is a child of the root.',
    failing: '/ { a { chosen { }; }; };',
    passing: '/ { chosen { }; };',
    level: 'warning',
    run(node, { report, root }) {
      if (node.name === 'chosen' && node.parent !== root) report(node, 'chosen node must be at root node');
    },
  },
  {
    name: 'chosen_node_bootargs',
    about: "'bootargs' is a string.",
    failing: '/ { chosen { bootargs = <1>; }; };',
    passing: '/ { chosen { bootargs = "quiet"; }; };',
    level: 'warning',
    run(node, context) {
      if (node.name === 'chosen') checkText(node, 'bootargs', context);
    },
  },
  {
    name: 'chosen_node_stdout_path',
    about: "'stdout-path' is a string, and takes the place of 'linux,stdout-path'.",
    failing: '/ { chosen { stdout-path = <1>; }; };',
    passing: '/ { chosen { stdout-path = "/serial"; }; };',
    level: 'warning',
    run(node, context) {
      if (node.name !== 'chosen') return;
      const older = node.property('linux,stdout-path');
      const name = node.property('stdout-path') === undefined ? 'linux,stdout-path' : 'stdout-path';
      if (name !== 'stdout-path' && older !== undefined) context.report(node, "Use 'stdout-path' instead", older);
      checkText(node, name, context);
    },
  },
  {
    name: 'alias_paths',
    about: 'An alias has a lower-case name and is the path of a node.',
    failing: '/ { aliases { a = "/nowhere"; }; };',
    passing: '/ { aliases { a = "/b"; }; b { }; };',
    level: 'warning',
    run(node, { report, root }) {
      if (node.name !== 'aliases') return;
      for (const property of node.properties) {
        if (property.name === 'phandle' || property.name === 'linux,phandle') continue;
        const path = firstText(property);
        if (property.value.byteLength === 0 || findLive(root, path) === undefined) {
          report(
            node,
            `aliases property is not a valid node (${property.value.byteLength === 0 ? '(null)' : path})`,
            property,
          );
        } else if (!/^[a-z0-9-]*$/.test(property.name)) {
          report(node, "aliases property name must include only lowercase and '-'");
        }
      }
    },
  },
];

function strictPropertyNames(node: LiveNode, { report }: CheckContext): void {
  const allowed = /^[a-zA-Z0-9,-]*/;
  for (const property of node.properties) {
    let { name } = property;
    let good = allowed.exec(name)![0].length;
    if (good === name.length || name === 'device_type') continue;
    // A '#' may stand first, or first behind the vendor's prefix.
    if (name[good] === '#' && (good === 0 || name[good - 1] === ',')) {
      name = name.slice(good + 1);
      good = allowed.exec(name)![0].length;
    }
    if (good < name.length) report(node, `Character '${name[good]}' not recommended in property name`, property);
  }
}

/** The cells of addresses and sizes that a node gives to its children; two and one where it says nothing. */
export function childCells(node: LiveNode, { cells: known }: CheckContext): { address: number; size: number } {
  const { address, size } = known.get(node) ?? { address: -1, size: -1 };
  return { address: address === -1 ? 2 : address, size: size === -1 ? 1 : size };
}

const isMultiple = (value: number, of: number): boolean => (of === 0 ? value === 0 : value % of === 0);

function regFormat(node: LiveNode, context: CheckContext): void {
  const { report } = context;
  const reg = node.property('reg');
  if (reg === undefined) return;
  if (node.parent === undefined) {
    report(node, 'Root node has a "reg" property');
    return;
  }
  const size = reg.value.byteLength;
  if (size === 0) report(node, 'property is empty', reg);
  const parent = childCells(node.parent, context);
  if (isMultiple(size, 4 * (parent.address + parent.size))) return;
  const expected = `(#address-cells == ${parent.address}, #size-cells == ${parent.size})`;
  report(node, `property has invalid length (${size} bytes) ${expected}`, reg);
}

function rangesFormat(name: string): TreeCheck['run'] {
  return (node, context) => {
    const { report } = context;
    const ranges = node.property(name);
    if (ranges === undefined) return;
    if (node.parent === undefined) {
      report(node, `Root node has a "${name}" property`, ranges);
      return;
    }
    const parent = childCells(node.parent, context);
    const own = childCells(node, context);
    const size = ranges.value.byteLength;
    const differs = (cell: string, mine: number, theirs: number): void => {
      if (mine === theirs) return;
      const other = `${node.parent!.path} (${theirs})`;
      report(node, `empty "${name}" property but its ${cell} (${mine}) differs from ${other}`, ranges);
    };
    if (size === 0) {
      differs('#address-cells', own.address, parent.address);
      differs('#size-cells', own.size, parent.size);
    } else if (!isMultiple(size, 4 * (parent.address + own.address + own.size))) {
      const expected =
        `(parent #address-cells == ${parent.address}, child #address-cells == ${own.address}, ` +
        `#size-cells == ${own.size})`;
      report(node, `"${name}" property has invalid length (${size} bytes) ${expected}`, ranges);
    }
  };
}

function uniqueAddresses(node: LiveNode, enabledOnly: boolean, { report, cells: known }: CheckContext): void {
  const { address, size } = known.get(node) ?? { address: -1, size: -1 };
  if (address < 0 || size < 0 || node.children.length < 2) return;
  const seen = new Map<string, LiveNode[]>();
  for (const child of node.children) {
    const unit = child.unitName;
    const status = child.property('status');
    if (unit === '' || (enabledOnly && status !== undefined && firstText(status) === 'disabled')) continue;
    const earlier = seen.get(unit);
    for (const one of earlier ?? []) report(one, `duplicate unit-address (also used in node ${child.path})`);
    if (earlier === undefined) seen.set(unit, [child]);
    else earlier.push(child);
  }
}
