import process from 'node:process';
import { defineConfig } from 'vitest/config';

/** Tests of the built page in a real browser; run by `npm run test:web`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['test/web/browser/**/*.test.ts'],
    // Taking the pictures of the documentation anew is no test: it runs when it is asked for.
    exclude: process.env['SCREENSHOTS'] === undefined ? ['test/web/browser/screenshots.test.ts'] : [],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
