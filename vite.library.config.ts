import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
const dist = resolve(root, 'dist');
const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string>>;
};
/** What programs import, as paths below `dist/` and `src/` without an extension. */
const entries = Object.values(manifest.exports)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice('./dist/'.length, -'.js'.length));
/** Files that the built code loads by name: the two sides of `#crypto`, and what threads run. */
const loaded = [
  'crypto/crypto.node',
  'crypto/crypto.web',
  'epoll/thread-worker',
  'echo/thread',
  'verity/files/worker.node',
];

/** Writes the declarations, and deletes those that no entry leads to. */
function declarations(): Plugin {
  return {
    name: 'declarations',
    closeBundle() {
      execFileSync('tsc', ['-p', 'tsconfig.declarations.json'], { cwd: root, stdio: 'inherit' });
      const reached = new Set<string>();
      const visit = (file: string): void => {
        if (reached.has(file) || !existsSync(join(dist, file))) return;
        reached.add(file);
        for (const [, name = ''] of readFileSync(join(dist, file), 'utf8').matchAll(
          /['"](\.{1,2}\/[^'"]+)\.(?:ts|js)['"]/g,
        ))
          visit(`${relative(dist, resolve(dist, dirname(file), name))}.d.ts`);
      };
      for (const entry of entries) visit(`${entry}.d.ts`);
      for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
        if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(join(dist, file));
    },
  };
}

/**
 * The library: a file for each entry, and shared ones beside them. The command line is built apart, since files cut for
 * both would make a command load half as many again.
 */
export default defineConfig({
  publicDir: false,
  plugins: [declarations()],
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  build: {
    ssr: true,
    outDir: dist,
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries([...entries, ...loaded].map((name) => [name, resolve(root, 'src', `${name}.ts`)])),
      // Which side of it is loaded, node or browser, is for the program that uses the library to say.
      external: ['#crypto'],
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
    },
  },
});
