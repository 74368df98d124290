import { type Reason, textOf } from './message.ts';
import { at, type Place, refused, usage } from './row.ts';

export const fitFaults = {
  'fit/structure': refused<Place & { readonly reason: Reason }>(
    'A flattened image tree lacks a node or property that it must have, or one has the wrong form.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'fit/duplicate': refused<Place & { readonly what: 'node' | 'property' }>(
    'Two siblings have one name, so that two readers may see different trees.',
    (c) => `${at(c)}: a second ${c.what} of this name`,
  ),
  'fit/unit-address': refused<Place>(
    "A node name holds '@'. U-Boot refuses it since 2021.04: its library may find such a node under a shorter name.",
    (c) => `${at(c)}: '@' is not allowed in this name: U-Boot may find the node under the name before it`,
  ),
  'fit/limit': refused<Place & { readonly what: string; readonly limit: number }>(
    'An image tree exceeds a limit of U-Boot or of this program.',
    (c) => `${at(c)}: ${c.what} exceeds ${c.limit}`,
  ),
  'fit/algorithm': refused<Place & { readonly algorithm: string }>(
    'A hash, signature, padding or cipher algorithm is not known, or not allowed here.',
    (c) => `${at(c)}: algorithm '${c.algorithm}' is not accepted`,
  ),
  'fit/data': refused<Place & { readonly reason: Reason }>(
    "An image's data is missing, lies outside the file or inside the tree, or is given twice.",
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'fit/configuration': refused<Place & { readonly reason: Reason }>(
    'A configuration does not exist, or refers to an image that does not exist.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'fit/hash-mismatch': refused<
    Place & { readonly image: string; readonly algorithm: string; readonly want: string; readonly got: string }
  >(
    "An image's data does not have the digest in its hash node.",
    (c) => `${at(c)}: image ${c.image}: ${c.algorithm} is ${c.got}, the hash node says ${c.want}`,
  ),
  'fit/signature': refused<Place & { readonly key: string; readonly reason: Reason }>(
    'A signature that is required does not verify, with what is known of the reason.',
    (c) => `${at(c)}: key ${c.key}: ${textOf(c.reason)}`,
  ),
  'fit/unprotected': refused<Place & { readonly reason: Reason }>(
    'Something that is booted is not covered by what was verified.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'fit/key-node': refused<Place & { readonly reason: Reason }>(
    'A key node of the control device tree cannot be trusted: inconsistent, incomplete or misspelt.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'fit/not-verified': refused<{ readonly what: string; readonly reason: Reason }>(
    'Nothing vouched for the image: no key was required, or nothing was checked. That is not a success.',
    (c) => `${c.what} is not verified: ${textOf(c.reason)}`,
  ),
  'fit/cipher': refused<Place & { readonly reason: Reason }>(
    'An image cannot be encrypted or decrypted as its cipher node says.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'fit/preload': refused<Place & { readonly reason: Reason }>(
    'A pre-load header is malformed, or its signature does not verify.',
    (c) => `${at(c)}: ${textOf(c.reason)}`,
  ),
  'fit/option': usage<{ readonly option: string; readonly reason: Reason }>(
    'An image tree cannot be built or signed with this option.',
    (c) => `${c.option}: ${textOf(c.reason)}`,
  ),
};
