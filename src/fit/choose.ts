import { concatBytes } from '../binary/index.ts';
import { readHeader, TokenReader } from '../devicetree/index.ts';
import { Fault, type Message } from '../fault.ts';
import { fitMessage } from './messages.ts';
import { type FitNode, firstText } from './node.ts';
import { type DataPlace, type Fit, locateData } from './open.ts';
import { type BestMatchRules, type FitTarget, targetNames, targets } from './target.ts';

/** Which configuration of an image tree boots, as far as it is known. */
export interface BootChoice {
  /** The board's `compatible`, most specific first; empty where no board was named. */
  readonly board: readonly string[];
  /** Path of the configuration that boots; `undefined` where none does, or where that depends on the board. */
  readonly boots: string | undefined;
  /** What decided: a person's naming it, the board's `compatible`, or the default. */
  readonly by: 'name' | 'board' | 'default' | undefined;
  /** What boots without FIT_BEST_MATCH; `undefined` where nothing does. */
  readonly default: string | undefined;
  /** What boots with FIT_BEST_MATCH, by the first of a board's strings that is in the list; else the default. */
  readonly bestMatch: readonly { readonly compatible: string; readonly path: string }[];
}

export interface ChoiceOptions {
  readonly target: FitTarget;
  /** Name of the one configuration that is wanted. */
  readonly configuration?: string | undefined;
  /** The board's `compatible`, most specific first: its loader is built with FIT_BEST_MATCH. */
  readonly board?: readonly string[] | undefined;
}

/** The configurations that may boot and so have to verify; the one that boots is the first. */
export interface Chosen {
  readonly choice: BootChoice;
  readonly candidates: readonly FitNode[];
  /** Why nothing boots, or why it is not known what boots. */
  readonly fault: Fault | undefined;
}

/** What is read of an fdt for its `compatible`: a bound on memory, far above any device tree. */
const MAX_FDT_BYTES = 1 << 24;

/**
 * Which configurations a loader may boot: the one that is named; the one that fits the board; or, where neither is
 * known, the default and each that fits some board. With `strict` every configuration has to verify where no board is
 * named, and what any of the releases would choose where one is.
 */
export function chooseConfigurations(fit: Fit, parent: FitNode, options: ChoiceOptions): Chosen {
  const { target, configuration: wanted, board = [] } = options;
  const all = [...parent.children()];
  const { name, standard } = defaultOf(parent, all);
  const matches = bestMatches(fit, all, standard, targets[target].bestMatch);
  const common = {
    board,
    default: standard?.path,
    bestMatch: Array.from(matches, ([compatible, { path }]) => ({ compatible, path })),
  };
  const none = (fault: Fault, candidates: readonly FitNode[] = []): Chosen => ({
    choice: { ...common, boots: undefined, by: undefined },
    candidates,
    fault,
  });
  const one = (node: FitNode, by: BootChoice['by'], others: Iterable<FitNode> = []): Chosen => ({
    choice: { ...common, boots: node.path, by },
    candidates: [...new Set([node, ...others])],
    fault: undefined,
  });
  if (wanted !== undefined) {
    const node = all.find((candidate) => candidate.name === wanted);
    if (node !== undefined) return one(node, 'name');
    return none(
      unknown(`/configurations/${wanted}`, parent.offset, fitMessage('fit/no-configuration', { name: wanted })),
    );
  }
  if (board.length > 0) {
    const fitting = matchOf(matches, board);
    const node = fitting ?? (targets[target].bestMatch.fallback ? standard : undefined);
    if (node === undefined) return none(noMatch(parent, { target, board, name, standard }));
    return one(node, fitting === undefined ? 'default' : 'board', othersFor(fit, all, standard, options));
  }
  const possible = targets[target].strict ? all : matches.values();
  if (standard !== undefined) return one(standard, 'default', possible);
  return none(name === undefined ? noDefault(matches) : unknownDefault(parent, name), [...new Set(possible)]);
}

/** What each release boots for boards, with FIT_BEST_MATCH; `compatibles` are all strings that decide for some release. */
export interface Releases {
  readonly compatibles: readonly string[];
  readonly choose: (
    board: readonly string[],
  ) => readonly { readonly target: FitTarget; readonly path: string | undefined }[];
}

export function chooseByRelease(fit: Fit, parent: FitNode): Releases {
  const all = [...parent.children()];
  const { standard } = defaultOf(parent, all);
  const releases = targetNames
    .filter((target) => !targets[target].strict)
    .map((target) => ({ target, matches: bestMatches(fit, all, standard, targets[target].bestMatch) }));
  return {
    compatibles: [...new Set(releases.flatMap(({ matches }) => [...matches.keys()]))],
    choose: (board) =>
      releases.map(({ target, matches }) => {
        const fallback = targets[target].bestMatch.fallback ? standard : undefined;
        return { target, path: (matchOf(matches, board) ?? fallback)?.path };
      }),
  };
}

/**
 * What a loader with FIT_BEST_MATCH takes, by the string of the board's `compatible` that decides: the configuration
 * that names it first, or the default where that breaks ties. A configuration without a `compatible` of its own has
 * that of its fdt, if it can be read in place: not compressed, said so, and aligned.
 */
