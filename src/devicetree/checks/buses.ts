import type { LiveNode, LiveProperty } from '../source/live.ts';
import type { CheckContext, TreeCheck } from './check.ts';
import { childCells } from './format.ts';
import { cellOf, isCompatible, startsWithText } from './values.ts';

/** Checks of nodes on buses that say what an address there looks like: PCI, simple-bus, I2C, SPI. */
export const busChecks: readonly TreeCheck[] = [
  {
    name: 'pci_bridge',
    about: 'A PCI bridge has the name, the cells and the ranges of one.',
    failing: '/ { pci { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; }; };',
    passing:
      '/ { pci@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; ranges = <0 0 0 0 0 0 0 0>; }; };',
    level: 'warning',
    on: 'device_type',
    needs: ['device_type_is_string', 'addr_size_cells'],
    run: pciBridge,
  },
  {
    name: 'pci_device_reg',
    about: "The unit address of a PCI device is the device and function in its 'reg'.",
    failing:
      '/ { pci@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; ranges = <0 0 0 0 0 0 0 0>; bus-range = <0 0>; a@2 { reg = <0x800 0 0 0 0>; }; }; };',
    passing:
      '/ { pci@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; ranges = <0 0 0 0 0 0 0 0>; bus-range = <0 0>; a@1 { reg = <0x800 0 0 0 0>; }; }; };',
    level: 'warning',
    needs: ['reg_format', 'pci_bridge'],
    run: pciDeviceReg,
  },
  {
    name: 'pci_device_bus_num',
    about: "The bus number in a PCI device's 'reg' lies in 'bus-range'.",
    failing:
      '/ { pci@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; ranges = <0 0 0 0 0 0 0 0>; bus-range = <0 0>; a@1 { reg = <0x10800 0 0 0 0>; }; }; };',
    passing:
      '/ { pci@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; ranges = <0 0 0 0 0 0 0 0>; bus-range = <0 0>; a@1 { reg = <0x800 0 0 0 0>; }; }; };',
    level: 'warning',
    needs: ['reg_format', 'pci_bridge'],
    run: pciDeviceBusNumber,
  },
  {
    name: 'simple_bus_bridge',
    about: 'Finds the nodes that are compatible with simple-bus.',
    passing: '/ { a { compatible = "simple-bus"; }; };',
    level: 'warning',
    on: 'compatible',
    needs: ['addr_size_cells', 'compatible_is_string_list'],
    run(node, { buses }) {
      if (isCompatible(node, 'simple-bus')) buses.set(node, 'simple');
    },
  },
  {
    name: 'simple_bus_reg',
    about: 'The unit address of a node on a simple-bus is its address.',
    failing:
      '/ { #address-cells = <1>; #size-cells = <0>; bus { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <0>; ranges; a@2 { reg = <1>; }; }; };',
    passing:
      '/ { #address-cells = <1>; #size-cells = <0>; bus { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <0>; ranges; a@1 { reg = <1>; }; }; };',
    level: 'warning',
    needs: ['reg_format', 'simple_bus_bridge'],
    run: simpleBusReg,
  },
  {
    name: 'i2c_bus_bridge',
    about: 'An I2C bus has one address cell and no size cell.',
    failing: '/ { i2c { #address-cells = <2>; #size-cells = <0>; a@1 { reg = <0 1>; }; }; };',
    passing: '/ { i2c { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; }; };',
    level: 'warning',
    needs: ['addr_size_cells'],
    run: i2cBridge,
  },
  {
    name: 'i2c_bus_reg',
    about: 'The unit address of an I2C device is its address, of 7 or 10 bits.',
    failing: '/ { i2c { #address-cells = <1>; #size-cells = <0>; a@80 { reg = <0x80>; }; }; };',
    passing: '/ { i2c { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; }; };',
    level: 'warning',
    needs: ['reg_format', 'i2c_bus_bridge'],
    run: i2cReg,
  },
  {
    name: 'spi_bus_bridge',
    about: 'An SPI bus is called spi and has one address cell and no size cell.',
    failing: '/ { spi { #address-cells = <2>; #size-cells = <0>; a@1 { reg = <0 1>; }; }; };',
    passing: '/ { spi { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; }; };',
    level: 'warning',
    needs: ['addr_size_cells'],
    run: spiBridge,
  },
  {
    name: 'spi_bus_reg',
    about: 'The unit address of an SPI device is its chip select.',
    failing: '/ { spi { #address-cells = <1>; #size-cells = <0>; a@2 { reg = <1>; }; }; };',
    passing: '/ { spi { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; }; };',
    level: 'warning',
    needs: ['reg_format', 'spi_bus_bridge'],
    run: spiReg,
  },
];

