import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseManifest, SAMPLE_MANIFEST } from '../../src/boot/index.ts';
import { readYaml, YamlError } from '../../src/boot/yaml.ts';
import { isFault } from '../../src/fault.ts';

const bomb = Array.from({ length: 20 }, (_, i) =>
  i === 0 ? 'a0: &a0 [x]' : `a${i}: &a${i} [${new Array(10).fill(`*a${i - 1}`).join(', ')}]`,
).join('\n');

const nested = (depth: number): string => `a: ${'['.repeat(depth)}x${']'.repeat(depth)}`;

describe('YAML', () => {
  test.each<readonly [string, unknown]>([
    ['a: 1', { a: 1 }],
    ['a: [0x10, 1.5, yes, true, ~, "", text]', { a: [16, 1.5, 'yes', true, null, '', 'text'] }],
    ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    ['a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['1: a\ntrue: b', { 1: 'a', true: 'b' }],
    ['%YAML 1.2\n---\na: 1\n', { a: 1 }],
    ['a: !!str 1', { a: '1' }],
    ['<<: {b: 1}', { '<<': { b: 1 } }],
    ['', null],
    ['# nothing\n', null],
  ])('%j', (text, value) => {
    expect(JSON.parse(JSON.stringify(readYaml(text).value))).toEqual(value);
  });

  test('a key called __proto__ is a key', () => {
    const value = readYaml('__proto__: {polluted: 1}\nconstructor: 2\n').value as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect('polluted' in {}).toBe(false);
  });

  test.each([
    ['an alias of nothing', 'version: 1\nkeys: *nope', 2, '*nope refers to nothing'],
    ['an alias before its anchor', 'a: *x\nb: &x 1', 1, '*x refers to nothing'],
    ['an alias of itself', 'a: &x\n  b:\n    c: *x', 3, '*x is part of what it refers to'],
    ['a list in itself', 'a: &x [1, *x]', 1, '*x is part of what it refers to'],
    ['aliases that multiply', bomb, 5, 'more than 20000 values'],
    ['an anchor on a key', '&x a: 1', 1, 'a key must be plain text'],
    ['an alias as a key', 'a: &x 1\n*x : 2', 2, 'a key must be plain text'],
    ['a list as a key', 'a: 1\n? [a, b]\n: 2', 2, 'a key must be plain text'],
    ['a key that reads as another', 'a: 1\n0x10: 2', 2, 'the key 0x10 needs quotes'],
    ['a key twice', 'a: 1\nb: 2\na: 3', 3, 'a is there twice'],
    ['a key twice in braces', 'x: {a: 1, a: 3}', 1, 'a is there twice'],
    ['a tag', 'a: 1\nb: !!python/object:os.system x', 2, 'tags are not supported here'],
    ['a local tag', 'a: !x [1]', 1, 'tags are not supported here'],
    ['bytes', 'a: 1\nb: !!binary aGVsbG8=', 2, 'tags are not supported here'],
    ['a set', 'a: !!set {x, y}', 1, 'tags are not supported here'],
    ['another version', '%YAML 1.1\n---\na: yes', 1, 'YAML 1.1: only 1.2 can be read'],
    ['two documents', 'a: 1\n---\nb: 2', 2, 'a second document begins here'],
    ['an endless number', 'a: 1\nb: .inf', 2, 'not text, a number'],
    ['a number beyond all', 'a: 1e999', 1, 'not text, a number'],
    ['no number', 'a: .nan', 1, 'not text, a number'],
    ['40 lists within each other', nested(40), 1, 'nested deeper than 32 levels'],
    ['20,000 lists within each other', nested(20_000), 1, 'nested too deep'],
    ['20,000 mappings within each other', '? '.repeat(20_000), 1, 'nested too deep'],
    ['a tab for a space', 'a:\n\tb: 1', 2, ''],
    ['a quote that does not end', 'a: 1\nb: "x', 2, ''],
  ])('%s', (_name, text, line, reason) => {
    let error: unknown;
    try {
      readYaml(text);
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof YamlError)) throw error ?? new Error('it was read');
    expect({ line: error.line, reason: error.message }).toEqual({
      line,
      reason: expect.stringContaining(reason) as string,
    });
  });

  test('says in which line a part of a list or of an alias is', () => {
    const document = readYaml('a:\n  - 1\n  - b: 2\n    c: &x\n      d: 3\ne: *x\n');
    expect(document.lineOf(['a', 1, 'c', 'd'])).toBe(5);
    expect(document.lineOf(['e', 'd'])).toBe(5);
    expect(document.lineOf(['e', 'nothing'])).toBe(6);
    expect(document.lineOf([])).toBe(1);
  });

  test('law: whatever is done to a manifest, it is read or a fault with a line of it', () => {
    const pieces = [
      '&a ',
      '*a',
      '!!x ',
      '? ',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '"',
      ': ',
      '#',
      '---\n',
      '<<: *a',
      '%',
      '\0',
    ];
    fc.assert(
      fc.property(fc.nat(SAMPLE_MANIFEST.length), fc.nat(9), fc.constantFrom(...pieces), (at, cut, piece) => {
        const text = SAMPLE_MANIFEST.slice(0, at) + piece + SAMPLE_MANIFEST.slice(at + cut);
        try {
          parseManifest(text, 'chain.yaml');
        } catch (error) {
          if (!isFault(error, 'boot/manifest')) throw error;
          expect(error.context.line).toBeGreaterThanOrEqual(1);
          expect(error.context.line).toBeLessThanOrEqual(text.split('\n').length);
        }
      }),
      { numRuns: 400 },
    );
  });
});
