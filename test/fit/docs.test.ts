import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { lintRules, targetNames } from '../../src/fit/index.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../docs/fit.md'), 'utf8');

test.each(Object.entries(lintRules))('docs/fit.md has the words of the rule %s', (id, { level, why, mend }) => {
  expect(text).toContain(`| \`${id}\` | ${level} | ${why} | ${mend} |`);
});

test.each(targetNames)('docs/fit.md tells of the target %s', (target) => {
  expect(text).toContain(`\`${target}\``);
});
