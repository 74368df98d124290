import { messages } from '../fault.ts';

/** What this room says. */
export const fipMessage = messages({
  'fip/rotpk-keys': '{place} takes at most {limit} of the {keys} keys',
  'fip/rotpk-unfit': '{place}: {reason}',
  // The table of contents.
  'fip/no-terminator': 'there is no terminator after {entries} entries',
  'fip/end-in-toc': 'the FIP would end at {end}, inside its table of contents',
  'fip/file-too-short': 'the FIP should have {end} bytes, but the file has {size}',
  'fip/bytes-after-end':
    '{bytes} {bytes|byte follows|bytes follow} the end of the FIP and {bytes|belongs|belong} to no entry',
  'fip/beyond-64-bits': 'offset and size together exceed 2^64',
  'fip/image-in-toc': 'the image starts inside the table of contents',
  'fip/image-beyond-end': 'the image ends at {imageEnd}, the FIP at {end}',
  'fip/too-many-images': '{images} images exceed the maximum of {most}',

  // The signature at the end.
  'fip/no-trailer': 'the FIP has no signature at its end (no tb-fw-cert)',
  'fip/trailer-is-certificate':
    'tb-fw-cert holds {size} bytes, which is not the size of a signature: if it is a certificate, verify the chain of trust with --cot',
  'fip/certificate-in-the-way':
    'tb-fw-cert holds {size} bytes, which is not the size of a signature: remove the certificate before you sign at the end',
  'fip/image-behind-trailer': 'the image {image} lies behind the signature, which does not cover it',
  'fip/trailer-size': 'tb-fw-cert has {size} bytes, but a signature by {key} has {want}',
  'fip/trailer-alignment': 'the signature starts at {offset}, which is not a multiple of {alignment}',
  'fip/bytes-behind-trailer': '{bytes} {bytes|byte|bytes} behind the signature {bytes|is|are} not signed',
  'fip/weak-hash': '{scheme}: {hash} is too weak for new designs',
  'fip/not-a-multiple': 'not a multiple of {step}',
  'fip/not-an-alignment': 'not a power of two from 1 to {most}',

  // Certificates.
  'fip/version': 'the version is {version}, but it must be 3',
  'fip/no-extensions': 'there are no extensions',
  'fip/critical-unknown': 'the extension {oid} is critical and unknown',
  'fip/statement-missing': 'it has no entry for {subject}, which {image} must have',
  'fip/statement-foreign': 'it has an entry for {subject}, which {image} must not have',
  'fip/the-counter': 'the counter {counter}',
  'fip/the-image': 'the image {image}',
  'fip/the-key': 'the key {key}',
  'fip/the-named-key': 'the {key}',
  'fip/counter-size': 'the counter {counter} does not fit into four bytes',
  'fip/not-a-certificate': '{size} bytes are too large for a certificate',
  'fip/pkcs1-signature': 'it is signed with PKCS#1 v1.5, but the chain of trust requires PSS',
  'fip/other-root': 'it is signed by another root key: {fingerprint}',
  'fip/other-key-named': 'it names another {key} than the one that signed it',
  'fip/rolled-back': 'rollback: {counter} is {value}, but the device is at {minimum}',
  'fip/refused-by-build': '{profile} refuses it: {reason}',

  // What protects the entries of a FIP.
  'fip/unprotected': 'no certificate covers it',
  'fip/nothing-verified': 'nothing in it could be verified',
  'fip/no-entries': 'it has no entries, or only entries that are allowed to be unsigned',
  'fip/not-verified': 'not verified: {reason}',
  'fip/no-anchor': 'no trust anchor',
  'fip/no-anchor-for': 'no trust anchor was given for {key}',
  'fip/trusted': 'trusted: {anchor}',
  'fip/certificate-absent': '{certificate}, which would cover it, is not in the FIP',
  'fip/certificate-is-handle': '{certificate} is a key handle',
  'fip/certificate-not-verified': '{certificate} is not verified',
  'fip/certificate-refused': '{certificate} is refused',
  'fip/image-absent': 'covered, but not in this FIP',
  'fip/zero-digest': '{certificate} has a digest of zeros for it, which covers no image',
  'fip/weak-digest': '{certificate} covers it with {hash}, which is too weak',
  'fip/other-digest': 'its {hash} is {got}, but {certificate} expects {want}',
  'fip/key-handle': 'a handle for a key in the security engine (0x{handle}), which only the device can resolve',
  'fip/unknown-key': 'unknown',
  'fip/counter-conflict':
    '{counter} is {first} in {certificate} and {second} in {other}; give all certificates the same value',

  // What a build of the loader accepts.
  'fip/build-hash': 'it is signed over {hash}, but the build has only {only}',
  'fip/build-key': 'it is signed by {key}, but {reason}',
  'fip/build-digest': 'its digest is {hash}, but the build has only {only}',
  'fip/build-curve-only': 'the build verifies only {curve}',
  'fip/build-rsa-bits': 'the build verifies RSA up to {most} bits',
  'fip/build-rsa-only': 'the build verifies only RSA',
  'fip/build-rsa-and-curve': 'the build verifies only {curve} and RSA',
  'fip/build-key-buffer': 'its {key} is {kind}, which exceeds the key buffer of the build',
  'fip/build-digest-buffer': 'its {hash} digest for {image} exceeds the digest buffer of the build',
  'fip/build-flaw': '{image}: {reason}',
  'fip/no-brainpool':
    'the mbedTLS module of TF-A has only P-256 and P-384, and a build with KEY_ALG=ecdsa-brainpool-… verifies RSA',
  'fip/not-a-profile': 'expected tf-a:KEY-HASH with a key of {keys} and a hash of {hashes}',
  'fip/no-loader-build': 'no build of TF-A accepts this chain, which mixes {mixed}',
  'fip/unusual-loader-build':
    'only builds of TF-A with TF_MBEDTLS_KEY_ALG=rsa+ecdsa accept this chain, which mixes {mixed}: no value of KEY_ALG makes such a build',
  'fip/loader-build-remedy':
    'a build has one hash, and RSA or one curve: use the key type, key size and hash of the build on the board for every key, digest and signature',

  // Making certificates.
  'fip/signs': 'it signs {image}, and was not given',
  'fip/is-certified': 'a certificate contains it',
  'fip/not-a-whole-number': 'not a whole number from 0',
  'fip/above': 'above {most}',
  'fip/not-given': 'it was not given',

  // Names.
  'fip/not-a-uuid': 'not a UUID',
  'fip/null-uuid': 'the null UUID ends the table of contents',
  'fip/several-platforms': 'several platforms have such an image: {choices}',
  'fip/unknown-image': 'the table has no such image, and it is not a UUID',
  'fip/expected-images': 'expected an object with a list called images',
  'fip/name-clash': 'it clashes with {option} ({uuid})',
  'fip/bad-option': '{file}: an option must match {pattern}',
  'fip/no-uuid': '{file}: it has no uuid',
  'fip/not-json': 'it is not JSON: {reason}',

  // FAT volumes.
  'fip/fat-name-length': 'a FAT name has 1 to {most} characters',
  'fip/fat-name-character': 'it has a character that FAT does not allow',
  'fip/fat-name-end': 'a FAT name does not end with a dot or a space',
  'fip/fat-name-twice': 'there is such a file already (FAT ignores case)',
  'fip/fat-short-name': 'its short name is taken',
  'fip/fat-label': 'a label has up to 11 characters: A-Z, 0-9, _, -',
  'fip/fat-size': 'not a multiple of {step} from {least} to {most}',
  'fip/fat-full': 'the files do not fit',

  // Root of trust public keys.
  'fip/hash-of-nothing':
    'it is the {hash} of nothing: a build that should have hashed a key got none, as TF-A for qemu does where its key is not RSA',
});
