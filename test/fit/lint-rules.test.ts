import { describe, expect, test } from 'vitest';
import { lintRules } from '../../src/fit/index.ts';
import { lintExample } from '../../src/fit/lint/example.ts';

describe('the examples of lint rules', () => {
  test('the good image tree has the one note that the format has no version', () => {
    expect(lintExample({ control: '' }).map(({ id }) => id)).toEqual(['rollback-not-covered']);
  });

  test.each(lintRules)('$id: the failing example has its finding more than the passing one', (rule) => {
    const { id, level, failing, passing } = rule;
    const found = lintExample(failing);
    const without = new Set(lintExample(passing).map((finding) => finding.id));
    expect(without).not.toContain(id);
    expect([...new Set(found.map((finding) => finding.id))].filter((one) => !without.has(one))).toEqual([id]);
    const own = found.find((finding) => finding.id === id);
    expect(own).toMatchObject({ level, why: { text: rule.texts.why }, remedy: { text: rule.texts.remedy } });
    expect(own?.found.code).toMatch(`fit/lint/${id}/`);
  });

  test.each(lintRules)('$id: its texts are sentences, and say what to do', ({ checks, texts }) => {
    for (const text of [checks, texts.why, texts.remedy]) expect(text).toMatch(/\.$/);
    for (const [part, text] of Object.entries(texts)) {
      if (part !== 'why' && part !== 'remedy') expect(text, part).not.toMatch(/\.$/);
    }
  });
});
