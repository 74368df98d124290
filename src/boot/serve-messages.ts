import { messages } from '../fault.ts';

/** The reasons of serving a chain and of the reports that boards send. */
export const serveMessage = messages({
  'serve/not-verified': 'the chain does not verify',
  'serve/changed': 'the file changed after it was verified',
  'serve/refused-check': 'refused: {check}',
  'serve/connection-ended': 'the connection ended early',

  'images/missing': 'there is no such file',
  'images/too-large': 'the file has {size} bytes, more than the limit of {limit}',
  'images/url': 'expected tftp://HOST[:PORT]/',
  'images/port': 'the port is not between 1 and 65535',

  'report/too-many': 'the server holds the reports of {limit} boards already',
  'report/name': 'only reports are accepted: {folder}/NAME',
  'report/too-long': 'it is longer than {limit} bytes',
  'report/not-utf8': 'the text is not UTF-8',
  'report/not-json': 'it is not JSON: {flaw}',
  'report/no-stage': 'a refusal must name its stage',
  'report/contradiction': 'it says both verified and refused',
  'report/counters': 'it is refused, but raises counters',
  'report/version': 'the version is not {version}',
  'report/steps': 'steps is not a list of at most {limit}',
  'report/line': 'a line is not verdict=…, stage=… or reason=…',
  'report/twice': '{key} is given twice',
  'report/not-object': '{member} is not an object',
  'report/unknown-key': '{member} has an unknown key',
  'report/not-one-of': '{member} is not one of {values}',
  'report/not-text': '{member} is not a text of at most {limit} characters',
  'report/control-character': '{member} contains a control character',
  'report/counter': 'a counter is not a whole number below 2^32',
});
