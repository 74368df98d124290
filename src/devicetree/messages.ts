import { messages, type PlainCode } from '../fault.ts';

/** Why a blob, a value or a change of a device tree is refused. */
export const deviceTreeMessage = messages({
  'devicetree/root-name': 'the root has a name',
  'devicetree/no-name': 'a node other than the root has no name',
  'devicetree/slash-in-name': 'the name of the node contains a slash',
  'devicetree/short-header': '{size} {size|byte is|bytes are} less than a header',
  'devicetree/reservations-unaligned': 'the reservation block is not aligned to 8',
  'devicetree/structure-unaligned': 'the structure block is not aligned to 4',
  'devicetree/reservations-outside': 'the reservation block lies outside the blob',
  'devicetree/structure-outside': 'the structure block lies outside the blob',
  'devicetree/strings-outside': 'the strings block lies outside the blob',
  'devicetree/blocks-overlap': 'two blocks of the blob overlap',
  'devicetree/reservations-endless': 'the reservation block has no end',
  'devicetree/second-root': 'there is a second root',
  'devicetree/property-outside': 'a property lies outside the root',
  'devicetree/property-late': 'a property follows a child node',
  'devicetree/stray-end': 'a node ends that never began',
  'devicetree/open-node': 'the tree ends inside a node',
  'devicetree/no-root': 'there is no root',
  'devicetree/trailing': 'bytes follow the end of the tree',
  'devicetree/padding': 'padding is not zero',
  'devicetree/not-number': '{size} {size|byte is|bytes are} not a number of one or two cells',
  'devicetree/not-one-text': 'the value is not a single string',
  'devicetree/no-terminator': 'the string has no terminator',
  'devicetree/not-utf8': 'the string is not UTF-8',
  'devicetree/not-cells': '{size} {size|byte is|bytes are} not whole cells',
  'devicetree/not-one-cell': 'the value is not a single cell',
  'devicetree/name-outside': 'name offset {offset} lies outside the strings block',
  'devicetree/name-endless': 'the name at {offset} has no end within its block and {limit} bytes',
  'devicetree/no-token': '{value} is not a token',
  'devicetree/bad-name': "'{name}' cannot name a node",
  'devicetree/version-edit': 'version {version} cannot be edited in place',
  'devicetree/version': 'version {version}, compatible with {lowest}, is not supported',
});

/** A message without values: what a check of a blob names, and builds only where it throws. */
export type DeviceTreeCode = PlainCode<typeof deviceTreeMessage>;
