import type { Mutant } from './mutant.ts';

const control = ['test/uboot/control.test.ts'];
const capabilities = ['test/uboot/capabilities.test.ts'];

/** U-Boot binaries: which tree is read, and what the code can do. */
export const ubootMutants: readonly Mutant[] = [
  {
    name: 'one of two control trees is chosen',
    file: 'src/uboot/control.ts',
    from: 'if (candidates.length > 1)',
    to: 'if (candidates.length < 0)',
    why: 'Whoever packed the second one meant it to be read, and U-Boot reads the first.',
    tests: control,
  },
  {
    name: 'a tree that is not where the code ends is taken',
    file: 'src/uboot/control.ts',
    from: "if (isBehind && !outer.some((tree) => tree.kind === 'images' &&",
    to: "if (isBehind && outer.some((tree) => tree.kind === 'damaged' &&",
    why: 'U-Boot looks at _end alone: it would find no tree, and the key in this one requires nothing.',
    tests: control,
  },
  {
    name: 'a damaged tree does not count',
    file: 'src/uboot/control.ts',
    from: "kind === 'control' || kind === 'damaged');",
    to: "kind === 'control');",
    why: 'U-Boot takes it for its tree all the same, and not the one behind it.',
    tests: control,
  },
  {
    name: 'U-Boot proper reads its tree behind the BSS',
    file: 'src/uboot/read.ts',
    from: 'offsets: isSpl ? placesOf(found) : found.offsets',
    to: 'offsets: placesOf(found)',
    why: 'Only SPL looks there.',
    tests: control,
  },
  {
    name: 'the names in a control tree count as code',
    file: 'src/uboot/read.ts',
    from: 'codeOf(input, trees)',
    to: 'codeOf(input, [])',
    why: 'A key node has rsa,r-squared in it, whether or not anything verifies with it.',
    tests: control,
  },
  {
    name: 'a loader of two phases verifies if one of them does',
    file: 'src/uboot/capabilities.ts',
    from: "if (!isMixed) return { ...common, answer: 'yes'",
    to: "if (phases.length < 99) return { ...common, answer: 'yes'",
    why: 'SPL that verifies U-Boot says nothing of what U-Boot verifies.',
    tests: capabilities,
  },
  {
    name: 'U-Boot passes over what is at the end of its code',
    file: 'src/uboot/control.ts',
    from: 'if (there !== undefined && there !== candidate) {',
    to: 'if (false) {',
    why: 'The keys of a tree that U-Boot never reads are called required.',
    tests: control,
  },
];
