import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../src');

/** Floor of every room. A file imports lower floors and its own room, nothing else. */
const FLOORS: Readonly<Record<string, number>> = {
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
/** Siblings of pure files that a package import or a Node caller chooses; the suffix says so. */
const IMPURE_SUFFIX = '.node.ts';

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const imports = files.flatMap(importsOf);
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

function isPure(file: string): boolean {
  return !file.endsWith(IMPURE_SUFFIX) && PURE.some((name) => file === `${name}.ts` || file.startsWith(`${name}/`));
}

const floor = (file: string): number => FLOORS[room(file)] ?? Number.NaN;
const show = ({ from, to }: Import): string => `${from} → ${to}`;

function read(file: string): string {
  return readFileSync(join(SOURCE, file), 'utf8');
}
