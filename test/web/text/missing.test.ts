import { expect, test } from 'vitest';
import { missingKorean } from './tables.ts';

test('rows without Korean are listed, and are no failure', async () => {
  const missing = await missingKorean();
  expect(missing).toEqual([...new Set(missing)]);
  if (missing.length > 0)
    console.info(`note: ${missing.length} without Korean, said in English: ${missing.join(', ')}`);
});
