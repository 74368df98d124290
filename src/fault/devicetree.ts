import { type Reason, textOf } from './message.ts';
import { at, inputOutput, type Place, refused, usage } from './row.ts';

/** One thing that is wrong with a source text. */
export interface SourceProblem {
  readonly kind: 'error' | 'lexical';
  readonly file: string;
  /** Lines and columns count from 1; a column for each byte. */
  readonly line: number;
  readonly column: number;
  /** `file:line.column-column`, as dtc writes it. */
  readonly place: string;
  readonly reason: Reason;
  /** The source line, and below it the underline. */
  readonly excerpt: string;
}

export const devicetreeFaults = {
  'devicetree/header': refused<Place & { readonly reason: Reason }>(
    'The header of a flattened device tree contradicts itself or the length of the input.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'devicetree/structure': refused<Place & { readonly reason: Reason }>(
    'The structure block of a flattened device tree is not one properly nested tree.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'devicetree/name': refused<Place & { readonly reason: Reason }>(
    'The name of a node or property cannot be read or may not be used.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'devicetree/limit': refused<Place & { readonly what: string; readonly limit: number }>(
    'A device tree exceeds a documented limit of this program.',
    (c) => `${at(c)}: ${c.what} exceeds ${c.limit}`,
  ),
  'devicetree/missing': refused<Place & { readonly what: 'node' | 'property' }>(
    'A node or property that is needed does not exist.',
    (c) => `${c.path}: no such ${c.what}`,
  ),
  'devicetree/value': refused<Place & { readonly reason: Reason }>(
    'The value of a property does not have the shape that it must have.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'devicetree/exists': refused<Place>(
    'A node of this name exists already.',
    (c) => `${at(c)}: the node exists already`,
  ),
  'devicetree/overlay': refused<
    Place & {
      readonly kind: 'not-found' | 'bad-overlay' | 'bad-phandle' | 'no-phandles' | 'bad-path';
      readonly reason: Reason;
    }
  >('An overlay cannot be applied to this device tree.', (c) => `${at(c)}: ${textOf(c.reason)}`),
  'devicetree/no-space': refused<Place & { readonly need: number; readonly have: number }>(
    'An edit does not fit into the free space of the blob.',
    (c) => `${at(c)}: needs ${c.need} bytes, ${c.have} are free`,
  ),
  'devicetree/source': refused<{
    readonly problems: readonly SourceProblem[];
    /** Whether the text could be read to its end, so that these are all its problems. */
    readonly complete: boolean;
  }>('A device tree source cannot be compiled.', (c) => c.problems.map(showProblem).join('\n')),
  'devicetree/invalid': refused<{ readonly file: string; readonly errors: readonly string[] }>(
    'A device tree fails checks that count as errors.',
    (c) => [`${c.file}: the tree fails ${c.errors.length} of its checks`, ...c.errors].join('\n  '),
  ),
  'devicetree/unknown-check': usage<{ readonly name: string }>(
    'A check is named that does not exist.',
    (c) => `there is no check '${c.name}'; bootwright dts checks lists them`,
  ),
  'devicetree/include': inputOutput<{ readonly file: string; readonly reason: Reason }>(
    'A file that a device tree source includes cannot be read.',
    (c) => `cannot include ${c.file}: ${textOf(c.reason)}`,
  ),
};

const showProblem = ({ file, line, column, reason, excerpt }: SourceProblem): string =>
  `${file}:${line}:${column}: ${textOf(reason)}\n${excerpt.replaceAll(/^/gm, '    ')}`;
