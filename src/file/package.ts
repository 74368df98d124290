import { existsSync } from 'node:fs';

let root: URL | undefined;

/**
 * A file of this package, by its path from the package's folder: built files, wherever this one was built into. Threads
 * run built files alone, since Node 20 loads no TypeScript.
 */
export function packageFile(path: string): URL {
  root ??= packageRoot(new URL('.', import.meta.url));
  return new URL(path, root);
}

function packageRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const parent = new URL('..', folder);
  if (parent.href === folder.href) throw new Error('this file does not lie in its package');
  return packageRoot(parent);
}
