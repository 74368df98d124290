import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import { type Mutant, mutate } from './test/mutants/mutant.ts';
import plain from './vitest.config.ts';

/** The mutant that `npm run test:mutants` tries in this process; see test/mutants/README.md. */
const mutant = JSON.parse(process.env['BOOTWRIGHT_MUTANT'] ?? 'null') as Mutant | null;

/** The tests of the project, over sources of which one is changed as it is loaded. No file is written. */
export default mergeConfig(
  plain,
  defineConfig({
    plugins:
      mutant === null
        ? []
        : [
            {
              name: 'mutant',
              enforce: 'pre',
              load(id) {
                const file = resolve(import.meta.dirname, mutant.file);
                return id === file ? mutate(readFileSync(file, 'utf8'), mutant) : undefined;
              },
            },
          ],
  }),
);
