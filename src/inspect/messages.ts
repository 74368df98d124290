import { messages } from '../fault.ts';

/** What this room says. */
export const inspectMessage = messages({
  'inspect/is-fip': 'firmware image package, {images} {images|image|images}',
  'inspect/is-fit':
    'image tree, {images} {images|image|images}, {configurations} {configurations|configuration|configurations}',
  'inspect/is-fit-described':
    'image tree, {images} {images|image|images}, {configurations} {configurations|configuration|configurations}: {description}',
  'inspect/is-fit-damaged': 'image tree',
  'inspect/is-devicetree': 'device tree',
  'inspect/is-control-tree': 'device tree with keys',
  'inspect/is-source': 'device tree source',
  'inspect/is-image-tree-source': 'image tree source',
  'inspect/is-source-broken': 'device tree source that does not compile',
  'inspect/is-verity-image':
    'dm-verity image, {algorithm}, {blocks} {blocks|block|blocks} of {blockSize} bytes, {levels} {levels|level|levels}',
  'inspect/is-hash-tree':
    'dm-verity hash tree, {algorithm}, {blocks} {blocks|block|blocks} of {blockSize} bytes, {levels} {levels|level|levels}',
  'inspect/is-verity-damaged': 'dm-verity hash area, damaged',
  'inspect/is-root-hash': 'root hash',
  'inspect/is-certificate': 'certificate of {subject} by {issuer}, {key}, until {until}',
  'inspect/is-pkcs7': 'PKCS#7 signature, {hash}, by the certificate with serial {serial}',
  'inspect/is-pkcs7-key-id': 'PKCS#7 signature, {hash}, by the certificate with key identifier {keyId}',
  'inspect/is-public-key': 'public key, {key}, fingerprint {fingerprint}…',
  'inspect/is-private-key': 'private key, {key}, fingerprint {fingerprint}…',
  'inspect/is-pem': 'PEM text',
  'inspect/is-der': 'DER, not a known key, certificate or signature',
  'inspect/is-unreadable': 'cannot be read',
  'inspect/is-u-boot':
    '{versions}; verifies signatures of FIT images: {fitSignature}; RSA: {rsa}; ECDSA: {ecdsa}; boots legacy images: {legacy}',
  'inspect/is-loader': 'data with {trees} {trees|device tree|device trees} in it, as boot loaders carry them',
  'inspect/is-empty': 'an empty file',
  'inspect/is-damaged-devicetree': 'a device tree whose first bytes are damaged',
  'inspect/is-damaged-fip': 'a FIP whose first bytes are damaged',
  'inspect/is-damaged-verity': 'a dm-verity hash area whose first bytes are damaged',
  'inspect/is-data': 'unknown data',
  'inspect/is-text': 'unknown text',
  'inspect/is-elf': 'an ELF program',
  'inspect/is-pe': 'a PE program: a kernel with an EFI stub, or a UEFI application',
  'inspect/is-arm64': 'an arm64 kernel Image',
  'inspect/is-riscv': 'a RISC-V kernel Image',
  'inspect/is-gzip': 'gzip data',
  'inspect/is-zstd': 'zstd data',
  'inspect/is-xz': 'xz data',
  'inspect/is-lz4': 'LZ4 data',
  'inspect/is-cpio': 'a cpio archive: an initramfs',
  'inspect/is-squashfs': 'a squashfs file system without a hash area',
  'inspect/is-squashfs-big': 'a big-endian squashfs file system',
  'inspect/is-uimage': 'a legacy U-Boot image (uImage), which nothing can sign',
  'inspect/is-android': 'an Android boot image',
  'inspect/is-avb': 'an Android Verified Boot table',
  'inspect/is-stm32': 'an STM32 boot header',
  'inspect/is-disk': 'a disk or FAT volume with a boot sector',
  'inspect/is-ext': 'an ext file system without a hash area',
  'inspect/is-erofs': 'an EROFS file system without a hash area',
  'inspect/unnamed': 'unnamed',
  'inspect/answer-yes': 'yes',
  'inspect/answer-no': 'no',
  'inspect/answer-unknown': 'the bytes do not tell',

  'inspect/found-private-key': 'this is a private key: whoever has it signs in your name',
  'inspect/found-private-key-inside': 'a private key ({form}) lies at {offset}: whoever has this file has the key',
  'inspect/found-fip-padding': 'bytes between two images are not zero: something unlisted may be hidden there',
  'inspect/found-fip-unsigned': 'nothing in this FIP is signed: no signature at its end and no certificates',
  'inspect/found-tree-cut': 'the tree reaches to {end}, the file has {size} bytes',
  'inspect/found-not-here': 'this source names {file}, which is not read here',
  'inspect/lint': '{found}. {why}',
  'inspect/found-line': 'line {line}, column {column}: {problem}',

  'inspect/found-loader-cannot-verify':
    'this U-Boot was built without FIT_SIGNATURE: it verifies nothing and boots what nobody signed',
  'inspect/found-loader-legacy-images':
    'this U-Boot boots legacy images too, which nothing signs, and bootm takes either',
  'inspect/found-no-control-tree': 'it has no control device tree: {reason}',

  'inspect/remedy-loader-cannot-verify':
    'build U-Boot with CONFIG_FIT_SIGNATURE and the algorithm of the key (docs/u-boot.md)',
  'inspect/remedy-loader-legacy-images': 'build U-Boot without CONFIG_LEGACY_IMAGE_FORMAT (docs/u-boot.md)',
  'inspect/remedy-no-control-tree':
    'bootwright build puts one there; some boards get theirs from elsewhere (CONFIG_OF_BOARD)',
  'inspect/remedy-two-trees': 'keep one of them: U-Boot reads the first behind its code (docs/u-boot.md)',
  'inspect/remedy-private-key': 'keep it away from images and boards; give out the public key: bootwright keys show',
  'inspect/remedy-private-key-inside':
    'take it out and make a new key: this one is known. Give out public keys: bootwright keys show',
  'inspect/remedy-fip-padding': 'build the FIP again: padding is then zero',
  'inspect/remedy-fip-unsigned': 'bootwright fip sign FILE -k KEY, or add certificates with bootwright cert create',
  'inspect/remedy-tree-cut': 'the file was cut: fetch or format it again',
  'inspect/remedy-not-here': 'compile the source where its files are: bootwright dts compile',
  'inspect/remedy-check':
    'fix the source at this place, or switch the check off where it is meant so: --check {check}=off',
  'inspect/remedy-truncated': 'the file was cut: fetch or build it again, and compare its size',
  'inspect/remedy-constant': 'the file is of another kind, or its start was overwritten',
  'inspect/remedy-devicetree-header': 'build the blob again: no working tool writes such a header',
  'inspect/remedy-devicetree-structure': 'build the blob again from its source: bootwright dts compile',
  'inspect/remedy-fip-create': 'build the FIP again: bootwright fip create',
  'inspect/remedy-fip-duplicate': 'remove one of the two: bootwright fip remove',
  'inspect/remedy-fip-empty': 'remove the entry: bootwright fip remove',
  'inspect/remedy-fit-data': 'give the image its data once, or build the tree again from its source',
  'inspect/remedy-fit-configuration': "name an existing configuration in 'default', and existing images in it",
  'inspect/remedy-fit-structure': 'build the image tree again from its source: bootwright fit build',
  'inspect/remedy-der': 'the file is not the DER that boot loaders require: write it again with bootwright or openssl',
  'inspect/remedy-superblock': 'format the device again: bootwright verity format',

  'inspect/stage-nothing': 'nothing was checked',

  'inspect/node-in': '{part} in {whole}',
  'inspect/node-root-hash': 'root hash {digest}',
  'inspect/node-key-hash': 'key hash {digest}',

  'inspect/why-anchored': 'you trust it: {anchor}',
  'inspect/why-trusted': 'verified because you trust {anchor}',
  'inspect/why-signature': 'signed with {key}: {holder}',
  'inspect/why-signature-key': 'signed with {key}',
  'inspect/why-fuses': 'the hash of the key is {digest}',
  'inspect/why-digest': 'matches {digest}, which {holder} vouches for',
  'inspect/why-hash-tree': 'every block follows from root hash {rootHash}',
  'inspect/why-contains': 'lies in {whole}',
  'inspect/why-names': 'named by {by}',
  'inspect/why-refused': 'refused by {by}: {reason}',
  'inspect/why-claimed': '{by} claims to vouch for it (not checked)',
  'inspect/why-by-refused': '{by} vouches for it, but is itself refused',
  'inspect/why-by-unverified': '{by} vouches for it, but is not verified itself',
  'inspect/why-unvouched': 'nobody vouches for it',

  'inspect/missing-trust': 'every check holds, but nobody vouches for {what}: trust it, or paste the fuse hash',
  'inspect/missing-trust-hash': 'every check holds, but nobody vouches for {what}: paste the hash that the fuses hold',
  'inspect/missing-trust-root-hash':
    'every check holds, but nobody vouches for {what}: trust it, or paste the root hash that you know',
  'inspect/missing-trust-file': 'nobody vouches for {what}: trust it if you know that it is yours',
  'inspect/missing-unvouched': 'nobody vouches for {what}',
  'inspect/missing-unused': 'no open file has the hash {digest}',
  'inspect/missing-tree': '{by} names {rootHash}, but no hash tree with this root hash is open',
  'inspect/missing-signature': '{by} names {certificate}, but no signature by it is open',
  'inspect/missing-loader-cannot-verify':
    'the boot loader in {file} was built without FIT_SIGNATURE: whatever its control tree says, it boots what nobody signed',
  'inspect/missing-nothing-boots': 'no open file boots: open firmware, a FIT or a dm-verity image',

  'inspect/judge-too-large': 'it is too large to be verified here',
  'inspect/judge-nothing-to-verify': 'a file of this kind ({kind}) carries nothing to verify',
  'inspect/judge-no-control': 'no control device tree and no key is open',
  'inspect/judge-no-fit-key': 'no control device tree is open, and no open key signed it: {keys}',
  'inspect/judge-no-root-hash': 'no root hash is open',
  'inspect/judge-no-root-hash-for': 'no open file names its root hash, {rootHash}',
  'inspect/judge-no-data': 'the data of this hash tree is not open',
  'inspect/judge-no-key': 'no key is open',
  'inspect/judge-no-such-key': 'no open key signed it: {keys}',
  'inspect/judge-no-certificate': 'the certificate that it was signed with is not open',
  'inspect/judge-data-bad': 'data: block {block}: {how}',
  'inspect/judge-data-bad-many': 'data: blocks {first} to {last}: {how}',
  'inspect/judge-level-bad': 'level {level}: block {block}: {how}',
  'inspect/judge-level-bad-many': 'level {level}: blocks {first} to {last}: {how}',
  'inspect/judge-altered': 'altered',
  'inspect/judge-doubtful': 'differs from its digest, which is in a damaged hash block',
  'inspect/judge-spare': 'bytes that must be zero are not',

  'inspect/verdict-verified': 'verified',
  'inspect/verdict-consistent': 'consistent, but nobody vouches for it',
  'inspect/verdict-refused': 'refused',
  'inspect/verdict-not-verified': 'not verified',
});

/** A message that takes no values. */
export type PlainCode = {
  [Code in keyof typeof inspectMessage.table]: (typeof inspectMessage.table)[Code] extends `${string}{${string}`
    ? never
    : Code;
}[keyof typeof inspectMessage.table];
