import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8, utf8Text } from '../../src/binary/index.ts';
import { type BootStep, parseBoardReport, printBoardReport } from '../../src/boot/index.ts';
import { verbatim } from '../../src/fault.ts';
import { expectFault, onlyFaults } from '../support/fault.ts';

const step = (more: Partial<BootStep>): BootStep => ({
  stage: 'firmware',
  check: verbatim('firmware signature'),
  file: 'fip.bin',
  verdict: 'verified',
  by: verbatim('key rsa2048 29ed'),
  bytes: 706_332,
  milliseconds: 1.3,
  ...more,
});

const parse = (text: string) => parseBoardReport(utf8(text), 'board-1');

describe('what a board says of its boot', () => {
  test('is printed and parsed: verdict, stage, reason and steps', () => {
    const report: Parameters<typeof printBoardReport>[0] = {
      verdict: 'refused',
      stage: 'kernel',
      steps: [
        step({}),
        step({
          stage: 'kernel',
          check: verbatim('configuration and images'),
          file: 'image.fit',
          verdict: 'refused',
          by: undefined,
          fault: { code: 'fit/hash-mismatch', message: 'image kernel-1: sha256 is …' },
        }),
      ],
    };
    expect(parseBoardReport(printBoardReport(report), 'board-1')).toEqual({
      verdict: 'refused',
      stage: 'kernel',
      reason: 'image kernel-1: sha256 is …',
      steps: [
        {
          stage: 'firmware',
          check: 'firmware signature',
          file: 'fip.bin',
          verdict: 'verified',
          by: 'key rsa2048 29ed',
        },
        {
          stage: 'kernel',
          check: 'configuration and images',
          file: 'image.fit',
          verdict: 'refused',
          code: 'fit/hash-mismatch',
        },
      ],
    });
  });

  test('says which counters it keeps', () => {
    const report: Parameters<typeof printBoardReport>[0] = {
      verdict: 'verified',
      steps: [],
      counters: { 'tfw-nvctr': 3, 'ntfw-nvctr': 4, kernel: 5 },
    };
    expect(parseBoardReport(printBoardReport(report), 'board-1')).toEqual(report);
  });

  test.each([
    ['verified', 'verdict=verified\n\0', { verdict: 'verified', steps: [] }],
    [
      'refused, padded',
      'reason=Bad hash\nstage=kernel\nverdict=refused\n\0\0\0\0',
      { verdict: 'refused', stage: 'kernel', reason: 'Bad hash', steps: [] },
    ],
    [
      'refused, by the name of version 0.1',
      'stage=bootloader\nverdict=refused\n',
      { verdict: 'refused', stage: 'firmware', steps: [] },
    ],
  ])('as U-Boot writes its environment: %s', (_name, text, report) => {
    expect(parse(text)).toEqual(report);
  });

  test.each([
    ['nothing', '', 'report/not-one-of'],
    ['another verdict', '{"version":1,"verdict":"good","steps":[]}', 'report/not-one-of'],
    ['another version', '{"version":2,"verdict":"verified","steps":[]}', 'report/version'],
    ['a key more', '{"version":1,"verdict":"verified","steps":[],"html":"x"}', 'report/unknown-key'],
    [
      'a prototype',
      '{"version":1,"verdict":"verified","steps":[],"__proto__":{"stage":"kernel"}}',
      'report/unknown-key',
    ],
    ['no steps', '{"version":1,"verdict":"verified"}', 'report/steps'],
    ['too many steps', `{"version":1,"verdict":"verified","steps":[${Array(65).fill('{}').join()}]}`, 'report/steps'],
    ['a step that is a number', '{"version":1,"verdict":"verified","steps":[1]}', 'report/not-object'],
    ['a refusal without a stage', 'verdict=refused\n', 'report/no-stage'],
    ['a verified refusal', 'verdict=verified\nstage=kernel\n', 'report/contradiction'],
    [
      'a counter that is none',
      '{"version":1,"verdict":"verified","counters":{"kernel":-1},"steps":[]}',
      'report/counter',
    ],
    ['another counter', '{"version":1,"verdict":"verified","counters":{"boots":1},"steps":[]}', 'report/unknown-key'],
    ['counters that are none', '{"version":1,"verdict":"verified","counters":null,"steps":[]}', 'report/not-object'],
    [
      'a refusal that raises counters',
      '{"version":1,"verdict":"refused","stage":"kernel","counters":{"kernel":1},"steps":[]}',
      'report/counters',
    ],
    ['a line twice', 'verdict=verified\nverdict=verified\n', 'report/twice'],
    ['another variable', 'verdict=verified\nbootcmd=run x\n', 'report/line'],
    ['an escape sequence', 'verdict=refused\nstage=kernel\nreason=\x1b[2J\n', 'report/control-character'],
    ['text that turns around', 'verdict=refused\nstage=kernel\nreason=\u202ecod\n', 'report/control-character'],
    ['a long reason', `verdict=refused\nstage=kernel\nreason=${'x'.repeat(401)}\n`, 'report/not-text'],
    ['more than there is room for', `verdict=verified\n${'\0'.repeat(16 * 1024)}`, 'report/too-long'],
    ['JSON that is cut', '{"version":1,', 'report/not-json'],
    ['nested without end', `{"steps":${'['.repeat(8000)}`, 'report/not-json'],
  ])('is refused: %s', (_name, text, code) => {
    expect(expectFault(() => parse(text), 'boot/board-report', { name: 'board-1' }).context.reason).toMatchObject({
      code,
    });
  });

  test('is refused where it is not UTF-8', () => {
    expectFault(() => parseBoardReport(Uint8Array.of(0x7b, 0xff), 'b'), 'boot/board-report');
  });

  test('law: whatever the texts of a boot are, its report is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.boolean(), (text, good) => {
        const refusal = step({ stage: 'rootfs', verdict: 'refused', fault: { code: 'c', message: text } });
        const report: Parameters<typeof printBoardReport>[0] = good
          ? { verdict: 'verified', steps: [step({ check: verbatim(text), file: text, by: verbatim(text) })] }
          : { verdict: 'refused', stage: 'rootfs', steps: [refusal] };
        expect(parseBoardReport(printBoardReport(report), 'b').verdict).toBe(report.verdict);
      }),
      { numRuns: 30 },
    );
  });

  test('law: a report with one byte changed is a report or a fault', () => {
    const bytes = printBoardReport({ verdict: 'verified', steps: [step({})] });
    expect(utf8Text(bytes)).toContain('firmware signature');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = bytes.slice();
        changed[at]! ^= change;
        onlyFaults(() => parseBoardReport(changed, 'b'));
      }),
    );
  });
});
