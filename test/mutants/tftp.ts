import type { Mutant } from './mutant.ts';

/** What a peer may make a server or a client do. */
export const tftpMutants: readonly Mutant[] = [
  {
    name: 'a request from port 0 is answered',
    file: 'src/tftp/server.ts',
    from: 'if (peer.port === 0) return;',
    to: '',
    why: 'Nothing can be sent there: the answer is a failing system call, or an amplifier.',
    tests: ['test/tftp/server.test.ts'],
  },
  {
    name: 'a client lets a file begin that is announced as too large',
    file: 'src/tftp/client.ts',
    from: 'if (announced !== undefined && limit !== undefined && announced > limit) throw',
    to: 'if (announced !== undefined && limit !== undefined && announced < 0) throw',
    why: 'A server decides how much memory its client has.',
    tests: ['test/tftp/server.test.ts'],
  },
  {
    name: 'a client takes more than was announced',
    file: 'src/tftp/client.ts',
    from: 'if (announced === undefined) return kept;',
    to: 'if (announced !== 0.5) return kept;',
    why: 'Ten bytes announced, a gibibyte sent.',
    tests: ['test/tftp/server.test.ts'],
  },
  {
    name: 'a client takes without end where nothing is announced',
    file: 'src/tftp/client.ts',
    from: 'const kept = limit === undefined ? into :',
    to: 'const kept = limit !== 0.5 ? into :',
    why: 'A server without the option, on purpose.',
    tests: ['test/tftp/server.test.ts'],
  },
  {
    name: 'an answer from another address',
    file: 'src/tftp/client.ts',
    from: 'if (from.address !== this.#server.address) {',
    to: "if (from.address === '') {",
    why: 'Whoever is faster than the server is the server.',
    tests: ['test/tftp/server.test.ts', 'test/tftp/behaviour.test.ts'],
  },
  {
    name: 'a block that is longer than was agreed on',
    file: 'src/tftp/transfer/receiver.ts',
    from: 'if (event.size > plan.blockSize) {',
    to: 'if (event.size > 0xffff) {',
    why: 'A peer that does not keep to the block size lets the file end elsewhere.',
    tests: ['test/tftp/transfer.test.ts', 'test/tftp/server.test.ts'],
  },
];
