import { statSync } from 'node:fs';
import { utf8 } from '../../src/binary/index.ts';
import { Arena } from '../../src/linux/index.ts';
import { optionalFunction } from '../../src/linux/libc.ts';

/** Makes a named pipe (man 3 mkfifo), which Node has no function for and some systems no program. */
export function makeFifo(path: string): void {
  const name = new Arena(utf8(path).length + 1);
  name.bytes.set(utf8(path));
  optionalFunction('mkfifo', 'pi')?.(name.address, 0o600);
  if (!statSync(path).isFIFO()) throw new Error(`${path} is not a named pipe`);
}
