import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** The page is one classic script: module scripts and worker files do not load from a folder opened with no server. */
function classicScript(): Plugin {
  return {
    name: 'classic-script',
    enforce: 'post',
    transformIndexHtml: (html) =>
      html.replaceAll(/<script type="module" crossorigin/g, '<script defer').replaceAll(/ crossorigin/g, ''),
  };
}

export default defineConfig({
  root: resolve(import.meta.dirname, 'src/web'),
  base: './',
  plugins: [classicScript()],
  // Without `module` and `node`: the crypto port resolves to its browser side, from source.
  resolve: { conditions: ['source', 'browser', 'import', 'default'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'iife' },
  build: {
    outDir: resolve(import.meta.dirname, 'dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // One script with its worker inside: it comes from this machine, never over a network.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      output: { format: 'iife', entryFileNames: 'bootwright.js', assetFileNames: 'bootwright[extname]' },
    },
  },
});
