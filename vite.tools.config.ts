import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** Programs for developers that no package ships: the mutation tests and the fuzzer, each as one file. */
export default defineConfig({
  publicDir: false,
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  build: {
    ssr: true,
    outDir: resolve(import.meta.dirname, 'dist-tools'),
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    sourcemap: 'inline',
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        fuzz: resolve(import.meta.dirname, 'test/fuzz/run.ts'),
        mutants: resolve(import.meta.dirname, 'test/mutants/run.ts'),
      },
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