function pciBridge(node: LiveNode, context: CheckContext): void {
  const { report, buses } = context;
  if (!startsWithText(node.property('device_type'), 'pci')) return;
  buses.set(node, 'pci');
  if (node.baseName !== 'pci' && node.baseName !== 'pcie') report(node, 'node name is not "pci" or "pcie"');
  if (node.property('ranges') === undefined) report(node, 'missing ranges for PCI bridge (or not a bridge)');
  const { address, size } = childCells(node, context);
  if (address !== 3) report(node, 'incorrect #address-cells for PCI bridge');
  if (size !== 2) report(node, 'incorrect #size-cells for PCI bridge');
  const range = node.property('bus-range');
  if (range === undefined) return;
  if (range.value.byteLength !== 8) {
    report(node, 'value must be 2 cells', range);
    return;
  }
  const [first, last] = [cellOf(range, 0)!, cellOf(range, 1)!];
  if (first > last) report(node, '1st cell must be less than or equal to 2nd cell', range);
  if (last > 0xff) report(node, 'maximum bus number must be less than 256', range);
}

/** A child of a PCI bridge; the address is three cells, of which the first says bus, device, function and register. */
function pciDevice(node: LiveNode, { buses }: CheckContext): LiveNode | undefined {
  return node.parent !== undefined && buses.get(node.parent) === 'pci' ? node.parent : undefined;
}

function pciDeviceReg(node: LiveNode, context: CheckContext): void {
  const { report } = context;
  if (pciDevice(node, context) === undefined) return;
  const reg = node.property('reg');
  const first = reg && cellOf(reg, 0);
  if (reg === undefined || first === undefined) return;
  if ((cellOf(reg, 1) ?? 0) !== 0 || (cellOf(reg, 2) ?? 0) !== 0) {
    report(node, 'PCI reg config space address cells 2 and 3 must be 0', reg);
  }
  const device = (first & 0xf800) >>> 11;
  const part = (first & 0x700) >>> 8;
  if ((first & 0xff00_0000) !== 0) report(node, 'PCI reg address is not configuration space', reg);
  if ((first & 0xff) !== 0) report(node, 'PCI reg config space address register number must be 0', reg);
  if (part === 0 && node.unitName === device.toString(16)) return;
  const expected = `${device.toString(16)},${part.toString(16)}`;
  if (node.unitName !== expected) report(node, `PCI unit address format error, expected "${expected}"`);
}

function pciDeviceBusNumber(node: LiveNode, context: CheckContext): void {
  const parent = pciDevice(node, context);
  const reg = parent && node.property('reg');
  const first = reg && cellOf(reg, 0);
  if (parent === undefined || first === undefined) return;
  const bus = (first & 0x00ff_0000) >>> 16;
  const range = parent.property('bus-range');
  const lowest = (range && cellOf(range, 0)) ?? 0;
  const highest = (range && cellOf(range, 1)) ?? 0;
  if (bus >= lowest && bus <= highest) return;
  context.report(node, `PCI bus number ${bus} out of range, expected (${lowest} - ${highest})`, range);
}

function simpleBusReg(node: LiveNode, context: CheckContext): void {
  const { report, buses } = context;
  if (node.parent === undefined || buses.get(node.parent) !== 'simple') return;
  const reg = node.property('reg');
  const ranges = node.property('ranges');
  const source = reg ?? (ranges !== undefined && ranges.value.byteLength > 0 ? ranges : undefined);
  if (source === undefined || source.value.byteLength === 0) {
    if (node.parent.parent !== undefined && buses.get(node) !== 'simple') {
      report(node, 'missing or empty reg/ranges property');
    }
    return;
  }
  // In `ranges` the child's address comes before the bus's.
  const skip = reg === undefined ? childCells(node, context).address : 0;
  const { address: width } = childCells(node.parent, context);
  const expected = addressText(source, skip, width);
  if (node.unitName !== expected) report(node, `simple-bus unit address format error, expected "${expected}"`);
}

