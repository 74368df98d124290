import { type Message, textOf } from './message.ts';
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
  readonly reason: Message;
  /** The source line, and below it the underline. */
  readonly excerpt: string;
}

export const devicetreeFaults = {
  'devicetree/header': refused<Place & { readonly reason: Message }>(
    'The header of a flattened device tree contradicts itself or the length of the input.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Compile the device tree again: the blob is damaged or incomplete.',
  ),
  'devicetree/structure': refused<Place & { readonly reason: Message }>(
    'The structure block of a flattened device tree is not one properly nested tree.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Compile the device tree again: the blob is damaged or incomplete.',
  ),
  'devicetree/name': refused<Place & { readonly reason: Message }>(
    'The name of a node or property cannot be read or may not be used.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Use a name of letters, digits and `,._+?#-`, with an optional unit address behind `@`.',
  ),
  'devicetree/limit': refused<Place & { readonly what: string; readonly limit: number }>(
    'A device tree exceeds a documented limit of this program.',
    (c) => `${at(c)}: ${c.what} exceeds ${c.limit}`,
    'Split the tree, or reduce what exceeds the limit.',
  ),
  'devicetree/missing': refused<Place & { readonly what: 'node' | 'property' }>(
    'A node or property that is needed does not exist.',
    (c) => `${c.path}: no such ${c.what}`,
    'Check the path: `bootwright dts decompile FILE` prints the tree.',
  ),
  'devicetree/value': refused<Place & { readonly reason: Message }>(
    'The value of a property does not have the shape that it must have.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Give the property a value of the type that the message names.',
  ),
  'devicetree/exists': refused<Place>(
    'A node of this name exists already.',
    (c) => `${at(c)}: the node exists already`,
    'Choose another name, or delete the existing node first.',
  ),
  'devicetree/overlay': refused<
    Place & {
      readonly kind: 'not-found' | 'bad-overlay' | 'bad-phandle' | 'no-phandles' | 'bad-path';
      readonly reason: Message;
    }
  >(
    'An overlay cannot be applied to this device tree.',
    (c) => `${at(c)}: ${c.reason.text}`,
    (c) =>
      c.kind === 'not-found'
        ? 'Compile the base tree with --symbols, and check that it has the nodes that the overlay names.'
        : 'Compile the overlay again, with /plugin/ at its start.',
  ),
  'devicetree/no-space': refused<Place & { readonly need: number; readonly have: number }>(
    'An edit does not fit into the free space of the blob.',
    (c) => `${at(c)}: needs ${c.need} bytes, ${c.have} are free`,
    'Add free space to the blob: compile it with --padding.',
  ),
  'devicetree/source': refused<{
    readonly problems: readonly SourceProblem[];
    /** Whether the text could be read to its end, so that these are all its problems. */
    readonly complete: boolean;
  }>(
    'A device tree source cannot be compiled.',
    (c) => c.problems.map(showProblem).join('\n'),
    'Correct the source at the lines shown.',
  ),
  'devicetree/invalid': refused<{ readonly file: string; readonly errors: readonly string[] }>(
    'A device tree fails checks that count as errors.',
    (c) => [`${c.file}: the tree fails ${c.errors.length} of its checks`, ...c.errors].join('\n  '),
    'Correct the source, or turn a check off with --check NAME=off.',
  ),
  'devicetree/unknown-check': usage<{ readonly name: string }>(
    'There is no check of this name.',
    (c) => `there is no check '${c.name}'`,
    'Run `bootwright dts checks` for the names.',
  ),
  'devicetree/include': inputOutput<{ readonly file: string; readonly reason: Message }>(
    'A file that a device tree source includes cannot be read.',
    (c) => `cannot include ${c.file}: ${c.reason.text}`,
    'Name the folder of the included file with --include.',
  ),
};

const showProblem = ({ file, line, column, reason, excerpt }: SourceProblem): string =>
  `${file}:${line}:${column}: ${textOf(reason)}\n${excerpt.replaceAll(/^/gm, '    ')}`;
