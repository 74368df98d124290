import type { Mutant } from './mutant.ts';

/** The judge of files that are open together. */
export const inspectMutants: readonly Mutant[] = [
  {
    name: 'a root hash that nobody named vouches for its tree',
    file: 'src/inspect/evidence-verity.ts',
    from: 'const isNamed = shared.rootHashes.has(rootHash) || shared.trusted.has(rootHash);',
    to: 'const isNamed = true;',
    why: 'A tree would vouch for its own root hash.',
    tests: ['test/inspect/judge.test.ts'],
    only: 'the verdict on one file',
  },
  {
    name: 'a tree with another root hash than the pinned one is refused by nobody',
    file: 'src/inspect/evidence-verity.ts',
    from: 'for (const want of wanted) {',
    to: 'for (const want of [] as string[]) {',
    why: "An attacker's root file system would be told of as one that nobody vouches for, not as a wrong one.",
    tests: ['test/inspect/judge.test.ts'],
    only: 'files that are open together',
  },
  {
    name: 'an altered signature of a root hash refuses nothing',
    file: 'src/inspect/evidence-certificate.ts',
    from: 'for (const file of orphans) addOrphan(shared, file, demands, signed);',
    to: '',
    why: 'A device that demands the signature would not boot what is called verified.',
    tests: ['test/inspect/judge.test.ts'],
    only: 'files that are open together',
  },
  {
    name: 'a certificate vouches for itself',
    file: 'src/inspect/evidence-certificate.ts',
    from: 'if (own && path === label) continue;',
    to: '',
    why: 'Every self-signed certificate would be signed.',
    tests: ['test/inspect/judge.test.ts'],
    only: 'the verdict on one file',
  },
  {
    name: 'firmware whose signature no key is there for vouches for its control tree',
    file: 'src/inspect/evidence-fip.ts',
    from: "graph.check({ from, to: id, kind: 'signature', state: 'claimed', by });",
    to: "graph.check({ from, to: id, kind: 'signature', state: 'checked', by });",
    why: 'The control tree of unsigned firmware would make image trees consistent.',
    tests: ['test/inspect/judge.test.ts'],
    only: 'firmware.pub',
  },
  {
    name: 'the best verdict of all files is that on the chain',
    file: 'src/inspect/judge.ts',
    from: "for (const one of ['refused', 'not-verified', 'consistent'] as const)",
    to: "for (const one of ['consistent', 'not-verified', 'refused'] as const)",
    why: 'A chain with a part that is refused would be called consistent.',
    tests: ['test/inspect/judge.test.ts'],
    only: 'files that are open together',
  },
];
