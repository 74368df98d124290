import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { packageEntries, root } from '../build/entries.ts';
import manifest from '../package.json' with { type: 'json' };
import { temporaryFolder } from './support/folder.ts';
import { interop, run } from './support/program.ts';

/** Small enough that unpacking and loading stay quick; half of what one built file per source file came to. */
const MAX_FILES = 636;
/** So many that several threads hash them. */
const SHARED_BYTES = 64 * 2 ** 20;

interop(['tar'], 'what npm packs works where it is installed: entries, command and threads', () => {
  const folder = temporaryFolder();
  const packed = node('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root);
  const [archive] = JSON.parse(packed) as [{ filename: string; entryCount: number }];
  expect(archive.entryCount).toBeLessThanOrEqual(MAX_FILES);
  install(folder, archive.filename);

  const imports = packageEntries().map(({ name }) => `import '${name}';`);
  expect(script(folder, `${imports.join('\n')} console.log('loaded');`)).toBe('loaded\n');

  const bootwright = join(folder, 'node_modules/bootwright/bin/bootwright.js');
  expect(node(process.execPath, [bootwright, '--version'], folder)).toContain(manifest.version);
  expect(node(process.execPath, [bootwright, 'demo'], folder)).not.toBe('');

  const data = join(folder, 'data');
  writeFileSync(data, '');
  truncateSync(data, SHARED_BYTES);
  expect(
    script(
      folder,
      `import { EchoGroup } from 'bootwright/echo';
       import { internetAddress } from 'bootwright/socket';
       import { formatFiles } from 'bootwright/verity/files';
       const { rootHash } = await formatFiles({ data: 'data', hash: 'hash', salt: new Uint8Array(32), threads: 2 });
       const group = await EchoGroup.start(2, {
         protocol: 'udp', options: { address: internetAddress('127.0.0.1', 0) },
       });
       group.drain(0);
       console.log(rootHash.length, (await group.closed).messages);`,
    ),
  ).toBe('64 0\n');
});

/** As `npm install` does, without a registry: the package's dependencies are those of this checkout. */
function install(folder: string, archive: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'bootwright'), { recursive: true });
  node('tar', ['-xf', join(folder, archive), '-C', join(modules, 'bootwright'), '--strip-components', '1'], folder);
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}

function script(folder: string, source: string): string {
  writeFileSync(join(folder, 'program.mjs'), source);
  return node(process.execPath, ['program.mjs'], folder);
}

function node(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = run(program, args, { cwd, timeoutMs: 60_000 });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}
