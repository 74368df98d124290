import { defineConfig } from 'vitest/config';

/** Boots on an emulated machine: minutes rather than seconds, and one after the other. */
export default defineConfig({
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['test/boot/**/*.test.ts'],
    testTimeout: 300_000,
    // The first run fetches Debian's packages.
    hookTimeout: 300_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
