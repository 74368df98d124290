import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { packageEntries, root } from './entries.ts';
import { readReference } from './reference.ts';

/** Writes the declarations that the entries lead to into a folder, and the reference of the entries beside them. */
export function declare(folder: string): void {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.declarations.json', '--outDir', folder], { cwd: root, stdio: 'inherit' });
  const entries = packageEntries();
  removeUnreached(
    folder,
    entries.map(({ path }) => `${path}.d.ts`),
  );
  const reference = readReference(
    folder,
    entries.map(({ name, path }) => [name, join(folder, `${path}.d.ts`)]),
  );
  writeFileSync(join(folder, 'reference.json'), `${JSON.stringify(reference, null, 1)}\n`);
}

function removeUnreached(folder: string, entries: readonly string[]): void {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file) || !existsSync(join(folder, file))) return;
    reached.add(file);
    for (const [, name = ''] of readFileSync(join(folder, file), 'utf8').matchAll(
      /['"](\.{1,2}\/[^'"]+)\.(?:ts|js)['"]/g,
    ))
      visit(`${relative(folder, resolve(folder, dirname(file), name))}.d.ts`);
  };
  entries.forEach(visit);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(join(folder, file));
}
