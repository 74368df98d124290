import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonFlaw, parseJson, printJsonFlaw } from '../../src/binary/internal.ts';

const PIECES = ['{', '}', '[', ']', ',', ':', '"', '\\', '0', '1', ' ', '\n', '-', '.', 'e', 'E', 'null', '\\u00'];

describe('JSON', () => {
  test.each([
    ['', 1, 1, 'the text ends where a value is expected'],
    ['{"a": 1,\n "b" 2}', 2, 6, "expected ':'"],
    ['{"a": 1\n "b": 2}', 2, 2, "expected ',' or '}'"],
    ['{"a": 1', 1, 8, "the text ends where ',' or '}' is expected"],
    ['[1, 2', 1, 6, "the text ends where ',' or ']' is expected"],
    ['[1, ]', 1, 5, 'expected a value'],
    ['{"a": 1, }', 1, 10, 'expected a name in double quotes'],
    ["{'a': 1}", 1, 2, 'expected a name in double quotes'],
    ['{"a": 01}', 1, 8, 'expected a value'],
    ['{"a": nil}', 1, 7, 'expected a value'],
    ['{"a": truely}', 1, 11, 'expected a value'],
    ['{"a": "x\ny"}', 1, 9, 'a character or escape that a string cannot hold'],
    ['{"a": "\\x"}', 1, 8, 'a character or escape that a string cannot hold'],
    ['{"a": "x', 1, 9, 'the text ends within a string'],
    ['{} {}', 1, 4, 'something follows the end'],
    ['\ufeff{}', 1, 1, 'expected a value'],
    ['{"a": 1, "a": 2}', 1, 10, '"a" is there twice'],
    ['{"a": 1,\n "\\u0061": 2}', 2, 2, '"a" is there twice'],
    ['['.repeat(300), 1, 257, 'nested deeper than 256'],
  ])('%j', (text, line, column, reason) => {
    expect(findJsonFlaw(text)).toEqual({ line, column, reason });
    expect(printJsonFlaw({ line, column, reason })).toBe(`line ${line}, column ${column}: ${reason}`);
  });

  test('a string may be long', () => {
    const long = 'x\\n'.repeat(1 << 20) + 'y'.repeat(1 << 20);
    expect(parseJson(`{"a": "${long}"}`)).toHaveProperty('value');
    expect(findJsonFlaw(`{"a": "${long}`)).toMatchObject({ reason: 'the text ends within a string' });
  });

  test('a name may stand in two objects, and be __proto__', () => {
    const read = parseJson('[{"a": 1, "__proto__": {"x": 1}}, {"a": 2}]');
    expect(read).toHaveProperty('value');
    expect('x' in {}).toBe(false);
  });

  test('law: what JSON.stringify writes is read', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonFlaw(text)).toBeUndefined();
      }),
    );
  });

  test('law: a text has a flaw where JSON.parse refuses it', () => {
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.json(), fc.nat(200), fc.constantFrom(...PIECES), (text, at, piece) => {
        const altered = text.slice(0, at) + piece + text.slice(at + 1);
        const flaw = findJsonFlaw(altered);
        if (flaw?.reason.endsWith('twice') !== true) expect(flaw === undefined).toBe(parses(altered));
      }),
      { numRuns: 2000 },
    );
  });
});
