import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckState, type Standing, type TrustCheck, TrustGraph, type TrustNode } from '../../src/trust/index.ts';

/** `fuses>key` is checked, `fuses?key` claimed, `fuses!key` refused. */
const STATES: Readonly<Record<string, CheckState>> = { '>': 'checked', '?': 'claimed', '!': 'refused' };

interface Drawing {
  readonly checks: readonly string[];
  readonly anchors?: readonly string[];
  readonly nodes?: readonly (Partial<TrustNode> & { readonly id: string })[];
}

const table: readonly [string, Drawing, Readonly<Record<string, Standing>>][] = [
  [
    'a chain from an anchor',
    { checks: ['fuses>key', 'key>fip', 'fip>tree'], anchors: ['fuses'] },
    { fuses: 'anchored', key: 'verified', fip: 'verified', tree: 'verified' },
  ],
  [
    'the same without an anchor',
    { checks: ['fuses>key', 'key>fip'] },
    { fuses: 'unvouched', key: 'consistent', fip: 'consistent' },
  ],
  [
    'an anchor in the middle says nothing of what stands above it',
    { checks: ['fuses>key', 'key>fip', 'fip>tree'], anchors: ['fip'] },
    { key: 'consistent', fip: 'anchored', tree: 'verified' },
  ],
  [
    'what hangs on a claim is claimed',
    { checks: ['fuses?key', 'key>fip'], anchors: ['fuses'] },
    { key: 'claimed', fip: 'claimed' },
  ],
  [
    'what hangs on something refused is not verified',
    { checks: ['control!fit', 'fit>hash', 'hash>blocks'], anchors: ['control'] },
    { fit: 'refused', hash: 'claimed', blocks: 'claimed' },
  ],
  [
    'a refusal by what is verified counts although something else signed',
    { checks: ['a>fit', 'b!fit'], anchors: ['a', 'b'] },
    { fit: 'refused' },
  ],
  [
    'required-mode any: one of two is enough',
    { checks: ['a>fit', 'b!fit'], anchors: ['a', 'b'], nodes: [{ id: 'fit', rule: 'any' }] },
    { fit: 'verified' },
  ],
  [
    'required-mode any: none of two is not',
    { checks: ['a!fit', 'b!fit'], anchors: ['a', 'b'], nodes: [{ id: 'fit', rule: 'any' }] },
    { fit: 'refused' },
  ],
  [
    'required-mode any: a check by a stranger is not one of them',
    { checks: ['stranger>fit', 'b!fit'], anchors: ['b'], nodes: [{ id: 'fit', rule: 'any' }] },
    { fit: 'refused' },
  ],
  [
    'a refusal by a stranger changes nothing',
    { checks: ['a>fit', 'stranger!fit'], anchors: ['a'] },
    { fit: 'verified' },
  ],
  ['a refusal by a stranger alone is a refusal', { checks: ['stranger!fit'] }, { fit: 'refused' }],
  [
    'two that vouch for each other are not anchored by that',
    { checks: ['a>b', 'b>a'], anchors: [] },
    { a: 'claimed', b: 'claimed' },
  ],
  [
    'a whole is verified with all of its parts',
    { checks: ['key>c1', 'key>c2'], anchors: ['key'], nodes: [{ id: 'fit', parts: ['c1', 'c2'] }] },
    { fit: 'verified' },
  ],
  [
    'a whole is refused with one of its parts',
    { checks: ['key>c1', 'key!c2'], anchors: ['key'], nodes: [{ id: 'fit', parts: ['c1', 'c2'] }] },
    { c1: 'verified', fit: 'refused' },
  ],
  [
    'required-mode any: a whole that nothing vouches for but its parts',
    { checks: ['key>c1', 'key!fit'], anchors: ['key'], nodes: [{ id: 'fit', rule: 'any', parts: ['c1'] }] },
    { c1: 'verified', fit: 'refused' },
  ],
  [
    'a whole of which a part is unvouched is not verified',
    { checks: ['key>c1', 'key>fit'], anchors: ['key'], nodes: [{ id: 'fit', parts: ['c1', 'c2'] }, { id: 'c2' }] },
    { fit: 'claimed' },
  ],
  ['a whole of no parts is not verified', { checks: [], nodes: [{ id: 'fit', parts: [] }] }, { fit: 'claimed' }],
  ['a node that nothing vouches for', { checks: [], nodes: [{ id: 'readme' }] }, { readme: 'unvouched' }],
];

describe('what a node is worth', () => {
  test.each(table)('%s', (_name, drawing, standings) => {
    const decision = draw(drawing).decide();
    expect(Object.fromEntries(Object.keys(standings).map((id) => [id, decision.standing(id)]))).toEqual(standings);
  });
});

describe('the verdict on nodes together', () => {
  const decision = draw({
    checks: ['key>good', 'file>held', 'key!bad', 'key?said'],
    anchors: ['key'],
    nodes: [{ id: 'file' }],
  }).decide();
  test.each([
    [['good', 'key'], 'verified'],
    [['good', 'held'], 'consistent'],
    [['good', 'said'], 'not-verified'],
    [['good', 'file'], 'not-verified'],
    [['good', 'bad', 'said'], 'refused'],
    [['nowhere'], 'not-verified'],
    [[], 'not-verified'],
  ] as const)('%j is %s', (ids, verdict) => {
    expect(decision.verdict(ids)).toBe(verdict);
  });
});

