import { messages } from '../fault.ts';

/** Why something of this room cannot be, by code. */
export const fileMessage = messages({
  'file/not-regular': 'it is neither a regular file nor a block device',
  'file/no-device-size': "cannot determine the device's size",
  'file/folder': 'it is a folder',
  'file/too-large': 'it has {size} bytes, more than the limit of {limit}',
  'file/named-pipe': 'it is a named pipe',
  'file/larger': 'it has more than {limit} bytes',
  'file/missing': 'no such file or folder',
  'file/permission-denied': 'permission denied',
  'file/not-permitted': 'not permitted',
  'file/not-folder': 'a part of the path is not a folder',
  'file/no-space': 'no space left on the device',
  'file/read-only': 'the file system is read-only',
  'file/exists': 'it exists already',
  'file/too-many-open': 'too many open files',
  'file/port-in-use': 'the port is in use',
  'file/no-reader': 'it is a socket or a pipe without a reader',
});
