import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../src');

/** Floor of every room. A file imports lower floors and its own room, nothing else. */
const FLOORS: Readonly<Record<string, number>> = {
  index: 0,
  fault: 0,
  binary: 1,
  crypto: 2,
  file: 2,
  linux: 2,
  pki: 3,
  devicetree: 3,
  socket: 3,
  epoll: 4,
  fip: 4,
  verity: 4,
  fit: 5,
  uboot: 4,
  echo: 5,
  tftp: 5,
  trust: 6,
  boot: 7,
  inspect: 7,
  web: 8,
  cli: 8,
};

/** Rooms, and files of rooms, that run in a browser: no `node:` module, no FFI. */
const PURE = [
  'index',
  'fault',
  'binary',
  'crypto',
  'pki',
  'devicetree',
  'fip',
  'verity',
  'fit',
  'trust',
  'uboot',
  'inspect',
  'web',
  'epoll/model',
  'tftp/packet',
  'tftp/options',
  'tftp/netascii',
  'tftp/transfer',
];
/** Rooms of images and rooms of the network. They know nothing of each other and meet in `boot`, `cli` and `web`. */
const TOWERS: Readonly<Record<string, readonly string[]>> = {
  IMAGES: ['crypto', 'pki', 'devicetree', 'fip', 'verity', 'fit', 'uboot'],
  NET: ['linux', 'socket', 'epoll', 'echo', 'tftp'],
};
/** Rooms that stand on both towers. Those between a tower and these, such as `trust`, stand on one. */
const MEETING = ['boot', 'cli', 'web'];
/** Fast paths in Node that have a portable one beside them, and may reach into the other tower. */
const FAST_PATHS = ['verity/files/multi-block.node.ts'];
/** Parts of one room, lowest first: none imports a part that comes after it. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  devicetree: ['source', 'checks', 'compile.ts'],
};
/**
 * What other rooms may import of a room: its public face, its inner face, and entries that need Node. The kernel's model
 * of `epoll` is pure and has a face of its own, since the room's needs the FFI.
 */
const FACE = /^(?:index|internal|fault|.*\.node|model\/index)\.ts$/;
/** Siblings of pure files that a package import or a Node caller chooses; the suffix says so. */
const IMPURE_SUFFIX = '.node.ts';

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const imports = files.flatMap(importsOf);
const TOWERS_OF = new Map<string, readonly string[]>();
const local = imports.filter(({ to }) => files.includes(to));

