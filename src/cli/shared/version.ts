import { readFileSync } from 'node:fs';
import { packageFile } from '../../file/index.ts';

/** The version in the package's own package.json. */
export function readVersion(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
