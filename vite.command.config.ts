import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { behindFaces } from './build/behind-faces.ts';

/**
 * The command line as a few files: loading a hundred small ones took longer than most commands. What others wrote
 * stays outside, in node_modules.
 */
export default defineConfig({
  publicDir: false,
  plugins: [behindFaces()],
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  build: {
    ssr: true,
    outDir: resolve(import.meta.dirname, 'dist/command'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: resolve(import.meta.dirname, 'src/cli/main.ts') },
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
