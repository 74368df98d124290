import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../src');

/** What makes, moves or shortens a file. */
const WRITERS =
  /^(writeFile|appendFile|createWriteStream|copyFile|cp|rename|link|symlink|truncate|ftruncate|unlink|rm|mkdir|open)(Sync)?$/;
/** `openSync` that can only read. */
const READS = /openSync\([^;]*?, (?:'r'|READ_FLAGS|constants\.O_RDONLY[^)]*)\)/;

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.tsx?$/.test(file) && !file.startsWith('file/'),
);

/** The names that a source imports from Node's file modules. */
const importedBy = (text: string): string[] =>
  [...text.matchAll(/import (?!type)([^;]*?) from '(?:node:)?fs(?:\/promises)?'/g)].flatMap(([, names = '']) =>
    names.startsWith('{')
      ? names
          .slice(1, -1)
          .split(',')
          .map((name) => name.trim().split(' as ')[0]!)
      : ['everything'],
  );

test('only src/file makes, moves or removes files', () => {
  const wrong = files.flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    return importedBy(text)
      .filter((name) => {
        if (name === 'openSync') return [...text.matchAll(/openSync\([^;]*;/g)].some(([call]) => !READS.test(call));
        return name === 'everything' || WRITERS.test(name);
      })
      .map((name) => `${file}: ${name}`);
  });
  expect(wrong).toEqual([]);
});

test.each([
  ["import { writeFileSync } from 'node:fs';", ['writeFileSync']],
  ["import * as fs from 'node:fs';", ['everything']],
  ["import {\n  open as start,\n  stat,\n} from 'fs/promises';", ['open', 'stat', '']],
  ["import type { FileHandle } from 'node:fs/promises';", []],
])('the scan sees %j', (text, names) => expect(importedBy(text)).toEqual(names));
