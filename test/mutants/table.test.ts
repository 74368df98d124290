import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutate } from './mutant.ts';
import { rows, sampleOf } from './table.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the table of mutants', () => {
  test.each(rows.map((row) => [`${row.room}: ${row.name}`, row] as const))('%s: its text stands once', (_, row) => {
    const source = readFileSync(resolve(ROOT, row.file), 'utf8');
    expect(mutate(source, row)).not.toBe(source);
    expect(row.tests.filter((file) => !existsSync(resolve(ROOT, file)))).toEqual([]);
    expect(row.tests).not.toEqual([]);
  });

  test('names every mutant once', () => {
    const names = rows.map(({ room, name }) => `${room}: ${name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('gives the same sample for the same seed, each row at most once', () => {
    const sample = sampleOf(rows, 7, 5);
    expect(sample).toHaveLength(7);
    expect(new Set(sample).size).toBe(7);
    expect(sampleOf(rows, 7, 5)).toEqual(sample);
    expect(sampleOf(rows, 7, 6)).not.toEqual(sample);
  });

  test.each([
    ['none', 'const a = 1;', 0],
    ['two', 'if (x) if (x)', 2],
  ])('refuses a text that stands there %s times', (_, source, count) => {
    expect(() => mutate(source, { file: 'a.ts', from: '(x)', to: '(y)' })).toThrow(`a.ts has ${count} times`);
  });
});
