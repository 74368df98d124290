import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { declare } from './build/declare.ts';
import { packageEntries } from './build/entries.ts';

const dist = resolve(import.meta.dirname, 'dist');
/** Files that the built code loads by name: the two sides of `#crypto`, and what threads run. */
const loaded = [
  'crypto/crypto.node',
  'crypto/crypto.web',
  'epoll/thread-worker',
  'echo/thread',
  'verity/files/worker.node',
];
const inputs = [...packageEntries().map(({ path }) => path), ...loaded];

/**
 * The library: a file for each entry, and shared ones beside them. The command line is built apart, since files cut for
 * both would make a command load half as many again.
 */
export default defineConfig({
  publicDir: false,
  plugins: [{ name: 'declare', closeBundle: () => declare(dist) }],
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  build: {
    ssr: true,
    outDir: dist,
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(inputs.map((path) => [path, resolve(import.meta.dirname, 'src', `${path}.ts`)])),
      // Which side of it is loaded, node or browser, is for the program that uses the library to say.
      external: ['#crypto'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
    },
  },
});
