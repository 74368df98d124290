import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeclarationReader } from '../../build/declarations.ts';
import { packageEntries, root } from '../../build/entries.ts';
import { apiReport } from '../../build/report.ts';

const entries = packageEntries();
const folder = mkdtempSync(join(tmpdir(), 'bootwright-api-'));
const declarations = (path: string): string => join(folder, `${path}.d.ts`);
const reader = new DeclarationReader();

beforeAll(() => {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.declarations.json', '--outDir', folder], { cwd: root, stdio: 'inherit' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A change here is a change for programs that use the package: `npm run docs` writes it, and the changelog tells it. */
test.each(entries)('$name exports what its report says', async ({ name, path }) => {
  const report = apiReport(name, declarations(path), reader, isPublic);
  await expect(report).toMatchFileSnapshot(
    join(import.meta.dirname, `${name.replace('bootwright/', '').replaceAll('/', '-')}.txt`),
  );
});

test('every export has a doc comment', () => {
  const silent = entries.flatMap(({ name, path }) =>
    [...reader.exportsOf(declarations(path))].flatMap(([alias, found]) =>
      found.some(({ doc }) => doc !== '') ? [] : [`${name} ${alias}`],
    ),
  );
  expect(silent).toEqual([]);
});

let known: Set<string> | undefined;
function isPublic({ name, file }: { readonly name: string; readonly file: string }): boolean {
  known ??= new Set(
    entries.flatMap(({ path }) =>
      [...reader.exportsOf(declarations(path)).values()].flat().map((each) => `${each.name} ${each.file}`),
    ),
  );
  return known.has(`${name} ${file}`);
}