test('a path leads from the anchor to the node', () => {
  const decision = draw({ checks: ['fuses>key', 'key>fip', 'other>fip'], anchors: ['fuses'] }).decide();
  expect(decision.path('fip').map(({ from, to }) => `${from}>${to}`)).toEqual(['fuses>key', 'key>fip']);
  expect(decision.path('fuses')).toEqual([]);
});

test('refusals carry their reasons', () => {
  const decision = draw({ checks: ['key!fip', 'other>fip'], anchors: ['key'] }).decide();
  expect(decision.refusals('fip').map(({ from, reason }) => [from, reason])).toEqual([['key', 'key!fip']]);
});

test('a claim that was looked at is a claim no more, and a refusal stays', () => {
  const graph = draw({ checks: ['key>fip', 'key?fip'], anchors: ['key'] });
  expect(graph.decide().standing('fip')).toBe('verified');
  const both = draw({ checks: ['key!fip', 'key>fip'], anchors: ['key'] });
  expect(both.decide().standing('fip')).toBe('refused');
});

test('a check between nodes that are not there is a mistake of the program', () => {
  const graph = new TrustGraph();
  graph.check({ from: 'a', to: 'b', kind: 'names', state: 'checked', by: '' });
  expect(() => graph.decide()).toThrow('no node a');
});

describe('laws', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const check = fc.tuple(ids, ids, fc.constantFrom('>', '?', '!')).map(([from, to, state]) => `${from}${state}${to}`);
  const drawing = fc.record({
    checks: fc.array(check, { maxLength: 14 }),
    anchors: fc.uniqueArray(ids, { maxLength: 2 }),
    nodes: fc.array(fc.record({ id: ids, rule: fc.constantFrom('all' as const, 'any' as const) }), { maxLength: 3 }),
  });

  test('the order in which things are added changes nothing', () => {
    fc.assert(
      fc.property(drawing, (one) => {
        const unique = {
          ...one,
          nodes: one.nodes.filter(({ id }, i) => one.nodes.findIndex((n) => n.id === id) === i),
        };
        const turned = { ...unique, checks: unique.checks.toReversed(), anchors: unique.anchors.toReversed() };
        expect(standingsOf(turned)).toEqual(standingsOf(unique));
      }),
    );
  });

  test('verified means a path of checked edges from an anchor through verified nodes', () => {
    fc.assert(
      fc.property(drawing, (one) => {
        const graph = draw(one);
        const decision = graph.decide();
        for (const { id } of graph.nodes.filter((node) => decision.standing(node.id) === 'verified')) {
          const path = decision.path(id);
          expect(decision.standing(path[0]!.from)).toBe('anchored');
          expect(path.at(-1)!.to).toBe(id);
          for (const { from, state } of path) {
            expect(state).toBe('checked');
            expect(['verified', 'anchored']).toContain(decision.standing(from));
          }
        }
      }),
    );
  });

  test('a stranger that nothing verified vouches for cannot change what is verified', () => {
    fc.assert(
      fc.property(drawing, ids, fc.constantFrom('>', '?', '!'), (one, to, state) => {
        const nodes = [...one.nodes, { id: to }];
        const before = standingsOf({ ...one, nodes });
        const after = standingsOf({ ...one, nodes, checks: [...one.checks, `stranger${state}${to}`] });
        const verified = (standings: Readonly<Record<string, Standing>>) =>
          Object.keys(standings).filter((id) => standings[id] === 'verified');
        expect(verified(after)).toEqual(verified(before));
      }),
    );
  });

  test('without an anchor nothing is verified', () => {
    fc.assert(
      fc.property(drawing, (one) => {
        expect(Object.values(standingsOf({ ...one, anchors: [] }))).not.toContain('verified');
      }),
    );
  });
});

function draw({ checks, anchors = [], nodes = [] }: Drawing): TrustGraph<string> {
  const graph = new TrustGraph<string>();
  for (const node of nodes) graph.add({ kind: 'file', label: node.id, ...node });
  const add = (id: string): string => graph.add({ id, kind: 'file', label: id });
  for (const text of checks) {
    const [, from, sign, to] = /^(\w+)([>?!])(\w+)$/.exec(text)!;
    const check: TrustCheck<string> = {
      from: add(from!),
      to: add(to!),
      kind: 'signature',
      state: STATES[sign!]!,
      by: from!,
      reason: text,
    };
    graph.check(check);
  }
  for (const anchor of anchors) graph.anchor({ node: add(anchor), named: anchor });
  return graph;
}

function standingsOf(drawing: Drawing): Record<string, Standing> {
  const graph = draw(drawing);
  const decision = graph.decide();
  const rows = graph.nodes.map(({ id }) => [id, decision.standing(id)] as const);
  return Object.fromEntries(rows.toSorted(([a], [b]) => a.localeCompare(b)));
}
