import { type Message, textOf } from './message.ts';
import { at, type Place, refused, usage } from './row.ts';

export const fitFaults = {
  'fit/structure': refused<Place & { readonly reason: Message }>(
    'A flattened image tree lacks a node or property that it must have, or one has the wrong form.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Correct the source (.its) and build the image tree again; `bootwright dts` prints what it holds.',
  ),
  'fit/duplicate': refused<Place & { readonly what: 'node' | 'property' }>(
    'Two siblings have one name, so that two readers may see different trees.',
    (c) => `${at(c)}: a second ${c.what} of this name`,
    'Remove one of the two from the source and build again. In an image tree of others, do not trust either.',
  ),
  'fit/unit-address': refused<Place>(
    "A node name holds '@'. U-Boot refuses it since 2021.04: its library may find such a node under a shorter name.",
    (c) => `${at(c)}: '@' is not allowed in this name: U-Boot may find the node under the name before it`,
    'Rename the node in the source, for example hash-1 instead of hash@1, and build and sign again.',
  ),
  'fit/limit': refused<Place & { readonly what: Message; readonly limit: number }>(
    'An image tree exceeds a limit of U-Boot or of this program.',
    (c) => `${at(c)}: ${c.what.text} exceeds ${c.limit}`,
    'Leave out images, hash nodes or signatures until it fits, or split the image tree.',
  ),
  'fit/algorithm': refused<Place & { readonly algorithm: string }>(
    'A hash, signature, padding or cipher algorithm is not known, or not allowed here.',
    (c) => `${at(c)}: algorithm '${c.algorithm}' is not accepted`,
    'Use sha256 for hashes, sha256,rsa2048 and the like for signatures, aes256 for encryption.',
  ),
  'fit/data': refused<Place & { readonly reason: Message }>(
    "An image's data is missing, lies outside the file or inside the tree, or is given twice.",
    (c) => `${at(c)}: ${c.reason.text}`,
    'Build the image tree again, or get the whole file again where it was cut.',
  ),
  'fit/configuration': refused<Place & { readonly reason: Message }>(
    'A configuration does not exist, or refers to an image that does not exist.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Name a configuration that exists with --configuration, or correct the names in the source; `bootwright fit list` shows them.',
  ),
  'fit/hash-mismatch': refused<
    Place & { readonly image: string; readonly algorithm: string; readonly want: string; readonly got: string }
  >(
    "An image's data does not have the digest in its hash node.",
    (c) => `${at(c)}: image ${c.image}: ${c.algorithm} is ${c.got}, the hash node says ${c.want}`,
    'Get the image tree again. Where its data was changed on purpose, run `bootwright fit sign`.',
  ),
  'fit/signature': refused<Place & { readonly key: string; readonly reason: Message }>(
    'A signature that is required does not verify, with what is known of the reason.',
    (c) => `${at(c)}: key ${c.key}: ${c.reason.text}`,
    'Sign with the required key (`bootwright fit sign --keys`), or give the key that signed with --key. `bootwright fit verify --explain` looks for what was changed.',
  ),
  'fit/unprotected': refused<Place & { readonly reason: Message }>(
    'Something that boots is not covered by what was verified.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Add a hash node with sha256 to the image and sign the configuration again.',
  ),
  'fit/key-node': refused<Place & { readonly reason: Message }>(
    'A key node of the control device tree cannot be trusted: inconsistent, incomplete or misspelt.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Remove the key node and add the key again: `bootwright fit sign --control u-boot.dtb --require`.',
  ),
  'fit/not-verified': refused<{ readonly what: string | Message; readonly reason: Message }>(
    'Nothing vouches for the image: no key is required, or nothing was checked. That is not a success.',
    (c) => `${textOf(c.what)} is not verified: ${c.reason.text}`,
    'Sign the configurations, and mark the key as required in the control tree: `bootwright fit sign --control u-boot.dtb --require`. Where the default is unclear, name the board with --board.',
  ),
  'fit/cipher': refused<Place & { readonly reason: Message }>(
    'An image cannot be encrypted or decrypted as its cipher node says.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Give a key of 16, 24 or 32 bytes for aes128, aes192 or aes256, and an initialisation vector of 16 bytes.',
  ),
  'fit/preload': refused<Place & { readonly reason: Message }>(
    'A pre-load header is malformed, or its signature does not verify.',
    (c) => `${at(c)}: ${c.reason.text}`,
    'Make the header again with `bootwright fit preload add`, after everything else that changes the image.',
  ),
  'fit/option': usage<{ readonly option: string; readonly reason: Message }>(
    'An image tree cannot be built or signed with this option.',
    (c) => `${c.option}: ${c.reason.text}`,
    'Correct the option; `bootwright fit build --help` says what it takes.',
  ),
};
