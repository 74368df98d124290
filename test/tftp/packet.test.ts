import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexText, parseHex, utf8 } from '../../src/binary/index.ts';
import { type Packet, readPacket, writePacket } from '../../src/tftp/packet.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const packets: readonly (readonly [name: string, packet: Packet, hex: string])[] = [
  ['RRQ', { kind: 'read', name: 'a', mode: 'octet', options: [] }, '00016100 6f6374657400'],
  ['WRQ', { kind: 'write', name: 'é', mode: 'netascii', options: [] }, '0002c3a900 6e6574617363696900'],
  [
    'RRQ with options',
    {
      kind: 'read',
      name: 'a',
      mode: 'octet',
      options: [
        ['tsize', '0'],
        ['blksize', '8'],
      ],
    },
    '00016100 6f6374657400 7473697a6500 3000 626c6b73697a6500 3800',
  ],
  ['DATA', { kind: 'data', block: 0x102, bytes: Uint8Array.of(9, 0) }, '00030102 0900'],
  ['empty DATA', { kind: 'data', block: 0xffff, bytes: new Uint8Array() }, '0003ffff'],
  ['ACK', { kind: 'acknowledge', block: 0 }, '00040000'],
  ['ERROR', { kind: 'error', number: 5, text: 'no' }, '00050005 6e6f00'],
  ['OACK', { kind: 'optionAcknowledge', options: [['timeout', '1']] }, '0006 74696d656f757400 3100'],
  ['empty OACK', { kind: 'optionAcknowledge', options: [] }, '0006'],
];

const bytesOf = (hex: string): Uint8Array => parseHex(hex.replaceAll(' ', ''))!;

describe('packets', () => {
  test.each(packets)('%s', (_name, packet, hex) => {
    expect(hexText(writePacket(packet))).toBe(hex.replaceAll(' ', ''));
    expect(readPacket(bytesOf(hex))).toEqual(packet);
  });

  test('modes and option names come in any case', () => {
    expect(readPacket(utf8('\0\x01A.Bin\0OcTeT\0BLKsize\x001468\0'))).toEqual({
      kind: 'read',
      name: 'A.Bin',
      mode: 'octet',
      options: [['blksize', '1468']],
    });
  });

  test('error text is shown as far as it goes', () => {
    const read = (text: string) => readPacket(utf8(`\0\x05\0\x01${text}`));
    expect(read('')).toEqual({ kind: 'error', number: 1, text: '' });
    expect(read('no terminator')).toMatchObject({ text: 'no terminator' });
    expect(read('a\x1b[2Jb\0more')).toMatchObject({ text: 'a\ufffd[2Jb' });
    expect(readPacket(utf8(`\0\x05\0\x01${'x'.repeat(2000)}`))).toMatchObject({ text: 'x'.repeat(512) });
  });

  test.each([
    ['nothing', '', 0],
    ['half an opcode', '\0', 0],
    ['opcode 0', '\0\0\0\0', 0],
    ['opcode 7', '\0\x07foo.txt\0octet\0', 0],
    ['a high opcode byte', '\x01\x01a\0octet\0', 0],
    ['RRQ without a name', '\0\x01', 2],
    ['RRQ with an empty name', '\0\x01\0octet\0', 2],
    ['RRQ without the name’s end', '\0\x01name', 2],
    ['RRQ without a mode', '\0\x01a\0', 4],
    ['RRQ without the mode’s end', '\0\x01a\0octet', 4],
    ['a control character in the name', '\0\x01a\nb\0octet\0', 2],
    ['an option without a value', '\0\x01a\0octet\0tsize\0', 16],
    ['an option value without its end', '\0\x01a\0octet\0tsize\x000', 16],
    ['an option without a name', '\0\x01a\0octet\0\x00', 10],
    ['DATA without a block number', '\0\x03\0', 2],
    ['ACK without a block number', '\0\x04', 2],
    ['ACK with more', '\0\x04\0\x01!', 4],
    ['ERROR without a number', '\0\x05\0', 2],
    ['a long request', `\0\x01${'n'.repeat(504)}\0octet\0`, 512],
    ['a long OACK', `\0\x06a\0${'1'.repeat(508)}\0`, 512],
  ])('refuses %s', (_name, text, offset) => {
    expectFault(() => readPacket(utf8(text)), 'tftp/malformed', { offset });
  });

  test('refuses a name that is not UTF-8', () => {
    expectFault(() => readPacket(bytesOf('0001ff006f6374657400')), 'tftp/malformed', { offset: 2 });
  });

  test.each(['mail', 'ascii', 'binary', 'en_US.UTF-8', ''])('refuses mode %j', (mode) => {
    expectFault(() => readPacket(utf8(`\0\x01a\0${mode}\0`)), 'tftp/mode', { offset: 4, mode: mode.toLowerCase() });
  });

  test('a request of 512 bytes is read, data of 65464 too', () => {
    expect(readPacket(utf8(`\0\x01${'n'.repeat(503)}\0octet\0`))).toMatchObject({ kind: 'read' });
    const data = new Uint8Array(4 + 65464);
    data[1] = 3;
    expect(readPacket(data)).toMatchObject({ kind: 'data', block: 0 });
    const long = new Uint8Array(data.length + 1);
    long[1] = 3;
    expectFault(() => readPacket(long), 'tftp/malformed', { offset: 4 });
  });

  test('does not write what cannot be read', () => {
    expectFault(
      () => writePacket({ kind: 'read', name: 'n'.repeat(504), mode: 'octet', options: [] }),
      'binary/overflow',
    );
    expectFault(() => writePacket({ kind: 'read', name: 'a\0b', mode: 'octet', options: [] }), 'binary/text');
    expectFault(() => writePacket({ kind: 'data', block: 1, bytes: new Uint8Array(65465) }), 'binary/overflow');
  });
});

const text = fc.stringMatching(/^[a-z0-9./ é-]{1,20}$/u);
const options = fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[0-9]{0,6}$/)), {
  maxLength: 5,
});
const word = fc.nat(0xffff);
const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('read' as const, 'write' as const),
    name: text,
    mode: fc.constantFrom('octet' as const, 'netascii' as const),
    options,
  }),
  fc.record({ kind: fc.constant('data' as const), block: word, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant('acknowledge' as const), block: word }),
  fc.record({ kind: fc.constant('error' as const), number: word, text }),
  fc.record({ kind: fc.constant('optionAcknowledge' as const), options }),
);

describe('laws of packets', () => {
  test('round trip', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(readPacket(writePacket(packet))).toEqual(packet);
      }),
    );
  });

  test('what is read is written back, byte for byte, or refused', () => {
    fc.assert(
      fc.property(anyPacket, fc.nat(), fc.nat(255), (packet, at, value) => {
        const input = writePacket(packet);
        input[at % input.length] = value;
        onlyFaults(() => {
          const again = readPacket(input);
          // Case and error text are normalized; everything else is kept.
          if (again.kind === 'data' || again.kind === 'acknowledge') expect(writePacket(again)).toEqual(input);
        });
      }),
    );
  });

  test('a truncated request is refused', () => {
    const input = writePacket({ kind: 'read', name: 'kernel.itb', mode: 'octet', options: [['tsize', '0']] });
    // The one shorter packet that is whole ends before the options.
    for (let size = 0; size < input.length; size++) {
      if (size === 19) continue;
      expectFault(() => readPacket(input.subarray(0, size)), 'tftp/malformed');
    }
  });

  test('noise gives only faults', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (noise) => onlyFaults(() => readPacket(noise))));
  });
});
