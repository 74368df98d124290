import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { targetNames } from '../../src/fit/index.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../docs/fit.md'), 'utf8');

test.each(targetNames)('docs/fit.md tells of the target %s', (target) => {
  expect(text).toContain(`\`${target}\``);
});