function bestMatches(
  fit: Fit,
  configurations: readonly FitNode[],
  standard: FitNode | undefined,
  rules: BestMatchRules,
): ReadonlyMap<string, FitNode> {
  const matches = new Map<string, FitNode>();
  for (const configuration of configurations) {
    for (const text of compatiblesOf(fit, configuration, rules)) {
      const wins = rules.ties === 'default' && configuration === standard;
      if (wins || !matches.has(text)) matches.set(text, configuration);
    }
  }
  return matches;
}

/** What `default` says, and the configuration of that name. */
function defaultOf(parent: FitNode, all: readonly FitNode[]) {
  const name = firstText(parent, 'default');
  const standard = name === undefined ? undefined : all.find((one) => one.name === name);
  return { name, standard };
}

/** The board's strings are asked in their order: a more specific one decides, wherever its configuration stands. */
function matchOf(matches: ReadonlyMap<string, FitNode>, board: readonly string[]): FitNode | undefined {
  const text = board.find((one) => matches.has(one));
  return text === undefined ? undefined : matches.get(text);
}

/** With `strict`, what the other releases would choose for a board. */
function othersFor(
  fit: Fit,
  all: readonly FitNode[],
  standard: FitNode | undefined,
  { target, board = [] }: ChoiceOptions,
): FitNode[] {
  if (!targets[target].strict) return [];
  return targetNames.flatMap((name) => {
    const { bestMatch } = targets[name];
    const node = matchOf(bestMatches(fit, all, standard, bestMatch), board);
    return node ?? (bestMatch.fallback ? standard : undefined) ?? [];
  });
}

function compatiblesOf(fit: Fit, configuration: FitNode, { fdtAlignment }: BestMatchRules): readonly string[] {
  const own = configuration.property('compatible');
  if (own !== undefined) return endedTexts(own.value);
  const name = firstText(configuration, 'fdt');
  const image = name === undefined ? undefined : fit.root.child('images')?.child(name);
  if (image === undefined || firstText(image, 'compression') !== 'none') return [];
  const { place, compatibles } = fdtOf(fit, image);
  return place === undefined || place.start % fdtAlignment !== 0 ? [] : compatibles;
}

interface ReadFdt {
  readonly place: DataPlace | undefined;
  readonly compatibles: readonly string[];
}

/** By image: a tree that was read does not change, and every target asks. */
const fdts = new WeakMap<FitNode, ReadFdt>();

function fdtOf(fit: Fit, image: FitNode): ReadFdt {
  const known = fdts.get(image) ?? readFdt(fit, image);
  fdts.set(image, known);
  return known;
}

function readFdt(fit: Fit, image: FitNode): ReadFdt {
  try {
    const place = locateData(fit, image, { strict: false });
    const bytes = concatBytes(Array.from(fit.pieces({ ...place, size: Math.min(place.size, MAX_FDT_BYTES) }), copyOf));
    return { place, compatibles: rootCompatible(bytes) };
  } catch (error) {
    if (error instanceof Fault) return { place: undefined, compatibles: [] };
    throw error;
  }
}

/** The pieces of a source are overwritten by the next. */
const copyOf = (piece: Uint8Array): Uint8Array => piece.slice();

/** The `compatible` of a tree's root, read as libfdt reads it: nothing behind it is looked at. */
function rootCompatible(tree: Uint8Array): readonly string[] {
  const tokens = new TokenReader(tree, readHeader(tree));
  let depth = 0;
  for (let token = tokens.next(); ; token = tokens.next()) {
    if (token.kind === 'property' && token.name === 'compatible') return endedTexts(token.value);
    if (token.kind === 'begin') depth += 1;
    if (depth > 1 || token.kind === 'end' || token.kind === 'finish') return [];
  }
}

/** The texts that libfdt's comparison sees: each ended by a NUL, what is not ended is none. */
function endedTexts(value: Uint8Array): string[] {
  let text = '';
  const texts: string[] = [];
  for (const byte of value) {
    if (byte !== 0) text += String.fromCharCode(byte);
    else {
      texts.push(text);
      text = '';
    }
  }
  return texts;
}

const unknown = (path: string, offset: number, reason: Message): Fault =>
  new Fault('fit/configuration', { path, offset, reason });

function unknownDefault(parent: FitNode, name: string): Fault {
  const offset = parent.property('default')?.offset ?? parent.offset;
  return unknown('/configurations:default', offset, fitMessage('fit/no-configuration', { name }));
}

function noDefault(matches: ReadonlyMap<string, FitNode>): Fault {
  const reason = matches.size === 0 ? fitMessage('fit/no-default-no-match') : fitMessage('fit/no-default');
  return new Fault('fit/not-verified', { what: fitMessage('fit/image-tree'), reason });
}

function noMatch(
  parent: FitNode,
  {
    target,
    board,
    name,
    standard,
  }: {
    readonly target: FitTarget;
    readonly board: readonly string[];
    readonly name: string | undefined;
    readonly standard: FitNode | undefined;
  },
): Fault {
  const values = { board: board.join(', ') };
  if (name !== undefined && standard === undefined) return unknownDefault(parent, name);
  const reason =
    standard === undefined
      ? fitMessage('fit/no-match-no-default', values)
      : fitMessage('fit/no-match', { ...values, target });
  return unknown('/configurations:default', parent.offset, reason);
}
