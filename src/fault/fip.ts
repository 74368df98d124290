import type { Message } from './message.ts';
import { at, hex, type Place, refused, usage } from './row.ts';

export const fipFaults = {
  'fip/bounds': refused<Place & { readonly reason: Message }>(
    'A ToC entry points outside the payload area of its FIP.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Get the FIP again, or make it again with bootwright fip create.',
  ),
  'fip/overlap': refused<Place & { readonly other: string; readonly start: number; readonly end: number }>(
    'Two images of a FIP share bytes.',
    (c) => `${at(c)}: bytes ${hex(c.start)} to ${hex(c.end)} belong to ${c.other} too`,
    'Make the FIP again with bootwright fip create.',
  ),
  'fip/duplicate': refused<Place & { readonly uuid: string }>(
    'A FIP, or a request for one, names an image twice; which of the two is loaded depends on the reader.',
    (c) => `${at(c)}: the image ${c.uuid} is there already`,
    'Remove one of the two images: bootwright fip remove, or name the image once.',
  ),
  'fip/empty': refused<Place>(
    'A ToC entry has no bytes.',
    (c) => `${at(c)}: the image is empty`,
    'Give the image a file with content, or leave the image out.',
  ),
  'fip/terminator': refused<Place & { readonly reason: Message }>(
    'The ToC has no end, ends too early, or its end does not say where the FIP ends.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Get the whole FIP again, without bytes behind its end, or make it again with bootwright fip create.',
  ),
  'fip/padding': refused<Place & { readonly value: number }>(
    'Bytes that belong to no image are not zero.',
    (c) => `${at(c)}: the padding holds ${hex(c.value)}`,
    'Make the FIP again with bootwright fip create; look at the bytes first, someone put them there.',
  ),
  'fip/missing': refused<{ readonly image: string }>(
    'An image that was asked for is not in the FIP.',
    (c) => `the FIP has no image ${c.image}`,
    'List the images with bootwright fip info.',
  ),
  'fip/image-missing': usage<{ readonly image: string; readonly certificate: string }>(
    'A certificate cannot be made without an image that it has to vouch for.',
    (c) => `${c.certificate} has to vouch for ${c.image}, which was not given`,
    (c) => `Give the image: ${c.image}=FILE.`,
  ),
  'fip/name': usage<{ readonly name: string; readonly reason: Message }>(
    'An image name or UUID that cannot be used.',
    (c) => `image ${c.name}: ${c.reason.text}`,
    'Use a name that bootwright fip create --help lists, or a UUID.',
  ),
  'fip/alignment': usage<{ readonly value: number; readonly reason: Message }>(
    'An alignment with which a FIP cannot be laid out.',
    (c) => `alignment ${c.value}: ${c.reason.text}`,
    'Give a power of two, and at least 16 for a signature at the end.',
  ),
  'fip/trailer': refused<Place & { readonly reason: Message }>(
    'The signature at the end of a FIP does not stand where it has to stand for every byte to be signed.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Sign the FIP again with bootwright fip sign after its last change.',
  ),
  'fip/unsigned': refused<{ readonly reason: Message }>(
    'There is no signature to verify, so nothing was verified.',
    (c) => `not verified: ${c.reason.text}`,
    'Sign the FIP with bootwright fip sign, or verify certificates with --cot.',
  ),
  'fip/signature': refused<Place & { readonly key: string; readonly reason: Message }>(
    'The signature at the end of a FIP does not verify.',
    (c) => `${at(c)}, key ${c.key}: ${c.reason.text}`,
    'Verify with the key that signed the FIP, or sign it again with bootwright fip sign.',
  ),
  'fip/counter': usage<{ readonly counter: string; readonly value: string; readonly reason: Message }>(
    'A value that a non-volatile counter cannot have.',
    (c) => `${c.counter} ${c.value}: ${c.reason.text}`,
    'Give a whole number from 0 to 2147483647.',
  ),
  'fip/certificate': refused<Place & { readonly reason: Message }>(
    'A certificate does not say what its place in the chain of trust demands.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Make the certificate again with bootwright cert create.',
  ),
  'fip/chain': refused<{ readonly what: string; readonly reason: Message }>(
    'A link of the chain of trust does not hold, or could not be verified.',
    (c) => `${c.what}: ${c.reason.text}`,
    'Make keys, certificates and images match: bootwright cert create, then bootwright fip update.',
  ),
  'fip/anchor': refused<{ readonly anchor: string; readonly reason: Message }>(
    'A hash that was named as trust anchor and that no key can have.',
    (c) => `${c.anchor} trusts nothing: ${c.reason.text}`,
    'Compute the hash of your key with bootwright keys show or bootwright cert rotpk.',
  ),
  'fip/profile': usage<{ readonly profile: string; readonly reason: Message }>(
    'Not the name of a loader build, or one whose certificates cannot be checked.',
    (c) => `${c.profile}: ${c.reason.text}`,
    'Name a build such as tf-a:rsa2048-sha256.',
  ),
  'fip/fat': usage<{ readonly size: number; readonly reason: Message }>(
    'A boot partition cannot have this size, or its files do not fit.',
    (c) => `a FAT volume of ${c.size} bytes: ${c.reason.text}`,
    'Give a larger --size, a multiple of 16 KiB, or fewer files.',
  ),
};
