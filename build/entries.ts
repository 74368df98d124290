import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The package's folder. */
export const root = resolve(import.meta.dirname, '..');

/** What programs import (`bootwright/fit`), each with its path below `dist/` and `src/`, without an extension. */
export function packageEntries(): { readonly name: string; readonly path: string }[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string>>;
  };
  return Object.entries(manifest.exports)
    .filter(([, file]) => file.endsWith('.js'))
    .map(([name, file]) => ({
      name: name.replace(/^\./, 'bootwright'),
      path: file.slice('./dist/'.length, -'.js'.length),
    }));
}
