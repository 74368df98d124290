import { buildCommand } from '@stricli/core';
import { Fault, inside } from '../../fault.ts';
import { openStore } from '../../file/index.ts';
import { type Excerpt, type Fit, type FitNode, locateData, openFit, printFit } from '../../fit/index.ts';
import { coveredSet, isSignatureNode } from '../../fit/internal.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, toggle } from '../shared/flags.ts';
import { showValue } from './describe.ts';
import { ctime } from './time.ts';

const flagTable = {
  nodes: toggle('List every node and property, and which are signed'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fit list FIT`: what an image tree says of itself; nothing is checked. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Lists an image tree',
    fullDescription: [
      'The listing of mkimage -l. With --nodes it lists every node and property and marks with * those that a configuration',
      'signature covers. The listing shows what is written; it verifies nothing.',
      '',
      'Example: bootwright fit list image.itb --nodes',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image tree', placeholder: 'FIT', parse: String }] },
    flags: flagTable,
  },
  func(flags, path) {
    using store = openStore(path);
    const fit = inside(path, () => openFit(store));
    if (flags.json) printJson(this, { file: path, size: fit.size, ...jsonFit(fit) });
    else if (flags.nodes) for (const line of nodeLines(fit.root, signedNodes(fit), '')) print(this, line);
    else print(this, ...printFit(fit, ctime));
  },
});

function signedNodes({ root }: Fit): ReadonlySet<string> {
  const configurations = [...(root.child('configurations')?.children() ?? [])];
  const signed = configurations.filter((one) => [...one.children()].some(isSignatureNode));
  return new Set(signed.flatMap((one) => coveredSet(root, one).paths));
}

function* nodeLines(node: FitNode, signed: ReadonlySet<string>, indent: string): Generator<string> {
  const mark = signed.has(node.path) ? '*' : ' ';
  yield `${mark} ${indent}${node.name || '/'}`;
  for (const { name, value } of node.properties()) {
    const covered = mark === '*' && !/^data(?:-size|-position|-offset)?$/.test(name) ? '*' : ' ';
    yield `${covered} ${indent}  ${name} = ${name === 'data' ? `${value.length} bytes` : showValue(inMemory(value))}`;
  }
  for (const child of node.children()) yield* nodeLines(child, signed, `${indent}  `);
}

function jsonFit(fit: Fit) {
  const children = (name: string): FitNode[] => [...(fit.root.child(name)?.children() ?? [])];
  return {
    root: jsonProperties(fit.root),
    images: children('images').map((image) => ({ ...jsonNode(image), data: placeOf(fit, image) })),
    configurations: children('configurations').map(jsonNode),
    default: jsonProperties(fit.root.child('configurations'))['default'],
    signed: [...signedNodes(fit)],
  };
}

interface JsonNode {
  readonly path: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly nodes: readonly JsonNode[];
}

function jsonNode(node: FitNode): JsonNode {
  return { path: node.path, properties: jsonProperties(node), nodes: [...node.children()].map(jsonNode) };
}

function jsonProperties(node: FitNode | undefined): Record<string, string> {
  const rows = [...(node?.properties() ?? [])].filter(({ name }) => name !== 'data');
  return Object.fromEntries(rows.map(({ name, value }) => [name, showValue(inMemory(value), PROGRAM_BYTES)]));
}

function placeOf(fit: Fit, image: FitNode) {
  try {
    return locateData(fit, image, { strict: false });
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** Bytes of a value that programs get: all of a hash or signature, but not an image. */
const PROGRAM_BYTES = 4096;

const inMemory = (bytes: Uint8Array): Excerpt => ({ size: bytes.length, bytes });
