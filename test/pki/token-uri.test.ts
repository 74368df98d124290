import { describe, expect, test } from 'vitest';
import { parseTokenUri, splitPin } from '../../src/pki/token-uri.ts';
import { expectFault } from '../support/fault.ts';

const M = 'module-path=/m.so';

describe('a pkcs11: URI', () => {
  test.each([
    ['by its label', `pkcs11:object=rot?${M}`, { label: 'rot', id: undefined, token: undefined, module: '/m.so' }],
    ['by its id', `pkcs11:token=boot;id=%00%ff?${M}`, { label: undefined, id: '00ff', token: 'boot' }],
    ['with a name that is not ASCII', `pkcs11:object=schl%C3%BCssel%20ä?${M}`, { label: 'schlüssel ä' }],
    ['with a scheme in other letters', `PKCS11:object=rot?${M}`, { label: 'rot', module: '/m.so' }],
    ['with the half that is meant', `pkcs11:object=rot;type=private?${M}`, { label: 'rot' }],
    ['with what names the module alone', `pkcs11:object=rot;library-version=3?module-name=x&${M}`, { label: 'rot' }],
    ['with the module among the rest', `pkcs11:object=rot;${M}`, { label: 'rot', module: '/m.so' }],
  ])('%s', (_name, uri, want) => {
    expect(parseTokenUri(uri)).toMatchObject({ uri, ...want });
  });

  test('says more of the token', () => {
    const uri = `pkcs11:token=boot;serial=12ab;model=SoftHSM%20v2;slot-id=7;object=rot?${M}`;
    expect([...parseTokenUri(uri).slot]).toEqual([
      ['serial num', '12ab'],
      ['token model', 'SoftHSM v2'],
      ['slot', '7'],
    ]);
  });

  test('leaves the module to the caller', () => {
    expect(parseTokenUri('pkcs11:object=rot', '/e.so').module).toBe('/e.so');
    expect(parseTokenUri(`pkcs11:object=rot?${M}`, '/e.so').module).toBe('/m.so');
  });

  test.each([
    ['no module', 'pkcs11:object=rot', 'pki/uri-module'],
    ['no key', `pkcs11:token=boot?${M}`, 'pki/uri-key'],
    ['a PIN', `pkcs11:object=rot?pin-value=1&${M}`, 'pki/uri-pin'],
    ['a PIN in the path', `pkcs11:object=rot;pin-value=1?${M}`, 'pki/uri-pin'],
    ['a PIN elsewhere', `pkcs11:object=rot?pin-source=file:/p&${M}`, 'pki/uri-attribute'],
    ['an attribute that might choose', `pkcs11:object=rot;colour=red?${M}`, 'pki/uri-attribute'],
    ['no value', `pkcs11:object?${M}`, 'pki/uri-value'],
    ['another kind of object', `pkcs11:object=rot;type=secret-key?${M}`, 'pki/uri-type'],
  ])('%s is refused', (_name, uri, code) => {
    expectFault(() => parseTokenUri(uri), 'pki/token-uri', { reason: expect.objectContaining({ code }) });
  });

  test.each([
    ['pkcs11:token=b;object=r;pin-value=12%2034', 'pkcs11:token=b;object=r', '12 34'],
    ['pkcs11:pin-value=1;object=r', 'pkcs11:object=r', '1'],
    [`pkcs11:object=r?pin-value=1&${M}`, `pkcs11:object=r?${M}`, '1'],
    [`pkcs11:object=r?${M}&pin-value=1`, `pkcs11:object=r?${M}`, '1'],
    ['pkcs11:object=r?pin-value=1', 'pkcs11:object=r', '1'],
    [`pkcs11:object=r;pin-value=1?${M}`, `pkcs11:object=r?${M}`, '1'],
    [`pkcs11:object=r?${M}`, `pkcs11:object=r?${M}`, undefined],
  ])('%s is parted from its PIN', (uri, rest, pin) => {
    expect(splitPin(uri)).toEqual({ uri: rest, pin });
  });
});
