import { messages } from '../fault.ts';

/** Why something of this room cannot be, by code. */
export const binaryMessage = messages({
  'binary/no-terminator': 'the text has no terminator',
  'binary/after-terminator': 'there are bytes after the terminator',
  'binary/not-utf8': 'the text is not UTF-8',
  'binary/nul': 'the text contains a NUL',
});
