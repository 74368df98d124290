import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Points what is imported from a room's face (`index.ts`, `internal.ts`) at the files behind it. A bundler cuts files by
 * what leads where, and a face leads to its whole room: every command that needs one name would load all of it.
 */
export function behindFaces(): Plugin {
  return {
    name: 'behind-faces',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/src\/.*\.ts$/.test(id)) return null;
      const here = dirname(id);
      return code
        .replaceAll(/^import \{([^}]*)\} from '(\.[^']+)';/gm, (whole, list: string, path: string) => {
          const names = namesOf(resolve(here, path));
          if (names === undefined) return whole;
          return values(list)
            .map(
              ({ text, name }) =>
                `import { ${text} } from '${names.has(name) ? toward(here, names.get(name)) : path}';`,
            )
            .join('\n');
        })
        .replaceAll(
          /(\{([^}]*)\} = await import\()'(\.[^']+)'/g,
          (whole, start: string, list: string, path: string) => {
            const names = namesOf(resolve(here, path));
            const files = new Set(values(list).map(({ name }) => names?.get(name)));
            const [file] = files;
            return files.size === 1 && file !== undefined ? `${start}'${toward(here, file)}'` : whole;
          },
        );
    },
  };
}

const faces = new Map<string, ReadonlyMap<string, string>>();

/** The values that a face passes on under their own names, each with the file that has it; `undefined` for other files. */
function namesOf(path: string): ReadonlyMap<string, string> | undefined {
  if (!/\/(?:index|internal)\.ts$/.test(path) || !existsSync(path)) return undefined;
  const known = faces.get(path);
  if (known !== undefined) return known;
  const names = new Map<string, string>();
  for (const [, list = '', from = ''] of readFileSync(path, 'utf8').matchAll(
    /^export \{([^}]*)\} from '(\.[^']+)';/gm,
  )) {
    const file = resolve(dirname(path), from);
    for (const { text, name } of values(list)) if (text === name) names.set(name, namesOf(file)?.get(name) ?? file);
  }
  faces.set(path, names);
  return names;
}

function values(list: string): { text: string; name: string }[] {
  const items = list.split(',').map((item) => item.trim());
  return items
    .filter((text) => text !== '' && !text.startsWith('type '))
    .map((text) => ({ text, name: text.replace(/ as .*/, '').replace(/:.*/, '') }));
}

const toward = (folder: string, file = ''): string => {
  const path = relative(folder, file);
  return path.startsWith('.') ? path : `./${path}`;
};
