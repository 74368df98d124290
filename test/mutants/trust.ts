import type { Mutant } from './mutant.ts';

const graph = ['test/trust/graph.test.ts'] as const;
const chain = ['test/chain/chain.test.ts'] as const;

/** What gives verdicts. */
export const trustMutants: readonly Mutant[] = [
  {
    name: 'a claim counts as a check',
    file: 'src/trust/graph.ts',
    from: "const by = checks.find(({ from, state }) => state === 'checked' && reached.has(from));",
    to: "const by = checks.find(({ from, state }) => state !== 'refused' && reached.has(from));",
    why: 'Whatever says that it vouches would vouch.',
    tests: graph,
  },
  {
    name: 'a check by anything counts',
    file: 'src/trust/graph.ts',
    from: "state === 'checked' && reached.has(from));",
    to: "state === 'checked');",
    why: 'A root hash of an image tree that nobody signed would verify.',
    tests: graph,
  },
  {
    name: 'a refusal by what is verified is nothing',
    file: 'src/trust/graph.ts',
    from: "if (!weighed.some(({ state }) => state === 'refused')) return false;",
    to: "if (!weighed.every(({ state }) => state === 'refused')) return false;",
    why: 'One key of two that are required would do.',
    tests: graph,
  },
  {
    name: 'a refusal by a stranger counts',
    file: 'src/trust/graph.ts',
    from: '.filter(({ from }) => reached.has(from));',
    to: '.filter(({ from }) => from.length > 0);',
    why: 'An unrelated file beside a chain could take its verdict away.',
    tests: graph,
  },
  {
    name: 'required-mode any: none has to be good',
    file: 'src/trust/graph.ts',
    from: "return node?.rule !== 'any' || !weighed.some(({ state }) => state === 'checked');",
    to: "return node?.rule !== 'any';",
    why: 'An image tree that none of the keys signed would not be refused.',
    tests: graph,
  },
  {
    name: 'a whole is verified with one of its parts',
    file: 'src/trust/graph.ts',
    from: 'if (node?.parts !== undefined && !node.parts.every((part) => reached.has(part))) return true;',
    to: '',
    why: 'One good configuration would stand for an altered one.',
    tests: graph,
  },
  {
    name: 'a whole of no parts is verified',
    file: 'src/trust/graph.ts',
    from: 'if (parts === undefined || parts.length === 0 || reached.has(id)',
    to: 'if (parts === undefined || reached.has(id)',
    why: 'A verifier that found nothing to check would say yes.',
    tests: graph,
  },
  {
    name: 'consistent is verified',
    file: 'src/trust/graph.ts',
    from: 'this.#verified = this.#reach(new Set(anchors.keys()));',
    to: 'this.#verified = this.#reach(new Set([...anchors.keys(), ...[...nodes.keys()].filter((id) => !this.#incoming.has(id))]));',
    why: 'What nobody named would be trusted.',
    tests: graph,
  },
  {
    name: 'no node at all is verified',
    file: 'src/trust/graph.ts',
    from: "if (standings.length === 0) return 'not-verified';",
    to: "if (standings.length === 0) return 'verified';",
    why: 'A verifier that found nothing to check would say yes.',
    tests: graph,
  },
  {
    name: 'the better of two results of one check stays',
    file: 'src/trust/graph.ts',
    from: 'BADNESS[check.state] > BADNESS[known.state]',
    to: 'BADNESS[check.state] < BADNESS[known.state]',
    why: 'A refusal could be overwritten by a second look.',
    tests: graph,
  },
  {
    name: 'a recorded hash is an anchor',
    file: 'src/boot/device-trust.ts',
    from: "if (anchor !== 'recorded') this.#graph.anchor({ node: fuses, named: anchor.named });",
    to: 'this.#graph.anchor({ node: fuses, named: rotpk });',
    why: 'A folder would vouch for itself.',
    tests: chain,
  },
  {
    name: 'counters rise by a chain that is only consistent',
    file: 'src/boot/device.ts',
    from: "...(trust.verdict === 'verified' && {",
    to: "...(trust.verdict !== ('' as string) && {",
    why: 'A chain of somebody else could raise the counters of a device.',
    tests: chain,
  },
];
