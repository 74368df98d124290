import { type Reason, textOf } from './message.ts';
import { at, type Place, refused, usage } from './row.ts';

export const pkiFaults = {
  'pki/pem': refused<{ readonly path: string; readonly reason: Reason }>(
    'Text that must be PEM is not: no such block, a broken line or bad base64.',
    (c) => `${c.path}: ${textOf(c.reason)}`,
  ),
  'pki/der': refused<Place & { readonly reason: Reason }>(
    'Bytes that must be strict DER are not: an indefinite or non-minimal length, a padded integer, junk.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'pki/structure': refused<Place & { readonly reason: Reason }>(
    'Well-formed DER that does not have the structure of the key, certificate or message expected.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'pki/signature': refused<Place & { readonly reason: Reason }>(
    'A signature does not verify, with what its decoding tells of the reason.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'pki/linux': refused<Place & { readonly rule: string; readonly what: string; readonly releases: string }>(
    'A signed message is good, but a release of Linux that counts would refuse it.',
    (c) => `${at(c)}: ${c.what}, which ${c.releases} refuses; name the kernel that will check it (linux@…)`,
  ),
  'pki/request': refused<{ readonly path: string; readonly reason: Reason }>(
    'A file of signing requests that cannot be read as one.',
    (c) => `${c.path}: ${textOf(c.reason)}`,
  ),
  'pki/token-uri': usage<{ readonly uri: string; readonly reason: Reason }>(
    'A `pkcs11:` URI that does not name one key, or says something that is not supported.',
    (c) => `${c.uri}: ${textOf(c.reason)}`,
  ),
};
