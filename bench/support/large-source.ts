/** Nodes of the source that `largeSource` writes: what a vendor's biggest tree has ten times over. */
const CLUSTERS = 540;
const DEVICES = 64;

/** A device tree source of some ten megabytes and 35,000 nodes with references, labels, expressions and tables. */
export function largeSource(): string {
  const lines = ['/dts-v1/;', '', '/ {', '\t#address-cells = <2>;', '\t#size-cells = <2>;', ''];
  lines.push('\tclock: clock {', '\t\tcompatible = "fixed-clock";', '\t\t#clock-cells = <0>;', '\t};', '');
  for (let cluster = 0; cluster < CLUSTERS; cluster++) {
    const base = hex(0x1000_0000 + cluster * 0x10_0000);
    lines.push(`\tcluster${cluster}: cluster@${base} {`, '\t\tcompatible = "example,cluster", "simple-bus";');
    lines.push('\t\t#address-cells = <1>;', '\t\t#size-cells = <1>;', `\t\treg = <0x0 0x${base} 0x0 0x100000>;`);
    lines.push(`\t\tranges = <0x0 0x0 0x${base} 0x100000>;`, '');
    for (let device = 0; device < DEVICES; device++) lines.push(...deviceLines(cluster, device));
    lines.push('\t};', '');
  }
  lines.push('};', '');
  return lines.join('\n');
}

function deviceLines(cluster: number, device: number): string[] {
  const address = hex(device * 0x1000);
  return [
    `\t\t/* Device ${device} of cluster ${cluster}. */`,
    // dtc looks labels and phandles up by walking the whole tree: with one a node it would take minutes.
    `\t\t${device === 0 ? `device${cluster}: ` : ''}device@${address} {`,
    `\t\t\tcompatible = "example,device-${device % 7}", "example,device";`,
    `\t\t\treg = <0x${address} (0x800 + (1 << 4) * ${device % 5})>;`,
    ...(device === 0 ? ['\t\t\tclocks = <&clock>;'] : ['\t\t\tclock-frequency = <24000000>;']),
    '\t\t\tclock-names = "bus";',
    `\t\t\tstatus = "${device % 3 === 0 ? 'disabled' : 'okay'}";`,
    `\t\t\texample,table = <0x${hex(device)} 1 2 3 4 5 6 7 8 0x${hex(cluster)}>;`,
    '\t\t\tlocal-mac-address = [00 11 22 33 44 55];',
    '\t\t};',
    '',
  ];
}

const hex = (value: number): string => value.toString(16);
