import type { Mutant } from './mutant.ts';

const verify = ['test/verity/verify.test.ts'];
const reader = ['test/verity/verified-reader.test.ts'];
const superblock = ['test/verity/superblock.test.ts'];

/** Hash trees, superblocks, root hashes. */
export const verityMutants: readonly Mutant[] = [
  {
    name: 'the reader does not compare digests',
    file: 'src/verity/verified-reader.ts',
    from: 'if (equalBytes(got, want)) return;',
    to: 'if (got.length === want.length) return;',
    why: 'Every byte comes out unverified.',
    tests: reader,
  },
  {
    name: 'the reader takes any spare bytes',
    file: 'src/verity/verified-reader.ts',
    from: "if (at >= 0) throw new Fault('verity/spare', { path: 'hash', offset: offset + at, level, block });",
    to: '',
    why: 'Room in the tree for what nobody looks at.',
    tests: reader,
  },
  {
    name: 'the reader keeps a view of what was lent to it',
    file: 'src/verity/verified-reader.ts',
    from: 'return copyOf(given instanceof Uint8Array ? given : await given);',
    to: 'return given instanceof Uint8Array ? given : await given;',
    why: 'A reader that reuses its buffer changes hash blocks after they were verified.',
    tests: reader,
  },
  {
    name: 'the superblock may say other things than the pins',
    file: 'src/verity/verify.ts',
    from: 'if (superblock) demandPins(readSuperblockAt(hash, hashOffset).parameters, parameters, hashOffset);',
    to: '',
    why: 'The kernel reads no superblock, veritysetup does: two verdicts on one device.',
    tests: verify,
  },
  {
    name: 'sizes are not demanded',
    file: 'src/verity/verify.ts',
    from: '  demandSizes(subject);\n',
    to: '',
    why: 'A device that is shorter than its tree.',
    tests: verify,
  },
  {
    name: 'any range',
    file: 'src/verity/verify.ts',
    from: 'if (options.range !== undefined) demandRange(subject, options.range);',
    to: '',
    why: 'A range beyond the data checks nothing and says verified.',
    tests: verify,
  },
  {
    name: 'a bad block is no refusal',
    file: 'src/verity/check.ts',
    from: "verdict: bad.length === 0 ? 'verified' : 'refused',",
    to: "verdict: bad.length >= 0 ? 'verified' : 'refused',",
    why: 'The verdict is what everything else reads.',
    tests: verify,
  },
  {
    name: 'a salt that does not fit into its field',
    file: 'src/verity/superblock.ts',
    from: 'if (raw.saltSize > SALT_LIMIT) {',
    to: 'if (raw.saltSize > 1e9) {',
    why: 'The salt would run into what follows.',
    tests: superblock,
  },
  {
    name: 'bytes behind the salt',
    file: 'src/verity/superblock.ts',
    from: '  if (junk >= 0) {',
    to: '  if (junk >= 1e9) {',
    why: 'Strict: what is zero by the format is zero.',
    tests: superblock,
  },
  {
    name: 'upper-case root hashes',
    file: 'src/verity/root-hash.ts',
    from: 'text.search(/[^0-9a-f]/)',
    to: 'text.search(/[^0-9a-fA-F]/)',
    why: 'The signature covers the text in lower case.',
    tests: [...verify, 'test/verity/description.test.ts'],
  },
  {
    name: 'a root hash that is too short',
    file: 'src/verity/root-hash.ts',
    from: 'if (text.length !== digits) throw',
    to: 'if (text.length > digits) throw',
    why: 'A prefix of a digest is no digest.',
    tests: [...verify, 'test/verity/description.test.ts'],
  },
];
