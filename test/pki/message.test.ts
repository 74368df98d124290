import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import {
  type LinuxRelease,
  linuxRules,
  parseCertificate,
  parseDetached,
  parseLinuxRelease,
  refusingReleases,
  verifyDetached,
} from '../../src/pki/index.ts';
import { linuxRefusals } from '../../src/pki/linux.ts';
import { expectFault } from '../support/fault.ts';
import { certificates, content, messageCases } from './messages.ts';

const cases = await messageCases();
const release = (text: string): LinuxRelease => parseLinuxRelease(text)!;
const pinned = { rsa: parseCertificate(certificates.rsa), ec: parseCertificate(certificates.ec) };
const named = (name: string) => cases.find((one) => one.name === name)!;
const verify = (name: string, ...on: readonly string[]) => {
  const { der, trusted } = named(name);
  return verifyDetached(der, content, pinned[trusted], 'm', on.length === 0 ? 'supported' : on.map(release));
};

describe('a message is what Linux 6.1 and 7.2 took it for when they were run', () => {
  const taken = cases.filter(({ linux, stricter }) => linux && stricter === undefined);
  const refused = cases.filter((one) => !taken.includes(one));
  test('there are enough of both', () => {
    expect(taken.length).toBeGreaterThan(30);
    expect(refused.length).toBeGreaterThan(50);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test.each(taken.map(({ name }) => [name]))('taken: %s', (name) => {
    expect(verify(name, '6.1').scheme.hash).toMatch(/^sha/);
  });

  test.each(refused.map(({ name, reason }) => [name, reason ?? '']))('refused: %s', (name, reason) => {
    const thrown = refusalOf(() => verify(name, '6.1'));
    expect(thrown.message).toContain(reason);
    expect(reason).not.toBe('');
    expect(thrown.code).toMatch(/^(pki\/|crypto\/unsupported|binary\/truncated)/);
  });

  test('the certificate whose key signed is said: the pinned one, or the one below it', () => {
    expect(verify('plain').certificate.serial).toBe(pinned.rsa.serial);
    expect(verify('key-id').certificate.serial).toBe(pinned.rsa.serial);
    expect(verify('chain', '6.1').certificate.subject.text).toBe('CN=leaf');
    expect(verify('chain-of-three', '6.1').certificate.subject.text).toBe('CN=leaf');
  });
});

describe('releases', () => {
  test.each([
    ['plain', [], ['5.4', '5.10', '6.1', '6.7', '7.2']],
    ['certificate-embedded', [], ['5.4', '5.10', '6.1', '7.2']],
    ['sha1', ['6.7', '6.8'], ['5.4', '6.6', '6.9', '7.2']],
    ['chain-sha1', ['5.10', '6.7', '6.8'], ['6.6', '6.9']],
    ['ecdsa', ['5.4', '5.10', '5.13'], ['5.14', '5.15', '7.2']],
    ['chain', ['5.4', '5.12', '5.13'], ['5.14', '6.1']],
    ['chain-rsa-under-ecdsa', ['5.4', '5.12'], ['5.13', '5.14']],
  ] as const)('%s', (name, refusing, taking) => {
    for (const text of refusing) expectFault(() => verify(name, text), 'pki/linux', { path: 'm' });
    for (const text of taking) expect(verify(name, text).scheme.hash).toMatch(/^sha/);
    // One release that refuses is enough.
    if (refusing.length > 0) expectFault(() => verify(name, ...taking, ...refusing), 'pki/linux');
  });

  test('what no release takes is refused on each, and so where none is named', () => {
    for (const name of ['pss', 'sha256-with-rsa', 'chain-pss']) {
      expectFault(() => verify(name), 'pki/linux', { releases: 'every Linux' });
      for (const text of ['5.4', '6.1', '7.2']) expectFault(() => verify(name, text), 'pki/linux');
    }
  });

  test('without a release every one from 5.15 on counts, and older ones are said', () => {
    expect(verify('plain').refusals).toEqual([]);
    expect(verify('ecdsa').refusals).toMatchObject([
      { rule: 'ecdsa', releases: { text: 'Linux before 5.14' } },
      { rule: 'ecdsa-certificate', releases: { text: 'Linux before 5.13' } },
    ]);
    expectFault(() => verify('sha1'), 'pki/linux', { rule: 'sha1', releases: 'Linux from 6.7 to before 6.9' });
  });

  test('where no kernel will look, PSS is taken and SHA-1 is not', () => {
    const any = (name: string) => verifyDetached(named(name).der, content, pinned.rsa, 'm', 'any');
    expect(any('pss').scheme.kind).toBe('rsa-pss');
    expectFault(() => any('sha1'), 'pki/signature', { reason: 'sha1 is too weak' });
  });

  test.each([
    ['rsa-size', ['5.4', '6.1', '7.2'], []],
    ['curve', ['5.15', '7.2'], []],
    ['p521', ['5.15', '6.9'], ['6.10', '7.2']],
    ['sha224', [], ['5.4', '6.7', '7.2']],
  ] as const)('the rule %s', (rule, refusing, taking) => {
    for (const text of refusing) expect(linuxRefusals([rule], [release(text)])).toHaveLength(1);
    for (const text of taking) expect(linuxRefusals([rule], [release(text)])).toEqual([]);
  });

  test('ranges in words', () => {
    expect(refusingReleases([]).text).toBe('every Linux');
    expect(refusingReleases([['5.4']]).text).toBe('no Linux');
    expect(refusingReleases([['6.10']]).text).toBe('Linux before 6.10');
    expect(refusingReleases([['5.4', '6.7']]).text).toBe('Linux from 6.7 on');
    expect(refusingReleases([['5.10', '6.1'], ['6.6']]).text).toBe('Linux before 5.10 and from 6.1 to before 6.6');
    for (const { taken, what, source } of Object.values(linuxRules)) {
      expect(refusingReleases(taken).text).toMatch(/Linux/);
      expect(what.text.length * source.length).toBeGreaterThan(0);
    }
  });

  test.each(['', '6', '6.1.2', '6.', 'x.y', '-6.1', '6.1 ', '06.1000'])('%j is no release', (text) => {
    expect(parseLinuxRelease(text)).toBeUndefined();
  });
});

describe('laws', () => {
  // Not with a pinned certificate embedded, or two signers: what is altered there may be what nobody needs.
  test.each(['plain', 'key-id', 'attributes', 'ecdsa', 'chain', 'indefinite'])(
    'a flipped bit of %s is refused',
    (name) => {
      const { der, trusted } = named(name);
      fc.assert(
        fc.property(fc.nat(der.length - 1), fc.nat(7), (at, bit) => {
          const altered = der.slice();
          altered[at]! ^= 1 << bit;
          refusalOf(() => verifyDetached(altered, content, pinned[trusted], 'm', [release('6.1')]));
        }),
        { numRuns: 300 },
      );
    },
  );

  test.each(cases.map(({ name }) => [name]))('%s cut off anywhere is refused', (name) => {
    const { der, trusted } = named(name);
    for (let size = 0; size < der.length; size += 7) {
      refusalOf(() => verifyDetached(der.subarray(0, size), content, pinned[trusted], 'm'));
    }
  });

  test('other content is refused', () => {
    for (const { der, trusted } of cases) {
      refusalOf(() => verifyDetached(der, Uint8Array.of(1, 2, 3), pinned[trusted], 'm', [release('6.1')]));
    }
  });

  test('another certificate is refused', () => {
    for (const { der, trusted } of cases) {
      const other = pinned[trusted === 'rsa' ? 'ec' : 'rsa'];
      refusalOf(() => verifyDetached(der, content, other, 'm', [release('6.1')]));
    }
  });

  test('anything at all is taken apart or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        refusalOf(() => parseDetached(Uint8Array.of(0x30, 0x80, ...input), ''));
      }),
    );
  });
});

/** The fault that is thrown; anything else, or nothing, fails. */
function refusalOf(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
