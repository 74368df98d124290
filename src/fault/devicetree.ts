import { at, type Place, refused } from './row.ts';

export const devicetreeFaults = {
  'devicetree/header': refused<Place & { readonly reason: string }>(
    'The header of a flattened device tree contradicts itself or the length of the input.',
    (c) => `${at(c)}: ${c.reason}`,
  ),
  'devicetree/structure': refused<Place & { readonly reason: string }>(
    'The structure block of a flattened device tree is not one properly nested tree.',
    (c) => `${at(c)}: ${c.reason}`,
  ),
  'devicetree/name': refused<Place & { readonly reason: string }>(
    'The name of a node or property cannot be read or may not be used.',
    (c) => `${at(c)}: ${c.reason}`,
  ),
  'devicetree/limit': refused<Place & { readonly what: string; readonly limit: number }>(
    'A device tree exceeds a documented limit of this program.',
    (c) => `${at(c)}: ${c.what} exceeds ${c.limit}`,
  ),
  'devicetree/missing': refused<Place & { readonly what: 'node' | 'property' }>(
    'A node or property that is needed does not exist.',
    (c) => `${c.path}: no such ${c.what}`,
  ),
  'devicetree/value': refused<Place & { readonly reason: string }>(
    'The value of a property does not have the shape that it must have.',
    (c) => `${at(c)}: ${c.reason}`,
  ),
  'devicetree/exists': refused<Place>(
    'A node of this name exists already.',
    (c) => `${at(c)}: the node exists already`,
  ),
  'devicetree/no-space': refused<Place & { readonly need: number; readonly have: number }>(
    'An edit does not fit into the room that the blob has for it.',
    (c) => `${at(c)}: needs ${c.need} bytes, ${c.have} are free`,
  ),
};
