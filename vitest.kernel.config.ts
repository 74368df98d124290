import { defineConfig } from 'vitest/config';

/**
 * The messages that Linux judges, on a kernel that `test/kernel/build.sh` made: minutes of building, which no other test
 * needs. Run by `npm run test:kernel`.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['test/kernel/**/*.test.ts'],
    testTimeout: 1_200_000,
    pool: 'forks',
  },
});
