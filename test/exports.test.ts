import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const { exports } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
};
const entries = Object.entries(exports).filter(([, file]) => file.endsWith('.js'));
/** Entries that a browser cannot load; `boot` serves, and `tftp` has its sockets beside its packets. */
const NODE_ONLY = /(^\.\/(linux|socket|epoll|echo|tftp|boot)|\/files)$/;

test.each(entries)('bootwright%s has a public face', async (_name, file) => {
  const module = (await import(resolve(root, file))) as Record<string, unknown>;
  expect(Object.keys(module).length).toBeGreaterThan(0);
});

test.each(entries)('bootwright%s has declarations for every file that they name', (_name, file) => {
  const missing = closure(resolve(root, file.replace(/\.js$/, '.d.ts')), declarationsOf).missing;
  expect(missing).toEqual([]);
});

test.each(entries.filter(([name]) => !NODE_ONLY.test(name)))('bootwright%s loads in a browser', (_name, file) => {
  const { files } = closure(resolve(root, file), importsOf);
  const node = files.filter((path) => /(from|import) ?['"]node:|createRequire/.test(readFileSync(path, 'utf8')));
  expect(node).toEqual([]);
});

test('one export for each room', () => {
  expect(entries.length).toBeGreaterThanOrEqual(14);
});

/** The built files that a file leads to, itself first, and those that are not there. */
function closure(start: string, next: (path: string) => readonly string[]): { files: string[]; missing: string[] } {
  const files: string[] = [];
  const missing: string[] = [];
  const visit = (path: string): void => {
    if (files.includes(path) || missing.includes(path)) return;
    let following: readonly string[];
    try {
      following = next(path);
    } catch {
      missing.push(path);
      return;
    }
    files.push(path);
    following.forEach(visit);
  };
  visit(start);
  return { files, missing };
}

const importsOf = (path: string): string[] => relativeNames(path);
const declarationsOf = (path: string): string[] => relativeNames(path).map((name) => name.replace(/\.[tj]s$/, '.d.ts'));

function relativeNames(path: string): string[] {
  const names = readFileSync(path, 'utf8').matchAll(/(?:from|import) ?\(?['"](\.{1,2}\/[^'"]+)['"]/g);
  return [...names].map(([, name = '']) => resolve(dirname(path), name));
}
