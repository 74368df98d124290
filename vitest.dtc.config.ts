import { defineConfig } from 'vitest/config';

/** dtc's own test suite, and comparisons with the release of it that ours follows; run by `npm run test:dtc`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['test/dtc/**/*.test.ts'],
    testTimeout: 1_200_000,
    // The first run fetches and builds dtc.
    hookTimeout: 600_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
