import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/binary/index.ts';
import { checkTable } from '../../src/devicetree/checks/table.ts';
import { compileSource } from '../../src/devicetree/index.ts';

/** The checks that find something in a source when one of them is switched on beside the usual ones. */
function found(source: string, check: string): Set<string> {
  const settings = [{ name: check, level: 'warning', on: true }] as const;
  const { findings } = compileSource(utf8(`/dts-v1/; ${source}`), { checks: settings });
  return new Set(findings.flatMap(({ check: name, path }) => (path === undefined ? [] : [name])));
}

describe('the examples of checks', () => {
  const failing = checkTable.flatMap(({ name, failing: source, passing = '/ { };' }) =>
    source === undefined ? [] : [[name, source, passing] as const],
  );

  test.each(failing)('%s is found in its failing example', (name, source) => {
    expect(found(source, name)).toContain(name);
  });

  test.each(failing.filter(([name]) => name !== 'always_fail'))(
    '%s alone is lost in the passing one',
    (name, bad, good) => {
      const without = found(good, name);
      expect(without).not.toContain(name);
      expect([...found(bad, name)].filter((one) => !without.has(one))).toEqual([name]);
    },
  );

  test('every check has one, but those that merely prepare others', () => {
    const silent = checkTable.filter((check) => check.failing === undefined).map(({ name }) => name);
    expect(silent).toEqual(['omit_unused_nodes', 'addr_size_cells', 'simple_bus_bridge']);
  });
});
