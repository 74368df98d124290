import { describe, expect, test } from 'vitest';
import type { FirmwareScheme, RollbackCounters } from '../../src/boot/index.ts';
import { readRollbackOption } from '../../src/cli/chain/rollback.ts';
import { expectFault } from '../support/fault.ts';

describe('--rollback', () => {
  test.each<[FirmwareScheme, readonly string[] | undefined, RollbackCounters]>([
    ['trailer', undefined, {}],
    ['trailer', ['5'], { firmware: 5, kernel: 5 }],
    ['trailer', ['firmware=3'], { firmware: 3 }],
    ['trailer', ['kernel=7', '5'], { firmware: 5, kernel: 7 }],
    ['trailer', ['5', 'kernel=4294967295'], { firmware: 5, kernel: 0xffff_ffff }],
    ['tbbr', ['5'], { 'tfw-nvctr': 5, 'ntfw-nvctr': 5, kernel: 5 }],
    ['tbbr', ['tfw=1', 'ntfw-nvctr=2'], { 'tfw-nvctr': 1, 'ntfw-nvctr': 2 }],
    ['tbbr', ['ntfw=9', 'firmware=2', '1'], { 'tfw-nvctr': 2, 'ntfw-nvctr': 9, kernel: 1 }],
  ])('%s: %j', (scheme, texts, counters) => {
    expect(readRollbackOption(texts, scheme)).toEqual(counters);
  });

  test.each<[FirmwareScheme, readonly string[], string]>([
    ['trailer', [''], 'not a whole number'],
    ['trailer', ['kernel='], 'not a whole number'],
    ['trailer', ['kernel=1=2'], 'not a whole number'],
    ['trailer', ['4294967296'], 'from 0 to 4294967295'],
    ['trailer', ['=3'], 'no such counter: firmware, kernel'],
    ['trailer', ['tfw=3'], 'no such counter: firmware, kernel'],
    ['tbbr', ['ccafw=3'], 'no such counter: tfw-nvctr, ntfw-nvctr, kernel'],
    ['trailer', ['3', '4'], 'firmware, kernel is given twice'],
    ['tbbr', ['tfw=3', 'kernel=1', 'tfw-nvctr=4'], 'tfw-nvctr is given twice'],
  ])('%s: %j is refused', (scheme, texts, reason) => {
    expect(expectFault(() => readRollbackOption(texts, scheme), 'cli/usage').message).toContain(reason);
  });
});
