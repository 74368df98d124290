import { expect, test } from 'vitest';
import { concatBytes } from '../../src/binary/index.ts';
import { type CapabilityId, capabilityRows, readUBoot } from '../../src/uboot/index.ts';
import { NOT_VERIFYING, nodtb, STRINGS, VERIFYING } from '../support/uboot.ts';

const answersOf = (binary: Uint8Array): Record<string, string> =>
  Object.fromEntries(readUBoot(binary).capabilities.map(({ id, answer }) => [id, answer]));

const TABLE: readonly [name: string, strings: readonly string[], expected: Partial<Record<CapabilityId, string>>][] = [
  [
    'verifies',
    VERIFYING,
    { fit: 'yes', 'fit-signature': 'yes', 'rsa-verify': 'yes', 'ecdsa-verify': 'yes', 'legacy-image': 'no' },
  ],
  ['does not', NOT_VERIFYING, { fit: 'yes', 'fit-signature': 'no', 'rsa-verify': 'no', 'legacy-image': 'yes' }],
  ['is compressed', ['noise'], { fit: 'cannot tell', 'fit-signature': 'cannot tell' }],
  ['names a version and nothing else', [STRINGS.version], { 'fit-signature': 'cannot tell' }],
  ['has the string and no version', [STRINGS.signature], { 'fit-signature': 'yes' }],
  [
    'is SPL',
    [STRINGS.spl, STRINGS.readableSpl],
    { 'fit-signature': 'no', 'rsa-verify': 'no', fit: 'cannot tell', 'legacy-image': 'cannot tell' },
  ],
  ['is SPL that verifies', [STRINGS.spl, STRINGS.readableSpl, STRINGS.signature], { 'fit-signature': 'yes' }],
  ['is both, and one of them verifies', [...VERIFYING, STRINGS.spl], { 'fit-signature': 'cannot tell' }],
  ['is both, and neither does', [...NOT_VERIFYING, STRINGS.spl], { 'fit-signature': 'no' }],
];

test.each(TABLE)('a loader that %s', (_, strings, expected) => {
  expect(answersOf(nodtb('plain', strings))).toMatchObject({ ...expected, 'best-match': 'cannot tell' });
});

test('an answer of yes says where the string is', () => {
  const binary = concatBytes([new Uint8Array(64), nodtb('plain')]);
  const text = Buffer.from(binary).toString('latin1');
  for (const { answer, evidence } of readUBoot(binary).capabilities) {
    expect(evidence === undefined).toBe(answer !== 'yes');
    if (evidence !== undefined) expect(text.startsWith(evidence.text, evidence.offset)).toBe(true);
  }
});

test('strings are found across the parts that are searched', () => {
  const part = 1 << 22;
  for (const before of [part - 20, part - 1, part, part + 500]) {
    const binary = concatBytes([new Uint8Array(before), nodtb('plain')]);
    const { capabilities, versions } = readUBoot(binary);
    expect(capabilities.find(({ id }) => id === 'fit-signature')?.answer).toBe('yes');
    expect(versions).toEqual([{ phase: 'proper', release: '2024.04-test', text: STRINGS.version, offset: before }]);
  }
});

test.each([
  ['U-Boot 2023.01+dfsg-2+deb12u3 (Jun 22 2026 - 08:38:07 +0000)', 'proper', '2023.01+dfsg-2+deb12u3'],
  ['U-Boot SPL 2020.04-5.4.70+g1234567 (Oct 01 2020 - 12:00:00 +0000)', 'SPL', '2020.04-5.4.70+g1234567'],
  ['U-Boot TPL 2025.01 (Jun 24 2026 - 09:07:15)', 'TPL', '2025.01'],
  ['U-Boot 2013.07-rc1', 'proper', '2013.07-rc1'],
  [
    'U-Boot 2026.10~rc5-00001-gabcdef0-dirty (Aug 10 2026 - 23:17:41 -0600)',
    'proper',
    '2026.10~rc5-00001-gabcdef0-dirty',
  ],
] as const)('reads the version of %s', (text, phase, release) => {
  const { versions } = readUBoot(nodtb('plain', ['U-Boot ', text, `U-Boot ${release}`]));
  expect(versions).toContainEqual({ phase, release, text, offset: 8 });
});

test('every row of the table names an option and a source', () => {
  expect(new Set(capabilityRows.map(({ id }) => id)).size).toBe(capabilityRows.length);
  for (const { option, source } of capabilityRows)
    expect([option, source]).toEqual([expect.stringMatching(/^[A-Z_]+$/), expect.stringMatching(/\.c$/)]);
});
