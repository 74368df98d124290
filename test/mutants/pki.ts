import type { Mutant } from './mutant.ts';

const der = ['test/pki/der.test.ts'];
const x509 = ['test/pki/x509.test.ts'];
const cms = ['test/pki/message.test.ts', 'test/verity/signature.test.ts'];

/** Certificates, messages and the DER below them. */
export const pkiMutants: readonly Mutant[] = [
  {
    name: 'DER: bytes after the end',
    file: 'src/pki/der.ts',
    from: 'if (!cursor.done) throw',
    to: 'if (cursor.left < 0) throw',
    why: 'Two readers that see different ends see different certificates (CVE-2022-47630).',
    tests: der,
  },
  {
    name: 'DER: a length that is not minimal',
    file: 'src/pki/der.ts',
    from: 'if (length < 0x80 || length < 0x100 ** (count - 1)) throw',
    to: 'if (length < 0) throw',
    why: 'One value has one encoding, or signatures are malleable.',
    tests: der,
  },
  {
    name: 'DER: an integer with padding',
    file: 'src/pki/der.ts',
    from: "if (padded) throw derFault(path, start, 'an integer with padding');",
    to: '',
    why: 'One value has one encoding, or signatures are malleable.',
    tests: der,
  },
  {
    name: 'DER: any nesting',
    file: 'src/pki/der.ts',
    from: 'if (depth > DEPTH_MAX) throw',
    to: 'if (depth > 1e9) throw',
    why: 'A few kilobytes exhaust the stack.',
    tests: der,
  },
  {
    name: 'X.509: the outer algorithm may differ from the signed one',
    file: 'src/pki/x509.ts',
    from: 'if (!equalBytes(rawOf(inner!), rawOf(outer!)))',
    to: 'if (rawOf(inner!).length === 0)',
    why: 'The part outside the signature must not choose how it is verified.',
    tests: x509,
  },
  {
    name: 'X.509: SHA-1 signatures',
    file: 'src/pki/x509.ts',
    from: 'if (isWeakHash(scheme.hash) && !weak)',
    to: 'if (isWeakHash(scheme.hash) && weak)',
    why: 'Chosen-prefix collisions of SHA-1 are practical.',
    tests: [...x509, 'test/fip/chain.test.ts'],
  },
  {
    name: 'X.509: an extension twice',
    file: 'src/pki/x509.ts',
    from: 'if (seen.has(extension.oid)) throw',
    to: 'if (seen.size < 0) throw',
    why: 'One reader takes the first, another the last.',
    tests: x509,
  },
  {
    name: 'CMS: by any certificate',
    file: 'src/pki/verify-message.ts',
    from: '  if (!isNamed(signer.who, pinned, keyIdOf(pinned))) return undefined;\n',
    to: '',
    why: 'The kernel looks the key up by the name in the message, and finds none.',
    tests: cms,
  },
  {
    name: 'CMS: the signature by the pinned key is not looked at',
    file: 'src/pki/verify-message.ts',
    from: '  const reason = verifyWith(signer, content, publicKey, path);\n  if (reason !== undefined) throw refuse(path, signer, reason);\n',
    to: '',
    why: 'Anybody signs root hashes.',
    tests: cms,
  },
  {
    name: 'CMS: the signature by an embedded key is not looked at',
    file: 'src/pki/verify-message.ts',
    from: '  const reason = verifyWith(signer, content, embedded.publicKey, path);\n  if (reason !== undefined) throw refuse(path, signer, reason);\n',
    to: '',
    why: 'A certificate below the pinned one, and anything as its signature.',
    tests: cms,
  },
  {
    name: 'CMS: attributes speak of other bytes',
    file: 'src/pki/verify-message.ts',
    from: 'if (attributes !== undefined && !equalBytes(hash(scheme.hash, content), attributes.messageDigest)) {',
    to: 'if (attributes !== undefined && attributes.messageDigest.length === 0) {',
    why: 'The signature covers the attributes, and they alone bind the content.',
    tests: cms,
  },
];
