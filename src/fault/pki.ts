import type { Message } from './message.ts';
import { at, type Place, refused, usage } from './row.ts';

export const pkiFaults = {
  'pki/pem': refused<{ readonly path: string; readonly reason: Message }>(
    'Text that must be PEM is not: no such block, a broken line or bad base64.',
    (c) => `${c.path}: ${c.reason.text}`,
    'Give a key or certificate as PEM or DER; `openssl pkey` and `openssl x509` convert other forms.',
  ),
  'pki/der': refused<Place & { readonly reason: Message }>(
    'Bytes that must be strict DER are not: an indefinite or non-minimal length, a padded integer, junk.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Encode it as DER again, for example with `openssl x509 -outform DER`, or get the file again.',
  ),
  'pki/structure': refused<Place & { readonly reason: Message }>(
    'Well-formed DER that does not have the structure of the key, certificate or message expected.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Check that the file is what the option asks for; `bootwright inspect` tells what it holds.',
  ),
  'pki/signature': refused<Place & { readonly reason: Message }>(
    'A signature does not verify, with what its decoding tells of the reason.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Check that these are the bytes and the key that were signed, and sign again where they changed.',
  ),
  'pki/linux': refused<Place & { readonly rule: string; readonly what: Message; readonly releases: Message }>(
    'A signed message is good, but a release of Linux that counts would refuse it.',
    (c) => `${at(c)}: it uses ${c.what.text}, which ${c.releases.text} refuses`,
    'Name the kernel that will check it (linux@6.12), or sign with an RSA key of 2048 to 4096 bits and SHA-256.',
  ),
  'pki/request': refused<{ readonly path: string; readonly reason: Message }>(
    'A file of signing requests that cannot be read as one.',
    (c) => `${c.path}: ${c.reason.text}`,
    'Write the requests again with --request, and change only the `signature` fields.',
  ),
  'pki/token-uri': usage<{ readonly uri: string; readonly reason: Message }>(
    'A `pkcs11:` URI that does not name one key, or says something that is not supported.',
    (c) => `${c.uri}: ${c.reason.text}`,
    'Write pkcs11:token=TOKEN;object=KEY?module-path=FILE, with id=, serial= or slot-id= where several match. Set BOOTWRIGHT_PIN and PKCS11_MODULE_PATH rather than pin-value and module-path.',
  ),
};