/** The address in the cells of a value, of which the last two count, as a unit address spells it. */
function addressText(source: LiveProperty, start: number, width: number): string {
  const low = width > 0 ? (cellOf(source, start + width - 1) ?? 0) : 0;
  const high = width > 1 ? (cellOf(source, start + width - 2) ?? 0) : 0;
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
}

function i2cBridge(node: LiveNode, context: CheckContext): void {
  const { report, buses } = context;
  if (!['i2c-bus', 'i2c-arb', 'i2c'].includes(node.baseName)) return;
  buses.set(node, 'i2c');
  if (node.children.length === 0) return;
  const { address, size } = childCells(node, context);
  if (address !== 1) report(node, 'incorrect #address-cells for I2C bus');
  if (size !== 0) report(node, 'incorrect #size-cells for I2C bus');
}

/** Flags in an address, from the kernel's `include/dt-bindings/i2c/i2c.h`. */
const I2C_OWN_ADDRESS = 0x4000_0000;
const I2C_TEN_BITS = 0x8000_0000;

function i2cReg(node: LiveNode, { report, buses }: CheckContext): void {
  if (node.parent === undefined || buses.get(node.parent) !== 'i2c') return;
  const reg = node.property('reg');
  const first = reg && cellOf(reg, 0);
  if (reg === undefined || first === undefined) {
    report(node, 'missing or empty reg property');
    return;
  }
  const expected = ((first & ~I2C_OWN_ADDRESS) >>> 0).toString(16);
  if (node.unitName !== expected) report(node, `I2C bus unit address format error, expected "${expected}"`);
  for (let i = 0; 4 * i < reg.value.byteLength; i++) {
    const address = ((cellOf(reg, i) ?? 0) & ~I2C_OWN_ADDRESS) >>> 0;
    const shown = `0x${address.toString(16)}`;
    if (address >= I2C_TEN_BITS) {
      if (address - I2C_TEN_BITS > 0x3ff) report(node, `I2C address must be less than 10-bits, got "${shown}"`, reg);
    } else if (address > 0x7f) {
      const advice = 'Set I2C_TEN_BIT_ADDRESS for 10 bit addresses or fix the property';
      report(node, `I2C address must be less than 7-bits, got "${shown}". ${advice}`, reg);
    }
  }
}

function spiBridge(node: LiveNode, context: CheckContext): void {
  const { report, buses } = context;
  const { address, size } = childCells(node, context);
  if (node.baseName === 'spi') {
    buses.set(node, 'spi');
  } else {
    // A bus of another name shows by the properties of what is on it.
    if (address !== 1 || size !== 0 || node.children.length === 0) return;
    if (!node.children.some((child) => child.properties.some(({ name }) => name.startsWith('spi-')))) return;
    buses.set(node, 'spi');
    if (node.property('reg') !== undefined) report(node, "node name for SPI buses should be 'spi'");
  }
  if (node.children.length === 0) return;
  const expected = node.property('spi-slave') === undefined ? 1 : 0;
  if (address !== expected) report(node, 'incorrect #address-cells for SPI bus');
  if (size !== 0) report(node, 'incorrect #size-cells for SPI bus');
}

function spiReg(node: LiveNode, { report, buses }: CheckContext): void {
  if (node.parent === undefined || buses.get(node.parent) !== 'spi') return;
  if (node.parent.property('spi-slave') !== undefined) return;
  const reg = node.property('reg');
  const first = reg && cellOf(reg, 0);
  if (first === undefined) {
    report(node, 'missing or empty reg property');
    return;
  }
  const expected = first.toString(16);
  if (node.unitName !== expected) report(node, `SPI bus unit address format error, expected "${expected}"`);
}
