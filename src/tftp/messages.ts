import { messages } from '../fault.ts';

/** Why TFTP refuses something, or gives a transfer up. */
export const tftpMessage = messages({
  // Datagrams that are not packets.
  'tftp/no-opcode': 'the datagram is shorter than an opcode',
  'tftp/unknown-opcode': 'the opcode {opcode} is unknown',
  'tftp/request-too-long': 'the request has more than {most} bytes',
  'tftp/oack-too-long': 'the OACK has more than {most} bytes',
  'tftp/data-too-long': 'the packet has more than {most} bytes of data',
  'tftp/bytes-after-block': 'there are bytes after the block number',
  'tftp/empty-name': 'the file name is empty',
  'tftp/empty-option': 'an option has no name',
  'tftp/field-missing': 'there is no {field}',
  'tftp/field-unterminated': 'the {field} has no terminating NUL',
  'tftp/field-not-utf8': 'the {field} is not UTF-8',
  'tftp/field-control': 'the {field} contains a control character',
  'tftp/text-nul': 'the text contains a NUL',

  // The fields of a packet.
  'tftp/field-file-name': 'file name',
  'tftp/field-mode': 'mode',
  'tftp/field-option-name': 'option name',
  'tftp/field-option-value': 'option value',
  'tftp/field-block-number': 'block number',
  'tftp/field-error-code': 'error code',

  // Options.
  'tftp/option-twice': 'the option is given twice',
  'tftp/option-not-number': 'the value is not a decimal number',
  'tftp/option-range': 'the value is not between {least} and {most}',
  'tftp/option-not-asked': 'the server acknowledges an option that was not requested',
  'tftp/option-answer': 'the server acknowledges another value than the requested {want}',

  // Packets that do not belong where they arrive.
  'tftp/data-for-write': 'the server answers a write request with DATA',
  'tftp/ack-for-read': 'the server answers a read request with an ACK',
  'tftp/request-for-request': 'the server answers a request with a request',
  'tftp/unexpected-while-sending': 'an unexpected {packet} arrived while sending',
  'tftp/unexpected-while-receiving': 'an unexpected {packet} arrived while receiving',
  'tftp/block-too-long': 'a block has {size} bytes, but the block size is {blockSize}',
  'tftp/more-than-announced': 'the server sends more than the {size} bytes that it announced',
  'tftp/lone-carriage-return': 'neither a line feed nor a NUL follows the carriage return',

  // Files.
  'tftp/absolute-name': 'the name is absolute',
  'tftp/name-leads-up': 'the name contains ..',
  'tftp/names-no-file': 'the name does not name a file',
  'tftp/leads-out': 'the name leads out of the served folder',
  'tftp/not-regular': 'it is not a regular file',
  'tftp/read-only': 'the server accepts no files',

  // Why a transfer is given up.
  'tftp/aborted': 'the caller aborted it',
  'tftp/server-closed': 'the server was closed',
  'tftp/server-closing': 'the server is closing',
  'tftp/new-request': 'the peer sent a new request from the same port',

  // Addresses.
  'tftp/url-form': 'expected tftp://HOST[:PORT]/NAME',
  'tftp/url-port': 'the port {port} is not between 1 and 65535',
  'tftp/url-mode': 'the mode must be octet or netascii',
  'tftp/url-escape': 'two hexadecimal digits must follow a %',
  'tftp/unknown-host': 'there is no such host',
});
