import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const { exports } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
};
const entries = Object.entries(exports).filter(([, file]) => file.endsWith('.js'));

test.each(entries)('bootwright%s has a public face', async (_name, file) => {
  const module = (await import(resolve(root, file))) as Record<string, unknown>;
  expect(Object.keys(module).length).toBeGreaterThan(0);
});

test('one export for each room', () => {
  expect(entries.length).toBeGreaterThanOrEqual(14);
});
