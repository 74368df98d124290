import { describe, expect, test } from 'vitest';
import { tftpMessage } from '../../src/tftp/messages.ts';
import {
  acceptOptions,
  grantOptions,
  type OptionValues,
  type ParameterLimits,
  parseOptions,
  printOptions,
} from '../../src/tftp/options.ts';
import type { Option } from '../../src/tftp/packet.ts';
import { expectFault } from '../support/fault.ts';

const limits: ParameterLimits = { blockSize: 65464, windowSize: 64, windowBytes: 1 << 20 };

describe('options', () => {
  test.each([
    ['blksize', '8', 8],
    ['blksize', '65464', 65464],
    ['blksize', '65465', 65464],
    ['blksize', '9999999999', 65464],
    ['timeout', '1', 1],
    ['timeout', '255', 255],
    ['tsize', '0', 0],
    ['tsize', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['windowsize', '1', 1],
    ['windowsize', '65535', 65535],
    ['windowsize', '70000', 65535],
    ['blksize', '000512', 512],
  ])('%s=%s', (name, value, want) => {
    expect(parseOptions([[name, value]])).toEqual({ [name]: want });
  });

  test.each([
    ['blksize', '7'],
    ['blksize', '0'],
    ['blksize', '-1'],
    ['blksize', '512 '],
    ['blksize', '0x200'],
    ['blksize', '1e3'],
    ['blksize', ''],
    ['blksize', '12345678901234567'],
    ['timeout', '0'],
    ['timeout', '256'],
    ['tsize', '9007199254740992'],
    ['tsize', 'x'],
    ['windowsize', '0'],
  ])('refuses %s=%j', (option, value) => {
    expectFault(() => parseOptions([[option, value]]), 'tftp/option', { option, value });
  });

  test('unknown options are ignored, even where they name a property of every object', () => {
    expect(
      parseOptions([
        ['multicast', ''],
        ['constructor', '1'],
        ['__proto__', '1'],
        ['tsize', '0'],
      ]),
    ).toEqual({ tsize: 0 });
  });

  test('an option given twice is refused, known or not', () => {
    for (const option of ['tsize', 'utimeout']) {
      const twice: Option[] = [
        [option, '1'],
        [option, '1'],
      ];
      expectFault(() => parseOptions(twice), 'tftp/option', { option, reason: tftpMessage('tftp/option-twice') });
    }
  });

  test.each<[string, OptionValues, number | undefined, OptionValues, { blockSize: number; windowSize: number }]>([
    ['nothing', {}, 9, {}, { blockSize: 512, windowSize: 1 }],
    ['tsize of a read', { tsize: 0 }, 9, { tsize: 9 }, { blockSize: 512, windowSize: 1 }],
    ['tsize of a write', { tsize: 7 }, undefined, { tsize: 7 }, { blockSize: 512, windowSize: 1 }],
    [
      'all',
      { blksize: 1468, timeout: 5, windowsize: 4 },
      9,
      { blksize: 1468, timeout: 5, windowsize: 4 },
      { blockSize: 1468, windowSize: 4 },
    ],
    ['a window above the limit', { windowsize: 1000 }, 9, { windowsize: 64 }, { blockSize: 512, windowSize: 64 }],
    [
      'a window too large for its blocks',
      { blksize: 65464, windowsize: 64 },
      9,
      { blksize: 65464, windowsize: 16 },
      { blockSize: 65464, windowSize: 16 },
    ],
  ])('grants %s', (_name, asked, size, granted, parameters) => {
    const grant = grantOptions(asked, limits, size);
    expect(grant.granted).toEqual(granted);
    expect(grant.parameters).toMatchObject(parameters);
  });

  test('a limit below 512 binds only those who ask for a block size', () => {
    const small = { ...limits, blockSize: 100 };
    expect(grantOptions({}, small).parameters.blockSize).toBe(512);
    expect(grantOptions({ blksize: 512 }, small).parameters.blockSize).toBe(100);
  });

  test('a client accepts the same or less', () => {
    const asked = { blksize: 1468, windowsize: 16, timeout: 2, tsize: 0 };
    expect(acceptOptions(asked, printOptions({ ...asked, tsize: 5000, blksize: 1024, windowsize: 1 }), 'read')).toEqual(
      {
        blockSize: 1024,
        windowSize: 1,
        timeoutSeconds: 2,
        transferSize: 5000,
      },
    );
    expect(acceptOptions(asked, [], 'read')).toEqual({ blockSize: 512, windowSize: 1 });
  });

  test.each<[string, OptionValues, Option, 'read' | 'write']>([
    ['a larger block', { blksize: 512 }, ['blksize', '513'], 'read'],
    ['a larger window', { windowsize: 4 }, ['windowsize', '5'], 'read'],
    ['another timeout', { timeout: 4 }, ['timeout', '3'], 'read'],
    ['another size of what is written', { tsize: 4 }, ['tsize', '5'], 'write'],
    ['an option not asked for', { tsize: 4 }, ['blksize', '1024'], 'read'],
    ['an unknown option', { tsize: 4 }, ['multicast', '1'], 'read'],
  ])('a client refuses %s', (_name, asked, answer, kind) => {
    expectFault(() => acceptOptions(asked, [answer], kind), 'tftp/option', { option: answer[0] });
  });
});
