import type { Mutant } from './mutant.ts';

const chain = ['test/chain/chain.test.ts'];
const tbbr = ['test/chain/tbbr.test.ts'];
const node = ['test/chain/verity-node.test.ts'];

/** The whole chain: the device in software, and what stands between a folder and a board. */
export const bootMutants: readonly Mutant[] = [
  {
    name: 'any root of trust public key',
    file: 'src/boot/device.ts',
    from: "if (got !== rotpk) throw new Fault('boot/untrusted-key', { file, want: rotpk, got });",
    to: '',
    why: 'The fuses decide nothing.',
    tests: chain,
  },
  {
    name: 'the kernel may be older than the device accepts',
    file: 'src/boot/device.ts',
    from: 'if (counter < minimum) throw',
    to: 'if (counter < 0) throw',
    why: 'An old, genuine, broken kernel boots.',
    tests: chain,
  },
  {
    name: 'the device does not hold ntfw-nvctr',
    file: 'src/boot/device.ts',
    from: "          ['ntfw-nvctr', rollback],\n",
    to: '',
    why: 'An old boot loader with its genuine certificates boots.',
    tests: tbbr,
  },
  {
    name: 'the device does not hold tfw-nvctr',
    file: 'src/boot/device.ts',
    from: "          ['tfw-nvctr', rollback],\n",
    to: '',
    why: 'Old trusted firmware with its genuine certificates boots.',
    tests: tbbr,
  },
  {
    name: 'a chain of certificates that is not verified',
    file: 'src/boot/device.ts',
    from: '      demandVerified(report);\n',
    to: '',
    why: 'Any firmware boots.',
    tests: tbbr,
  },
  {
    name: 'a root hash in a node that nobody signed',
    file: 'src/boot/pins.ts',
    from: 'if (configuration.coverage?.nodes.includes(found.node.path) !== true) {',
    to: 'if (configuration.coverage === undefined) {',
    why: 'Older targets sign what hashed-nodes lists; an attacker leaves the node out.',
    tests: node,
  },
  {
    name: 'two dm-verity nodes',
    file: 'src/boot/pins.ts',
    from: "if (more.length > 0) throw missing('more than one image of the configuration has a dm-verity node');",
    to: '',
    why: 'Which one the kernel opens is not ours to choose.',
    tests: ['test/chain/pins.test.ts'],
  },
  {
    name: 'a tree in another place than the table says',
    file: 'src/boot/verify-root.ts',
    from: 'if (got === treeOffset) return checked;',
    to: 'return checked;',
    why: 'The kernel reads its tree where the signed table says.',
    tests: ['test/chain/verify-root.test.ts'],
  },
  {
    name: 'serves a chain that does not verify',
    file: 'src/boot/gate.ts',
    from: "if (this.#report?.verdict !== 'verified') {",
    to: 'if (this.#report === undefined) {',
    why: 'A server that hands out what it found to be altered.',
    tests: ['test/chain/serve.test.ts'],
  },
  {
    name: 'serves a file that changed after it was verified',
    file: 'src/boot/gate.ts',
    from: 'if (this.#stampOf(name) !== this.#stamps.get(name)) {',
    to: 'if (this.#stampOf(name) === undefined) {',
    why: 'Verified once is not verified now.',
    tests: ['test/chain/serve.test.ts'],
  },
  {
    name: 'a report that is verified and refused',
    file: 'src/boot/board-report.ts',
    from: "if (report.verdict === 'verified' && (report.stage !== undefined",
    to: "if (report.verdict === 'verified' && (report.stage === report.reason && report.stage !== undefined",
    why: 'A board that says two things says nothing.',
    tests: ['test/chain/board-report.test.ts'],
  },
];
