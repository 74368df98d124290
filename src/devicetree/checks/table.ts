import { busChecks } from './buses.ts';
import type { TreeCheck } from './check.ts';
import { formatChecks } from './format.ts';
import { graphChecks } from './graph.ts';
import { providerChecks } from './providers.ts';
import { structureChecks } from './structure.ts';

/** A check that always fails: for trying out what a failing check does. */
const alwaysFail: TreeCheck = {
  name: 'always_fail',
  about: 'Fails at every node, to try out what a failing check does.',
  failing: '/ { };',
  level: 'off',
  run: (node, { report }) => report(node, 'always_fail check'),
};

const byName = new Map(
  [...structureChecks, ...formatChecks, ...busChecks, ...providerChecks, ...graphChecks, alwaysFail].map((check) => [
    check.name,
    check,
  ]),
);

/** The order in which dtc runs its checks, and so prints what they find. Prerequisites run before, out of order. */
const ORDER: readonly string[] = [
  ...['duplicate_node_names', 'duplicate_property_names'],
  ...['node_name_chars', 'node_name_format', 'property_name_chars'],
  ...['name_is_string', 'name_properties', 'node_name_vs_property_name'],
  'duplicate_label',
  ...['explicit_phandles', 'phandle_references', 'path_references', 'omit_unused_nodes'],
  ...['address_cells_is_cell', 'size_cells_is_cell'],
  ...['device_type_is_string', 'model_is_string', 'status_is_string', 'label_is_string'],
  ...['compatible_is_string_list', 'names_is_string_list'],
  ...['property_name_chars_strict', 'node_name_chars_strict'],
  ...['addr_size_cells', 'reg_format', 'ranges_format', 'dma_ranges_format'],
  ...['unit_address_vs_reg', 'unit_address_format'],
  ...busChecks.map((check) => check.name),
  ...['avoid_default_addr_size', 'avoid_unnecessary_addr_size'],
  ...['unique_unit_address', 'unique_unit_address_if_enabled'],
  ...['obsolete_chosen_interrupt_controller', 'chosen_node_is_root'],
  ...['chosen_node_bootargs', 'chosen_node_stdout_path'],
  ...providerChecks.map((check) => check.name),
  'alias_paths',
  ...graphChecks.map((check) => check.name),
  'always_fail',
];

/** Every check, in the order in which they run. */
export const checkTable: readonly TreeCheck[] = ORDER.map((name) => {
  const check = byName.get(name);
  if (check === undefined) throw new Error(`there is no check ${name}`);
  return check;
});
if (checkTable.length !== byName.size) throw new Error('the order of checks leaves one out');