describe('the house', () => {
  test('every room has a floor', () => {
    expect(files.length).toBeGreaterThan(10);
    expect([...new Set(files.map(room))].filter((name) => FLOORS[name] === undefined)).toEqual([]);
  });

  test('every relative import names a file that exists', () => {
    expect(imports.filter(({ to }) => !to.startsWith('!') && !files.includes(to))).toEqual([]);
  });

  test('a file imports lower floors and its own room', () => {
    const climbing = local.filter(({ from, to }) => room(from) !== room(to) && floor(to) >= floor(from));
    expect(climbing.map(show)).toEqual([]);
  });

  test('another room imports the faces of a room, and nothing behind them', () => {
    const behind = local.filter(({ from, to }) => room(from) !== room(to) && !FACE.test(to.slice(to.indexOf('/') + 1)));
    expect(behind.map(show)).toEqual([]);
  });

  test('a room does not import its own faces', () => {
    const own = local.filter(({ from, to }) => room(from) === room(to) && /^[^/]+\/(index|internal)\.ts$/.test(to));
    expect(own.map(show)).toEqual([]);
  });

  test('a room stands on one tower, except where the towers meet', () => {
    const stands = local
      .filter(({ from }) => !FAST_PATHS.includes(from) && !MEETING.includes(room(from)))
      .map((each) => ({ ...each, towers: [towerOf(each.to), ...towersOf(room(each.from))] }))
      .filter(({ towers }) => new Set(towers.filter((tower) => tower !== undefined)).size > 1);
    expect(stands.map(show)).toEqual([]);
    const unneeded = FAST_PATHS.filter((file) => !local.some(({ from, to }) => from === file && towerOf(to) === 'NET'));
    expect(unneeded).toEqual([]);
  });

  test('a part of a room imports no part above it', () => {
    const climbing = local.filter(({ from, to }) => room(from) === room(to) && part(from) < part(to));
    expect(climbing.filter(({ from }) => part(from) >= 0).map(show)).toEqual([]);
  });

  test('no file is part of an import cycle', () => {
    expect(cycles()).toEqual([]);
  });

  test('pure rooms import neither node: modules nor the FFI', () => {
    const impure = imports.filter(({ from, to }) => isPure(from) && /^!(node:|koffi)/.test(to));
    expect(impure.map(show)).toEqual([]);
  });

  test('pure files import no impure sibling', () => {
    expect(local.filter(({ from, to }) => isPure(from) && to.endsWith(IMPURE_SUFFIX)).map(show)).toEqual([]);
  });

  test('one file imports the FFI', () => {
    expect(
      imports
        .filter(({ to }) => to === '!koffi')
        .map(({ from }) => from)
        .filter((from) => from !== 'linux/libc.ts'),
    ).toEqual([]);
  });

  // The import reads every property of it, and so opens standard input, which it makes non-blocking.
  test('no module below the command line imports node:process', () => {
    const importing = imports.filter(({ from, to }) => to === '!node:process' && room(from) !== 'cli');
    expect(importing.map(show)).toEqual([]);
  });

  test('no module below the command line prints or exits', () => {
    const loud = files.filter(
      (file) =>
        room(file) !== 'cli' && room(file) !== 'web' && /\bconsole\.|process\.(exit\(|stdout|stderr)/.test(read(file)),
    );
    expect(loud).toEqual([]);
  });
});

function importsOf(from: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;
  return [...read(from).matchAll(pattern)].map((match) => {
    // What stands behind a question mark tells the bundler how to load the file.
    const specifier = (match[1] ?? match[2] ?? match[3] ?? '').replace(/\?.*$/, '');
    const to = specifier.startsWith('.')
      ? relative(SOURCE, resolve(SOURCE, dirname(from), specifier))
      : `!${specifier}`;
    return { from, to };
  });
}

function cycles(): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to } of local) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const seen = path.indexOf(file);
    if (seen >= 0) {
      found.push([...path.slice(seen), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

function room(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

const towerOf = (file: string): string | undefined =>
  Object.keys(TOWERS).find((tower) => TOWERS[tower]?.includes(room(file)));

/** The towers that a room is part of or stands on, through whatever lies between. */
function towersOf(name: string): readonly string[] {
  const known = TOWERS_OF.get(name);
  if (known !== undefined) return known;
  const own = towerOf(`${name}/`);
  const below = local.filter(({ from, to }) => room(from) === name && room(to) !== name && !FAST_PATHS.includes(from));
  const towers = own === undefined ? below.flatMap(({ to }) => towersOf(room(to))) : [own];
  TOWERS_OF.set(name, [...new Set(towers)]);
  return towersOf(name);
}

/** Which part of its room a file belongs to, as a place in `PARTS`; -1 where it belongs to none. */
function part(file: string): number {
  return (PARTS[room(file)] ?? []).indexOf(file.split('/')[1] ?? '');
}

function isPure(file: string): boolean {
  return !file.endsWith(IMPURE_SUFFIX) && PURE.some((name) => file === `${name}.ts` || file.startsWith(`${name}/`));
}

const floor = (file: string): number => FLOORS[room(file)] ?? Number.NaN;
const show = ({ from, to }: Import): string => `${from} → ${to}`;

function read(file: string): string {
  return readFileSync(join(SOURCE, file), 'utf8');
}
