import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { packageEntries, root } from '../build/entries.ts';
import type { ReferenceEntry } from '../build/reference.ts';
import { entries as whereThingsAre } from '../src/index.ts';

const entries = packageEntries().map(({ name, path }) => [name, path] as const);
/** Entries that a browser cannot load; `boot` serves, and `tftp` has its sockets beside its packets. */
const NODE_ONLY = /^bootwright\/(linux|socket|epoll|echo|tftp|boot|.*\/files)$/;

test.each(entries)('%s has a public face', async (_name, path) => {
  const module = (await import(built(`${path}.js`))) as Record<string, unknown>;
  expect(Object.keys(module).length).toBeGreaterThan(0);
});

test.each(entries)('%s has declarations for every file that they name', (_name, path) => {
  const missing = closure(built(`${path}.d.ts`), declarationsOf).missing;
  expect(missing).toEqual([]);
});

test.each(entries.filter(([name]) => !NODE_ONLY.test(name)))('%s loads in a browser', (_name, path) => {
  const { files } = closure(built(`${path}.js`), importsOf);
  const node = files.filter((file) => /(from|import) ?['"]node:|createRequire/.test(readFileSync(file, 'utf8')));
  expect(node).toEqual([]);
});

test('the reference has every entry', () => {
  const reference = JSON.parse(readFileSync(built('reference.json'), 'utf8')) as ReferenceEntry[];
  expect(reference.map(({ name }) => name)).toEqual(entries.map(([name]) => name));
  expect(reference.filter(({ exports }) => exports.length === 0)).toEqual([]);
});

test('documents import what the entries export', () => {
  const reference = JSON.parse(readFileSync(built('reference.json'), 'utf8')) as ReferenceEntry[];
  const documents = ['README.md', 'CHANGELOG.md', ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`)];
  const wrong = documents
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(/import \{ ([^}]*) \} from '(bootwright[^']*)'/g)].flatMap(([, names = '', entry]) => {
        const known = reference.find(({ name }) => name === entry)?.exports.map(({ name }) => name) ?? [];
        return names
          .split(', ')
          .filter((name) => !known.includes(name.replace('type ', '')))
          .map((name) => [file, name, entry]);
      });
    });
  expect(wrong).toEqual([]);
});

test('the root says where everything is', () => {
  const others = entries.map(([name]) => name).filter((name) => name !== 'bootwright');
  expect(Object.keys(whereThingsAre).sort()).toEqual(others.sort());
});

const built = (path: string): string => join(root, 'dist', path);

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
